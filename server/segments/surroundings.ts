/** Reads what a tree names, and refuses it where something is gone: a condition is never dropped, a segment never means everybody by mistake. */
import { type AttributeType, isAttributeType } from '../../core/attributes.ts'
import { Problem, problem } from '../../core/problems.ts'
import { segmentEvent } from '../../core/segments/events.ts'
import { checkFields, type Reference, referencesOf } from '../../core/segments/references.ts'
import { conditionsOf, nodesOf, readTree, type SegmentTree, segmentLimits } from '../../core/segments/tree.ts'
import { isVisible } from '../messages/visible.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { SegmentSurroundings } from './compile.ts'

export interface Asking {
  workspaceId: number
  /** business time */
  now: Date
  /** the segment that the tree is of: it must not contain itself */
  self?: { id: number; name: string } | undefined
}

/** Throws segment_reference_gone, segment_field_unknown, segment_field_type, segment_cycle, segment_levels, segment_nodes, with the place. */
export async function readTreeSurroundings(
  db: Db,
  tree: SegmentTree,
  { workspaceId, now, self }: Asking,
): Promise<SegmentSurroundings> {
  const [workspace] = await db.query<{ zone: string }>(
    sql`select time_zone as zone from workspaces where id = ${workspaceId}`,
  )
  if (workspace === undefined) throw problem('not_found', { what: 'workspace' })
  const attributes = await readAttributes(db, workspaceId)
  const segments = await readInner(db, workspaceId, tree, self)
  const trees = [tree]
  checkFields(tree, attributes)
  await checkReferences(db, workspaceId, referencesOf(tree))
  for (const { inner, name, where } of segments.values()) {
    if (inner === null) continue
    trees.push(inner)
    await within(name, where, async () => {
      checkFields(inner, attributes)
      await checkReferences(db, workspaceId, referencesOf(inner))
    })
  }
  return {
    workspaceId,
    now,
    zone: workspace.zone,
    attributes,
    segments: new Map([...segments].map(([id, { inner }]) => [id, inner])),
    frozenAt: await readFrozen(db, workspaceId, trees),
  }
}

/** A fault of a segment that the tree uses is said at the condition that uses it: its own places are in another tree. */
async function within<Result>(segment: string, where: string, work: () => Promise<Result> | Result): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw problem('segment_inner', { where, segment, what: error.title }, { cause: error })
  }
}

async function readAttributes(db: Db, workspaceId: number): Promise<Map<string, AttributeType>> {
  const rows = await db.query<{ name: string; type: string }>(
    sql`select name, type from attributes where workspace_id = ${workspaceId}`,
  )
  return new Map(rows.flatMap(({ name, type }) => (isAttributeType(type) ? [[name, type] as const] : [])))
}

interface InnerSegment {
  /** null: a frozen list */
  inner: SegmentTree | null
  name: string
  /** the condition of the outermost tree over which it is used */
  where: string
}

interface Inner {
  id: number
  name: string
  definition: unknown
  frozen: boolean
}

/** Level by level, each segment once. */
async function readInner(
  db: Db,
  workspaceId: number,
  tree: SegmentTree,
  self: Asking['self'],
): Promise<Map<number, InnerSegment>> {
  const known = new Map<number, InnerSegment>()
  const paths = new Map<number, string>(self && [[self.id, self.name]])
  let level: { tree: SegmentTree; path: string; ids: number[]; at: string | null }[] = [
    { tree, path: self?.name ?? '', ids: self ? [self.id] : [], at: null },
  ]
  let nodes = 0
  for (let depth = 0; level.length > 0; depth++) {
    const next: typeof level = []
    for (const { tree: outer, path, ids, at } of level) {
      nodes += [...nodesOf(outer.root)].length
      if (nodes > segmentLimits.nodesInAll)
        throw problem('segment_nodes', { where: path || 'root', limit: segmentLimits.nodesInAll })
      const wanted = referencesOf(outer).filter(({ kind }) => kind === 'segment')
      if (wanted.length === 0) continue
      if (depth >= segmentLimits.levels)
        throw problem('segment_levels', { where: wanted[0]!.where, limit: segmentLimits.levels })
      const rows = await db.query<Inner>(
        sql`select id, name, definition, frozen from segments where workspace_id = ${workspaceId} and id = any(${wanted.map(({ ref }) => Number(ref))}::bigint[])`,
      )
      for (const { ref, where } of wanted) {
        const row = rows.find(({ id }) => String(id) === ref)
        if (row === undefined) throw problem('segment_reference_gone', { where: at ?? where, what: 'segment', id: ref })
        const place = at ?? where
        const inner = row.frozen ? null : await within(row.name, place, () => readTree(row.definition))
        paths.set(row.id, row.name)
        known.set(row.id, { inner, name: row.name, where: place })
        const chain = [path, row.name].filter(name => name !== '').join(' → ')
        if (ids.includes(row.id)) throw problem('segment_cycle', { path: chain })
        if (inner !== null) next.push({ tree: inner, path: chain, ids: [...ids, row.id], at: place })
      }
    }
    level = next
  }
  return known
}

async function checkReferences(db: Db, workspaceId: number, references: readonly Reference[]): Promise<void> {
  const named = (kind: Reference['kind']) => references.filter(reference => reference.kind === kind)
  const ids = (kind: Reference['kind']) => named(kind).map(({ ref }) => Number(ref))
  const missing = (kind: Reference['kind'], rows: readonly { id: number }[]) => {
    const gone = named(kind).find(({ ref }) => !rows.some(({ id }) => String(id) === ref))
    if (gone !== undefined) throw problem('segment_reference_gone', { where: gone.where, what: kind, id: gone.ref })
  }
  if (named('topic').length > 0)
    missing(
      'topic',
      await db.query(
        sql`select id from topics where workspace_id = ${workspaceId} and id = any(${ids('topic')}::bigint[])`,
      ),
    )
  if (named('activity').length > 0)
    missing(
      'activity',
      await db.query(
        sql`select a.id from activities a where a.workspace_id = ${workspaceId} and a.id = any(${ids('activity')}::bigint[]) and ${isVisible}`,
      ),
    )
  if (named('link').length > 0)
    missing(
      'link',
      await db.query(
        sql`select l.id from links l join activities a on a.id = l.activity_id
          where a.workspace_id = ${workspaceId} and l.id = any(${ids('link')}::bigint[]) and l.kind = 'link' and ${isVisible}`,
      ),
    )
}

/** Only where a condition asks for that time. */
async function readFrozen(db: Db, workspaceId: number, trees: readonly SegmentTree[]): Promise<Map<number, Date>> {
  const asks = trees.some(tree =>
    [...conditionsOf(tree)].some(
      ({ condition }) =>
        condition.kind === 'event' && condition.window !== undefined && segmentEvent(condition.event).at === 'frozenAt',
    ),
  )
  if (!asks) return new Map()
  const rows = await db.query<{ id: number; frozenAt: Date }>(
    sql`select a.id, a.frozen_at as "frozenAt" from activities a
      where a.workspace_id = ${workspaceId} and a.frozen_at is not null and ${isVisible}`,
  )
  return new Map(rows.map(({ id, frozenAt }) => [id, frozenAt]))
}
