/**
 * The gateways of a workspace: added, listed with the state of their sessions.
 *
 * Always: secrets go in and never come out, nor into a log or an error; a gateway on a loopback host is a test gateway
 * unless it was added as real (a tunnel).
 */
import { isIP } from 'node:net'
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { refuseMore } from '../access/collections.ts'
import { checkName } from '../access/workspaces.ts'
import { type Database, type Db, sqlState } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { leaseRuns } from '../platform/leases/lease.ts'
import { isLoopbackHost, makeReach, type ReachCheck } from '../platform/reach.ts'
import type { Keyring } from '../platform/secrets/keyring.ts'
import { accountIn } from './account.ts'
import { kindNamed, readGatewaySettings } from './find-kind.ts'
import type { Entered, GatewayTarget } from './kind.ts'
import { gatewayKinds } from './kinds.ts'
import { storeSecrets } from './secrets.ts'
import { webhookUrlOf } from './webhooks.ts'

export interface GatewayOptions {
  /** sessions at the same time, 1 to 16 (1) */
  binds?: number
  /** unanswered messages of a session, 1 to 2000 (that of its kind) */
  window?: number
  /** messages per second and session, 0: as many as the gateway takes (0) */
  rate?: number
  /** reaches real phones although its host is a loopback one */
  real?: boolean
  /** the built-in simulator */
  simulator?: boolean
}

export interface NewGateway extends GatewayOptions {
  workspaceId: number
  name: string
  kind: string
  /** as the schema of its kind asks for, secrets among them */
  settings: Entered
  actor: string
  /** default: no private address */
  reach?: ReachCheck
}

export interface GatewaySession {
  bindNo: number
  state: string
  detail: string | null
  process: string
}

export interface Gateway {
  id: number
  name: string
  kind: string
  /** whose messages it carries */
  channel: string
  /** without secrets; null, as the address: they cannot be read, as `detail` says */
  settings: Entered | null
  /** where it leads, for lists */
  address: string | null
  binds: number
  window: number
  rate: number
  test: boolean
  simulator: boolean
  /** the path at which its provider delivers receipts and replies; null: it delivers over the connection */
  webhookPath: string | null
  /** another workspace of this installation uses the same account: receipts may come down its connection, which Homing knows */
  shared: boolean
  /** nothing new is submitted over it since, ISO; null: it sends */
  pausedAt: string | null
  /** of its best session; idle where it has none */
  state: string
  detail: string | null
  sessions: GatewaySession[]
}

export const uniqueViolation = '23505'

/** A name is checked at each connection, an address here as well. Throws gateway_host. */
export function checkReach({ host }: GatewayTarget, reach: ReachCheck): void {
  const refused = isIP(host) === 0 ? undefined : reach(host, host)
  if (refused !== undefined) throw problem('gateway_host', { what: refused })
}

/** This machine itself: what is reached there reaches no phone, unless it is a tunnel. */
export const isLoopback = isLoopbackHost

/**
 * Another workspace may have the same account: both are then marked as shared. The same workspace may not: messages of one account
 * over two gateways would only halve its windows. Throws gateway_host, gateway_twice, name_taken, name_empty, invalid_input, secret_key.
 */
export async function addGateway(db: Database, keys: Keyring, input: NewGateway, now: Date): Promise<Gateway> {
  const { workspaceId, actor } = input
  const name = checkName(input.name, 'gateway')
  const kind = kindNamed(input.kind)
  const checked = kind.check(input.settings)
  checkReach(checked, input.reach ?? makeReach([]))
  const given = { target: checked, secrets: kind.checkSecrets(input.settings, 'all') }
  const { target, secrets } = await kind.complete(given, undefined)
  const { settings, address } = target
  const account = accountIn(workspaceId, kind, target)
  const { binds, window, rate } = limitsOf({ ...input, window: input.window ?? kind.window })
  const test = isLoopback(target.host) && input.real !== true
  const id = await db
    .tx(async tx => {
      await refuseTwice(tx, { workspaceId, id: null }, target, account)
      await refuseMore(tx, workspaceId, 'gateways')
      const [row] = await tx.query<{ id: number }>(sql`
        insert into gateways (workspace_id, name, kind, channel, settings, account, binds, window_size, rate, test, simulator, created_at)
        values (${workspaceId}, ${name}, ${kind.name}, ${kind.channel}, ${JSON.stringify(settings)}::jsonb, ${account}, ${binds}, ${window}, ${rate}, ${test},
          ${input.simulator ?? false}, ${now}) returning id`)
      await storeSecrets(tx, keys, { id: row!.id, workspaceId }, secrets)
      const details = { name, kind: kind.name, address, test }
      await audit(tx, { workspaceId, actor, action: 'gateway.add', subject: `gateway ${row!.id}`, details }, now)
      return row!.id
    })
    .catch((error: unknown) => {
      if (sqlState(error) === uniqueViolation) throw problem('name_taken', { what: 'gateway', name })
      throw error
    })
  return readGateway(db, workspaceId, id)
}

/** Why a connection failed is for admins: to others it would tell what answers where in this network. */
export function withoutDetails(gateway: Gateway): Gateway {
  const worded = <Of extends { state: string; detail: string | null }>(of: Of): Of =>
    of.state === 'held' || of.state === 'unreadable' || of.detail === null
      ? of
      : { ...of, detail: unreachable(of.state) ? 'Not reachable.' : null }
  return { ...worded(gateway), sessions: gateway.sessions.map(worded) }
}

const unreachable = (state: string) => state === 'lost' || state === 'connecting'

/** Throws not_found. */
export async function readGateway(db: Db, workspaceId: number, id: number): Promise<Gateway> {
  const found = (await listGateways(db, workspaceId)).find(gateway => gateway.id === id)
  if (found === undefined) throw problem('not_found', { what: 'gateway' })
  return found
}

/** Throws gateway_twice. Two additions at the same time wait for each other. */
export async function refuseTwice(
  tx: Db,
  { workspaceId, id }: { workspaceId: number; id: number | null },
  target: GatewayTarget,
  account: string,
): Promise<void> {
  await tx.query(sql`select 1 from workspaces where id = ${workspaceId} for no key update`)
  const [other] = await tx.query<{ name: string }>(sql`
    select name from gateways where workspace_id = ${workspaceId} and account = ${account} and removed_at is null and id is distinct from ${id}::int limit 1`)
  if (other !== undefined)
    throw problem('gateway_twice', { name: other.name, account: target.account.slice(target.account.indexOf(':') + 1) })
}

/** Throws invalid_input. */
export function limitsOf({ binds = 1, window = 100, rate = 0 }: Pick<GatewayOptions, 'binds' | 'window' | 'rate'>): {
  binds: number
  window: number
  rate: number
} {
  return {
    binds: within('binds', binds, 1, 16),
    window: within('window', window, 1, 2000),
    rate: within('rate', rate, 0, 100_000),
  }
}

function within(where: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw problem('invalid_input', { where, what: `must be a whole number from ${least} to ${most}` })
}

/** Without secrets. Sessions whose lease has ended are not shown (real time). */
export async function listGateways(db: Db, workspaceId: number): Promise<Gateway[]> {
  const stored = await db.query<StoredGateway>(sql`
    select g.id, g.name, g.kind, g.channel, g.settings, g.binds, g.window_size as "window", g.rate, g.test, g.simulator,
      exists (select from gateways o where o.account = g.account and o.workspace_id <> g.workspace_id and o.removed_at is null) as shared,
      g.paused_at as "pausedAt", g.state, g.state_detail as detail
    from gateways g where g.workspace_id = ${workspaceId} and g.removed_at is null order by g.id limit 500`)
  const sessions = await db.query<GatewaySession & { gatewayId: number }>(sql`
    select s.gateway_id as "gatewayId", s.bind_no as "bindNo", s.state, s.detail, s.process from gateway_sessions s
    join gateways g on g.id = s.gateway_id
    where g.workspace_id = ${workspaceId} and s.ended_at is null and ${leaseRuns(sql`s.lease_until`)} order by s.gateway_id, s.bind_no`)
  const gateways = stored.map(shown)
  const byGateway = Map.groupBy(sessions, session => session.gatewayId)
  const [held] = await db.query(sql`select from installation where sending_held is not null`)
  if (held !== undefined)
    return gateways.map(gateway => ({
      ...gateway,
      state: 'held',
      detail: 'Sending is held: Homing opens no gateway until somebody releases sending.',
      sessions: [],
    }))
  return gateways.map(gateway => {
    const own = (byGateway.get(gateway.id) ?? []).map(({ gatewayId: _, ...session }) => session)
    const best = own.find(session => session.state === 'bound') ?? own[0]
    return { ...gateway, ...(best && { state: best.state, detail: best.detail }), sessions: own }
  })
}

type StoredGateway = Omit<Gateway, 'sessions' | 'settings' | 'address' | 'pausedAt' | 'webhookPath'> & {
  settings: unknown
  pausedAt: Date | null
}

const webhookPathOf = ({ id, kind }: { id: number; kind: string }): string | null =>
  gatewayKinds.some(({ name, receive }) => name === kind && receive !== undefined) ? webhookUrlOf('', id) : null

function shown({ settings: stored, pausedAt, ...row }: StoredGateway): Omit<Gateway, 'sessions'> {
  const gateway = { ...row, webhookPath: webhookPathOf(row), pausedAt: pausedAt?.toISOString() ?? null }
  const { target, fault } = readGatewaySettings(gateway.kind, stored)
  if (fault !== null) return { ...gateway, settings: null, address: null, state: 'unreadable', detail: fault }
  return { ...gateway, settings: target.settings, address: target.address }
}

/** The gateway of this name; undefined: none. */
export async function findGateway(
  db: Db,
  workspaceId: number,
  name: string,
): Promise<{ id: number; name: string; kind: string; test: boolean } | undefined> {
  const [gateway] = await db.query<{ id: number; name: string; kind: string; test: boolean }>(
    sql`select id, name, kind, test from gateways where workspace_id = ${workspaceId} and name = ${name.trim()} and removed_at is null`,
  )
  return gateway
}
