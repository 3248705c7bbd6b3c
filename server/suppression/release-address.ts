/**
 * A user opens an address again by hand: lifts one opt-out or one closing. Nothing is deleted: the row says when and by whom, and the audit log
 * that it was done; the reason stays in the row, where an erase finds it. Throws not_found if it does not belong to these addresses,
 * `already_released` if it does not hold any more.
 */
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { type Address, addressRows, lockAddresses } from './addresses.ts'

export interface Release {
  workspaceId: number
  /** of the opt-out or the closing */
  id: number
  /** it must belong to one of these */
  addresses: readonly Address[]
  reason: string
  actor: string
  now: Date
}

/** Against a person's own opt-out: allowed only if the person has said so since. */
export async function releaseOptOut(db: Database, input: Release): Promise<void> {
  const { workspaceId, id, addresses, reason, actor, now } = input
  await released(db, input, 'opt_out.release', `opt-out ${id}`, tx =>
    tx.query<Found>(sql`
      with found as (select o.id, o.released_at is null as open, o.channel from opt_outs o
          where o.workspace_id = ${workspaceId} and o.id = ${id}
            and (o.workspace_id, o.channel, o.address) in (select u.workspace_id, u.channel, u.address from ${addressRows(addresses)})),
        done as (update opt_outs o set released_at = ${now}, released_by = ${actor},
            evidence = o.evidence || jsonb_build_object('release', ${reason}::text)
          from found f where o.id = f.id and f.open returning o.id)
      select f.open, f.channel from found f left join done d on d.id = f.id`),
  )
}

/** An address closed after hard bounces stays open until as many new ones; one closed by hand is simply open. */
export async function releaseSuppression(db: Database, input: Release): Promise<void> {
  const { workspaceId, id, addresses, reason, actor, now } = input
  await released(db, input, 'suppression.release', `suppression ${id}`, tx =>
    tx.query<Found>(sql`
      with found as (select s.id, s.released_at is null as open, s.channel from suppressions s
          where s.workspace_id = ${workspaceId} and s.id = ${id}
            and (s.workspace_id, s.channel, s.address) in (select u.workspace_id, u.channel, u.address from ${addressRows(addresses)})),
        done as (update suppressions s set released_at = ${now}, released_by = ${actor},
            evidence = s.evidence || jsonb_build_object('release', ${reason}::text)
          from found f where s.id = f.id and f.open returning s.id)
      select f.open, f.channel from found f left join done d on d.id = f.id`),
  )
}

interface Found {
  open: boolean
  channel: string
}

async function released(
  db: Database,
  { workspaceId, addresses, actor, now }: Release,
  action: string,
  subject: string,
  release: (tx: Db) => Promise<Found[]>,
): Promise<void> {
  await db.tx(async tx => {
    await lockAddresses(tx, addresses)
    const [row] = await release(tx)
    if (row === undefined) throw problem('not_found', { what: action.startsWith('opt') ? 'opt-out' : 'suppression' })
    if (!row.open) throw problem('already_released')
    await audit(tx, { workspaceId, actor, action, subject, details: { channel: row.channel } }, now)
  })
}
