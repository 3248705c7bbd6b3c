/**
 * Which gateways are one account at the provider? Those with the same text in `account` (`accountIn` writes it), in any workspace, removed ones
 * too: what a provider delivers may come down any bind of the account, and a receipt may come after its gateway was removed.
 */
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { AnyGatewayKind, GatewayTarget } from './kind.ts'

/**
 * What the column holds. A workspace chooses the secrets that prove its webhooks: shared with another workspace, an account would let one forge
 * the receipts and replies of the other.
 */
export const accountIn = (workspaceId: number, { receive }: AnyGatewayKind, { account }: GatewayTarget): string =>
  receive === undefined ? account : `${account} of ${workspaceId}`

export interface AccountGateway {
  /** the gateway that was asked for */
  of: number
  gatewayId: number
  workspaceId: number
}

/** For each of these gateways all gateways of its account, itself among them, in order of their ids. */
export async function readAccounts(db: Db, gatewayIds: readonly number[]): Promise<Map<number, AccountGateway[]>> {
  if (gatewayIds.length === 0) return new Map()
  const rows = await db.query<AccountGateway>(
    // One whose account is not known is alone.
    sql`select g.id as of, coalesce(o.id, g.id) as "gatewayId", coalesce(o.workspace_id, g.workspace_id) as "workspaceId"
      from gateways g left join gateways o on o.account = g.account
      where g.id = any(${[...new Set(gatewayIds)]}::int[]) order by g.id, o.id`,
    'gateway-accounts',
  )
  return Map.groupBy(rows, row => row.of)
}
