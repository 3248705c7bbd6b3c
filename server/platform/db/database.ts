/**
 * The only access to PostgreSQL. One statement per round trip; READ COMMITTED only; no transaction stays open during a network call of
 * ours. Each lane (sending, apply, web, jobs) has its own pool, so that lanes do not block each other.
 *
 * Types: bigint -> number (ids stay below 2^53; more is an error), numeric -> string (money is never a float),
 * timestamptz -> Date, json -> parsed.
 */
import { channel } from 'node:diagnostics_channel'
import pg from 'pg'
import { busy } from '../fair-queue.ts'
import { cancelOver, closeWithin, Guard, GuardedClient, type GuardTimes } from './query-guard.ts'
import type { Rows } from './rows.ts'
import type { Sql } from './sql.ts'

const types = new pg.TypeOverrides()
types.setTypeParser(pg.types.builtins.INT8, text => {
  const n = Number(text)
  if (!Number.isSafeInteger(n)) throw new RangeError(`${text} does not fit a JavaScript integer`)
  return n
})
// message_status and other enums arrive as text by default; int8[] is 1016
types.setTypeParser(1016, text =>
  text === '{}'
    ? []
    : text
        .slice(1, -1)
        .split(',')
        .map(value => (value === 'NULL' ? null : Number(value))),
)

/** What a verb needs: a pool or a transaction. */
export interface Db {
  /** Runs one statement. `name` keeps it prepared on the connection (for constant text that runs often); it may describe the rows: rows.ts. */
  query<Row>(statement: Sql, name?: string | Rows<Row>): Promise<Row[]>
  /** Rows changed by one statement. */
  run(statement: Sql, name?: string): Promise<number>
}

/**
 * For observers (`node:diagnostics_channel`); free while there are none. `sent` carries a `Sent`, published synchronously by the caller of the
 * statement. `received` carries a `Received`.
 */
export const sent = channel('homing.statement.sent')
export const received = channel('homing.statement.received')

export interface SentStatement {
  statement: Sql
  name: string | undefined
  /** its rows are read; described: and compared with their description (rows.ts) */
  rows: 'none' | 'read' | 'described'
}

export interface Received {
  rows: Rows<unknown>
  received: readonly object[]
}

export const announce = (statement: Sql, name?: string | Rows<unknown>, isRead = true): void =>
  sent.publish({
    statement,
    name: statementName(name),
    rows: !isRead ? 'none' : typeof name === 'object' ? 'described' : 'read',
  } satisfies SentStatement)

/** The name under which a statement is kept prepared. */
export const statementName = (name: string | Rows<unknown> | undefined) => (typeof name === 'object' ? name.name : name)

export interface Database extends Db {
  /** the largest number of connections */
  readonly max: number
  /** If `signal` aborts, the statement is cancelled in the database too, and the promise rejects with the signal's reason. */
  query<Row>(statement: Sql, name?: string | Rows<Row>, signal?: AbortSignal): Promise<Row[]>
  /** `client`: the transaction's connection, for COPY. */
  tx<Result>(work: (tx: Db, client: pg.PoolClient) => Promise<Result>): Promise<Result>
  /** A dedicated connection, for COPY, cursors, LISTEN and advisory locks. Release it. */
  connect(): Promise<pg.PoolClient>
  end(): Promise<void>
}

export type ConnectionConfig = pg.ClientConfig

export interface OpenOptions {
  connection: ConnectionConfig
  /** Shown in pg_stat_activity as homing/LANE. */
  lane: string
  max?: number
  /** how long to wait for a connection; default: no limit */
  connectMs?: number
  /** how long an unused connection is kept */
  idleMs?: number
  /** for tests */
  guardTimes?: GuardTimes
}

/**
 * Limits that the server applies to a connection that we do not use or cannot answer on. Sending has short statements and must not run into
 * the locks of a frozen process. A freeze, an import and an export have no limit; query-guard.ts checks that the server still works for them.
 */
const limits: Readonly<Record<string, { statement?: string; lock?: string; idle: string }>> = {
  // A claim that stops half-way blocks the takeover of its session: for the length of a lease, no longer.
  sending: { statement: '60s', lock: '20s', idle: '10s' },
  keeping: { idle: '60s' },
  // Lanes of the web process (pools.ts).
  links: { statement: '20s', lock: '5s', idle: '10s' },
  access: { statement: '10s', lock: '3s', idle: '10s' },
  ready: { statement: '4s', lock: '1s', idle: '10s' },
  reads: { statement: '60s', lock: '5s', idle: '10s' },
  // Short: a change that does not get its lock returns the connection and retries.
  writes: { statement: '2min', lock: '250ms', idle: '30s' },
  counts: { statement: '10min', lock: '250ms', idle: '30s' },
  apply: { idle: '30s' },
  other: { idle: '10min' },
}

/** How the server detects a client that vanished: it closes the connection and releases its locks. */
const asksAfterUs = {
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '4',
  tcp_user_timeout: '30000',
}

export function openDatabase(options: OpenOptions): Database {
  const { connection, lane, max = 4, connectMs, idleMs = 60_000, guardTimes } = options
  const { statement, lock, idle } = limits[lane.split('-')[0] ?? ''] ?? limits.other!
  const settings = {
    ...asksAfterUs,
    // A caller may set a shorter limit: the lanes of the inbox take over from a frozen process sooner.
    ...(connection.idle_in_transaction_session_timeout === undefined && { idle_in_transaction_session_timeout: idle }),
    ...(statement !== undefined && connection.statement_timeout === undefined && { statement_timeout: statement }),
    ...(lock !== undefined && connection.lock_timeout === undefined && { lock_timeout: lock }),
  }
  const guard = new Guard(connection, guardTimes)
  const clients = new Set<GuardedClient>()
  const pool = new pg.Pool({
    ...connection,
    types,
    max,
    application_name: `homing/${lane}`,
    idleTimeoutMillis: idleMs,
    ...(connectMs === undefined ? {} : { connectionTimeoutMillis: connectMs }),
    Client: GuardedClient,
    onConnect: client => introduced(client, settings),
  })
  // The pool replaces a connection that dies while idle. Without a listener, Node would end the process.
  pool.on('error', () => {})
  pool.on('connect', client => isGuarded(client) && clients.add(client))
  pool.on('remove', client => isGuarded(client) && clients.delete(client))
  pool.on('acquire', client => isGuarded(client) && guard.watch(client))
  pool.on('release', (_, client) => isGuarded(client) && guard.forget(client))
  const connect = () =>
    pool.connect().catch((error: unknown) => {
      throw isLate(error) ? busy('all connections to the database are in use', error) : error
    })
  const within = async <Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> => {
    const client = await connect()
    let broken: Error | undefined
    try {
      return await work(client)
    } catch (error) {
      // An error of PostgreSQL proves that the connection works.
      if (sqlState(error) === undefined) broken = error as Error
      throw error
    } finally {
      client.release(broken)
    }
  }
  return {
    query(statement, name, signal) {
      announce(statement, name)
      return signal === undefined
        ? within(client => overClient(client).query(statement, name))
        : within(client => whileNotAborted(connection, client, signal, () => overClient(client).query(statement, name)))
    },
    run(statement, name) {
      announce(statement, name, false)
      return within(client => overClient(client).run(statement, name))
    },
    max,
    async tx(work) {
      const client = await connect()
      let broken: Error | undefined
      try {
        await ask(client, { text: 'begin' })
        const result = await work(overClient(client), client)
        await ask(client, { text: 'commit' })
        return result
      } catch (error) {
        await ask(client, { text: 'rollback' }).catch((e: Error) => {
          broken = e
        })
        throw error
      } finally {
        client.release(broken)
      }
    },
    connect,
    async end() {
      guard.end()
      await closeWithin(pool.end(), clients)
    },
  }
}

/** pg-pool's error for a connection that was not available or not opened in time. */
const isLate = (error: unknown) => error instanceof Error && error.message === 'timeout exceeded when trying to connect'

/** An abort cancels the statement in the database and closes its connection, so that a late cancellation cannot hit another statement. */
async function whileNotAborted<Result>(
  connection: ConnectionConfig,
  client: pg.PoolClient,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted()
  const cancel = () => {
    if (isGuarded(client)) cancelOver(connection, client).catch(() => {})
  }
  signal.addEventListener('abort', cancel)
  try {
    const result = await work()
    signal.throwIfAborted()
    return result
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

const isGuarded = (client: pg.ClientBase): client is GuardedClient => client instanceof GuardedClient

async function introduced(client: pg.ClientBase, settings: Readonly<Record<string, string>>): Promise<void> {
  if (isGuarded(client)) await client.introduce(settings)
}

/** A Db over a dedicated client (see `connect`). */
export function overClient(client: pg.ClientBase): Db {
  const send = async (statement: Sql, rows: string | Rows<unknown> | undefined, isRead: boolean) => {
    announce(statement, rows, isRead)
    const name = preparedName(statementName(rows), statement.text)
    const result = await ask(client, {
      text: statement.text,
      values: statement.values,
      ...(name === undefined ? {} : { name }),
    })
    if (typeof rows === 'object') received.publish({ rows, received: result.rows } satisfies Received)
    return result
  }
  return {
    query: async (statement, name) => (await send(statement, name, true)).rows,
    run: async (statement, name) => (await send(statement, name, false)).rowCount ?? 0,
  }
}

const textsByName = new Map<string, string>()

/**
 * A connection refuses a second text under a name. Names and texts are ours, and the lint of the tests refuses the same; should one get through,
 * its statement runs without a name, which costs some planning and fails nobody.
 */
function preparedName(name: string | undefined, text: string): string | undefined {
  if (name === undefined) return undefined
  const known = textsByName.get(name)
  if (known === undefined) textsByName.set(name, text)
  return known === undefined || known === text ? name : undefined
}

/** Tells the guard that an answer is expected. */
async function ask(client: pg.ClientBase, query: pg.QueryConfig): Promise<pg.QueryResult> {
  if (!isGuarded(client)) return client.query(query)
  client.waiting++
  try {
    return await client.query(query)
  } finally {
    client.waiting--
  }
}

/** The SQLSTATE of a PostgreSQL error, else undefined. Constraint names are not used: a cluster does not report them. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : undefined
}
