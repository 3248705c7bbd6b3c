/**
 * Long changes of a workspace's profiles, done by the workers in steps: a step changes the profiles of a few buckets, for about a tenth of a
 * second, and moves on in one transaction, so that a process may be killed at any time and another one continues. A step holds the lock of the
 * workspace's profiles, and pauses for as long as it took, so that imports and calls get their turn. While somebody else has the lock, the
 * change waits without a connection, and those of other workspaces continue. So they do while one fails: it is tried again later, and given up
 * after some tries.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '../../core/problems.ts'
import { bucketCount, bucketsFrom } from '../platform/db/buckets.ts'
import { type Database, type Db, sqlState } from '../platform/db/database.ts'
import { whyAway } from '../platform/db/database-away.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import { lockProfiles } from './locks.ts'

export interface StepJobs {
  db: Database
  /** business time */
  now: () => Date
  /** for an error that is no Problem: the step is tried again later, and the change fails after some tries */
  onError?: (error: unknown, id: number) => void
  signal?: AbortSignal
  /** a step begins no other bucket after this time */
  stepMs?: number
  /** real time */
  realNow?: () => Date
}

export interface DueChange {
  id: number
  workspaceId: number
  state: 'running' | 'undoing'
}

/** What is shown of why a change stopped. */
export interface StoppedBy {
  code: string
  title: string
  fix: string
}

/** Whether a row may be taken now, by its columns. */
export type MayTake = (id: Sql, tries: Sql, steppedAt: Sql) => Sql

export interface SteppedChange<Due extends DueChange> {
  /** Its rows have `id`, `workspace_id`, `state`, `tries` (in a row) and `stepped_at` (real time). */
  table: Sql
  /** The one whose turn it is, of those that `may` be taken, locked with `skip locked`; undefined: none. */
  take(tx: Db, may: MayTake): Promise<Due | undefined>
  /** Sets `tries` back to 0, and `stepped_at`. A Problem ends the change. */
  step(tx: Db, due: Due, now: Date, continues: () => boolean): Promise<void>
  /** The row gets its last state, or another way to end. What the steps have done stays. */
  stop(db: Db, due: Due, by: StoppedBy, now: Date): Promise<void>
  /** for the pages, where the reason is an error of the server */
  failure: Problem
}

/** Then a step that fails in the same way is given up: after some two minutes, after 1 s, 2 s, 4 s … */
export const mostStepTries = 8

class LockedElsewhere extends Error {}

/** Resolves when there is nothing to do, or all that is to do is at work elsewhere. Call it about twice per second. */
export async function runSteps<Due extends DueChange>(change: SteppedChange<Due>, jobs: StepJobs): Promise<void> {
  const { db, now, signal, stepMs = 100, realNow = () => new Date() } = jobs
  /** of workspaces whose profiles somebody else has */
  const waiting: number[] = []
  // One that failed rests.
  const may: MayTake = (id, tries, steppedAt) => sql`not (${id} = any(${waiting}::int[]))
    and (${tries} = 0 or ${steppedAt} + power(2, ${tries} - 1) * interval '1 second' <= ${realNow()}::timestamptz)`
  while (!signal?.aborted) {
    const begun = performance.now()
    let at: Due | undefined
    try {
      const stepped = await db.tx(async tx => {
        at = await change.take(tx, may)
        if (at === undefined) return false
        await lockProfiles(tx, at.workspaceId, () => {
          throw new LockedElsewhere()
        })
        await change.step(tx, at, now(), () => performance.now() - begun < stepMs)
        return true
      })
      if (!stepped) return
    } catch (error) {
      if (at === undefined) throw error
      // Others are not kept waiting by one that waits or fails.
      if (error instanceof LockedElsewhere) waiting.push(at.id)
      else {
        await fail(change, at, error, jobs)
        if (isOfDatabase(error)) return
      }
    }
    await sleep(Math.max(5, performance.now() - begun))
  }
}

/** The server restarts, has no room, or gave way to another transaction. What takes too long (57014) takes too long each time. */
function isOfDatabase(error: unknown): boolean {
  const code = sqlState(error) ?? ''
  return whyAway(error) !== undefined || (/^(08|40|53|57|58|55P03)/.test(code) && code !== '57014')
}

/** A database that is away is no failure of the change. An unexpected error is tried again, some times. */
async function fail<Due extends DueChange>(
  change: SteppedChange<Due>,
  due: Due,
  error: unknown,
  { db, now, onError }: StepJobs,
): Promise<void> {
  if (!(error instanceof Problem)) {
    onError?.(error, due.id)
    const counts = isOfDatabase(error) ? 0 : 1
    const [failing] = await db.query<{ tries: number }>(sql`
      update ${change.table} set stepped_at = ${new Date()}, tries = tries + ${counts}::int
      where id = ${due.id} and workspace_id = ${due.workspaceId} returning tries`)
    if ((failing?.tries ?? 0) < mostStepTries) return
  }
  const { code, title, fix } = error instanceof Problem ? error : change.failure
  await change.stop(db, due, { code, title, fix }, now())
}

/**
 * Does a step's work from a bucket on, some buckets at a time: one at first, then twice as many as long as that is quick, so that a small
 * workspace takes ten statements instead of 256. Returns the bucket that is next.
 */
export async function throughBuckets(
  from: number,
  end: number,
  continues: () => boolean,
  work: (own: Sql) => Promise<void>,
): Promise<number> {
  let next = from
  let size = 1
  do {
    if (next >= end) break
    // Of a few ranges only: each is a statement of its own.
    while (next % size !== 0 || next + size > end) size /= 2
    const begun = performance.now()
    await work(bucketsFrom(next, next + size - 1))
    next += size
    if (performance.now() - begun < quickMs) size *= 2
  } while (continues())
  return next
}

const quickMs = 20

/** Deletes what the oldest change before a time keeps of profiles (rows of `kept` by bucket), then itself: it can no longer be undone. */
export async function forgetOldest(
  db: Database,
  { table, kept, keptBy }: { table: Sql; kept: Sql; keptBy: Sql },
  before: Date,
): Promise<void> {
  const [old] = await db.query<{ id: number; workspaceId: number }>(
    sql`select id, workspace_id as "workspaceId" from ${table} where created_at < ${before} and state not in ('running', 'undoing') order by id limit 1`,
  )
  if (old === undefined) return
  for (let bucket = 0; bucket < bucketCount; bucket += 16)
    await db.run(
      sql`delete from ${kept} where bucket = ${bucketsFrom(bucket, bucket + 15)} and ${keptBy} = ${old.id} and workspace_id = ${old.workspaceId}`,
    )
  await db.run(sql`delete from ${table} where id = ${old.id} and workspace_id = ${old.workspaceId}`)
}
