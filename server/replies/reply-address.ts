/**
 * Who wrote, and to whom? An SMSC writes numbers as it likes: with + or 00, without either, or as they are dialled at home.
 *
 * Always: a number is read by what it can be in full (E.164) and looked for among those that were sent to; where none fits, only
 * what its type of number (SMPP 3.4 §5.2.5) or a country makes a number of is one. Nothing is made up: an address that stays
 * without a number is kept as it came.
 */
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { numbersAnywhere } from '../profiles/phone-check.ts'

export interface ReplyAddress {
  /** as it came */
  number: string
  /** source_addr_ton; undefined: of an earlier version, in international form without + */
  ton?: number | undefined
}

const ton = { international: 1, national: 2 } as const
const digitsOf = (address: string) => address.replace(/\D/g, '')

/** E.164 has at most 15 digits, and no shorter number than 7 has a country in front. */
const isE164 = (digits: string) => /^[1-9]\d{6,14}$/.test(digits)

/** An address with a letter is a name. */
function isNumber(address: string): boolean {
  return /^[+\d\s().\-/]+$/.test(address) && digitsOf(address) !== ''
}

/** The numbers that the address can be, the likeliest first; `countries`: those of the workspaces and of the sender, likewise. */
export function phonesOfReply({ number, ton: type }: ReplyAddress, countries: readonly CountryCode[]): string[] {
  const address = number.trim()
  if (!isNumber(address)) return []
  const digits = digitsOf(address)
  const international = isE164(digits) ? [`+${digits}`] : []
  if (address.startsWith('+'))
    return [...new Set([parsePhoneNumberFromString(address)?.number ?? [], international].flat())]
  const afterZeros = digits.startsWith('00') && isE164(digits.slice(2)) ? [`+${digits.slice(2)}`] : []
  const national = countries.flatMap(country => parsePhoneNumberFromString(digits, country)?.number ?? [])
  const isNational = type === ton.national || digits.startsWith('0')
  return [
    ...new Set([...afterZeros, ...(isNational ? [...national, ...international] : [...international, ...national])]),
  ]
}

/** The same, as the number of any country: for an address that is written as at home, and is none of ours there. */
export function phonesAnywhere({ number, ton: type }: ReplyAddress): string[] {
  const address = number.trim()
  if (!isNumber(address) || address.startsWith('+') || address.startsWith('00')) return []
  const digits = digitsOf(address)
  if (!digits.startsWith('0') && type !== ton.national) {
    if (type === undefined || type === ton.international) return []
    if (parsePhoneNumberFromString(`+${digits}`)?.isPossible()) return []
  }
  return numbersAnywhere(address)
}

/** The number where nothing was sent to any that the address can be; undefined: it is none, as far as anybody can tell. */
export function phoneByForm(address: ReplyAddress, countries: readonly CountryCode[]): string | undefined {
  const { number, ton: type } = address
  const digits = digitsOf(number)
  const saysSo = number.trim().startsWith('+') || type === undefined || type === ton.international
  return phonesOfReply(address, countries).find(phone => {
    // A plan may have numbers that our tables do not know yet: what says that it is complete is believed.
    if (saysSo && phone === `+${digits}`) return true
    const parsed = parsePhoneNumberFromString(phone)
    return (
      parsed !== undefined && (type === ton.national || digits.startsWith('0') ? parsed.isValid() : parsed.isPossible())
    )
  })
}

/** "+46 70 1" and "46701" are one sender, and so are "+46712345678" and "0712345678" at home; names are compared without case. */
export function isSameSender(ours: string, given: string): boolean {
  if (!isNumber(ours) || !isNumber(given)) return ours.trim().toLowerCase() === given.trim().toLowerCase()
  const digits = digitsOf(given)
  const own = digitsOf(ours)
  if (own === digits || `00${own}` === digits) return true
  if (!ours.trim().startsWith('+')) return false
  const defaultCallingCode = parsePhoneNumberFromString(`+${own}`)?.countryCallingCode
  if (defaultCallingCode === undefined) return false
  return parsePhoneNumberFromString(digits, { defaultCallingCode })?.number === `+${own}`
}

/** The country of a sender that is a number; a reply to it was most likely written there. */
export function countryOfSender(sender: string, given: readonly CountryCode[]): CountryCode[] {
  const country = isNumber(sender) ? parsePhoneNumberFromString(`+${digitsOf(sender)}`)?.country : undefined
  return country === undefined ? [...given] : [...new Set([...given, country])]
}
