/** Is a number closed to us? Its own no, or a suppression: the same that keeps a message back, for one number. */
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { openOptOut, openSuppression } from './select.ts'

export type Barred = 'opted_out' | 'suppressed' | 'hard_bounces'

/** `topics`: those of Send to; where none is chosen yet, a no to any of them counts. null: it may be sent to. */
export async function barredNumber(
  db: Db,
  workspaceId: number,
  phone: string,
  topics: readonly number[],
): Promise<Barred | null> {
  const workspace = sql`${workspaceId}::int`
  const number = sql`${phone}::text`
  const [row] = await db.query<{ barred: Barred | null }>(
    sql`select case
      when exists (${openOptOut(workspace, number, topics)}) then 'opted_out'
      when ${topics.length === 0} and exists (select from opt_outs o
        where o.workspace_id = ${workspace} and o.channel = 'sms' and o.address = ${number} and o.released_at is null) then 'opted_out'
      when exists (${openSuppression(workspace, number, 'by_hand')}) then 'suppressed'
      when exists (${openSuppression(workspace, number, 'hard_bounces')}) then 'hard_bounces'
    end as barred`,
    'number-barred',
  )
  return row?.barred ?? null
}
