/**
 * Which profiles would this activity reach now, which are left out and why, and what does it cost? The same SQL as the freeze, as a count.
 * Groups come back, not people: texts of one length at one price are one row. They are added up as they come, so that memory
 * stays the same however many there are.
 */
import type { SendToRules } from '../../core/activities/send-to.ts'
import type { AnyTemplate } from '../../core/activities/tags.ts'
import { sampledBuckets } from '../../core/audience/sample.ts'
import type { Channel } from '../../core/channels.ts'
import { type Cost, Costing, linkOfLength, tagsOfCost } from '../../core/credits/cost.ts'
import type { PriceList } from '../../core/credits/prices.ts'
import { highestMaxParts } from '../../core/sms/split.ts'
import type { Vars } from '../../core/sms/tag-values.ts'
import { readPrices } from '../credits/prices.ts'
import type { Database } from '../platform/db/database.ts'
import { eachRow } from '../platform/db/each-row.ts'
import { empty, join, raw, type Sql, sql } from '../platform/db/sql.ts'
import { type MemberScope, type Members, plannerSettings } from './audience-members.ts'
import { type CostGroup, groupRows, groupsIn, varsOfGroup } from './groups.ts'
import type { RecentAudience } from './recent.ts'
import { sharing, targeted } from './targeted.ts'
import { shownAttributes, tagTextSql, varsSql } from './vars.ts'

export interface Audience {
  targeted: number
  notSent: number
  queued: number
  notSentReasons: Record<string, number>
  cost: Cost
}

export interface AudienceQuestion {
  workspaceId: number
  channel: Channel
  sendTo: SendToRules
  /** those of Send to (`membersOf`) */
  members: Members
  /** who its frequency leaves out (`recentAudience`); undefined: nobody */
  recent?: RecentAudience | null
  template: AnyTemplate
  linkUrl: string
  codeLength: number
  now: Date
  /** a text with more parts is not sent */
  maxParts?: number
  /** look at an eighth of the profiles only (core/audience/sample.ts); the figures are those of the sample */
  sampled?: boolean
}

/** Rejects with the signal's reason where that is aborted: the statement has ended by then. */
export async function countAudience(db: Database, question: AudienceQuestion, signal?: AbortSignal): Promise<Audience> {
  const { workspaceId, channel, template, linkUrl, codeLength, now, maxParts = highestMaxParts } = question
  const { members } = question
  const tags = tagsOfCost(template)
  const prices = await readPrices(db, workspaceId, channel, now)
  const costing = new Costing(template, linkOfLength(linkUrl, codeLength), prices, maxParts)
  const notSentReasons: Record<string, number> = {}
  let queued = 0
  const leaveOut = (reason: string, n: number) => {
    notSentReasons[reason] = (notSentReasons[reason] ?? 0) + n
  }
  const add = (group: CostGroup) => {
    const { reason, profileId, priced, country, n } = group
    if (reason !== null) leaveOut(reason, n)
    else if (costing.add({ vars: varsOfGroup(tags, group), profileId, phone: priced ?? '', country, n })) queued += n
    else leaveOut('too_long', n)
  }
  await eachRow(db, groupsOf({ ...question, members }, prices), add, {
    signal,
    settings: plannerSettings(members),
    rows: groupRows(tags),
  })
  const notSent = Object.values(notSentReasons).reduce((sum, n) => sum + n, 0)
  const cost = costing.cost()
  if (cost.longest !== null) cost.longest.vars = await readVars(db, cost.longest.profileId, tags)
  return { targeted: queued + notSent, notSent, queued, notSentReasons, cost }
}

/** The values themselves: the groups hold their lengths. */
async function readVars(db: Database, profileId: number, tags: readonly string[]): Promise<Vars> {
  const [row] = await db.query<{ vars: Vars | null }>(
    sql`select ${varsSql(tags)} as vars from profiles p where p.bucket = ${profileId & 255} and p.profile_id = ${profileId}`,
  )
  return row?.vars ?? {}
}

/** Each is read over a connection of its own, and so on a core of its own. */
const halves = [
  [0, 128],
  [128, 256],
] as const

/**
 * Profiles that get the same text at the same price, or are left out for the same reason, as one row. Those who share a number
 * are counted apart: one of them is sent, for which they are put in order; the others are added up as they are read.
 */
export function groupsOf(
  { workspaceId, channel, sendTo, members, recent = null, template, sampled = false }: AudienceQuestion,
  prices: PriceList,
  told: readonly string[] = [],
): Sql[] {
  const tags = tagsOfCost(template)
  const target = { workspaceId, channel, sendTo, members, prices, recent }
  const columns = [...tags.map((tag, i) => sql`${tagTextSql(tag)} as ${raw(`text${i}`)}`), shownAttributes]
  const people = (scope: MemberScope) => targeted(target, columns, { scope })
  const parts = sampled ? ([[0, sampledBuckets]] as const) : halves
  if (sendTo.duplicates === 'all') return parts.map(buckets => groupsIn(people({ buckets }), tags, told))
  // Of a sample too: the other profiles of a shared number may lie outside of it.
  const texts = tags.map((_, i) => raw(`o.text${i}`))
  const settled = sql`select o.profile_id, o.country, o.priced, ${join([...texts, sql`o.attrs`], ', ')}, o.settled as reason
    from (${sharing(target, columns)}) o ${sampled ? sql`where o.bucket < ${sampledBuckets}` : empty}`
  return [
    groupsIn(settled, tags, told),
    ...parts.map(buckets => groupsIn(people({ buckets, shared: false }), tags, told)),
  ]
}
