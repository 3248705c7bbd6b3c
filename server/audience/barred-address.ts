/** Is something held against an address? The same conditions that keep a message back, for one address. */
import type { Db } from '../platform/db/database.ts'
import { oneOf, orNull, rowsNamed } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import type { Address } from '../suppression/addresses.ts'
import { addressConditions, firstReason } from '../suppression/verdict.ts'

export type Barred = 'opted_out' | 'suppressed' | 'hard_bounces'

const barred = { barred: orNull(oneOf<Barred>(['opted_out', 'suppressed', 'hard_bounces'])) }
const rows = { any: rowsNamed('address-barred-any', barred), ofTopics: rowsNamed('address-barred', barred) }

/** `topics`: those of Send to; where none is chosen yet, an opt-out of any of them counts. null: it may be sent to. */
export async function barredAddress(
  db: Db,
  { workspaceId, channel, address }: Address,
  topics: readonly number[],
): Promise<Barred | null> {
  const held = { workspace: sql`${workspaceId}::int`, channel, address: sql`${address}::text` }
  const [row] = await db.query<{ barred: Barred | null }>(
    sql`select ${firstReason(addressConditions(held, topics.length === 0 ? null : topics))} as barred`,
    topics.length === 0 ? rows.any : rows.ofTopics,
  )
  return row?.barred ?? null
}
