/**
 * The figures that an import reports about its list: the persons of the file (the last line of each), not the workspace.
 * Read from the staged rows in the transaction of the merge.
 */
import { isSendable, type PhoneClass, type PhoneType, phoneClassOf } from '../../core/phone.ts'
import type { Db } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import {
  addressConditions,
  addressKinds,
  consentCondition,
  firstReason,
  isSendableType,
} from '../suppression/verdict.ts'

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
export async function readImportFacts(tx: Db, rows: number): Promise<ImportFacts> {
  const groups = await tx.query<{ type: PhoneType; country: string | null; n: number; consented: number }>(sql`
    select s.phone_type as type, s.country, count(*) as n, count(*) filter (where s.consent) as consented
    from profile_winners w join profile_stage s on s.line = w.line
    group by s.phone_type, s.country order by count(*) desc, s.country`)
  const [numbers] = await tx.query<{ n: number; surplus: number; consented: number }>(sql`
    select count(*) as n, coalesce(sum(x.n) - count(*), 0)::bigint as surplus, count(*) filter (where x.consented) as consented
    from (select count(*) as n, bool_or(s.consent) as consented
      from profile_winners w join profile_stage s on s.line = w.line
      where ${isSendableType(sql`s.phone_type`)}
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

/**
 * Different numbers of the list's persons that can get an SMS about the topic now: those of whom nothing keeps it back. Of a new profile the
 * list says all that there is, and it is not looked up.
 */
export async function readReach(tx: Db, workspaceId: number, topicId: number): Promise<number> {
  const reasonOf = (type: Sql, phone: Sql) =>
    firstReason({
      ...addressConditions({ workspace: sql`${workspaceId}::int`, channel: 'sms', address: phone }, [topicId]),
      ...addressKinds.sms.conditions(type, phone),
    })
  const consented = firstReason(consentCondition(sql`p`, 'sms', [topicId]))
  const [row] = await tx.query<{ n: number }>(sql`
    select /* fanout */ count(distinct x.phone) as n
    from (select g.phone from profile_resolved r join profile_stage g on g.line = r.line
      where r.is_new and g.consent and ${reasonOf(sql`g.phone_type`, sql`g.phone`)} is null
      union all
      select p.phone from profile_resolved r join profiles p on p.bucket = r.bucket and p.profile_id = r.profile_id
      where not r.is_new and p.workspace_id = ${workspaceId} and ${consented} is null
        and ${reasonOf(sql`p.phone_type`, sql`p.phone`)} is null) x`)
  return row?.n ?? 0
}

/** Numbers in the rows of the list that no person of it has in the end: another row of the same person was used. */
export async function numbersMerged(tx: Db): Promise<number> {
  const [row] = await tx.query<{ n: number }>(sql`
    select count(distinct s.phone) - count(distinct s.phone) filter (where w.line is not null) as n
    from profile_stage s left join profile_winners w on w.line = s.line`)
  return row?.n ?? 0
}
