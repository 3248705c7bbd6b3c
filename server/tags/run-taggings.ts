/** Runs the taggings, in steps (server/profiles/run-steps.ts). */
import { problem } from '../../core/problems.ts'
import { readInlinedTree } from '../../core/segments/tree.ts'
import { bucketCount } from '../platform/db/buckets.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { changeTags, type Restored, restoreTags, type Tagged } from '../profiles/change-tags.ts'
import {
  type DueChange,
  forgetOldest,
  type MayTake,
  runSteps,
  type StepJobs,
  type SteppedChange,
  type StoppedBy,
  throughBuckets,
} from '../profiles/run-steps.ts'
import { isFound, readSearch } from '../profiles/search.ts'
import { type CompiledSegment, compile } from '../segments/compile.ts'
import { segmentSettings } from '../segments/segment-members.ts'
import { readTreeSurroundings } from '../segments/surroundings.ts'
import { refuseUsed } from './tag-uses.ts'
import { notLast, tagLimits } from './taggings.ts'

interface Due extends DueChange {
  add: string[]
  remove: string[]
  definition: unknown
  search: string | null
  isSearched: boolean
  /** undone by the worker itself: the problem says why */
  isTakenBack: boolean
  bucket: number
  undoBucket: number
  createdAt: Date
}

const taggings: SteppedChange<Due> = {
  table: sql`taggings`,
  take: takeDue,
  step,
  stop,
  failure: problem('tagging_failed'),
}

export const runTaggings = (jobs: StepJobs): Promise<void> => runSteps(taggings, jobs)

/** The oldest of each workspace, the workspaces in turn. One that another worker has is left to it. */
async function takeDue(tx: Db, may: MayTake): Promise<Due | undefined> {
  const [due] = await tx.query<Due>(sql`
    select g.id, g.workspace_id as "workspaceId", g.add_tags as add, g.remove_tags as remove, g.definition, g.search, g.is_searched as "isSearched", g.state, g.bucket,
      g.problem is not null as "isTakenBack",
      g.undo_bucket as "undoBucket", g.created_at as "createdAt"
    from taggings g where g.state in ('running', 'undoing') and not exists (select from taggings f
      where f.workspace_id = g.workspace_id and f.state in ('running', 'undoing') and (f.queued_at, f.id) < (g.queued_at, g.id))
      and ${may(sql`g.id`, sql`g.tries`, sql`g.stepped_at`)}
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
    const bucket = await throughBuckets(due.undoBucket, due.bucket, continues, async own => {
      const part = await restoreTags(tx, { ...at, own }, later)
      for (const key of ['restored', 'locked', 'full', 'later'] as const) undone[key] += part[key]
    })
    const ends = bucket >= due.bucket
    await tx.run(sql`update taggings set undo_bucket = ${bucket}, restored = restored + ${undone.restored}, undo_locked = undo_locked + ${undone.locked},
      undo_full = undo_full + ${undone.full}, undo_later = undo_later + ${undone.later}, stepped_at = ${new Date()}, tries = 0,
      state = ${ends ? 'undone' : 'undoing'}, finished_at = ${ends ? now : null} ${mine}`)
    return
  }
  const condition = await conditionOf(tx, due)
  const sums: Tagged = { found: 0, changed: 0, locked: 0, full: 0 }
  const bucket = await throughBuckets(due.bucket, bucketCount, continues, async own => {
    const tagged = await changeTags(tx, { ...at, own }, due, condition(own))
    for (const key of ['found', 'changed', 'locked', 'full'] as const) sums[key] += tagged[key]
  })
  const ends = bucket >= bucketCount
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

/**
 * What it has done until then can be undone: also where the undo failed, which then continues from there. A rename or removal of a tag that
 * something names meanwhile is taken back: half of it would leave people out of what names the tag.
 */
async function stop(db: Db, { id, workspaceId, state, bucket }: Due, by: StoppedBy, now: Date): Promise<void> {
  const isTakenBack = by.code === 'tag_in_use' && state === 'running' && bucket > 0
  await db.run(sql`update taggings set state = ${isTakenBack ? 'undoing' : 'failed'}, tries = 0, problem = ${JSON.stringify(by)}::jsonb,
    search = null, finished_at = ${isTakenBack ? null : now}
    where id = ${id} and workspace_id = ${workspaceId} and state = ${state}`)
}

/** Deletes what can no longer be undone, one tagging at a time. */
export const forgetOldTaggings = (db: Database, now: Date): Promise<void> =>
  forgetOldest(
    db,
    { table: sql`taggings`, kept: sql`tagged_profiles`, keptBy: sql`tagging_id` },
    new Date(now.getTime() - (tagLimits.keptDays + 1) * 86_400_000),
  )
