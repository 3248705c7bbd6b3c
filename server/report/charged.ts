/** The credits that activities were charged. Reads sums only. */
import { everyBucket } from '../platform/db/buckets.ts'
import type { Db } from '../platform/db/database.ts'
import { decimal, int, rowsNamed } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'

const chargedRows = rowsNamed('report-charged-of', { id: int, credits: decimal })

/** Credits by activity. One that was charged nothing is left out. */
export async function readCharged(db: Db, activityIds: readonly number[]): Promise<Map<number, string>> {
  const rows = await db.query<{ id: number; credits: string }>(
    sql`select t.activity_id as id, sum(t.credits) as credits from tallies t
      where t.bucket = ${everyBucket} and t.activity_id = any(${[...activityIds]}::bigint[]) and t.figure = 'charged'
      group by t.activity_id`,
    chargedRows,
  )
  return new Map(rows.map(({ id, credits }) => [id, credits]))
}
