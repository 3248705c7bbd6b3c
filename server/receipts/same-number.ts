/**
 * Do the addresses of a receipt speak of this number? Gateways write it in international or national form, with a prefix of a
 * route, in the field that belongs to the sender, masked, or not at all: so this tells which of several messages is meant, and
 * never that none is.
 */

import { numbersAnywhere } from '../profiles/phone-check.ts'

/** exact; the same in another form; the same local number at least; nothing is said; another number is named */
export const agreements = { exact: 3, form: 2, local: 1, silent: 0, other: -1 } as const
export type Agreement = (typeof agreements)[keyof typeof agreements]

/** Shorter digits are a short code or a remnant of a masked number. */
const leastDigits = 7

/** `phone`: E.164 with its plus; null: the person was erased. `number`, `sender`: as in the record of the receipt. */
export function agreementOf(phone: string | null, { number, sender }: { number: string; sender: string }): Agreement {
  if (phone === null) return agreements.silent
  if (phone.length === number.length + 1 && phone.endsWith(number)) return agreements.exact
  const digits = phone.replace(/\D/g, '')
  const byNumber = agreement(digits, number)
  if (byNumber > agreements.silent) return byNumber
  const bySender = agreement(digits, sender)
  return bySender > agreements.silent ? bySender : byNumber
}

function agreement(digits: string, address: string): Agreement {
  if (!/^\+?[\d\s().-]+$/.test(address)) return agreements.silent
  const bare = address.replace(/\D/g, '').replace(/^0+/, '')
  if (bare.length < leastDigits) return agreements.silent
  if (bare === digits) return agreements.exact
  if (digits.endsWith(bare) || bare.endsWith(digits)) return agreements.form
  return digits.slice(-leastDigits) === bare.slice(-leastDigits) ? agreements.local : agreements.other
}

/**
 * The numbers, E.164, that a receipt may name, in either field; of one that begins with 0, as it is dialled at home, those of all
 * countries.
 */
export function phonesOf({ number, sender }: { number: string; sender: string }): string[] {
  const phones = [number, sender].flatMap(address => {
    const digits = address.replace(/^\+|^00/, '')
    if (!/^\d{7,}$/.test(digits)) return []
    return digits.startsWith('0') ? numbersAnywhere(digits) : [`+${digits}`]
  })
  return [...new Set(phones)]
}
