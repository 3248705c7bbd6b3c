/** Counts that take longer than a page waits: asked for, looked at and cancelled. The workers do them (run-long-counts.ts). */
import { problem } from '../../core/problems.ts'
import type { SegmentTree } from '../../core/segments/tree.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { type Asking, readTreeSurroundings } from './surroundings.ts'

export const longCountLimits = {
  /** for one count; then it is refused */
  countMs: 300_000,
  /** waiting and running, per workspace */
  open: 5,
}

export interface CountProblem {
  code: string
  title: string
  fix: string
  /** the place in the tree; undefined: not known */
  where?: string
}

export interface LongCount {
  id: number
  state: 'waiting' | 'running' | 'done' | 'refused' | 'failed' | 'cancelled'
  n: number | null
  problem: CountProblem | null
  createdAt: Date
  asOf: Date | null
}

const columns = sql`c.id, c.state, c.n, c.problem, c.created_at as "createdAt", c.as_of as "asOf"`

/** The open one of the same tree, or a new one. Throws limit_reached, and what is wrong with the tree. */
export async function beginLongCount(db: Database, tree: SegmentTree, asking: Asking): Promise<LongCount> {
  await readTreeSurroundings(db, tree, asking)
  const { workspaceId, now } = asking
  const definition = JSON.stringify(tree)
  return db.tx(async tx => {
    // "segc" in ASCII. Two requests at once count one another.
    await tx.query(sql`select pg_advisory_xact_lock(1936025443, ${workspaceId}::int)`)
    const open = await tx.query<LongCount & { same: boolean }>(sql`
      select ${columns}, c.definition = ${definition}::jsonb as same from segment_counts c
      where c.workspace_id = ${workspaceId} and c.state in ('waiting', 'running')`)
    const found = open.find(({ same }) => same)
    if (found !== undefined) return found
    if (open.length >= longCountLimits.open)
      throw problem('limit_reached', { what: 'counts in the background', limit: longCountLimits.open })
    const [made] = await tx.query<LongCount>(sql`
      insert into segment_counts as c (workspace_id, definition, created_at, queued_at)
      values (${workspaceId}, ${definition}::jsonb, ${now}, ${new Date()}) returning ${columns}`)
    return made!
  })
}

/** Throws not_found: also a day after it ended. */
export async function readLongCount(db: Db, workspaceId: number, id: number): Promise<LongCount> {
  const [count] = await db.query<LongCount>(
    sql`select ${columns} from segment_counts c where c.workspace_id = ${workspaceId} and c.id = ${id}`,
  )
  if (count === undefined) throw problem('not_found', { what: 'count' })
  return count
}

/** Its statements end within a second or two. One that has ended stays as it is. */
export async function stopLongCount(db: Db, workspaceId: number, id: number): Promise<LongCount> {
  await db.run(sql`update segment_counts set state = 'cancelled', ended_at = ${new Date()}
    where workspace_id = ${workspaceId} and id = ${id} and state in ('waiting', 'running')`)
  return readLongCount(db, workspaceId, id)
}
