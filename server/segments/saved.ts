/**
 * The segments of a workspace. What a definition names is kept beside it (`segment_refs`), so that nothing that a segment uses vanishes
 * silently, and nothing that an activity uses.
 */
import { isDeepStrictEqual } from 'node:util'
import { problem } from '../../core/problems.ts'
import { referencesOf } from '../../core/segments/references.ts'
import { readTree, type SegmentTree } from '../../core/segments/tree.ts'
import { audit } from '../access/audit.ts'
import { refuseMore } from '../access/collections.ts'
import { checkName } from '../access/workspaces.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import { type Database, type Db, sqlState } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { fromBeforeFreeze, inFrozenTree } from './before-freeze.ts'
import { compile, type SegmentSurroundings } from './compile.ts'
import { changeNames } from './names-lock.ts'
import { membersIn } from './segment-members.ts'
import { readTreeSurroundings } from './surroundings.ts'

export interface Segment {
  id: number
  name: string
  /** as it was saved; of a frozen one that from which it was frozen, null: it came from a list */
  definition: unknown
  frozen: boolean
  revision: number
  /** of the last exact count; null: never counted */
  size: number | null
  countedAt: Date | null
  createdAt: Date
  updatedAt: Date
  archivedAt: Date | null
}

/** What uses a segment or something else that a definition can name. */
export interface User {
  kind: 'segment' | 'activity'
  id: number
  name: string
}

export interface Acting {
  workspaceId: number
  actor: string
  now: Date
}

const columns = sql`s.id, s.name, s.definition, s.frozen, s.revision, s.size, s.counted_at as "countedAt", s.created_at as "createdAt",
  s.updated_at as "updatedAt", s.archived_at as "archivedAt"`
const uniqueViolation = '23505'

/** By name; those that are archived last. At most as many as a workspace can have. */
export async function listSegments(db: Db, workspaceId: number): Promise<Segment[]> {
  return db.query<Segment>(
    sql`select ${columns} from segments s where s.workspace_id = ${workspaceId} order by s.archived_at is not null, lower(s.name), s.id limit 2000`,
  )
}

/** Throws not_found. */
export async function getSegment(db: Db, workspaceId: number, id: number): Promise<Segment> {
  const [segment] = await db.query<Segment>(
    sql`select ${columns} from segments s where s.workspace_id = ${workspaceId} and s.id = ${id}`,
  )
  if (segment === undefined) throw problem('not_found', { what: 'segment' })
  return segment
}

/** Those of the workspace among them. */
export async function namesOfSegments(
  db: Db,
  workspaceId: number,
  ids: readonly number[],
): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db.query<{ id: number; name: string }>(
    sql`select id, name from segments where workspace_id = ${workspaceId} and id = any(${[...ids]}::int[])`,
  )
  return new Map(rows.map(({ id, name }) => [id, name]))
}

/** The tree by which its members are found: that of a frozen one is its list. Throws what a newer version wrote. */
export function treeOf({ id, definition, frozen }: Pick<Segment, 'id' | 'definition' | 'frozen'>): SegmentTree {
  return frozen
    ? { v: 1, root: { kind: 'group', match: 'all', items: [{ kind: 'segment', id }] } }
    : readTree(definition)
}

interface NewSegment {
  name: string
  definition: unknown
}

/** Throws name_taken, limit_reached, and what is wrong with the definition. */
export async function createSegment(db: Database, made: NewSegment, acting: Acting): Promise<Segment> {
  const { workspaceId, actor, now } = acting
  return makeSegment(db, made, acting, async (tx, name, tree) => {
    const [segment] = await tx.query<Segment>(sql`
      insert into segments as s (workspace_id, name, definition, created_at, updated_at)
      values (${workspaceId}, ${name}, ${JSON.stringify(tree)}::jsonb, ${now}, ${now}) returning ${columns}`)
    const { id } = segment!
    await keepReferences(tx, id, tree)
    await audit(tx, { workspaceId, actor, action: 'segment.create', subject: `segment ${id}`, details: { name } }, now)
    return segment!
  })
}

/** What every new segment must keep; `write` adds it, in the same transaction. */
function makeSegment(
  db: Database,
  { name: given, definition }: NewSegment,
  { workspaceId, now }: Acting,
  write: (tx: Db, name: string, tree: SegmentTree, surroundings: SegmentSurroundings) => Promise<Segment>,
): Promise<Segment> {
  const name = checkName(given, 'segment')
  const tree = readTree(definition)
  return unique(name, () =>
    db.tx(async tx => {
      await changeNames(tx, workspaceId)
      await refuseMore(tx, workspaceId, 'segments')
      return write(tx, name, tree, await readTreeSurroundings(tx, tree, { workspaceId, now }))
    }),
  )
}

export interface SegmentChange {
  /** the one that was loaded; undefined: whichever it is */
  revision?: number | undefined
  name?: string | undefined
  definition?: unknown
  archived?: boolean | undefined
}

/** Changes what is given. Throws not_found, conflict, name_taken, segment_cycle, and what is wrong with the definition. */
export async function changeSegment(
  db: Database,
  id: number,
  { revision, archived, ...change }: SegmentChange,
  { workspaceId, actor, now }: Acting,
): Promise<Segment> {
  const name = change.name === undefined ? undefined : checkName(change.name, 'segment')
  const tree = change.definition === undefined ? undefined : readTree(change.definition)
  return unique(name ?? '', () =>
    db.tx(async tx => {
      await changeNames(tx, workspaceId)
      const before = await getSegment(tx, workspaceId, id)
      if (revision !== undefined && revision !== before.revision)
        throw problem('conflict', {
          what: `Somebody changed this segment since you loaded it (revision ${before.revision}, yours ${revision}).`,
        })
      if (tree !== undefined) {
        if (before.frozen)
          throw problem('invalid_input', { where: 'definition', what: 'a frozen segment keeps its people' })
        await readTreeSurroundings(tx, tree, { workspaceId, now, self: { id, name: name ?? before.name } })
      }
      const isChanged = tree !== undefined && !isDeepStrictEqual(tree, before.definition)
      const archivedAt = (archived ?? before.archivedAt !== null) ? (before.archivedAt ?? now) : null
      const [after] = await tx.query<Segment>(sql`
        update segments as s set name = ${name ?? before.name}, definition = coalesce(${tree === undefined ? null : JSON.stringify(tree)}::jsonb, s.definition),
          archived_at = ${archivedAt}, revision = s.revision + 1, updated_at = ${now},
          size = case when ${isChanged} then null else s.size end, counted_at = case when ${isChanged} then null else s.counted_at end
        where s.workspace_id = ${workspaceId} and s.id = ${id} returning ${columns}`)
      if (tree !== undefined) await keepReferences(tx, id, tree)
      const fields = [
        ...(after!.name === before.name ? [] : ['name']),
        ...(isChanged ? ['definition'] : []),
        ...((after!.archivedAt === null) === (before.archivedAt === null) ? [] : ['archived']),
      ]
      if (fields.length > 0)
        await audit(
          tx,
          { workspaceId, actor, action: 'segment.change', subject: `segment ${id}`, details: { fields } },
          now,
        )
      return after!
    }),
  )
}

/** Throws not_found, segment_in_use. */
export async function deleteSegment(db: Database, id: number, { workspaceId, actor, now }: Acting): Promise<void> {
  await db.tx(async tx => {
    await changeNames(tx, workspaceId)
    const { name } = await getSegment(tx, workspaceId, id)
    const users = await usersOf(tx, workspaceId, 'segment', String(id))
    if (users.length > 0) throw problem('segment_in_use', { users: inWords(users) })
    // Other segments are in its definition already; a frozen list is read at each step.
    const [tagging] = await tx.query<{
      id: number
    }>(sql`select g.id from taggings g where g.workspace_id = ${workspaceId} and g.state = 'running'
      and jsonb_path_exists(g.definition, '$.**.items[*] ? (@.kind == "segment" && @.id == $id)', ${JSON.stringify({ id })}::jsonb) limit 1`)
    if (tagging !== undefined)
      throw problem('segment_in_use', { users: inWords([{ kind: 'change of tags', name: String(tagging.id) }]) })
    await tx.run(sql`delete from segment_members where bucket = ${everyBucket} and segment_id = ${id}`)
    await tx.run(sql`delete from segments where workspace_id = ${workspaceId} and id = ${id}`)
    await audit(tx, { workspaceId, actor, action: 'segment.delete', subject: `segment ${id}`, details: { name } }, now)
  })
}

/** The people of the moment, as a segment of its own. Throws what createSegment throws. */
export async function freezeSegment(db: Database, made: NewSegment, acting: Acting): Promise<Segment> {
  const { workspaceId, actor, now } = acting
  return makeSegment(db, made, acting, async (tx, name, tree, surroundings) => {
    const [row] = await tx.query<{ id: number }>(sql`
      insert into segments (workspace_id, name, definition, frozen, created_at, updated_at)
      values (${workspaceId}, ${name}, ${JSON.stringify(tree)}::jsonb, true, ${now}, ${now}) returning id`)
    const id = row!.id
    const size = await tx.run(sql`
      insert into segment_members (bucket, segment_id, profile_id, workspace_id)
      select p.bucket, ${id}::int, p.profile_id, ${workspaceId}::int ${membersIn(workspaceId, compile(tree, surroundings))}`)
    const [segment] = await tx.query<Segment>(
      sql`update segments as s set size = ${size}, counted_at = ${now} where s.workspace_id = ${workspaceId} and s.id = ${id} returning ${columns}`,
    )
    const details = { name, size }
    await audit(tx, { workspaceId, actor, action: 'segment.freeze', subject: `segment ${id}`, details }, now)
    return segment!
  })
}

/** Keeps an exact count of a saved segment, if it is still that definition. */
export async function keepSize(
  db: Db,
  { id, revision }: Pick<Segment, 'id' | 'revision'>,
  n: number,
  asOf: Date,
): Promise<void> {
  await db.run(
    sql`update segments set size = ${n}, counted_at = ${asOf} where id = ${id} and revision = ${revision} and (counted_at is null or counted_at < ${asOf})`,
  )
}

/** Segments that name it, and activities that have not found their people yet: those that choose the segment, and those whose frozen version names it. */
export async function usersOf(
  db: Db,
  workspaceId: number,
  kind: 'segment' | 'topic' | 'activity' | 'link' | 'attribute',
  ref: string,
): Promise<User[]> {
  const segments = await db.query<User>(
    sql`select 'segment' as kind, s.id, s.name from segment_refs r join segments s on s.id = r.segment_id
      where r.kind = ${kind} and r.ref = ${ref} and s.workspace_id = ${workspaceId} order by s.name limit 20`,
  )
  if (kind !== 'segment') return segments
  const activities = await db.query<User>(
    sql`select 'activity' as kind, a.id, a.name ${fromBeforeFreeze(workspaceId)}
        and (a.send_to -> 'include' -> 'segments' @> ${ref}::jsonb or a.send_to -> 'exclude' -> 'segments' @> ${ref}::jsonb
          or ${inFrozenTree('@.kind == "segment" && @.id == $id', { id: Number(ref) })})
      order by a.id limit 20`,
  )
  return [...segments, ...activities]
}

/** How many segments and waiting activities use each segment, as `usersOf` finds them; one that is missing has none. */
export async function countUses(db: Db, workspaceId: number): Promise<Map<number, number>> {
  const rows = await db.query<{ id: number; n: number }>(
    sql`select u.ref::bigint as id, count(*)::int as n from (
        select r.ref from segment_refs r join segments s on s.id = r.segment_id where r.kind = 'segment' and s.workspace_id = ${workspaceId}
        union all
        select c.ref from (select distinct w.id, chosen.ref from (select a.id, a.send_to, v.settings ${fromBeforeFreeze(workspaceId)}) w,
          jsonb_array_elements_text(coalesce(w.send_to -> 'include' -> 'segments', '[]'::jsonb) || coalesce(w.send_to -> 'exclude' -> 'segments', '[]'::jsonb)
            || coalesce(jsonb_path_query_array(w.settings, '$.sendTo.selection.tree.**.items[*] ? (@.kind == "segment").id'), '[]'::jsonb)) as chosen (ref)) c
      ) u group by u.ref`,
  )
  return new Map(rows.map(({ id, n }) => [id, n]))
}

export const inWords = (users: readonly { kind: string; name: string }[]): string =>
  users
    .slice(0, 5)
    .map(({ kind, name }) => `${kind} “${name}”`)
    .join(', ')

async function keepReferences(tx: Db, segmentId: number, tree: SegmentTree): Promise<void> {
  const references = referencesOf(tree)
  await tx.run(sql`delete from segment_refs where segment_id = ${segmentId}`)
  await tx.run(sql`insert into segment_refs (segment_id, kind, ref)
    select ${segmentId}::int, u.kind, u.ref from unnest(${references.map(({ kind }) => kind)}::text[], ${references.map(({ ref }) => ref)}::text[]) as u (kind, ref)`)
}

async function unique<Result>(name: string, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    if (sqlState(error) === uniqueViolation) throw problem('name_taken', { what: 'segment', name })
    throw error
  }
}
