/**
 * The connection of the inbox, and how long is waited for what it is asked. Real time: these are time-outs.
 */
import pg from 'pg'
import type { ConnectionConfig } from '../platform/db/database.ts'

const connectTimeoutMs = 10_000
const answerTimeoutMs = 30_000

/** Commits on it are durable, whatever the server's default is. */
export async function connect(connection: ConnectionConfig): Promise<pg.Client> {
  const client = new pg.Client({
    ...connection,
    application_name: 'homing/inbox',
    connectionTimeoutMillis: connectTimeoutMs,
    // A server that is frozen takes the connection and answers nothing.
    query_timeout: answerTimeoutMs,
    keepAlive: true,
  })
  client.on('error', () => {}) // the statement under way fails, and tells
  try {
    await client.connect()
    await client.query('set synchronous_commit = on')
    return client
  } catch (error) {
    // A polite end would wait for the answer.
    client.connection.stream.destroy()
    throw error
  }
}

/** 'done', 'late', or the error. */
export async function within(work: Promise<unknown>, ms: number): Promise<'done' | 'late' | Error> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>(resolve => {
    timer = setTimeout(resolve, ms, 'late')
  })
  const done = work.then(
    () => 'done' as const,
    (error: Error) => error,
  )
  const outcome = await Promise.race([done, late])
  clearTimeout(timer)
  return outcome
}

// An error of PostgreSQL carries values in its details: only its sentence is logged.
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
