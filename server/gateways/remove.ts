/**
 * A gateway is removed. Its row stays, marked: receipts that still come find their messages by its account (account.ts), and reports its name.
 *
 * Always: refused while an activity would still send over it; scheduling locks the row too (`holdGateway`), so neither overtakes the other. Its
 * secrets are deleted at once, or, where they prove the origin of receipts that come by HTTP, as soon as no receipt can come any more.
 */
import { type ActivityState, isMoving } from '../../core/activities/states.ts'
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { readOpenSums } from '../messages/tallies.ts'
import { isVisible } from '../messages/visible.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Keyring } from '../platform/secrets/keyring.ts'
import { type GatewayChangeInput, lockGateway } from './change-gateway.ts'
import { gatewayKinds } from './kinds.ts'
import { type SecretsOwner as Stored, storeSecrets } from './secrets.ts'

/** What is known before it is removed. */
export interface GatewayUse {
  /** these keep it from being removed: scheduled, sending, paused or failed, or sent with a reminder to come */
  activities: { id: number; name: string; state: ActivityState }[]
  /** these would need another gateway */
  drafts: number
  /** messages that still wait for a receipt */
  unanswered: number
  /** the workspace has no other */
  isLast: boolean
}

/** Business time: receipts come within 72 hours of the last attempt, which is within 48 hours of the first. */
const receiptsMs = 6 * 24 * 3_600_000
const namedAtMost = 3

/** Throws not_found. */
export async function readGatewayUse(db: Db, workspaceId: number, gatewayId: number): Promise<GatewayUse> {
  const [gateway] = await db.query<{ isLast: boolean }>(
    sql`select not exists (select from gateways o where o.workspace_id = ${workspaceId} and o.removed_at is null and o.id <> g.id) as "isLast"
      from gateways g where g.workspace_id = ${workspaceId} and g.id = ${gatewayId} and g.removed_at is null`,
  )
  if (gateway === undefined) throw problem('not_found', { what: 'gateway' })
  const [drafts] = await db.query<{ n: number }>(
    sql`select count(*)::int as n from activities a where a.workspace_id = ${workspaceId} and a.gateway_id = ${gatewayId}
      and a.state = 'draft' and ${isVisible}`,
  )
  const sent = await db.query<{ id: number }>(
    sql`select a.id from activities a where a.frozen_at is not null and a.swept_at is null and a.workspace_id = ${workspaceId}
      and a.gateway_id = ${gatewayId}`,
  )
  const sums = await readOpenSums(
    db,
    sent.map(({ id }) => id),
  )
  return {
    activities: await readUsers(db, workspaceId, gatewayId),
    drafts: drafts?.n ?? 0,
    unanswered: [...sums.values()].reduce((all, { pending }) => all + pending, 0),
    isLast: gateway.isLast,
  }
}

async function readUsers(db: Db, workspaceId: number, gatewayId: number): Promise<GatewayUse['activities']> {
  return db.query(
    sql`select a.id, a.name, a.state from activities a where a.workspace_id = ${workspaceId} and ${isVisible}
        and (a.state in ('scheduled', 'starting', 'sending', 'paused', 'failed') or (a.state = 'sent' and a.reminder_state = 'planned'))
        and (a.gateway_id = ${gatewayId}
          or a.id in (select r.activity_id from activity_routes r where r.gateway_id = ${gatewayId}))
      order by a.id limit 100`,
  )
}

/** `now`: business time. Throws not_found, gateway_in_use. */
export async function removeGateway(db: Database, keys: Keyring, of: GatewayChangeInput, now: Date): Promise<void> {
  const { workspaceId, gatewayId, actor } = of
  await db.tx(async tx => {
    const { name, kind } = await lockGateway(tx, of)
    const users = await readUsers(tx, workspaceId, gatewayId)
    if (users.length > 0) throw problem('gateway_in_use', { name, what: inWords(users) })
    await tx.run(
      sql`update gateways set removed_at = ${now}, paused_at = null where id = ${gatewayId} and workspace_id = ${workspaceId}`,
    )
    const deliversByHttp = gatewayKinds.some(one => one.name === kind && one.receive !== undefined)
    if (!deliversByHttp) await storeSecrets(tx, keys, { id: gatewayId, workspaceId }, {})
    const act = { workspaceId, actor, action: 'gateway.remove', subject: `gateway ${gatewayId}`, details: { name } }
    await audit(tx, act, now)
  })
}

/** “Spring” (scheduled) and 3 more */
function inWords(users: GatewayUse['activities']): string {
  const named = users
    .slice(0, namedAtMost)
    .map(({ name, state }) => `“${name}” (${isMoving(state) ? 'sending' : state})`)
  const more = users.length - named.length
  return more === 0 ? named.join(', ') : `${named.join(', ')} and ${more} more`
}

/** Deletes the secrets of gateways that were removed so long ago that no receipt comes any more. `now`: business time. */
export async function deleteOldSecrets(db: Database, keys: Keyring, now: Date): Promise<void> {
  const rows = await db.query<Stored>(
    sql`select id, workspace_id as "workspaceId" from gateways
      where removed_at < ${new Date(now.getTime() - receiptsMs)} and secret is not null order by id`,
    'gateways-old-secrets',
  )
  for (const row of rows) await db.tx(tx => storeSecrets(tx, keys, row, {}))
}
