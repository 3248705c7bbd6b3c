/** The sizes of a segment by day, newest first. A day without a count is missing, or says why: it is never 0. */
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

export interface DailySize {
  /** in the time zone of the workspace */
  day: string
  /** null: not counted */
  size: number | null
  /** slow: it took too long; broken: something that the segment uses was missing */
  why: 'slow' | 'broken' | null
  countedAt: Date
  /** the conditions are others than those of the size before */
  isOther: boolean
}

export async function dailySizes(db: Db, workspaceId: number, segmentId: number): Promise<DailySize[]> {
  return db.query<DailySize>(sql`
    select to_char(z.day, 'YYYY-MM-DD') as day, z.size, z.why, z.counted_at as "countedAt",
      coalesce(z.conditions <> lag(z.conditions) over (order by z.day), false) as "isOther"
    from segment_sizes z where z.segment_id = ${segmentId} and z.workspace_id = ${workspaceId} and z.counted_at is not null order by z.day desc`)
}

/** Of each segment its latest sizes since a day, oldest first; days without one are missing. */
export async function recentSizes(
  db: Db,
  workspaceId: number,
  ids: readonly number[],
  since: string,
): Promise<Map<number, { day: string; size: number }[]>> {
  const rows = await db.query<{ id: number; day: string; size: number }>(sql`
    select z.segment_id as id, to_char(z.day, 'YYYY-MM-DD') as day, z.size from segment_sizes z
    where z.segment_id = any(${[...ids]}::int[]) and z.workspace_id = ${workspaceId} and z.day >= ${since}::date and z.size is not null
    order by z.segment_id, z.day`)
  return new Map(
    [...Map.groupBy(rows, ({ id }) => id)].map(([id, of]) => [id, of.map(({ day, size }) => ({ day, size }))]),
  )
}
