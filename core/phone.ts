/**
 * What kind of number is it, and may an SMS be sent to it? The words of libphonenumber and ours, side by side.
 *
 * A number is sendable where it is a mobile, or where its country does not tell mobiles from landlines (US, DK).
 * Source: the types of libphonenumber's metadata. Fixed lines, pagers, VoIP and service numbers are not sent to.
 */

/** `none`: no number given; `invalid`: kept as it was given, never sent to. */
export const phoneTypes = [
  'none',
  'invalid',
  'mobile',
  'fixed_or_mobile',
  'fixed',
  'voip',
  'personal',
  'pager',
  'uan',
  'premium',
  'shared_cost',
  'toll_free',
  'voicemail',
  'unknown',
] as const
export type PhoneType = (typeof phoneTypes)[number]

/** After "the number is". */
export const phoneTypeWords: Readonly<Record<PhoneType, string>> = {
  none: 'missing',
  invalid: 'invalid',
  mobile: 'a mobile',
  fixed_or_mobile: 'a mobile or a landline',
  fixed: 'a landline',
  voip: 'an internet number',
  personal: 'a personal number',
  pager: 'a pager',
  uan: 'a company number',
  premium: 'premium rate',
  shared_cost: 'shared cost',
  toll_free: 'toll-free',
  voicemail: 'a voicemail',
  unknown: 'of an unknown kind',
}

/** Why a given text is not a number. */
export type PhoneFault = 'not_valid' | 'extra' | 'several' | 'extension' | 'digits_lost'

export const phoneFaultKeys: PhoneFault[] = ['not_valid', 'extra', 'several', 'extension', 'digits_lost']

export const phoneFaults: Readonly<Record<PhoneFault, string>> = {
  not_valid: 'is not a valid number',
  extra: 'contains more than one plain number',
  several: 'contains several numbers, and the first one is not valid',
  extension: 'has an extension, which cannot get an SMS',
  digits_lost: 'was shortened by a spreadsheet, and its last digits are lost',
}

/** How a list's numbers are summed up: the keys of an import's facts. */
export type PhoneClass = 'empty' | 'invalid' | 'mobile' | 'fixedOrMobile' | 'fixed' | 'other'

const types: Readonly<Record<string, PhoneType>> = {
  MOBILE: 'mobile',
  FIXED_LINE_OR_MOBILE: 'fixed_or_mobile',
  FIXED_LINE: 'fixed',
  VOIP: 'voip',
  PERSONAL_NUMBER: 'personal',
  PAGER: 'pager',
  UAN: 'uan',
  PREMIUM_RATE: 'premium',
  SHARED_COST: 'shared_cost',
  TOLL_FREE: 'toll_free',
  VOICEMAIL: 'voicemail',
}

const classes: Readonly<Partial<Record<PhoneType, PhoneClass>>> = {
  none: 'empty',
  invalid: 'invalid',
  mobile: 'mobile',
  fixed_or_mobile: 'fixedOrMobile',
  fixed: 'fixed',
}

/** Our type for one of libphonenumber's; a name that a newer library may bring is `unknown`. */
export function phoneTypeOf(libraryType: string): PhoneType {
  return types[libraryType] ?? 'unknown'
}

export function phoneClassOf(type: PhoneType): PhoneClass {
  return classes[type] ?? 'other'
}

export const sendableTypes: readonly PhoneType[] = ['mobile', 'fixed_or_mobile']

export function isSendable(type: PhoneType): boolean {
  return sendableTypes.includes(type)
}
