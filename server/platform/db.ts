/**
 * The one way to PostgreSQL. One statement a round trip; READ COMMITTED only; a transaction never stays open across a
 * network call of ours. Each lane (sending, apply, web, jobs) opens its own pool, so that lanes do not block each other.
 *
 * Types: bigint -> number (ids stay below 2^53; more is an error), numeric -> string (money is never a float),
 * timestamptz -> Date, json -> parsed.
 */
import pg from 'pg'
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
  /** Runs one statement. `name`: keep it prepared on the connection (for constant text that runs hot). */
  query<Row>(statement: Sql, name?: string): Promise<Row[]>
  /** Rows changed by one statement. */
  run(statement: Sql, name?: string): Promise<number>
}

export interface Database extends Db {
  /** connections at the same time */
  readonly max: number
  tx<Result>(work: (tx: Db) => Promise<Result>): Promise<Result>
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
}

export function openDatabase({ connection, lane, max = 4 }: OpenOptions): Database {
  const pool = new pg.Pool({ ...connection, types, max, application_name: `homing/${lane}`, idleTimeoutMillis: 60_000 })
  // A connection that dies while idle is replaced by the pool; without a listener Node would end the process.
  pool.on('error', () => {})
  // One that dies between two statements of a transaction would too: the next statement fails, and tells.
  pool.on('connect', client => client.on('error', () => {}))
  return {
    ...overClient(pool),
    max,
    async tx(work) {
      const client = await pool.connect()
      let broken: Error | undefined
      try {
        await client.query('begin')
        const result = await work(overClient(client))
        await client.query('commit')
        return result
      } catch (error) {
        await client.query('rollback').catch((e: Error) => {
          broken = e
        })
        throw error
      } finally {
        client.release(broken)
      }
    },
    connect: () => pool.connect(),
    end: () => pool.end(),
  }
}

/** A Db over a client of one's own (see `connect`). */
export function overClient(client: pg.Pool | pg.ClientBase): Db {
  const send = (statement: Sql, name?: string) =>
    client.query({ text: statement.text, values: statement.values, ...(name === undefined ? {} : { name }) })
  return {
    query: async (statement, name) => (await send(statement, name)).rows,
    run: async (statement, name) => (await send(statement, name)).rowCount ?? 0,
  }
}

/** SQLSTATE of an error of PostgreSQL, else undefined. Constraint names are not looked at: a cluster does not tell them. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : undefined
}
