/** Opt-outs and suppressions belong to an address on a channel, in one workspace. */
import type { Channel } from '../../core/channels.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

export interface Address {
  workspaceId: number
  channel: Channel
  /** sms: E.164 with +; email: as in profiles.email */
  address: string
}

/** Identifies an address. */
export const addressKey = ({ workspaceId, channel, address }: Address): string => `${workspaceId}/${channel}/${address}`

/** One writer at a time per address, until the end of the transaction. */
export async function lockAddresses(tx: Db, addresses: readonly Address[]): Promise<void> {
  const keys = [...new Set(addresses.map(addressKey))].sort()
  // The order is below the volatile function: locks are taken in the order of the keys.
  await tx.query(
    sql`select pg_advisory_xact_lock(k.lock) from (
        select distinct hashtextextended(u.key, 0) as lock from unnest(${keys}::text[]) as u (key) order by 1
      ) k`,
    'addresses-lock',
  )
}

/** Rows (workspace_id, channel, address) of these addresses, for a join or a comparison. */
export const addressRows = (addresses: readonly Address[]) =>
  sql`unnest(${addresses.map(one => one.workspaceId)}::int[], ${addresses.map(one => one.channel)}::text[],
    ${addresses.map(one => one.address)}::text[]) as u (workspace_id, channel, address)`
