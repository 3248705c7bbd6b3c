/**
 * Counts each live segment once per day of its workspace, for the trend of its size. One segment at a time, over a connection of its own, with a pause
 * as long as the count: whatever else needs the database comes first. A count that takes too long is given up for the day. Those that
 * took longest yesterday come last, so they hold up no others, and a workspace has a limit per day.
 *
 * A day on which no worker ran has no row. Sizes older than 400 days are deleted when a new one is written.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '../../core/problems.ts'
import { readTree } from '../../core/segments/tree.ts'
import { localAt } from '../../core/zones.ts'
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { keepSize } from './saved.ts'
import { countMembers } from './segment-members.ts'

export const dailyLimits = {
  keptDays: 400,
  /** for one count */
  countMs: 60_000,
  /** per workspace and day: begun counts, and their time */
  counts: 1000,
  spentMs: 600_000,
  /** After this time another worker takes over the count of one that was killed. */
  claimMs: 300_000,
}

export interface DailyCounts {
  db: Database
  /** business time */
  now: () => Date
  signal?: AbortSignal
  /** for an error that is not the segment's */
  onError?: (error: unknown, segmentId: number) => void
  limits?: typeof dailyLimits
}

interface Due {
  id: number
  workspaceId: number
  day: string
  revision: number
  definition: unknown
  conditions: string
}

/** Resolves when every segment has been counted, or tried, on the current day of its workspace. Call it about once per minute. */
export async function countDailySizes({ db, now, signal, onError, limits = dailyLimits }: DailyCounts): Promise<void> {
  const failed = new Set<number>()
  while (!signal?.aborted) {
    const due = (await dueNow(db, now(), limits)).filter(({ id }) => !failed.has(id))
    if (due.length === 0) return
    for (const one of due) {
      if (signal?.aborted) return
      const begun = performance.now()
      try {
        await countOne(db, one, now(), limits, signal)
      } catch (error) {
        if (signal?.aborted) return
        failed.add(one.id)
        onError?.(error, one.id)
      }
      await sleep(performance.now() - begun, undefined, { signal }).catch(() => {})
    }
  }
}

/** One segment of each workspace that has one left, so that a workspace waits for no other one's. */
async function dueNow(db: Database, now: Date, limits: typeof dailyLimits): Promise<Due[]> {
  const workspaces = await db.query<{ id: number; zone: string }>(
    sql`select id, time_zone as zone from workspaces order by id`,
  )
  const days = workspaces.map(({ zone }) => localAt(zone, now.getTime()).date)
  const stale = new Date(Date.now() - limits.claimMs)
  return db.query<Due>(sql`
    select s.id, d.workspace_id as "workspaceId", d.day, s.revision, s.definition, md5(s.definition::text) as conditions
    from unnest(${workspaces.map(({ id }) => id)}::int[], ${days}::text[]) as d (workspace_id, day)
    cross join lateral (
      select s.id, s.revision, s.definition from segments s
      left join lateral (select z.took_ms from segment_sizes z where z.segment_id = s.id and z.day < d.day::date order by z.day desc limit 1) before on true
      where s.workspace_id = d.workspace_id and not s.frozen and s.archived_at is null
        and not exists (select from segment_sizes z where z.segment_id = s.id and z.day = d.day::date and (z.counted_at is not null or z.claimed_at > ${stale}))
      order by before.took_ms nulls first, s.id limit 1) s
    cross join lateral (
      select count(*) as n, coalesce(sum(z.took_ms), 0) as ms from segment_sizes z where z.workspace_id = d.workspace_id and z.day = d.day::date) spent
    where spent.n < ${limits.counts} and spent.ms < ${limits.spentMs}
    order by spent.ms, d.workspace_id`)
}

async function countOne(
  db: Database,
  { id, workspaceId, day, revision, definition, conditions }: Due,
  now: Date,
  limits: typeof dailyLimits,
  stopped: AbortSignal | undefined,
): Promise<void> {
  const claimedAt = new Date()
  const claimed = await db.run(sql`
    insert into segment_sizes (segment_id, workspace_id, day, conditions, claimed_at)
    select s.id, s.workspace_id, ${day}::date, ${conditions}, ${claimedAt} from segments s where s.workspace_id = ${workspaceId} and s.id = ${id}
    on conflict (segment_id, day) do update set claimed_at = excluded.claimed_at, conditions = excluded.conditions
      where segment_sizes.counted_at is null and segment_sizes.claimed_at < ${new Date(claimedAt.getTime() - limits.claimMs)}`)
  if (claimed === 0) return
  const mine = sql`segment_id = ${id} and workspace_id = ${workspaceId} and day = ${day}::date and claimed_at = ${claimedAt}`
  const late = AbortSignal.timeout(limits.countMs)
  const begun = performance.now()
  let size: number | null = null
  let why: 'slow' | 'broken' | null = null
  try {
    const signal = stopped === undefined ? late : AbortSignal.any([stopped, late])
    size = (await countMembers(db, readTree(definition), { workspaceId, now }, { signal })).n
  } catch (error) {
    if (stopped?.aborted) {
      // The next worker counts it.
      await db.run(sql`delete from segment_sizes where ${mine} and counted_at is null`)
      throw error
    }
    if (error instanceof Problem) why = 'broken'
    else if (late.aborted) why = 'slow'
    else throw error
  }
  const tookMs = Math.round(performance.now() - begun)
  await db.run(
    sql`update segment_sizes set size = ${size}, why = ${why}, took_ms = ${tookMs}, counted_at = ${now} where ${mine}`,
  )
  await db.run(
    sql`delete from segment_sizes where segment_id = ${id} and workspace_id = ${workspaceId} and day < ${day}::date - ${limits.keptDays}::int`,
  )
  if (size !== null) await keepSize(db, { id, revision }, size, now)
}
