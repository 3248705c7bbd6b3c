/**
 * The one way to PostgreSQL. One statement a round trip; READ COMMITTED only; a transaction never stays open across a
 * network call of ours. Each lane (sending, apply, web, jobs) opens its own pool, so that lanes do not block each other.
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

/** What a verb needs: a pool, or a transaction of one. */
export interface Db {
  /** Runs one statement. `name`: keep it prepared on the connection (for constant text that runs hot); with what its rows are, see rows.ts. */
  query<Row>(statement: Sql, name?: string | Rows<Row>): Promise<Row[]>
  /** Rows changed by one statement. */
  run(statement: Sql, name?: string): Promise<number>
}

/**
 * For those who watch (`node:diagnostics_channel`); nothing happens while nobody does. `sent`: a `Sent`, within the call of the one who sends it.
 * `received`: a `Received`.
 */
export const sent = channel('homing.statement.sent')
export const received = channel('homing.statement.received')

export interface Sent {
  statement: Sql
  name: string | undefined
}

export interface Received {
  rows: Rows<unknown>
  received: readonly object[]
}

export const announce = (statement: Sql, name?: string | Rows<unknown>): void =>
  sent.publish({ statement, name: nameOf(name) } satisfies Sent)

/** The name under which a statement is kept prepared. */
export const nameOf = (name: string | Rows<unknown> | undefined) => (typeof name === 'object' ? name.name : name)

export interface Database extends Db {
  /** connections at the same time */
  readonly max: number
  /** Where `signal` aborts, the statement is ended in the database too, and rejects with its reason. */
  query<Row>(statement: Sql, name?: string | Rows<Row>, signal?: AbortSignal): Promise<Row[]>
  /** `client`: the connection of the transaction, for COPY. */
  tx<Result>(work: (tx: Db, client: pg.PoolClient) => Promise<Result>): Promise<Result>
  /** A connection of one's own, for COPY, cursors, LISTEN and advisory locks. Release it. */
  connect(): Promise<pg.PoolClient>
  end(): Promise<void>
}

export type Connection = pg.ClientConfig

export interface OpenOptions {
  connection: Connection
  /** Shown in pg_stat_activity as homing/LANE. */
  lane: string
  max?: number
  /** how long one waits for a connection; default: as long as it takes */
  connectMs?: number
  /** how long an unused connection is kept */
  idleMs?: number
  /** for tests */
  guardTimes?: GuardTimes
}

/**
 * How long the server works for us, and keeps what we hold, without a word from us. What sends has short statements, and must not find the
 * locks of a process that is frozen; a freeze, an import and an export take as long as they take, and are asked after (query-guard.ts).
 */
const limits: Readonly<Record<string, { statement?: string; lock?: string; idle: string }>> = {
  // A claim that stops half-way keeps the session that it is for from being taken over: as long as a lease, no longer.
  sending: { statement: '60s', lock: '20s', idle: '10s' },
  keeping: { idle: '60s' },
  // Those of the web process (pools.ts).
  links: { statement: '20s', lock: '5s', idle: '10s' },
  access: { statement: '10s', lock: '3s', idle: '10s' },
  ready: { statement: '4s', lock: '1s', idle: '10s' },
  reads: { statement: '60s', lock: '5s', idle: '10s' },
  // Short: who does not get it gives its connection back, and tries again.
  writes: { statement: '2min', lock: '250ms', idle: '30s' },
  counts: { statement: '10min', lock: '250ms', idle: '30s' },
  apply: { idle: '30s' },
  other: { idle: '10min' },
}

/** As the server sees a client that is gone without a farewell: it ends it, and what it held is free. */
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
    // Whoever opens it may know better: the lanes of the inbox give up what a frozen holder has sooner.
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
  // A connection that dies while idle is replaced by the pool; without a listener Node would end the process.
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
      // What PostgreSQL said, it said over a connection that works.
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
      announce(statement, name)
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

/** What pg-pool says of a connection that did not become free, or was not made, in time. */
const isLate = (error: unknown) => error instanceof Error && error.message === 'timeout exceeded when trying to connect'

/** The statement of one who has left ends in the database too; its connection ends with it, so that a late cancellation harms no other. */
async function whileNotAborted<Result>(
  connection: Connection,
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

/** A Db over a client of one's own (see `connect`). */
export function overClient(client: pg.ClientBase): Db {
  const send = async (statement: Sql, rows?: string | Rows<unknown>) => {
    announce(statement, rows)
    const name = nameOf(rows)
    const result = await ask(client, {
      text: statement.text,
      values: statement.values,
      ...(name === undefined ? {} : { name }),
    })
    if (typeof rows === 'object') received.publish({ rows, received: result.rows } satisfies Received)
    return result
  }
  return {
    query: async (statement, name) => (await send(statement, name)).rows,
    run: async (statement, name) => (await send(statement, name)).rowCount ?? 0,
  }
}

/** The guard knows that an answer is waited for. */
async function ask(client: pg.ClientBase, query: pg.QueryConfig): Promise<pg.QueryResult> {
  if (!isGuarded(client)) return client.query(query)
  client.waiting++
  try {
    return await client.query(query)
  } finally {
    client.waiting--
  }
}

/** SQLSTATE of an error of PostgreSQL, else undefined. Constraint names are not looked at: a cluster does not tell them. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : undefined
}
