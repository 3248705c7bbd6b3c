/** Is something held against a number? The same conditions that keep a message back, for one number. */
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { addressConditions, firstReason } from './verdict.ts'

export type Barred = 'opted_out' | 'suppressed' | 'hard_bounces'

/** `topics`: those of Send to; where none is chosen yet, an opt-out of any of them counts. null: it may be sent to. */
export async function barredNumber(
  db: Db,
  workspaceId: number,
  phone: string,
  topics: readonly number[],
): Promise<Barred | null> {
  const held = { workspace: sql`${workspaceId}::int`, channel: 'sms', address: sql`${phone}::text` }
  const [row] = await db.query<{ barred: Barred | null }>(
    sql`select ${firstReason(addressConditions(held, topics.length === 0 ? null : topics))} as barred`,
    topics.length === 0 ? 'number-barred-any' : 'number-barred',
  )
  return row?.barred ?? null
}
