/**
 * Validates a phone number in any national or international spelling, with a default country, and finds its country and type.
 *
 * libphonenumber-js must be `/max`: the smaller metadata have no types for Swedish, German, French or Norwegian numbers. Its version is
 * pinned, because its metadata decide. About 15 µs per number: long lists are checked in worker threads (imports/pool.ts).
 */
import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max'
import { type PhoneFault, type PhoneType, phoneTypeOf } from '../../core/phone.ts'
import { problem } from '../../core/problems.ts'
import { readWriting } from './phone-writing.ts'

export interface CheckedPhone {
  /** E.164 with +; null if there is none or it is invalid. */
  phone: string | null
  type: PhoneType
  /** ISO 3166 alpha-2; null if the number belongs to no country (satellite). */
  country: string | null
  /** Why it is invalid. */
  fault: PhoneFault | null
}

const none: CheckedPhone = { phone: null, type: 'none', country: null, fault: null }

/** Longer input is no number. */
const maxGiven = 250

export function checkPhone(given: string, country: CountryCode): CheckedPhone {
  const text = given.trim()
  if (text === '') return none
  if (text.length > maxGiven) return invalid('extra')
  const read = readWriting(text, digits => parseDigits(digits, country))
  return 'fault' in read ? invalid(read.fault) : { ...read.number.checked, fault: null }
}

const invalid = (fault: PhoneFault): CheckedPhone => ({ phone: null, type: 'invalid', country: null, fault })

function parseDigits(digits: string, country: CountryCode) {
  const parsed = parsePhoneNumberFromString(digits, country)
  // With the full metadata a number is valid if it has a type; asking only for the type halves the cost.
  const type = parsed?.getType()
  if (parsed === undefined || type === undefined) return undefined
  return {
    callingCodeLength: parsed.countryCallingCode.length,
    checked: { phone: parsed.number, type: phoneTypeOf(type), country: parsed.country ?? null },
  }
}

/** "se" or "SE" -> SE. Throws `country_unknown`. */
export function countryOf(code: string): CountryCode {
  const upper = code.trim().toUpperCase()
  if (!isSupportedCountry(upper)) throw problem('country_unknown', { country: code })
  return upper
}

/** The forms in which a number may occur in incoming data: an erase searches for all of them. */
export function writtenForms(phone: string): string[] {
  const digits = phone.replace(/\D/g, '')
  const parsed = parsePhoneNumberFromString(phone)
  if (parsed === undefined) return [phone, digits]
  const { nationalNumber } = parsed
  const dialled = parsed.formatNational().replace(/\D/g, '')
  return [...new Set([phone, digits, `00${digits}`, nationalNumber, dialled, `0${nationalNumber}`])]
}

/** All E.164 numbers, in any country, that are dialled with these digits at home: about 200. */
export function numbersAnywhere(dialled: string): string[] {
  const digits = dialled.replace(/\D/g, '').replace(/^0+/, '')
  return callingCodes.filter(code => /^[1-9]\d{6,14}$/.test(code + digits)).map(code => `+${code}${digits}`)
}
const callingCodes = [...new Set(getCountries().map(country => String(getCountryCallingCode(country))))]
