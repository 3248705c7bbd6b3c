/** Whom would this activity reach now, who is left out and why, and what does it cost? The same SQL as the freeze, as a count. */
import type { Template } from '../../core/sms/template.ts'
import { type Cost, costOf, linkOfLength } from '../credits/cost.ts'
import { readPrices } from '../credits/prices.ts'
import type { Db } from '../platform/db.ts'
import { type Sql, sql } from '../platform/sql.ts'
import { type SendTo, targeted, varsOf } from './select.ts'

export interface Audience {
  targeted: number
  notSent: number
  queued: number
  notSentReasons: Record<string, number>
  cost: Cost
}

export interface AudienceQuestion {
  workspaceId: number
  sendTo: SendTo
  template: Template
  linkUrl: string
  codeLength: number
  now: Date
}

/** One pass over the profiles; groups come back, not people. */
export async function countAudience(db: Db, question: AudienceQuestion): Promise<Audience> {
  const { workspaceId, sendTo, template, linkUrl, codeLength, now } = question
  const groups = await db.query<{
    reason: string | null
    vars: Record<string, string> | null
    phone: string | null
    country: string | null
    n: number
  }>(
    sql`with t as materialized (${targeted(workspaceId, sendTo, now)}),
      shared as (select t.bucket, t.profile_id, row_number() over (partition by t.phone order by t.profile_id) as place
        from t where t.reason is null and t.phone_shared),
      settled as (
        select t.*, case when t.reason is null and ${sendTo.duplicates === 'one_per_number'}
          and exists (select from shared s where s.bucket = t.bucket and s.profile_id = t.profile_id and s.place > 1)
          then 'duplicate_number' else t.reason end as verdict from t)
      select t.verdict as reason, case when t.verdict is null then ${varsOf(template.tags)} end as vars,
        min(t.phone) as phone, t.country, count(*) as n
      from settled t group by 1, 2, t.country, ${priceGroup(sql`t.phone`, workspaceId)}`,
  )
  const notSentReasons: Record<string, number> = {}
  let queued = 0
  for (const { reason, n } of groups) {
    if (reason === null) queued += n
    else notSentReasons[reason] = (notSentReasons[reason] ?? 0) + n
  }
  const notSent = Object.values(notSentReasons).reduce((sum, n) => sum + n, 0)
  const prices = await readPrices(db, workspaceId, now)
  const payable = groups.flatMap(({ reason, phone, ...group }) =>
    reason === null && phone !== null ? [{ ...group, phone }] : [],
  )
  return {
    targeted: queued + notSent,
    notSent,
    queued,
    notSentReasons,
    cost: costOf(template, linkOfLength(linkUrl, codeLength), prices, payable),
  }
}

/** Numbers with the same longest priced prefix cost the same. */
export function priceGroup(phone: Sql, workspaceId: number): Sql {
  return sql`(select max(length(r.prefix)) from prices r where r.workspace_id = ${workspaceId} and starts_with(${phone}, r.prefix)),
    (select left(${phone}, max(length(r.prefix))) from prices r where r.workspace_id = ${workspaceId} and starts_with(${phone}, r.prefix))`
}
