/**
 * A person of the workspace opens a number again by hand: lifts one opt-out, or one closing. Nothing is removed: the row
 * says when and by whom, the audit log that it was done; the reason stays with the row, where an erase finds it.
 * Throws not_found for one that is not of this number, `already_released` for one that does not hold any more.
 */
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { lockNumbers } from './opt-out.ts'

export interface Release {
  workspaceId: number
  /** of the opt-out or the closing */
  id: number
  /** it must be of this number */
  address: string
  reason: string
  actor: string
  now: Date
}

/** Against a person's own no: only where the person has said so since. */
export async function releaseOptOut(db: Database, input: Release): Promise<void> {
  const { workspaceId, id, address, reason, actor, now } = input
  await released(db, input, 'opt_out.release', `opt-out ${id}`, tx =>
    tx.query<{ open: boolean }>(sql`
      with found as (select o.id, o.released_at is null as open from opt_outs o
          where o.workspace_id = ${workspaceId} and o.id = ${id} and o.channel = 'sms' and o.address = ${address}),
        done as (update opt_outs o set released_at = ${now}, released_by = ${actor},
            evidence = o.evidence || jsonb_build_object('release', ${reason}::text)
          from found f where o.id = f.id and f.open returning o.id)
      select f.open from found f left join done d on d.id = f.id`),
  )
}

/** A number closed after hard bounces stays open until three new ones; one closed by hand is simply open. */
export async function releaseSuppression(db: Database, input: Release): Promise<void> {
  const { workspaceId, id, address, reason, actor, now } = input
  await released(db, input, 'suppression.release', `suppression ${id}`, tx =>
    tx.query<{ open: boolean }>(sql`
      with found as (select s.id, s.released_at is null as open from suppressions s
          where s.workspace_id = ${workspaceId} and s.id = ${id} and s.channel = 'sms' and s.address = ${address}),
        done as (update suppressions s set released_at = ${now}, released_by = ${actor},
            evidence = s.evidence || jsonb_build_object('release', ${reason}::text)
          from found f where s.id = f.id and f.open returning s.id)
      select f.open from found f left join done d on d.id = f.id`),
  )
}

async function released(
  db: Database,
  { workspaceId, address, actor, now }: Release,
  action: string,
  subject: string,
  release: (tx: Db) => Promise<{ open: boolean }[]>,
): Promise<void> {
  await db.tx(async tx => {
    await lockNumbers(tx, [{ workspaceId, address }])
    const [row] = await release(tx)
    if (row === undefined) throw problem('not_found', { what: action.startsWith('opt') ? 'opt-out' : 'suppression' })
    if (!row.open) throw problem('already_released')
    await audit(tx, { workspaceId, actor, action, subject }, now)
  })
}
