/** Which deliveries are too late for a reminder? Those shortly before it is sent: by this, a draft is counted and a schedule is frozen alike. */
import { gotBefore, readReminder } from '../../core/activities/reminder.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { ActivityRow } from './store.ts'

/**
 * Of an activity that is sent at this time. Undefined: it is no planned reminder, so everybody who got the first by then may get it. It stays one when it is
 * moved to the drafts and scheduled again, as long as it reminds of the same activity.
 */
export async function readGotBefore(
  db: Db,
  workspaceId: number,
  { id, sendTo: { reminds } }: Pick<ActivityRow, 'id' | 'sendTo'>,
  at: Date,
): Promise<Date | undefined> {
  if (reminds === null) return undefined
  const [first] = await db.query<{ reminder: unknown }>(
    sql`select reminder from activities where workspace_id = ${workspaceId} and id = ${reminds} and reminder_id = ${id}`,
  )
  const plan = readReminder(first?.reminder ?? null).value
  return plan === null ? undefined : gotBefore(at, plan)
}
