/**
 * The figures that an import reports about its list: the persons of the file (the last line of each), not the workspace.
 * Read from the staged rows in the transaction of the merge.
 */
import { isSendable, type PhoneClass, type PhoneType, phoneClassOf } from '../../core/phone.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

export interface ImportFacts {
  /** Data rows of the file, rejected ones included. */
  rows: number
  phone: Record<PhoneClass, number>
  /** Sendable numbers by libphonenumber's country; ZZ: without a country. */
  byCountry: Record<string, number>
  distinctSendableNumbers: number
  /** Profiles beyond the first per number. */
  sharedNumberSurplus: number
  consentYes: number
  /** Lines beyond the first per customer id. */
  repeatedCustomerIds: number
  sendableWithConsent: number
  distinctSendableNumbersWithConsent: number
  distinctCustomerIds: number
}

/** Expects profile_stage and profile_winners as the merge fills them. */
export async function readFacts(tx: Db, rows: number): Promise<ImportFacts> {
  const groups = await tx.query<{ type: PhoneType; country: string | null; n: number; consented: number }>(sql`
    select s.phone_type as type, s.country, count(*) as n, count(*) filter (where s.consent) as consented
    from profile_winners w join profile_stage s on s.line = w.line
    group by s.phone_type, s.country order by count(*) desc, s.country`)
  const [numbers] = await tx.query<{ n: number; surplus: number; consented: number }>(sql`
    select count(*) as n, coalesce(sum(x.n) - count(*), 0)::bigint as surplus, count(*) filter (where x.consented) as consented
    from (select count(*) as n, bool_or(s.consent) as consented
      from profile_winners w join profile_stage s on s.line = w.line
      where s.phone_type in ('mobile', 'fixed_or_mobile')
      group by s.phone) x`)
  const [accepted] = await tx.query<{ n: number }>(sql`select count(*) as n from profile_stage`)
  const phone = { empty: 0, invalid: 0, mobile: 0, fixedOrMobile: 0, fixed: 0, other: 0 }
  const byCountry: Record<string, number> = {}
  const sums = { persons: 0, consentYes: 0, sendableWithConsent: 0 }
  for (const { type, country, n, consented } of groups) {
    phone[phoneClassOf(type)] += n
    sums.persons += n
    sums.consentYes += consented
    if (!isSendable(type)) continue
    byCountry[country ?? 'ZZ'] = (byCountry[country ?? 'ZZ'] ?? 0) + n
    sums.sendableWithConsent += consented
  }
  return {
    rows,
    phone,
    byCountry,
    distinctSendableNumbers: numbers?.n ?? 0,
    sharedNumberSurplus: numbers?.surplus ?? 0,
    consentYes: sums.consentYes,
    repeatedCustomerIds: (accepted?.n ?? 0) - sums.persons,
    sendableWithConsent: sums.sendableWithConsent,
    distinctSendableNumbersWithConsent: numbers?.consented ?? 0,
    distinctCustomerIds: sums.persons,
  }
}
