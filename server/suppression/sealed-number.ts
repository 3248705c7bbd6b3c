/**
 * Numbers of people who were erased. Their own no must hold when the number comes back, and the number must not stand
 * anywhere: an opt-out or a closing keeps a hash of it, keyed by the installation. The hash is looked at in one place only:
 * where a number comes back (with a profile, or with a person's own yes) its rows get the number again, in the same
 * transaction. So whoever sends, counts or shows never meets a hash.
 */
import type { Db } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'

/** What stands in the column of the number meanwhile. */
const erased = 'erased'

/** The same number of two workspaces has two hashes. */
function sealOf(workspace: Sql, phone: Sql): Sql {
  return sql`encode(sha256(i.number_key || convert_to(${workspace}::text || ' ' || ${phone}, 'UTF8')), 'hex')`
}

/**
 * Takes the number and all texts out of its opt-outs and closings; what they stop they go on stopping. Only for a number
 * that no other profile of the workspace has; it is locked (lockNumbers).
 */
export async function sealNumber(tx: Db, workspaceId: number, phone: string): Promise<void> {
  const [made] = await tx.query<{ seal: string }>(
    sql`select ${sealOf(sql`${workspaceId}::int`, sql`${phone}::text`)} as seal from installation i where i.id = 1`,
  )
  if (made === undefined) throw new Error('the installation row is missing: ensureInstallation first')
  const { seal } = made
  await tx.run(sql`
    update opt_outs set sealed_phone = ${seal}, phone = ${erased}, evidence = '{}'
    where workspace_id = ${workspaceId} and phone = ${phone}`)
  // Which messages bounced is keys and times: the evidence stays, a note by a person goes.
  await tx.run(sql`
    update suppressions set sealed_address = ${seal}, address = ${erased},
      evidence = case when evidence ? 'messages' then jsonb_build_object('messages', evidence->'messages') else '{}' end
    where workspace_id = ${workspaceId} and address = ${phone}`)
}

/** What a person said through messages of their own, on a number that others have too: the no stays, its texts go. */
export async function wipeEvidence(tx: Db, workspaceId: number, profileId: number): Promise<void> {
  await tx.run(
    sql`update opt_outs set evidence = '{}' where workspace_id = ${workspaceId} and profile_id = ${profileId}`,
  )
}

/**
 * Numbers that come back: `phones` is a select of (phone), text. Returns how many rows have their number again. Where nobody
 * of the workspace was ever erased it costs a look at two empty indexes.
 */
export async function unsealNumbers(tx: Db, workspaceId: number, phones: Sql): Promise<number> {
  const sealed = await tx.query<{ seal: string }>(
    sql`select o.sealed_phone as seal from opt_outs o where o.workspace_id = ${workspaceId} and o.sealed_phone is not null
      union select s.sealed_address from suppressions s where s.workspace_id = ${workspaceId} and s.sealed_address is not null`,
    'numbers-sealed',
  )
  if (sealed.length === 0) return 0
  const back = await tx.query<{ phone: string; seal: string }>(sql`
    select distinct b.phone, b.seal
    from (select n.phone, ${sealOf(sql`${workspaceId}::int`, sql`n.phone`)} as seal
      from (${phones}) n cross join installation i where n.phone is not null) b
    where b.seal = any(${sealed.map(row => row.seal)}::text[])`)
  if (back.length === 0) return 0
  const rows = sql`unnest(${back.map(row => row.phone)}::text[], ${back.map(row => row.seal)}::text[]) as b (phone, seal)`
  const optOuts = await tx.run(sql`
    update opt_outs o set phone = b.phone, sealed_phone = null from ${rows}
    where o.workspace_id = ${workspaceId} and o.sealed_phone = b.seal`)
  const closings = await tx.run(sql`
    update suppressions s set address = b.phone, sealed_address = null from ${rows}
    where s.workspace_id = ${workspaceId} and s.sealed_address = b.seal`)
  return optOuts + closings
}
