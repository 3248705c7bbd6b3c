/**
 * The rows of statements as they come, none of them kept, so that a million cost no memory. A few statements run at a time, each over
 * a connection of its own, and so on any core that is free. Who no longer wants the rows says so by the signal, and the statements
 * end in the database too. However many ask, half of the connections of their lane are left to others: a page that waits for a count
 * must not keep the next one from being signed in.
 */
import pg from 'pg'
import { Semaphore } from '../semaphore.ts'
import { announce, type Database, overClient, type Received, received } from './database.ts'
import type { Rows } from './rows.ts'
import { type Sql, sql } from './sql.ts'

export interface EachRow<Row> {
  signal?: AbortSignal | undefined
  /** settings of PostgreSQL for these statements, by name */
  settings?: Readonly<Record<string, string>>
  /** the description of the rows; they are not prepared, as each statement runs once */
  rows?: Rows<Row>
}

const atOnce = 3

const semaphores = new WeakMap<Database, Semaphore>()

/** One at least; and where there is more than one connection, one is left for the cancellation too. */
function semaphoreOf(db: Database): Semaphore {
  const semaphore = semaphores.get(db) ?? new Semaphore(Math.max(1, Math.floor(db.max / 2)))
  semaphores.set(db, semaphore)
  return semaphore
}

/** Rejects with the signal's reason where that is aborted, and with what `take` throws; the statements have ended by then. */
export async function eachRow<Row extends pg.QueryResultRow>(
  db: Database,
  statements: readonly Sql[],
  take: (row: Row) => void,
  { signal, settings = {}, rows }: EachRow<Row> = {},
): Promise<void> {
  for (const statement of statements) announce(statement, rows)
  const stop = new AbortController()
  const stopped = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
  const rest = [...statements]
  const worker = async () => {
    try {
      await semaphoreOf(db).run(() => overOne(db, rest, checked(take, rows), stopped, settings), stopped)
    } catch (error) {
      // The others are of no use without this one.
      stop.abort(error)
      throw error
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: Math.min(atOnce, rest.length) }, worker))
  if (ended.some(({ status }) => status === 'rejected')) throw stopped.reason
}

/** Observers compare each row with its description. */
function checked<Row extends pg.QueryResultRow>(take: (row: Row) => void, rows?: Rows<Row>): (row: Row) => void {
  if (rows === undefined) return take
  return row => {
    received.publish({ rows, received: [row] } satisfies Received)
    take(row)
  }
}

/** Takes one statement after the other from the list, until it is empty. */
async function overOne<Row extends pg.QueryResultRow>(
  db: Database,
  rest: Sql[],
  take: (row: Row) => void,
  signal: AbortSignal,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  // The others have done all while this one waited.
  if (rest.length === 0) return
  const client = await db.connect()
  let cancelling: Promise<unknown> | undefined
  let whole = false
  try {
    const over = overClient(client)
    await over.run(sql`begin read only`)
    await over.query(sql`select set_config(s.name, s.value, true)
      from unnest(${Object.keys(settings)}::text[], ${Object.values(settings)}::text[]) as s (name, value)`)
    const [session] = await over.query<{ pid: number }>(sql`select pg_backend_pid() as pid`)
    const cancel = () => {
      cancelling ??= db.run(sql`select pg_cancel_backend(${session?.pid}::int)`).catch(() => {})
    }
    signal.addEventListener('abort', cancel)
    try {
      for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
        signal.throwIfAborted()
        await run(client, next, take)
      }
    } finally {
      signal.removeEventListener('abort', cancel)
      await cancelling
    }
    await over.run(sql`commit`)
    whole = cancelling === undefined
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    // A cancellation that came late would end the next statement of this connection.
    client.release(!whole)
  }
}

function run<Row extends pg.QueryResultRow>(
  client: pg.PoolClient,
  statement: Sql,
  take: (row: Row) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let fault: { error: unknown } | undefined
    const query = new pg.Query<Row>({ text: statement.text, values: statement.values })
    query.on('row', row => {
      if (fault !== undefined) return
      try {
        take(row)
      } catch (error) {
        fault = { error }
      }
    })
    query.on('error', reject)
    query.on('end', () => (fault === undefined ? resolve() : reject(fault.error)))
    client.query(query)
  })
}
