/** For browser tests: moves the sending of an activity some minutes back, because in its first minute it has no curve. */
import { openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import type { Homing } from './homing.ts'

export async function begunEarlier({ connectionString }: Homing): Promise<void> {
  const db = openDatabase({ connection: { connectionString }, lane: 'test', max: 1 })
  await db.run(sql`update series set minute = minute - interval '3 minutes'`)
  await db.end()
}
