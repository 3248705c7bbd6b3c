/**
 * Whom would this activity reach now, who is left out and why, and what does it cost? The same SQL as the freeze, as a count.
 * Groups come back, not people: texts of one length at one price are one row. They are added up as they come, so that memory
 * stays the same however many there are.
 */
import type { SendToChoice } from '../../core/activities/send-to.ts'
import { sampledBuckets } from '../../core/audience/sample.ts'
import { type Cost, Costing, linkOfLength } from '../../core/credits/cost.ts'
import type { PriceList } from '../../core/credits/prices.ts'
import { highestMaxParts } from '../../core/sms/split.ts'
import type { Template } from '../../core/sms/template.ts'
import type { Vars } from '../../core/sms/values.ts'
import { pricedPrefix, readPrices } from '../credits/prices.ts'
import type { Database } from '../platform/db/database.ts'
import { eachRow } from '../platform/db/each-row.ts'
import { empty, join, raw, type Sql, sql } from '../platform/db/sql.ts'
import { lengthOf, oddValueOf, readValue, type Scope, targeted, textOf, varsOf } from './select.ts'

export interface Audience {
  targeted: number
  notSent: number
  queued: number
  notSentReasons: Record<string, number>
  cost: Cost
}

export interface AudienceQuestion {
  workspaceId: number
  sendTo: SendToChoice
  template: Template
  linkUrl: string
  codeLength: number
  now: Date
  /** a text with more parts is not sent */
  maxParts?: number
  /** look at an eighth of the profiles only (core/audience/sample.ts); the figures are those of the sample */
  sampled?: boolean
}

interface Group {
  reason: string | null
  country: string | null
  /** the beginning of their numbers that has a price; null: any number costs the same */
  priced: string | null
  profileId: number
  n: number
  /** of each tag (select.ts) */
  [length: `length${number}`]: number | null
  [value: `value${number}`]: string | null
}

/** Rejects with the signal's reason where that is aborted: the statement has ended by then. */
export async function countAudience(db: Database, question: AudienceQuestion, signal?: AbortSignal): Promise<Audience> {
  const { workspaceId, template, linkUrl, codeLength, now, maxParts = highestMaxParts } = question
  const { tags } = template
  const prices = await readPrices(db, workspaceId, now)
  const costing = new Costing(template, linkOfLength(linkUrl, codeLength), prices, maxParts)
  const notSentReasons: Record<string, number> = {}
  let queued = 0
  const leaveOut = (reason: string, n: number) => {
    notSentReasons[reason] = (notSentReasons[reason] ?? 0) + n
  }
  const add = (group: Group) => {
    const { reason, profileId, priced, country, n } = group
    if (reason !== null) leaveOut(reason, n)
    else {
      const vars = Object.fromEntries(
        tags.map((tag, i) => [tag, readValue(tag, group[`length${i}`] ?? null, group[`value${i}`] ?? null)]),
      )
      if (costing.add({ vars, profileId, phone: priced ?? '', country, n })) queued += n
      else leaveOut('too_long', n)
    }
  }
  await eachRow(db, groupsOf(question, prices), add, { signal, settings })
  const notSent = Object.values(notSentReasons).reduce((sum, n) => sum + n, 0)
  const cost = costing.cost()
  if (cost.longest !== null) cost.longest.vars = await readVars(db, cost.longest.profileId, tags)
  return { targeted: queued + notSent, notSent, queued, notSentReasons, cost }
}

/** The values themselves: the groups hold their lengths. */
async function readVars(db: Database, profileId: number, tags: readonly string[]): Promise<Vars> {
  const [row] = await db.query<{ vars: Vars | null }>(
    sql`select ${varsOf(tags)} as vars from profiles t where t.bucket = ${profileId & 255} and t.profile_id = ${profileId}`,
  )
  return row?.vars ?? {}
}

/** Each is read over a connection of its own, and so on a core of its own. */
const halves = [
  [0, 128],
  [128, 256],
] as const

/**
 * What the planner does not know of an audience: its tables are read from end to end, a million look-ups in a cache cost more than
 * that, and the groups are few. With its own settings it walks two keys side by side and sorts, in twice the time.
 */
const settings = {
  enable_mergejoin: 'off',
  enable_sort: 'off',
  random_page_cost: '4',
  work_mem: '32MB',
  // The halves are on the cores already.
  max_parallel_workers_per_gather: '0',
}

/**
 * Profiles that get the same text at the same price, or are left out for the same reason, as one row. Those who share a number
 * are counted apart: one of them is sent, for which they are put in order; the others are added up as they are read.
 */
function groupsOf({ workspaceId, sendTo, template, sampled = false }: AudienceQuestion, prices: PriceList): Sql[] {
  const people = (scope: Scope) => sql`${targeted(workspaceId, sendTo, prices, scope)} offset 0`
  const alike = (of: Sql) => groupsIn(of, template.tags, prices)
  const parts = sampled ? ([[0, sampledBuckets]] as const) : halves
  if (sendTo.duplicates === 'all') return parts.map(buckets => alike(people({ buckets })))
  // Of a sample too: the other profiles of a shared number may lie outside of it.
  const inOrder = sql`select s.*, row_number() over (partition by s.phone, s.reason is null order by s.profile_id) as place
    from (${people({ shared: true })}) s`
  const settled = sql`select o.bucket, o.profile_id, o.phone, o.country, o.first_name, o.last_name, o.email, o.external_key, o.attrs,
      case when o.reason is null and o.place > 1 then 'duplicate_number' else o.reason end as reason
    from (${inOrder}) o ${sampled ? sql`where o.bucket < ${sampledBuckets}` : empty}`
  return [alike(settled), ...parts.map(buckets => alike(people({ buckets, shared: false })))]
}

/** Step by step, each behind an `offset 0`: what a step has worked out is not worked out again wherever the next ones name it. */
function groupsIn(people: Sql, tags: readonly string[], { prefixes }: PriceList): Sql {
  const forEach = (column: (tag: string, i: number) => Sql) => join([empty, ...tags.map(column)], ', ')
  const ofSent = (value: Sql) => sql`case when t.reason is null then ${value} end`
  const priced = prefixes === null ? sql`null` : ofSent(pricedPrefix(sql`t.phone`, prefixes))
  const texts = forEach((tag, i) => sql`${ofSent(textOf(tag))} as ${raw(`text${i}`)}`)
  const lengths = forEach((tag, i) => sql`${lengthOf(tag, raw(`t.text${i}`))} as ${raw(`length${i}`)}`)
  const values = forEach((tag, i) => {
    const length = raw(`t.length${i}`)
    return sql`${length}, case when ${length} is null and t.reason is null then ${oddValueOf(tag)} end as ${raw(`value${i}`)}`
  })
  const places = Array.from({ length: 3 + 2 * tags.length }, (_, i) => raw(String(i + 1)))
  return sql`select t.reason, t.country, ${priced} as priced${values}, min(t.profile_id) as "profileId", count(*) as n
    from (select t.*${lengths} from (select t.*${texts} from (${people}) t offset 0) t offset 0) t
    group by ${join(places)}`
}
