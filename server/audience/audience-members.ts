/**
 * Who is targeted? The `from … where …` of a statement over `profiles p`, one row per member. Whether a member has consented is not
 * asked here: that is a reason of the verdict (verdict.ts). Only where nothing but topics is chosen are the members those who have
 * consented to one of them.
 *
 * The contract of a condition, as a segment or tags give one: exactly one boolean expression over `profiles p`.
 * - It names no other row than `p` from outside; in its sub-selects each table has an alias of its own.
 * - It holds values only (strings, finite numbers, booleans, dates, null, arrays of them), so that `literally` can render it for COPY.
 * - It asks for no time: no now(), no current date. Its maker resolves its times with the business time.
 * - Null counts as false. A negation is made true or false in place (`… is not true`, `not exists`).
 * - Facts of a profile are looked up by `exists` with (bucket, profile_id), with the buckets inside the probe, and with the workspace; no
 *   row-IN, NOT IN, EXCEPT, GROUP BY over all profiles: PostgreSQL 15 to 18 plan these badly, a cluster refuses them.
 */
import type { Selection } from '../../core/activities/send-to.ts'
import { type Channel, channels } from '../../core/channels.ts'
import { bucketsFrom, everyBucket } from '../platform/db/buckets.ts'
import type { Db } from '../platform/db/database.ts'
import { empty, raw, type Sql, sql } from '../platform/db/sql.ts'
import { type CompiledSegment, compile } from '../segments/compile.ts'
import { segmentSettings } from '../segments/segment-members.ts'
import { readTreeSurroundings } from '../segments/surroundings.ts'

export type Members =
  /** all who have consented to one of the topics, and for whom the condition holds */
  | { by: 'consent'; among?: CompiledSegment }
  /** all for whom the condition holds, with consent or without */
  | { by: 'condition'; condition: CompiledSegment }

export const byConsent: Members = { by: 'consent' }

/** Part of the members; empty: all of them. */
export interface MemberScope {
  /** true: those with an address that another profile has too, or may have; false: those with an address of their own */
  shared?: boolean
  /** what lies in these buckets, from the first to before the last: a sample, or a part of the work */
  buckets?: readonly [from: number, below: number]
}

/** Throws where the selection names what is gone. */
export async function membersOf(
  db: Db,
  selection: Selection | null,
  asking: { workspaceId: number; now: Date },
): Promise<Members> {
  if (selection === null) return byConsent
  const condition = compile(selection.tree, await readTreeSurroundings(db, selection.tree, asking))
  return selection.of === 'everybody' ? { by: 'condition', condition } : { by: 'consent', among: condition }
}

/** A table expression of profiles `p` and its condition, as `from … where …`; the buckets are the right side of `bucket =`. */
export function fromMembers(
  workspaceId: number,
  channel: Channel,
  topics: readonly number[],
  members: Members,
  { shared, buckets }: MemberScope = {},
): { from: Sql; where: Sql; buckets: Sql } {
  const inBuckets = buckets === undefined ? everyBucket : bucketsFrom(buckets[0], buckets[1] - 1)
  const inScope = sql`${within(sql`p.bucket`, buckets)} ${shared === undefined ? empty : sharesAddress(channel, shared)}`
  if (members.by === 'condition')
    return {
      buckets: inBuckets,
      from: sql`from profiles p`,
      where: sql`where p.workspace_id = ${workspaceId} and p.bucket = ${everyBucket} and p.erased_at is null ${inScope} and (${members.condition(inBuckets)})`,
    }
  return {
    buckets: inBuckets,
    from: sql`from ${consenting(workspaceId, channel, topics, buckets)} c join profiles p /* fanout */ on p.bucket = c.bucket and p.profile_id = c.profile_id`,
    where: sql`where p.workspace_id = ${workspaceId} ${inScope} ${members.among ? sql`and (${members.among(inBuckets)})` : empty}`,
  }
}

/**
 * What the planner does not know of an audience by topics: both tables are read from end to end, a million look-ups in a cache cost
 * more than that, and the groups are few. With its own settings it walks two keys side by side and sorts, in twice the time.
 * Members by a condition are found as those of a segment are.
 */
export function plannerSettings(members: Members): Readonly<Record<string, string>> {
  if (members.by !== 'consent') return segmentSettings
  return {
    enable_mergejoin: 'off',
    enable_sort: 'off',
    random_page_cost: '4',
    work_mem: '32MB',
    // Each part of the work has a connection already, and so a core.
    max_parallel_workers_per_gather: '0',
  }
}

/** Where it is not kept who shares an address, everybody may: one per address is then settled among all, with a sort of them. */
function sharesAddress(channel: Channel, shared: boolean): Sql {
  const { sharedColumn } = channels[channel]
  const condition = sharedColumn === null ? 'true' : `p.${sharedColumn}`
  return raw(shared ? `and ${condition}` : `and not ${condition}`)
}

function within(bucket: Sql, buckets: MemberScope['buckets']): Sql {
  if (buckets === undefined) return empty
  const [from, below] = buckets
  return sql`${from > 0 ? sql`and ${bucket} >= ${from}` : empty} ${below < 256 ? sql`and ${bucket} < ${below}` : empty}`
}

/**
 * Each profile that has consented to one of the topics, once. The consents are named first: while the planner has no statistics of a
 * new list, it then looks each profile up by its key; the other way round it would compare all with all.
 */
function consenting(
  workspaceId: number,
  channel: string,
  topics: readonly number[],
  buckets: MemberScope['buckets'],
): Sql {
  const [topic, ...more] = topics
  const chosen =
    topic !== undefined && more.length === 0 ? sql`k.topic_id = ${topic}` : sql`k.topic_id = any(${topics}::int[])`
  const rows = sql`from current_consents k where k.workspace_id = ${workspaceId} and ${chosen} and k.channel = ${channel} and k.granted
    ${within(sql`k.bucket`, buckets)}`
  return more.length === 0
    ? sql`(select k.bucket, k.profile_id ${rows})`
    : sql`(select distinct k.bucket, k.profile_id ${rows})`
}
