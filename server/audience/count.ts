/**
 * Whom would this activity reach now, who is left out and why, and what does it cost? The same SQL as the freeze, as a count.
 * Groups come back, not people: texts of one length at one price are one row. What has more comes through a cursor, so that
 * memory stays the same.
 */
import { sampledBuckets } from '../../core/audience/sample.ts'
import type { Template } from '../../core/sms/template.ts'
import type { Vars } from '../../core/sms/values.ts'
import { type Alike, type Cost, Costing, linkOfLength } from '../credits/cost.ts'
import { type PriceList, pricedPrefix, readPrices } from '../credits/prices.ts'
import type { Database } from '../platform/db.ts'
import { empty, raw, type Sql, sql } from '../platform/sql.ts'
import { lengthsOf, type SendTo, targeted, varsOf } from './select.ts'

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
  /** look at an eighth of the profiles only (core/audience/sample.ts); the figures are those of the sample */
  sampled?: boolean
}

interface Group extends Omit<Alike, 'phone'> {
  reason: string | null
  phone: string | null
}

const groupsAtOnce = 5000

export async function countAudience(db: Database, question: AudienceQuestion): Promise<Audience> {
  const { workspaceId, template, linkUrl, codeLength, now } = question
  const prices = await readPrices(db, workspaceId, now)
  const costing = new Costing(template, linkOfLength(linkUrl, codeLength), prices)
  const notSentReasons: Record<string, number> = {}
  let queued = 0
  await db.tx(async tx => {
    // All of it will be fetched: else the planner prefers what begins early.
    await tx.run(sql`set local cursor_tuple_fraction = 1`)
    await tx.run(sql`declare audience no scroll cursor for ${groupsOf(question, prices)}`)
    for (;;) {
      // `fetch` takes no parameter.
      const groups = await tx.query<Group>(sql`fetch ${raw(String(groupsAtOnce))} from audience`)
      for (const { reason, phone, ...group } of groups) {
        if (reason !== null) notSentReasons[reason] = (notSentReasons[reason] ?? 0) + group.n
        else {
          queued += group.n
          if (phone !== null) costing.add({ ...group, phone })
        }
      }
      if (groups.length < groupsAtOnce) break
    }
  })
  const notSent = Object.values(notSentReasons).reduce((sum, n) => sum + n, 0)
  const cost = costing.cost()
  if (cost.longest !== null) cost.longest.vars = await readVars(db, cost.longest.profileId, template.tags)
  return { targeted: queued + notSent, notSent, queued, notSentReasons, cost }
}

/** The values themselves: the groups hold their lengths. */
async function readVars(db: Database, profileId: number, tags: readonly string[]): Promise<Vars> {
  const [row] = await db.query<{ vars: Vars | null }>(
    sql`select ${varsOf(tags)} as vars from profiles t where t.bucket = ${profileId & 255} and t.profile_id = ${profileId}`,
  )
  return row?.vars ?? {}
}

/** Profiles that get the same text at the same price, or are left out for the same reason, as one row. */
function groupsOf({ workspaceId, sendTo, template, sampled = false }: AudienceQuestion, prices: PriceList): Sql {
  const onePerNumber = sendTo.duplicates === 'one_per_number'
  // Of a sample too: the other profiles of a shared number may lie outside of it.
  const shared = sampled
    ? sql`(${targeted(workspaceId, sendTo, prices, 'shared')})`
    : sql`(select * from t where t.phone_shared)`
  const people = targeted(workspaceId, sendTo, prices, sampled ? { bucketsBelow: sampledBuckets } : 'all')
  return sql`with t as materialized (${people}),
      later as materialized (select x.bucket, x.profile_id from (
        select s.bucket, s.profile_id, row_number() over (partition by s.phone order by s.profile_id) as place
        from ${shared} s where s.reason is null and ${onePerNumber}) x where x.place > 1),
      settled as (
        select t.*, case when t.reason is null and l.profile_id is not null then 'duplicate_number' else t.reason end as verdict
        from t left join later l on l.bucket = t.bucket and l.profile_id = t.profile_id)
      select t.verdict as reason, case when t.verdict is null then ${lengthsOf(template.tags)} end as vars,
        min(t.profile_id) as "profileId", min(t.phone) as phone, t.country, count(*) as n
      from settled t group by 1, 2, t.country ${prices.prefixes === null ? empty : sql`, ${pricedPrefix(sql`t.phone`, prices.prefixes)}`}`
}
