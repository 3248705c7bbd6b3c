/**
 * A gateway is corrected, and resumed after its provider refused it.
 *
 * Always holds: a change never turns a test gateway into one that reaches real phones, or back; what was sent through it stays
 * its own, so receipts still find their message; its sessions begin again with the new settings within a second. A stored password
 * is sent only to the server and user that it was entered for: who may change a gateway must not learn it by a server of their own.
 */
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { checkName } from '../access/workspaces.ts'
import { type Database, type Db, sqlState } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { makeReach, type Reach } from '../platform/reach.ts'
import type { Keyring } from '../platform/secrets/keyring.ts'
import {
  checkAddress,
  type Gateway,
  type GatewayAddress,
  isLoopback,
  limitsOf,
  readGateway,
  refuseTwice,
  uniqueViolation,
} from './gateways.ts'
import { storePassword } from './password.ts'
import { readSettings, smppKind } from './settings.ts'
import type { SmppSettings } from './smpp/settings.ts'

export interface GatewayChange extends Partial<GatewayAddress> {
  name?: string
  binds?: number
  window?: number
  rate?: number
}

export interface OfGateway {
  workspaceId: number
  gatewayId: number
  actor: string
  /** default: no private address */
  reach?: Reach
}

interface Row {
  /** null: they cannot be read */
  settings: SmppSettings | null
  test: boolean
  hasPassword: boolean
  name: string
  binds: number
  window: number
  rate: number
  simulator: boolean
}

/** What is left out stays. Throws not_found, gateway_url, gateway_kept, gateway_twice, name_taken, name_empty, invalid_input, secret_key. */
export async function changeGateway(
  db: Database,
  keys: Keyring,
  of: OfGateway,
  change: GatewayChange,
  now: Date,
): Promise<Gateway> {
  const { workspaceId, gatewayId, actor } = of
  await db
    .tx(async tx => {
      const before = await lock(tx, of)
      const name = change.name === undefined ? before.name : checkName(change.name, 'gateway')
      const { reach = makeReach([]) } = of
      const moved = change.host !== undefined || change.port !== undefined || change.systemId !== undefined
      const entered = { ...(before.settings ?? wholeAddress(change)), password: '', ...change }
      const { password, ...settings } = checkAddress(entered, moved ? reach : undefined)
      const { binds, window, rate } = limitsOf({ ...before, ...change })
      const account = smppKind.account(settings)
      const moves = before.settings === null || account !== smppKind.account(before.settings)
      if (moves) checkMove(before, settings, change.password !== undefined)
      if (moves) await refuseTwice(tx, workspaceId, settings, gatewayId)
      await tx.run(sql`update gateways set name = ${name}, kind = 'smpp', settings = ${JSON.stringify(settings)}::jsonb,
        account = ${account}, binds = ${binds}, window_size = ${window}, rate = ${rate}
        where id = ${gatewayId} and workspace_id = ${workspaceId}`)
      if (change.password !== undefined) await storePassword(tx, keys, { id: gatewayId, workspaceId }, password)
      const details = { fields: Object.keys(change), host: settings.host, port: settings.port }
      await audit(tx, { workspaceId, actor, action: 'gateway.change', subject: `gateway ${gatewayId}`, details }, now)
    })
    .catch((error: unknown) => {
      if (sqlState(error) === uniqueViolation)
        throw problem('name_taken', { what: 'gateway', name: change.name?.trim() ?? '' })
      throw error
    })
  return readGateway(db, workspaceId, gatewayId)
}

/** Its sessions begin again at once, whatever they wait for. `now`: business time. Throws not_found. */
export async function resumeGateway(db: Database, of: OfGateway, now: Date): Promise<Gateway> {
  const { workspaceId, gatewayId, actor } = of
  await db.tx(async tx => {
    await lock(tx, of)
    // Real time: no two times are the same, also where business time stands still.
    await tx.run(
      sql`update gateways set resumed_at = ${new Date()} where id = ${gatewayId} and workspace_id = ${workspaceId}`,
    )
    await audit(tx, { workspaceId, actor, action: 'gateway.resume', subject: `gateway ${gatewayId}` }, now)
  })
  return readGateway(db, workspaceId, gatewayId)
}

async function lock(tx: Db, { workspaceId, gatewayId }: OfGateway): Promise<Row> {
  const [row] = await tx.query<Omit<Row, 'settings'> & { kind: string; stored: unknown }>(sql`
    select name, kind, settings as stored, test, (secret is not null or password <> '') as "hasPassword", binds,
      window_size as "window", rate, simulator
    from gateways where id = ${gatewayId} and workspace_id = ${workspaceId} and removed_at is null for no key update`)
  if (row === undefined) throw problem('not_found', { what: 'gateway' })
  const { kind, stored, ...rest } = row
  return { ...rest, settings: readSettings(kind, stored).settings }
}

/** Settings that cannot be read are corrected as a whole. */
function wholeAddress({ host, port, systemId }: GatewayChange): SmppSettings {
  if (host !== undefined && port !== undefined && systemId !== undefined) return { host, port, systemId }
  const what = 'are needed together: the stored settings of this gateway cannot be read'
  throw problem('invalid_input', { where: 'host, port and systemId', what })
}

function checkMove(before: Row, address: SmppSettings, hasPassword: boolean): void {
  const { settings, simulator, test } = before
  if (simulator && settings !== null)
    throw problem('gateway_kept', { what: 'Homing sets the address of the built-in simulator at its start' })
  // Of settings that cannot be read nobody knows the host: what was for tests stays so.
  const becomesReal = test && !isLoopback(address.host)
  if (becomesReal || (settings !== null && isLoopback(settings.host) !== isLoopback(address.host)))
    throw problem('gateway_kept', {
      what: 'A test gateway never becomes one that reaches real phones, nor the other way round',
    })
  if (!hasPassword && before.hasPassword)
    throw problem('invalid_input', {
      where: 'password',
      what: 'is needed again: the stored one is never sent to another host, port or user',
    })
}
