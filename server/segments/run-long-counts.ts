/**
 * Counts in the background: one at a time per workspace, two per worker, the workspaces in turn. While it counts, the worker leaves a sign of life every
 * second, and learns at the same time that somebody cancelled it; without one for half a minute another worker begins it again. A count that does not
 * end within its limit is refused, and names the condition that takes longest, as far as that can be found out.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem, problem } from '../../core/problems.ts'
import { conditionsOf, readTree, type SegmentTree } from '../../core/segments/tree.ts'
import { bucketsFrom } from '../platform/db/buckets.ts'
import type { Database } from '../platform/db/database.ts'
import { eachRow } from '../platform/db/each-row.ts'
import { sql } from '../platform/db/sql.ts'
import { compileNodes } from './compile.ts'
import { type CountProblem, longCountLimits } from './long-counts.ts'
import { countMembers, segmentSettings } from './segment-members.ts'
import { type Asking, readTreeSurroundings } from './surroundings.ts'

export interface LongCountJobs {
  db: Database
  /** business time */
  now: () => Date
  signal?: AbortSignal
  onError?: (error: unknown, countId: number) => void
  countMs?: number
  beatMs?: number
}

interface Due {
  id: number
  workspaceId: number
  definition: unknown
}

type Outcome = { state: 'done'; n: number; asOf: Date } | { state: 'refused' | 'failed'; problem: CountProblem }

const silentMs = 30_000
const keptMs = 86_400_000

/** Resolves when there is nothing to do. Call it about twice per second. */
export async function runLongCounts(jobs: LongCountJobs): Promise<void> {
  await jobs.db.run(sql`delete from segment_counts where ended_at < ${new Date(Date.now() - keptMs)} /* fanout */`)
  await Promise.all([oneAfterTheOther(jobs), oneAfterTheOther(jobs)])
}

async function oneAfterTheOther(jobs: LongCountJobs): Promise<void> {
  while (!jobs.signal?.aborted) {
    const due = await takeDue(jobs.db)
    if (due === undefined) return
    await countOne(jobs, due)
  }
}

/** Of the workspaces without a running one, the one whose first has waited longest. */
async function takeDue(db: Database): Promise<Due | undefined> {
  const now = new Date()
  const silent = new Date(now.getTime() - silentMs)
  return db.tx(async tx => {
    // "segr" in ASCII. Two workers must not take two of one workspace.
    await tx.query(sql`select pg_advisory_xact_lock(1936025458, 0)`)
    const [due] = await tx.query<Due>(sql`
      update segment_counts as c set state = 'running', claimed_at = ${now}
      where c.id = (select d.id from segment_counts d where (d.state = 'waiting' or (d.state = 'running' and d.claimed_at < ${silent}))
        and not exists (select from segment_counts r where r.workspace_id = d.workspace_id and r.id <> d.id and r.state = 'running' and r.claimed_at >= ${silent})
        order by d.queued_at, d.id limit 1)
      returning c.id, c.workspace_id as "workspaceId", c.definition`)
    return due
  })
}

async function countOne(
  { db, now, signal, onError, countMs = longCountLimits.countMs, beatMs = 1_000 }: LongCountJobs,
  due: Due,
): Promise<void> {
  const mine = sql`id = ${due.id} and workspace_id = ${due.workspaceId} and state = 'running'`
  const ended = new AbortController()
  const cancelled = new AbortController()
  const beats = (async () => {
    while (!ended.signal.aborted) {
      await sleep(beatMs, undefined, { signal: ended.signal }).catch(() => {})
      if (ended.signal.aborted) return
      const alive = await db.run(sql`update segment_counts set claimed_at = ${new Date()} where ${mine}`).catch(() => 1)
      if (alive === 0) cancelled.abort(new Error('the count was cancelled'))
    }
  })()
  const stopped = AbortSignal.any([cancelled.signal, ...(signal ? [signal] : [])])
  try {
    const outcome = await outcomeOf(db, due, now(), countMs, stopped)
    await db.run(sql`update segment_counts set state = ${outcome.state}, n = ${outcome.state === 'done' ? outcome.n : null},
      as_of = ${outcome.state === 'done' ? outcome.asOf : null}, problem = ${outcome.state === 'done' ? null : JSON.stringify(outcome.problem)}::jsonb,
      ended_at = ${new Date()} where ${mine}`)
  } catch (error) {
    if (signal?.aborted) await db.run(sql`update segment_counts set state = 'waiting' where ${mine}`)
    else if (!cancelled.signal.aborted) {
      onError?.(error, due.id)
      const failed = inWords(problem('internal'))
      await db.run(
        sql`update segment_counts set state = 'failed', problem = ${JSON.stringify(failed)}::jsonb, ended_at = ${new Date()} where ${mine}`,
      )
    }
  } finally {
    ended.abort()
    await beats
  }
}

async function outcomeOf(
  db: Database,
  { workspaceId, definition }: Due,
  now: Date,
  countMs: number,
  stopped: AbortSignal,
): Promise<Outcome> {
  const late = AbortSignal.timeout(countMs)
  const asking = { workspaceId, now }
  try {
    const tree = readTree(definition)
    try {
      const { n, asOf } = await countMembers(db, tree, asking, { signal: AbortSignal.any([stopped, late]) })
      return { state: 'done', n, asOf }
    } catch (error) {
      if (stopped.aborted || !late.aborted) throw error
      const where = await slowestCondition(db, tree, asking, stopped)
      const minutes = Math.max(1, Math.round(countMs / 60_000))
      return {
        state: 'refused',
        problem: inWords(
          where === undefined
            ? problem('segment_too_slow', { minutes })
            : problem('segment_too_slow_there', { where, minutes }),
        ),
      }
    }
  } catch (error) {
    if (error instanceof Problem) return { state: 'failed', problem: inWords(error) }
    throw error
  }
}

function inWords({ code, title, fix, details: { where } }: Problem): CountProblem {
  return { code, title, fix, ...(typeof where === 'string' && { where }) }
}

/** A 256th of the profiles, for each condition at most this long, and for all of them. */
const lookMs = 2_000
const lookInAllMs = 20_000

/** By measure: the planner's guesses are what made it slow. Undefined: the time was too short to tell. */
async function slowestCondition(
  db: Database,
  tree: SegmentTree,
  asking: Asking,
  stopped: AbortSignal,
): Promise<string | undefined> {
  const places = [...conditionsOf(tree)]
  if (places.length === 1) return places[0]?.where
  const surroundings = await readTreeSurroundings(db, tree, asking)
  const buckets = bucketsFrom(0, 0)
  const conditions = compileNodes(
    places.map(({ condition }) => condition),
    surroundings,
    buckets,
  )
  const begun = performance.now()
  let slowest: { where: string; ms: number } | undefined
  for (const [at, { where }] of places.entries()) {
    if (performance.now() - begun > lookInAllMs) break
    const from = performance.now()
    const statement = sql`select count(*)::bigint as n from profiles p
      where p.workspace_id = ${asking.workspaceId} and p.bucket = ${buckets} and p.erased_at is null and (${conditions[at]!})`
    const late = AbortSignal.timeout(lookMs)
    try {
      const signal = AbortSignal.any([stopped, late])
      await eachRow(db, [statement], () => {}, { settings: segmentSettings, signal })
    } catch (error) {
      if (stopped.aborted || !late.aborted) throw error
    }
    const ms = performance.now() - from
    if (slowest === undefined || ms > slowest.ms) slowest = { where, ms }
  }
  return slowest?.where
}
