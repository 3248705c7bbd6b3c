/**
 * Who was sent something recently, or is about to be? What the frequency of Send to leaves out, in the count, the freeze and the check of a
 * claim alike. Nothing is kept for it: the messages say when they were first submitted (`t0`), and only those of activities that sent
 * within the hours, or have something left to send, are looked at. So its cost follows the hours and not the history.
 *
 * - Sent: submitted later than the hours before now, whatever came of it. Exactly that long ago is not within.
 * - Waiting: queued in another activity that will still send it. The freezes of a workspace that ask this follow one another (`freeze.ts`), so of
 *   two activities the earlier freeze wins. At the claim, only what was frozen earlier counts as waiting: a later one yields.
 * - On its way: claimed by another activity and without an answer yet. It counts unless that activity is a later one that yields.
 *
 * Tests and retries do not count, nor does what the activity reminds of. Where several profiles share an address, what one of them was sent counts for all.
 */

import { type Channel, channels } from '../../core/channels.ts'
import type { Frequency } from '../../core/frequency.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Db } from '../platform/db/database.ts'
import { flag, int, rowsNamed } from '../platform/db/rows.ts'
import { empty, raw, type Sql, sql } from '../platform/db/sql.ts'

export interface Recent {
  /** what was submitted later than this counts */
  since: Date
  /** activities that may have sent since then, and those that have something left to send */
  activities: number[]
  /** of them, those whose queued messages count, and those whose unanswered attempts do */
  waiting: number[]
  flying: number[]
}

export interface RecentQuestion {
  workspaceId: number
  channel: Channel
  frequency: Frequency
  /** business time */
  now: Date
  /** one that is frozen, as at a claim; undefined: one that is not frozen yet */
  activity?: { id: number; frozenAt: Date }
  /** the activity that it reminds of, which does not count: a reminder follows it on purpose */
  reminds?: number | null
}

const hourMs = 3_600_000

const activityRows = rowsNamed('recent-activities', { id: int, waits: flag, isEarlier: flag, yields: flag })

/** Null: nothing was sent and nothing is waiting. */
export async function readRecent(
  db: Db,
  { workspaceId, channel, frequency, now, activity, reminds = null }: RecentQuestion,
): Promise<Recent | null> {
  const since = new Date(now.getTime() - frequency.hours * hourMs)
  const of = sql`a.workspace_id = ${workspaceId}::int and a.channel = ${channel}::text and a.frozen_at is not null`
  const found = await db.query<{ id: number; waits: boolean; isEarlier: boolean; yields: boolean }>(
    sql`select a.id, a.state <> 'cancelled' and (a.latest_at is null or a.latest_at >= ${now}::timestamptz) as waits,
        (a.frozen_at, a.id) < (${activity?.frozenAt ?? null}::timestamptz, ${activity?.id ?? null}::bigint) is true as "isEarlier",
        jsonb_typeof(v.settings -> 'sendTo' -> 'frequency') is not distinct from 'object' as yields
      from (select a.* from activities a where ${of} and a.kind = 'sending' and a.swept_at is null
        union all select a.* from activities a where ${of} and a.kind = 'sending' and a.swept_at is not null and a.finished_at >= ${since}::timestamptz) a
        left join activity_versions v on v.activity_id = a.id and v.version = a.version
      where a.id is distinct from ${activity?.id ?? null}::bigint and a.id is distinct from ${reminds}::bigint`,
    activityRows,
  )
  if (found.length === 0) return null
  const ids = (rows: typeof found) => rows.map(({ id }) => id)
  if (activity === undefined)
    return { since, activities: ids(found), waiting: ids(found.filter(({ waits }) => waits)), flying: [] }
  return {
    since,
    activities: ids(found),
    waiting: ids(found.filter(({ waits, isEarlier }) => waits && isEarlier)),
    flying: ids(found.filter(({ isEarlier, yields }) => isEarlier || !yields)),
  }
}

/** `person`: an alias with bucket and profile_id. */
export function sentRecently(person: Sql, recent: Recent, buckets: Sql): Sql {
  return sql`exists (select from messages r where r.bucket = ${person}.bucket and r.profile_id = ${person}.profile_id and r.bucket = ${buckets}
    and ${isRecent(recent)})`
}

/** On `messages r`. */
export function isRecent({ since, activities, waiting, flying }: Recent): Sql {
  return sql`r.activity_id = any(${activities}::bigint[])
    and (r.t0 > ${since}::timestamptz or r.status = 'queued' and (r.activity_id = any(${waiting}::bigint[])
      or r.activity_id = any(${flying}::bigint[]) and exists (select from attempts x where x.bucket = r.bucket
        and x.activity_id = r.activity_id and x.profile_id = r.profile_id and x.n = r.attempts + 1)))`
}

/** For the count and the freeze: who was, and which shared addresses were. */
export interface RecentAudience extends Recent {
  shared: string[]
}

const sharedRows = rowsNamed('recent-shared', {
  address: (value: unknown): value is string => typeof value === 'string',
})

/** Null: nobody is left out. */
export async function recentAudience(
  db: Db,
  { frequency, ...question }: Omit<RecentQuestion, 'frequency'> & { frequency: Frequency | null },
): Promise<RecentAudience | null> {
  const recent = frequency === null ? null : await readRecent(db, { ...question, frequency })
  if (recent === null) return null
  const { workspaceId, channel } = question
  const { addressColumn } = channels[channel]
  const address = raw(`q.${addressColumn}`)
  const rows = await db.query<{ address: string }>(
    sql`select distinct ${address} as address from profiles q where q.workspace_id = ${workspaceId}::int and q.bucket = ${everyBucket}
      ${mayShare(channel, 'q')} and ${address} is not null and ${sentRecently(raw('q'), recent, everyBucket)}`,
    sharedRows,
  )
  return { ...recent, shared: rows.map(row => row.address) }
}

/** The condition over `profiles p` with this address: it, or one who shares the address, was sent something recently. */
export function recentCondition(recent: RecentAudience, channel: Channel, address: Sql, buckets: Sql): Sql {
  const own = sentRecently(raw('p'), recent, buckets)
  if (recent.shared.length === 0) return own
  return sql`(${own} or (${address} = any(${recent.shared}::text[]) ${mayShare(channel, 'p')}))`
}

/** Where it is not kept who shares an address, everybody may. */
function mayShare(channel: Channel, alias: 'p' | 'q'): Sql {
  const { sharedColumn } = channels[channel]
  return sharedColumn === null ? empty : raw(`and ${alias}.${sharedColumn}`)
}
