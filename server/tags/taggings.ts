/**
 * A tagging changes the tags of everybody in a segment, or of those of them that a search finds: it adds some, removes some, or both (a rename).
 * The workers do it bucket by bucket (run-taggings.ts). The taggings of a workspace follow each other, so that two that contradict each other
 * end alike for everybody: the later one counts. For 30 days a tagging can be undone: exactly those whom it has changed get back what they had.
 *
 * Taggings that name a common tag are undone in reverse order: while a later one that has found somebody is not undone, the earlier one is not either. So
 * an undo leads to the tags that there would be without the tagging, as long as nothing but taggings changes them. Some profiles keep the change
 * at the undo: locked ones, those that would have too many tags, and those that keep a later change of the tags. They are counted, and the undo is
 * asked for again.
 */

import { readTags, tagRules } from '../../core/given-tags.ts'
import { type Problem, problem } from '../../core/problems.ts'
import { inlined } from '../../core/segments/inline.ts'
import { readInlinedTree, readTree } from '../../core/segments/tree.ts'
import { audit } from '../access/audit.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { holdNames } from '../segments/names-lock.ts'
import type { Acting } from '../segments/saved.ts'
import { readTreeSurroundings } from '../segments/surroundings.ts'
import { refuseUsed } from './tag-uses.ts'

export const tagLimits = {
  ...tagRules,
  /** taggings of a workspace that are not over */
  open: 20,
  /** how long one can be undone */
  keptDays: 30,
} as const

export interface Tagging {
  id: number
  add: string[]
  remove: string[]
  definition: unknown
  /** of the segment, only those whom a search finds; its text is not kept */
  isSearched: boolean
  actor: string
  state: 'running' | 'done' | 'failed' | 'undoing' | 'undone'
  /** of 256 */
  bucket: number
  undoBucket: number
  found: number
  changed: number
  locked: number
  full: number
  restored: number
  /** still changed after the undo, because they are locked; would have too many tags; keep a later change of the tags */
  undoLocked: number
  undoFull: number
  undoLater: number
  /** the newest later one that names one of its tags and is not undone; null: this one can be undone */
  undoAfter: number | null
  problem: { title: string; fix: string } | null
  createdAt: Date
  finishedAt: Date | null
}

export interface NewTagging {
  add?: readonly string[] | undefined
  remove?: readonly string[] | undefined
  /** `remove` names tags as they are stored: some are older than the rule for names */
  asStored?: boolean
  definition: unknown
  search?: string | undefined
}

const columns = sql`g.id, g.add_tags as add, g.remove_tags as remove, g.definition, g.is_searched as "isSearched", g.actor, g.state, g.bucket,
  g.undo_bucket as "undoBucket", g.found, g.changed, g.locked, g.full_up as "full", g.restored,
  g.undo_locked as "undoLocked", g.undo_full as "undoFull", g.undo_later as "undoLater", g.problem, g.created_at as "createdAt", g.finished_at as "finishedAt",
  (select max(f.id) from taggings f where f.workspace_id = g.workspace_id and f.id > g.id and (f.add_tags || f.remove_tags) && (g.add_tags || g.remove_tags)
    and (f.state = 'running' or (f.state in ('done', 'failed') and f.found > 0))) as "undoAfter"`
/** After all that the workspace has asked for before. */
const lastTurn = (
  workspaceId: number,
  now: Date,
) => sql`greatest(${now}::timestamptz, (select max(f.queued_at) + interval '1 millisecond'
  from taggings f where f.workspace_id = ${workspaceId} and f.state in ('running', 'undoing')))`
const dayMs = 86_400_000

/** Throws invalid_input, limit_reached, tag_in_use, and what is wrong with the definition. */
export async function createTagging(
  db: Database,
  { definition, search, asStored = false, ...given }: NewTagging,
  { workspaceId, actor, now }: Acting,
): Promise<Tagging> {
  const { add, remove } = readTags(given, field => field, asStored)
  if (add.length + remove.length === 0) throw problem('invalid_input', { where: 'add', what: 'name a tag' })
  const tree = readTree(definition)
  const wanted = search?.trim() || null
  return db.tx(async tx => {
    await refuseUsed(tx, workspaceId, { add, remove, definition: tree, isSearched: wanted !== null })
    await holdNames(tx, workspaceId)
    const { segments } = await readTreeSurroundings(tx, tree, { workspaceId, now })
    // It keeps the definitions of now: a segment may be edited or deleted while the steps are done.
    const kept = readInlinedTree(inlined(tree, segments))
    const [open] = await tx.query<{ n: number }>(
      sql`select count(*) as n from taggings where workspace_id = ${workspaceId} and state in ('running', 'undoing')`,
    )
    if ((open?.n ?? 0) >= tagLimits.open)
      throw problem('limit_reached', { what: 'changes of tags that are not finished', limit: tagLimits.open })
    const [tagging] = await tx.query<Tagging>(sql`
      insert into taggings as g (workspace_id, add_tags, remove_tags, definition, search, is_searched, actor, created_at, queued_at, stepped_at)
      select ${workspaceId}::int, ${add}::text[], ${remove}::text[], ${JSON.stringify(kept)}::jsonb, ${wanted}::text, ${wanted !== null}::boolean, ${actor}::text,
        ${now}::timestamptz, ${lastTurn(workspaceId, now)}, ${new Date()}::timestamptz
      returning ${columns}`)
    const { id } = tagging!
    const details = { add, remove, ...(wanted !== null && { searched: true }) }
    await audit(tx, { workspaceId, actor, action: 'tagging.create', subject: `tagging ${id}`, details }, now)
    return tagging!
  })
}

/** Newest first: the last 100. */
export function listTaggings(db: Db, workspaceId: number): Promise<Tagging[]> {
  return db.query<Tagging>(
    sql`select ${columns} from taggings g where g.workspace_id = ${workspaceId} order by g.id desc limit 100`,
  )
}

/** Throws not_found. */
export async function getTagging(db: Db, workspaceId: number, id: number): Promise<Tagging> {
  const [tagging] = await db.query<Tagging>(
    sql`select ${columns} from taggings g where g.workspace_id = ${workspaceId} and g.id = ${id}`,
  )
  if (tagging === undefined) throw problem('not_found', { what: 'change of tags' })
  return tagging
}

/**
 * One that is under way stops, and what it has done is undone. Twice changes
 * nothing, but where profiles kept the change, they are undone then. Throws not_found, tagging_too_old, tagging_not_last, tag_in_use.
 */
export async function undoTagging(db: Database, id: number, { workspaceId, actor, now }: Acting): Promise<Tagging> {
  return db.tx(async tx => {
    await tx.query(sql`select from taggings where workspace_id = ${workspaceId} and id = ${id} for update`)
    const before = await getTagging(tx, workspaceId, id)
    if (before.state === 'undoing' || (before.state === 'undone' && leftOf(before) === 0)) return before
    if (isTooOld(before, now)) throw problem('tagging_too_old', { days: tagLimits.keptDays })
    // One that is under way keeps its turn: those after it have not begun.
    const turn = before.state === 'running' ? sql`queued_at` : lastTurn(workspaceId, now)
    if (before.state !== 'running' && before.undoAfter !== null)
      throw notLast(await getTagging(tx, workspaceId, before.undoAfter))
    await refuseUsed(tx, workspaceId, before, true)
    const again = before.state === 'undone'
    await tx.run(
      sql`update taggings set state = 'undoing', queued_at = ${turn}, finished_at = null, search = null, problem = null, tries = 0,
          undo_bucket = case when ${again} then 0 else undo_bucket end, undo_locked = case when ${again} then 0 else undo_locked end,
          undo_full = case when ${again} then 0 else undo_full end, undo_later = case when ${again} then 0 else undo_later end
        where workspace_id = ${workspaceId} and id = ${id}`,
    )
    await audit(tx, { workspaceId, actor, action: 'tagging.undo', subject: `tagging ${id}` }, now)
    return getTagging(tx, workspaceId, id)
  })
}

export const isTooOld = ({ createdAt }: Pick<Tagging, 'createdAt'>, now: Date): boolean =>
  now.getTime() - createdAt.getTime() > tagLimits.keptDays * dayMs

/** Profiles that keep the change although it is undone. */
export const leftOf = ({ undoLocked, undoFull, undoLater }: Tagging): number => undoLocked + undoFull + undoLater

/** Says which change comes first. */
export function notLast({ id, add, remove }: Pick<Tagging, 'id' | 'add' | 'remove'>): Problem {
  const parts = [...add.map(tag => `add “${tag}”`), ...remove.map(tag => `remove “${tag}”`)]
  return problem('tagging_not_last', { id, what: parts.join(', ') })
}
