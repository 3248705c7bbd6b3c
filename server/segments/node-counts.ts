/**
 * How many people fit each condition and group of a tree, in one pass over a sample of the profiles. Each number is of the row alone, not of the rows
 * above it, and says its range.
 */
import { estimateCount, sampledBuckets, sampledShare } from '../../core/audience/sample.ts'
import { problem } from '../../core/problems.ts'
import { nodesOf, type SegmentTree } from '../../core/segments/tree.ts'
import { bucketsFrom, everyBucket } from '../platform/db/buckets.ts'
import type { Database } from '../platform/db/database.ts'
import { eachRow } from '../platform/db/each-row.ts'
import { join, raw, type Sql, sql } from '../platform/db/sql.ts'
import { compileNodes } from './compile.ts'
import { segmentSettings } from './segment-members.ts'
import { type Asking, readTreeSurroundings } from './surroundings.ts'

export interface NodeCount {
  where: string
  n: number
  /** null: exact */
  range: { low: number; high: number } | null
}

/** An eighth of fewer says little, and all of them are quickly counted. */
const leastInSample = 2_000

/** Throws segment_too_slow if the signal aborts because of its time. */
export async function countNodes(
  db: Database,
  tree: SegmentTree,
  asking: Asking,
  signal: AbortSignal,
): Promise<NodeCount[]> {
  const surroundings = await readTreeSurroundings(db, tree, asking)
  const nodes = [...nodesOf(tree.root)]
  const counted = async (buckets: Sql) => {
    const conditions = compileNodes(
      nodes.map(({ node }) => node),
      surroundings,
      buckets,
    )
    const name = (at: number) => raw(`c${at}`)
    // Without `offset 0`, a condition would be evaluated once per group that holds it.
    const statement = sql`
      select count(*)::int as people, array[${join(
        nodes.map((_, at) => sql`count(*) filter (where x.${name(at)})::int`),
        ', ',
      )}] as counts
      from (select ${join(
        conditions.map((condition, at) => sql`(${condition}) is true as ${name(at)}`),
        ', ',
      )} from profiles p where p.workspace_id = ${asking.workspaceId} and p.bucket = ${buckets} and p.erased_at is null offset 0) x`
    let read = { people: 0, counts: nodes.map(() => 0) }
    await eachRow<typeof read>(db, [statement], row => (read = row), { settings, signal })
    return read
  }
  try {
    const sample = await counted(bucketsFrom(0, sampledBuckets - 1))
    if (sample.people < leastInSample) {
      const { counts } = await counted(everyBucket)
      return nodes.map(({ where }, at) => ({ where, n: counts[at] ?? 0, range: null }))
    }
    return nodes.map(({ where }, at) => {
      const { value, low, high } = estimateCount(sample.counts[at] ?? 0, sampledShare)
      return { where, n: value, range: { low, high } }
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError')
      throw problem('segment_too_slow', { minutes: 1 }, { cause: error })
    throw error
  }
}

/** Up to two hundred conditions share the memory of one statement. */
const settings = { ...segmentSettings, work_mem: '8MB' }
