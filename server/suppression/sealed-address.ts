/**
 * Addresses of erased people. Their own opt-out must hold when the address comes back, and the address must not be stored anywhere. So an
 * opt-out or a closing keeps a hash of the address, keyed by the installation. The hash is read in one case only: when an address comes
 * back (with a profile, or with a person's own opt-in), its rows get the address again, in the same transaction. Code that sends, counts
 * or shows never sees a hash.
 */
import { type Channel, channelKeys } from '../../core/channels.ts'
import type { Db } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import type { Address } from './addresses.ts'

/** The value of the address column meanwhile. */
const erased = 'erased'

/** The same address in two workspaces has two hashes. Its rows are found by channel and hash. */
function sealOf(workspace: Sql, address: Sql): Sql {
  return sql`encode(sha256(i.address_key || convert_to(${workspace}::text || ' ' || ${address}, 'UTF8')), 'hex')`
}

/**
 * Removes the address and all texts from its opt-outs and closings, which still hold. Only for an address that no other profile of the
 * workspace has; the caller has locked it (lockAddresses).
 */
export async function sealAddress(tx: Db, { workspaceId, channel, address }: Address): Promise<void> {
  const [made] = await tx.query<{ seal: string }>(
    sql`select ${sealOf(sql`${workspaceId}::int`, sql`${address}::text`)} as seal from installation i where i.id = 1`,
  )
  if (made === undefined) throw new Error('the installation row is missing: ensureInstallation first')
  const { seal } = made
  await tx.run(sql`
    update opt_outs set sealed_address = ${seal}, address = ${erased}, evidence = '{}'
    where workspace_id = ${workspaceId} and channel = ${channel} and address = ${address}`)
  // Which messages bounced is keys and times: this evidence stays; a person's note is removed.
  await tx.run(sql`
    update suppressions set sealed_address = ${seal}, address = ${erased},
      evidence = case when evidence ? 'messages' then jsonb_set('{}', '{messages}', evidence->'messages') else '{}' end
    where workspace_id = ${workspaceId} and channel = ${channel} and address = ${address}`)
}

/**
 * For what a person said through their own messages on an address that others have too: the opt-out stays, its texts are removed. On a channel
 * that this version does not know, the owners of the address are unknown: it is removed too, and the opt-out holds by its hash.
 */
export async function wipeEvidence(tx: Db, workspaceId: number, profileId: number): Promise<void> {
  await tx.run(
    sql`update opt_outs set evidence = '{}' where workspace_id = ${workspaceId} and profile_id = ${profileId}`,
  )
  await tx.run(sql`
    update opt_outs o set sealed_address = ${sealOf(sql`o.workspace_id`, sql`o.address`)}, address = ${erased} from installation i
    where o.workspace_id = ${workspaceId} and o.profile_id = ${profileId} and o.channel <> all(${channelKeys}::text[]) and o.sealed_address is null`)
}

/**
 * Restores addresses that come back: `addresses` is a select of (address), text. Returns how many rows have their address again. If the
 * workspace has never erased anyone, it costs a look at two empty indexes.
 */
export async function unsealAddresses(tx: Db, workspaceId: number, channel: Channel, addresses: Sql): Promise<number> {
  const sealed = await tx.query<{ seal: string }>(
    sql`select o.sealed_address as seal from opt_outs o where o.workspace_id = ${workspaceId} and o.channel = ${channel} and o.sealed_address is not null
      union select s.sealed_address from suppressions s where s.workspace_id = ${workspaceId} and s.channel = ${channel} and s.sealed_address is not null`,
    'addresses-sealed',
  )
  if (sealed.length === 0) return 0
  const back = await tx.query<{ address: string; seal: string }>(sql`
    select distinct b.address, b.seal
    from (select n.address, ${sealOf(sql`${workspaceId}::int`, sql`n.address`)} as seal
      from (${addresses}) n cross join installation i where n.address is not null) b
    where b.seal = any(${sealed.map(row => row.seal)}::text[])`)
  if (back.length === 0) return 0
  const rows = sql`unnest(${back.map(row => row.address)}::text[], ${back.map(row => row.seal)}::text[]) as b (address, seal)`
  const optOuts = await tx.run(sql`
    update opt_outs o set address = b.address, sealed_address = null from ${rows}
    where o.workspace_id = ${workspaceId} and o.channel = ${channel} and o.sealed_address = b.seal`)
  const closings = await tx.run(sql`
    update suppressions s set address = b.address, sealed_address = null from ${rows}
    where s.workspace_id = ${workspaceId} and s.channel = ${channel} and s.sealed_address = b.seal`)
  return optOuts + closings
}
