/** For browser tests: what was sent a moment ago was sent some minutes ago. In its first minute an activity has no curve yet. */
import { openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import type { Homing } from './homing.ts'

export async function begunEarlier({ connectionString }: Homing): Promise<void> {
  const db = openDatabase({ connection: { connectionString }, lane: 'test', max: 1 })
  await db.run(sql`update series set minute = minute - interval '3 minutes'`)
  await db.end()
}
