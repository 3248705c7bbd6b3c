/** How many people are in two segments, and in one of them only: exactly, in one pass over the profiles. */
import type { SegmentTree } from '../../core/segments/tree.ts'
import { bucketsFrom } from '../platform/db/buckets.ts'
import type { Database } from '../platform/db/database.ts'
import { eachRow } from '../platform/db/each-row.ts'
import { sql } from '../platform/db/sql.ts'
import { compile } from './compile.ts'
import { segmentSettings } from './segment-members.ts'
import { type Asking, readTreeSurroundings } from './surroundings.ts'

export interface Overlap {
  both: number
  onlyFirst: number
  onlySecond: number
  /** business time */
  asOf: Date
}

/** Rejects with the signal's reason where that is aborted: the statements have ended by then. */
export async function countOverlap(
  db: Database,
  { first, second }: { first: SegmentTree; second: SegmentTree },
  asking: Asking,
  signal?: AbortSignal,
): Promise<Overlap> {
  const inFirst = compile(first, await readTreeSurroundings(db, first, asking))
  const inSecond = compile(second, await readTreeSurroundings(db, second, asking))
  const sums = { both: 0, onlyFirst: 0, onlySecond: 0 }
  // Without `offset 0`, each condition would be evaluated once per filter.
  const statements = [bucketsFrom(0, 127), bucketsFrom(128)].map(
    buckets => sql`
      select count(*) filter (where x.a and x.b) as both, count(*) filter (where x.a and not x.b) as "onlyFirst",
        count(*) filter (where x.b and not x.a) as "onlySecond"
      from (select (${inFirst(buckets)}) is true as a, (${inSecond(buckets)}) is true as b from profiles p
        where p.workspace_id = ${asking.workspaceId} and p.bucket = ${buckets} and p.erased_at is null offset 0) x`,
  )
  await eachRow<typeof sums>(
    db,
    statements,
    row => {
      for (const key of ['both', 'onlyFirst', 'onlySecond'] as const) sums[key] += row[key]
    },
    { settings: segmentSettings, signal },
  )
  return { ...sums, asOf: asking.now }
}
