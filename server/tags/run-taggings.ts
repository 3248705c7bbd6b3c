/**
 * Runs the taggings: a step changes the profiles of a few buckets, for about a tenth of a second, and moves on in one transaction, so that a
 * process may be killed at any time and another one continues. A step holds the lock of the workspace's profiles, and pauses for as long as it took, so that imports and calls get their turn; while
 * somebody else has the lock, it waits without a connection.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem, problem } from '../../core/problems.ts'
import { readInlinedTree } from '../../core/segments/tree.ts'
import { bucketsFrom } from '../platform/db/buckets.ts'
import { type Database, type Db, sqlState } from '../platform/db/database.ts'
import { whyAway } from '../platform/db/database-away.ts'
import { sql } from '../platform/db/sql.ts'
import { changeTags, type Restored, restoreTags, type Tagged } from '../profiles/change-tags.ts'
import { lockProfiles } from '../profiles/locks.ts'
import { isFound, readSearch } from '../profiles/search.ts'
import { type CompiledSegment, compile } from '../segments/compile.ts'
import { segmentSettings } from '../segments/segment-members.ts'
import { readTreeSurroundings } from '../segments/surroundings.ts'
import { refuseUsed } from './tag-uses.ts'
import { notLast, tagLimits } from './taggings.ts'

export interface TaggingJobs {
  db: Database
  /** business time */
  now: () => Date
  /** for an error that is no Problem: the step is tried again later, and the tagging fails after some tries */
  onError?: (error: unknown, taggingId: number) => void
  signal?: AbortSignal
  /** a step begins no other bucket after this time */
  stepMs?: number
  /** real time */
  realNow?: () => Date
}

/** Then a step that fails in the same way is given up: after some two minutes, after 1 s, 2 s, 4 s … */
export const mostTaggingTries = 8

interface Due {
  id: number
  workspaceId: number
  add: string[]
  remove: string[]
  definition: unknown
  search: string | null
  isSearched: boolean
  state: 'running' | 'undoing'
  /** undone by the worker itself: the problem says why */
  isTakenBack: boolean
  bucket: number
  undoBucket: number
  createdAt: Date
}

const buckets = 256

/** Resolves when there is nothing to do, or all that is to do is at work elsewhere. Call it about twice per second. */
export async function runTaggings(jobs: TaggingJobs): Promise<void> {
  const { db, now, onError, signal, stepMs = 100, realNow = () => new Date() } = jobs
  while (!signal?.aborted) {
    const begun = performance.now()
    let at: Due | undefined
    try {
      const stepped = await db.tx(async tx => {
        at = await takeDue(tx, realNow())
        if (at === undefined) return false
        await lockProfiles(tx, at.workspaceId, () => {
          throw new LockedElsewhere()
        })
        await step(tx, at, now(), () => performance.now() - begun < stepMs)
        return true
      })
      if (!stepped) return
    } catch (error) {
      if (at === undefined) throw error
      if (error instanceof LockedElsewhere) await passTurn(db, at)
      else await fail(db, at, error, now(), onError)
      if (error instanceof LockedElsewhere || isOfDatabase(error)) return
      // Others are not kept waiting by one that fails.
    }
    await sleep(Math.max(5, performance.now() - begun))
  }
}

class LockedElsewhere extends Error {}

/** The oldest of each workspace, the workspaces in turn. One that another worker has is left to it. */
async function takeDue(tx: Db, realNow: Date): Promise<Due | undefined> {
  const [due] = await tx.query<Due>(sql`
    select g.id, g.workspace_id as "workspaceId", g.add_tags as add, g.remove_tags as remove, g.definition, g.search, g.is_searched as "isSearched", g.state, g.bucket,
      g.problem is not null as "isTakenBack",
      g.undo_bucket as "undoBucket", g.created_at as "createdAt"
    from taggings g where g.state in ('running', 'undoing') and not exists (select from taggings f
      where f.workspace_id = g.workspace_id and f.state in ('running', 'undoing') and (f.queued_at, f.id) < (g.queued_at, g.id))
      and (g.tries = 0 or g.stepped_at + power(2, g.tries - 1) * interval '1 second' <= ${realNow}::timestamptz)
    order by g.stepped_at, g.id limit 1 for update skip locked`)
  return due
}

async function step(tx: Db, due: Due, now: Date, continues: () => boolean): Promise<void> {
  const { id, workspaceId } = due
  await tx.query(sql`select set_config(s.name, s.value, true)
    from unnest(${Object.keys(segmentSettings)}::text[], ${Object.values(segmentSettings)}::text[]) as s (name, value)`)
  const at = { workspaceId, taggingId: id, now }
  const mine = sql`where id = ${id} and workspace_id = ${workspaceId}`
  // Something that names the tag may have been saved or scheduled since it was asked for.
  if (!due.isTakenBack) await refuseUsed(tx, workspaceId, due, due.state === 'undoing')
  if (due.state === 'undoing') {
    if (due.undoBucket === 0 && !due.isTakenBack) await refuseOutOfOrder(tx, due)
    const later = await idsOfLater(tx, due)
    const undone: Restored = { restored: 0, locked: 0, full: 0, later: 0 }
    let bucket = due.undoBucket
    do {
      if (bucket >= due.bucket) break
      const part = await restoreTags(tx, { ...at, bucket: bucket++ }, later)
      for (const key of ['restored', 'locked', 'full', 'later'] as const) undone[key] += part[key]
    } while (continues())
    const ends = bucket >= due.bucket
    await tx.run(sql`update taggings set undo_bucket = ${bucket}, restored = restored + ${undone.restored}, undo_locked = undo_locked + ${undone.locked},
      undo_full = undo_full + ${undone.full}, undo_later = undo_later + ${undone.later}, stepped_at = ${new Date()}, tries = 0,
      state = ${ends ? 'undone' : 'undoing'}, finished_at = ${ends ? now : null} ${mine}`)
    return
  }
  const condition = await conditionOf(tx, due)
  const sums: Tagged = { found: 0, changed: 0, locked: 0, full: 0 }
  let bucket = due.bucket
  do {
    const tagged = await changeTags(tx, { ...at, bucket }, due, condition(bucketsFrom(bucket, bucket)))
    for (const key of ['found', 'changed', 'locked', 'full'] as const) sums[key] += tagged[key]
    bucket++
  } while (bucket < buckets && continues())
  const ends = bucket >= buckets
  await tx.run(sql`update taggings set bucket = ${bucket}, found = found + ${sums.found}, changed = changed + ${sums.changed},
    locked = locked + ${sums.locked}, full_up = full_up + ${sums.full}, stepped_at = ${new Date()}, tries = 0, state = ${ends ? 'done' : 'running'},
    finished_at = ${ends ? now : null}, search = case when ${ends} then null else search end ${mine}`)
}

const sameTags = (due: Due) =>
  sql`f.workspace_id = ${due.workspaceId} and f.id > ${due.id} and (f.add_tags || f.remove_tags) && ${[...due.add, ...due.remove]}::text[]`

/** A later one whose undo was asked for before this one, and failed. Those that have not begun come after it. */
async function refuseOutOfOrder(tx: Db, due: Due): Promise<void> {
  const [later] = await tx.query<{ id: number; add: string[]; remove: string[] }>(
    sql`select f.id, f.add_tags as add, f.remove_tags as remove from taggings f
      where ${sameTags(due)} and f.state <> 'undone' and f.found > 0 order by f.id desc limit 1`,
  )
  if (later !== undefined) throw notLast(later)
}

/** Those that are undone, but not for everybody. */
async function idsOfLater(tx: Db, due: Due): Promise<number[]> {
  const rows = await tx.query<{ id: number }>(
    sql`select f.id from taggings f where ${sameTags(due)} and f.undo_locked + f.undo_full + f.undo_later > 0 order by f.id`,
  )
  return rows.map(({ id }) => id)
}

/** As of when it was asked for, whatever the step. */
async function conditionOf(tx: Db, { workspaceId, definition, search, createdAt }: Due): Promise<CompiledSegment> {
  const tree = readInlinedTree(definition)
  const condition = compile(tree, await readTreeSurroundings(tx, tree, { workspaceId, now: createdAt }))
  if (search === null) return condition
  const [workspace] = await tx.query<{ country: string }>(
    sql`select default_country as country from workspaces where id = ${workspaceId}`,
  )
  const read = readSearch(search, workspace?.country ?? '')
  return read === undefined ? condition : own => sql`(${condition(own)}) and ${isFound(read)}`
}

/** Others first: an import may have the lock for minutes. */
async function passTurn(db: Database, { id, workspaceId }: Due): Promise<void> {
  await db.run(sql`update taggings set stepped_at = ${new Date()} where id = ${id} and workspace_id = ${workspaceId}`)
}

/** The server restarts, has no room, or gave way to another transaction. What takes too long (57014) takes too long each time. */
function isOfDatabase(error: unknown): boolean {
  const code = sqlState(error) ?? ''
  return whyAway(error) !== undefined || (/^(08|40|53|57|58|55P03)/.test(code) && code !== '57014')
}

/**
 * What it has done until then stays, and can be undone: also where the undo failed, which then continues from there. A rename or removal of a tag that
 * something names meanwhile is taken back: half of it would leave people out of what names the tag. A database that is away is no failure of the
 * tagging. An unexpected error is tried again, some times.
 */
async function fail(
  db: Database,
  { id, workspaceId, state, bucket }: Due,
  error: unknown,
  now: Date,
  onError: TaggingJobs['onError'],
): Promise<void> {
  if (!(error instanceof Problem)) {
    onError?.(error, id)
    const counts = isOfDatabase(error) ? 0 : 1
    const [failing] = await db.query<{
      tries: number
    }>(sql`update taggings set stepped_at = ${new Date()}, tries = tries + ${counts}::int
      where id = ${id} and workspace_id = ${workspaceId} returning tries`)
    if ((failing?.tries ?? 0) < mostTaggingTries) return
  }
  const { code, title, fix } = error instanceof Problem ? error : problem('tagging_failed')
  const isTakenBack = code === 'tag_in_use' && state === 'running' && bucket > 0
  await db.run(sql`update taggings set state = ${isTakenBack ? 'undoing' : 'failed'}, tries = 0, problem = ${JSON.stringify({ code, title, fix })}::jsonb,
    search = null, finished_at = ${isTakenBack ? null : now}
    where id = ${id} and workspace_id = ${workspaceId} and state = ${state}`)
}

/** Deletes what can no longer be undone: whom it changed, then itself; one tagging at a time. */
export async function forgetOldTaggings(db: Database, now: Date): Promise<void> {
  const before = new Date(now.getTime() - (tagLimits.keptDays + 1) * 86_400_000)
  const [old] = await db.query<{ id: number; workspaceId: number }>(
    sql`select id, workspace_id as "workspaceId" from taggings where created_at < ${before} and state not in ('running', 'undoing') order by id limit 1`,
  )
  if (old === undefined) return
  for (let bucket = 0; bucket < buckets; bucket += 16)
    await db.run(
      sql`delete from tagged_profiles where bucket = ${bucketsFrom(bucket, bucket + 15)} and tagging_id = ${old.id} and workspace_id = ${old.workspaceId}`,
    )
  await db.run(sql`delete from taggings where id = ${old.id} and workspace_id = ${old.workspaceId}`)
}
