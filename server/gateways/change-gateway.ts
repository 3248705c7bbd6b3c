/**
 * A gateway is corrected.
 *
 * Always: a change never turns a test gateway into one that reaches real phones, or back; what was sent through it stays
 * its own, so receipts still find their message; its sessions begin again with the new settings within a second. Stored secrets
 * are sent only to the account that they were entered for: an admin must not learn them through a server of their own.
 */
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { checkName } from '../access/workspaces.ts'
import { type Database, type Db, sqlState } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { makeReach, type ReachCheck } from '../platform/reach.ts'
import type { Keyring } from '../platform/secrets/keyring.ts'
import { accountIn } from './account.ts'
import { kindNamed, readGatewaySettings } from './find-kind.ts'
import {
  checkReach,
  type Gateway,
  isLoopback,
  limitsOf,
  readGateway,
  refuseTwice,
  uniqueViolation,
} from './gateways.ts'
import type { AnyGatewayKind, Entered, GatewayTarget, Secrets } from './kind.ts'
import { openSecrets, type StoredSecrets, storeSecrets } from './secrets.ts'

export interface GatewayChange {
  name?: string
  /** another one only where the stored settings cannot be read */
  kind?: string
  /** those that change, secrets among them */
  settings?: Entered
  binds?: number
  window?: number
  rate?: number
}

export interface GatewayChangeInput {
  workspaceId: number
  gatewayId: number
  actor: string
  /** default: no private address */
  reach?: ReachCheck
}

interface Row extends StoredSecrets {
  kind: string
  /** null: they cannot be read */
  target: GatewayTarget | null
  test: boolean
  hasSecrets: boolean
  pausedAt: Date | null
  name: string
  binds: number
  window: number
  rate: number
}

/** What is left out stays. Throws not_found, gateway_host, gateway_kept, gateway_twice, name_taken, name_empty, invalid_input, secret_key. */
export async function changeGateway(
  db: Database,
  keys: Keyring,
  of: GatewayChangeInput,
  change: GatewayChange,
  now: Date,
): Promise<Gateway> {
  const { workspaceId, gatewayId, actor, reach = makeReach([]) } = of
  await db
    .tx(async tx => {
      const before = await lockGateway(tx, of)
      const name = change.name === undefined ? before.name : checkName(change.name, 'gateway')
      const kind = kindAfter(before, change)
      const entered = change.settings ?? {}
      const given = { target: targetAfter(before, kind, change), secrets: kind.checkSecrets(entered, 'some') }
      const { target, secrets } = await kind.complete(given, before.target?.settings)
      const account = accountIn(workspaceId, kind, target)
      const moves = before.target?.account !== target.account
      const { binds, window, rate } = limitsOf({ ...before, ...change })
      if (moves || Object.keys(entered).some(setting => !kind.secrets.includes(setting))) checkReach(target, reach)
      if (moves) checkMove(before, kind, target, secrets)
      if (moves) await refuseTwice(tx, { workspaceId, id: gatewayId }, target, account)
      await tx.run(sql`update gateways set name = ${name}, kind = ${kind.name}, channel = ${kind.channel}, settings = ${JSON.stringify(target.settings)}::jsonb,
        account = ${account}, binds = ${binds}, window_size = ${window}, rate = ${rate}
        where id = ${gatewayId} and workspace_id = ${workspaceId}`)
      if (Object.keys(secrets).length > 0)
        await storeSecrets(tx, keys, { id: gatewayId, workspaceId }, whole(before, kind, secrets, keys))
      const details = { fields: fieldsOf(change), address: target.address }
      await audit(tx, { workspaceId, actor, action: 'gateway.change', subject: `gateway ${gatewayId}`, details }, now)
    })
    .catch((error: unknown) => {
      if (sqlState(error) === uniqueViolation)
        throw problem('name_taken', { what: 'gateway', name: change.name?.trim() ?? '' })
      throw error
    })
  return readGateway(db, workspaceId, gatewayId)
}

/** For a change of it. Throws not_found, also for a removed one. */
export async function lockGateway(tx: Db, { workspaceId, gatewayId }: GatewayChangeInput): Promise<Row> {
  const [row] = await tx.query<Omit<Row, 'target'> & { stored: unknown }>(sql`
    select id, workspace_id as "workspaceId", name, kind, settings as stored, test, secret,
      (secret is not null or password <> '') as "hasSecrets", binds, window_size as "window", rate, simulator, paused_at as "pausedAt"
    from gateways where id = ${gatewayId} and workspace_id = ${workspaceId} and removed_at is null for no key update`)
  if (row === undefined) throw problem('not_found', { what: 'gateway' })
  const { stored, ...rest } = row
  return { ...rest, target: readGatewaySettings(row.kind, stored).target }
}

function kindAfter(before: Row, { kind = before.kind }: GatewayChange): AnyGatewayKind {
  if (before.target === null || kind === before.kind) return kindNamed(kind)
  throw problem('invalid_input', { where: 'kind', what: 'cannot be changed: add another gateway' })
}

/** Settings that cannot be read are entered again as a whole. */
function targetAfter({ target }: Row, kind: AnyGatewayKind, { settings }: GatewayChange): GatewayTarget {
  if (target !== null) return settings === undefined ? target : kind.check({ ...target.settings, ...settings })
  if (settings !== undefined) return kind.check(settings)
  const what = 'are all needed again: the stored ones of this gateway cannot be read'
  throw problem('invalid_input', { where: 'settings', what })
}

function checkMove(before: Row, kind: AnyGatewayKind, after: GatewayTarget, secrets: Secrets): void {
  const { target, simulator, test } = before
  if (simulator && target !== null)
    throw problem('gateway_kept', { what: 'Homing sets the address of the built-in simulator at its start' })
  // The host of settings that cannot be read is unknown: a test gateway remains one.
  const becomesReal = test && !isLoopback(after.host)
  if (becomesReal || (target !== null && isLoopback(target.host) !== isLoopback(after.host)))
    throw problem('gateway_kept', {
      what: 'A test gateway never becomes one that reaches real phones, nor the other way round',
    })
  const missing = kind.neededSecrets.find(name => secrets[name] === undefined)
  if (missing !== undefined && before.hasSecrets)
    throw problem('invalid_input', {
      where: `settings.${missing}`,
      what: 'is needed again: the stored one is never sent to another account',
    })
}

/** The secrets of a gateway after a change. Where the stored ones do not open, those that are not entered are lost: they are empty. */
function whole(before: Row, kind: AnyGatewayKind, entered: Secrets, keys: Keyring): Secrets {
  if (kind.secrets.every(name => entered[name] !== undefined)) return entered
  return { ...openSecrets(before, keys), ...entered }
}

/** For the audit: names, no values. */
const fieldsOf = ({ settings = {}, ...rest }: GatewayChange): string[] => [
  ...Object.keys(rest),
  ...Object.keys(settings).map(name => `settings.${name}`),
]
