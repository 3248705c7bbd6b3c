/**
 * The gateways of a workspace: added, listed with the state of their sessions.
 *
 * Always: a password goes in and never comes out, nor into a log or an error; a gateway on a loopback host is a test gateway
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
import { canonicalHost, isLoopbackHost, makeReach, type Reach } from '../platform/reach.ts'
import type { Keyring } from '../platform/secrets/keyring.ts'
import { storePassword } from './password.ts'
import { readSettings, smppKind } from './settings.ts'
import { simulatorAccount } from './simulator/login.ts'
import type { SmppSettings } from './smpp/settings.ts'

export interface GatewayAddress {
  host: string
  port: number
  systemId: string
  password: string
}

export interface GatewayOptions {
  /** sessions at once, 1 to 16 (1) */
  binds?: number
  /** unanswered submits of a session, 1 to 2000 (100) */
  window?: number
  /** messages a second, 0: as many as it takes (0) */
  rate?: number
  /** reaches real phones although its host is a loopback one */
  real?: boolean
  /** the built-in simulator */
  simulator?: boolean
}

export interface NewGateway extends GatewayAddress, GatewayOptions {
  workspaceId: number
  name: string
  actor: string
  /** default: no private address */
  reach?: Reach
}

export interface Session {
  bindNo: number
  state: string
  detail: string | null
  process: string
}

export interface Gateway {
  id: number
  name: string
  kind: string
  /** null, and the two below: its settings cannot be read, as `detail` says */
  host: string | null
  port: number | null
  systemId: string | null
  binds: number
  window: number
  rate: number
  test: boolean
  simulator: boolean
  /** another workspace of this installation uses the same account: receipts may come down its connection, which Homing knows */
  shared: boolean
  /** of its best session; idle where it has none */
  state: string
  detail: string | null
  sessions: Session[]
}

export const uniqueViolation = '23505'
const defaultPort = 2775
/** What bind_transceiver can carry (SMPP 3.4 §5.2.1: 15 signs; passwords longer than §5.2.2's 8 are common). */
const limits = { systemId: 15, password: 64, host: 253 }

/** `smpp://USER:PASSWORD@HOST:PORT`, percent-encoded where needed; port 2775 where none is given. Throws gateway_url without the address in it. */
export function parseGatewayUrl(text: string): GatewayAddress {
  const url = URL.parse(text.trim())
  if (url === null) throw problem('gateway_url', { what: 'cannot be read' })
  if (url.protocol !== 'smpp:') throw problem('gateway_url', { what: 'does not begin with smpp://' })
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '')
    throw problem('gateway_url', { what: 'has something after the port' })
  return checkAddress({
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? defaultPort : Number(url.port),
    systemId: decode(url.username),
    password: decode(url.password),
  })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw problem('gateway_url', { what: 'has a % that does not begin an escaped character' })
  }
}

/** A name is judged at each connection, an address here as well. Throws gateway_url, gateway_host. */
export function checkAddress(address: GatewayAddress, reach?: Reach): GatewayAddress {
  const { port, systemId, password } = address
  const host = canonicalHost(address.host)
  const wrong = (what: string) => problem('gateway_url', { what })
  if (host === '' || host.length > limits.host || !/^[a-z0-9._:-]+$/.test(host)) throw wrong('has no valid host')
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw wrong('has no valid port')
  if (systemId === '' || systemId.length > limits.systemId)
    throw wrong(`needs a user of 1 to ${limits.systemId} characters`)
  if (password.length > limits.password) throw wrong(`has a password of more than ${limits.password} characters`)
  const refused = reach === undefined || isIP(host) === 0 ? undefined : reach(host, host)
  if (refused !== undefined) throw problem('gateway_host', { what: refused })
  // C-octet strings: one octet a sign, and no NUL.
  if (!/^[\x20-\x7e]*$/.test(systemId + password))
    throw wrong('has a user or password with characters other than ASCII')
  return { host, port, systemId, password }
}

/** This machine itself: what is reached there reaches no phone, unless it is a tunnel. */
export const isLoopback = isLoopbackHost

/**
 * Another workspace may have the same account: it is marked as shared. The same workspace may not, for messages of one account
 * over two gateways would only halve its windows. Throws gateway_url, gateway_twice, name_taken, name_empty, invalid_input, secret_key.
 */
export async function addGateway(db: Database, keys: Keyring, input: NewGateway, now: Date): Promise<Gateway> {
  const name = checkName(input.name, 'gateway')
  const { host, port, systemId, password } = checkAddress(input, input.reach ?? makeReach([]))
  const settings: SmppSettings = { host, port, systemId }
  const account = smppKind.account(settings)
  const { binds, window, rate } = limitsOf(input)
  const test = isLoopback(host) && input.real !== true
  const id = await db
    .tx(async tx => {
      await refuseTwice(tx, input.workspaceId, settings, null)
      await refuseMore(tx, input.workspaceId, 'gateways')
      const [row] = await tx.query<{ id: number }>(sql`
        insert into gateways (workspace_id, name, kind, settings, account, binds, window_size, rate, test, simulator, created_at)
        values (${input.workspaceId}, ${name}, 'smpp', ${JSON.stringify(settings)}::jsonb, ${account}, ${binds}, ${window}, ${rate}, ${test},
          ${input.simulator ?? false}, ${now}) returning id`)
      await storePassword(tx, keys, { id: row!.id, workspaceId: input.workspaceId }, password)
      const details = { name, host, port, test }
      await audit(
        tx,
        {
          workspaceId: input.workspaceId,
          actor: input.actor,
          action: 'gateway.add',
          subject: `gateway ${row!.id}`,
          details,
        },
        now,
      )
      return row!.id
    })
    .catch((error: unknown) => {
      if (sqlState(error) === uniqueViolation) throw problem('name_taken', { what: 'gateway', name })
      throw error
    })
  return readGateway(db, input.workspaceId, id)
}

/** What came of connections is for who sets them up: to others it would tell what answers where in this network. */
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

/** Throws gateway_twice. Two who add at the same time wait for each other. */
export async function refuseTwice(
  tx: Db,
  workspaceId: number,
  settings: SmppSettings,
  besides: number | null,
): Promise<void> {
  await tx.query(sql`select 1 from workspaces where id = ${workspaceId} for no key update`)
  const [other] = await tx.query<{ name: string }>(sql`
    select name from gateways where workspace_id = ${workspaceId} and account = ${smppKind.account(settings)} and removed_at is null and id is distinct from ${besides}::int limit 1`)
  const { systemId, host, port } = settings
  if (other !== undefined) throw problem('gateway_twice', { name: other.name, account: `${systemId}@${host}:${port}` })
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

/** A gateway to the built-in simulator, where one runs already for another workspace; with an account of its own there. */
export async function offerSimulator(db: Db, workspaceId: number, now: Date): Promise<void> {
  const [found] = await db.query<{ kind: string; name: string; settings: unknown; window: number }>(
    sql`select kind, name, settings, window_size as "window" from gateways where simulator and removed_at is null order by id limit 1`,
  )
  const { settings } = readSettings(found?.kind ?? '', found?.settings)
  if (found === undefined || settings === null) return
  const own = { ...settings, systemId: simulatorAccount(workspaceId) }
  await db.run(sql`
    insert into gateways (workspace_id, name, settings, account, window_size, test, simulator, created_at)
    values (${workspaceId}, ${found.name}, ${JSON.stringify(own)}::jsonb, ${smppKind.account(own)}, ${found.window}, true, true, ${now})
    on conflict (workspace_id, name) do nothing`)
}

function within(where: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw problem('invalid_input', { where, what: `must be a whole number from ${least} to ${most}` })
}

/** Without passwords. Sessions whose lease has ended are not shown (real time). */
export async function listGateways(db: Db, workspaceId: number): Promise<Gateway[]> {
  const stored = await db.query<Omit<Gateway, 'sessions' | keyof SmppSettings> & { settings: unknown }>(sql`
    select g.id, g.name, g.kind, g.settings, g.binds, g.window_size as "window", g.rate, g.test, g.simulator,
      exists (select from gateways o where o.account = g.account and o.workspace_id <> g.workspace_id and o.removed_at is null) as shared,
      g.state, g.state_detail as detail
    from gateways g where g.workspace_id = ${workspaceId} and g.removed_at is null order by g.id limit 500`)
  const sessions = await db.query<Session & { gatewayId: number }>(sql`
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
      detail: 'Sending is held: no gateway is opened before somebody lets this installation send.',
      sessions: [],
    }))
  return gateways.map(gateway => {
    const own = (byGateway.get(gateway.id) ?? []).map(({ gatewayId: _, ...session }) => session)
    const best = own.find(session => session.state === 'bound') ?? own[0]
    return { ...gateway, ...(best && { state: best.state, detail: best.detail }), sessions: own }
  })
}

const unread = { host: null, port: null, systemId: null } as const

function shown({
  settings: document,
  ...gateway
}: Omit<Gateway, 'sessions' | keyof SmppSettings> & { settings: unknown }): Omit<Gateway, 'sessions'> {
  const { settings, fault } = readSettings(gateway.kind, document)
  return fault === null ? { ...gateway, ...settings } : { ...gateway, ...unread, state: 'unreadable', detail: fault }
}

/** The gateway of this name; undefined: none. */
export async function findGateway(
  db: Db,
  workspaceId: number,
  name: string,
): Promise<{ id: number; name: string; test: boolean } | undefined> {
  const [gateway] = await db.query<{ id: number; name: string; test: boolean }>(
    sql`select id, name, test from gateways where workspace_id = ${workspaceId} and name = ${name.trim()} and removed_at is null`,
  )
  return gateway
}
