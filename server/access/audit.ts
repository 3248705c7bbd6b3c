/** Who did what, when: one row an act, only ever added. Never a text, a number or a secret in the details. */
import type { Db } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'

export interface Act {
  /** null: an act on the installation */
  workspaceId: number | null
  /** `user ID`, `key ID`, `cli`, `system` */
  actor: string
  /** noun.verb: `activity.schedule` */
  action: string
  /** `activity 12` */
  subject: string
  details?: Record<string, unknown>
}

export async function audit(
  db: Db,
  { workspaceId, actor, action, subject, details = {} }: Act,
  at: Date,
): Promise<void> {
  await db.run(sql`
    insert into audit (workspace_id, at, actor, action, subject, details)
    values (${workspaceId}, ${at}, ${actor}, ${action}, ${subject}, ${JSON.stringify(details)}::jsonb)`)
}
