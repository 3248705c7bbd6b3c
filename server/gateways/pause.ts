/**
 * A gateway is paused, and resumed.
 *
 * Always: while it is paused nothing is claimed for it, in any process (server/sending/claim.ts reads the row in the transaction of the claim);
 * its sessions stay connected, so answers, receipts and replies still come; what waits is sent after it is resumed.
 */
import { audit } from '../access/audit.ts'
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { type GatewayChangeInput, lockGateway } from './change-gateway.ts'
import { type Gateway, readGateway } from './gateways.ts'

/** `now`: business time. A second call changes nothing. Throws not_found. */
export async function pauseGateway(db: Database, of: GatewayChangeInput, now: Date): Promise<Gateway> {
  const { workspaceId, gatewayId, actor } = of
  await db.tx(async tx => {
    const { name, pausedAt } = await lockGateway(tx, of)
    if (pausedAt !== null) return
    await tx.run(sql`update gateways set paused_at = ${now} where id = ${gatewayId} and workspace_id = ${workspaceId}`)
    const act = { workspaceId, actor, action: 'gateway.pause', subject: `gateway ${gatewayId}`, details: { name } }
    await audit(tx, act, now)
  })
  return readGateway(db, workspaceId, gatewayId)
}

/**
 * A paused gateway sends again, over the sessions that it has. One that was not paused connects again at once, whatever its sessions wait for.
 * `now`: business time. Throws not_found.
 */
export async function resumeGateway(db: Database, of: GatewayChangeInput, now: Date): Promise<Gateway> {
  const { workspaceId, gatewayId, actor } = of
  await db.tx(async tx => {
    const { name, pausedAt } = await lockGateway(tx, of)
    // Real time: no two times are the same, even where business time does not move.
    const change = pausedAt === null ? sql`resumed_at = ${new Date()}` : sql`paused_at = null`
    await tx.run(sql`update gateways set ${change} where id = ${gatewayId} and workspace_id = ${workspaceId}`)
    const action = pausedAt === null ? 'gateway.reconnect' : 'gateway.resume'
    await audit(tx, { workspaceId, actor, action, subject: `gateway ${gatewayId}`, details: { name } }, now)
  })
  return readGateway(db, workspaceId, gatewayId)
}
