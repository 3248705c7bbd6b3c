/**
 * Streams the output of COPY … TO STDOUT: PostgreSQL formats the rows, this process passes bytes on. Nothing is read ahead of the consumer:
 * constant memory at any size, and a slow client slows the statement down.
 */
import { to as copyTo } from 'pg-copy-streams'
import { announce, type Database } from '../platform/db/database.ts'
import { literally, type Sql } from '../platform/db/sql.ts'

export interface Progress {
  /** An abort cancels the statement in the database too, and the write rejects. */
  signal?: AbortSignal | undefined
  /** Called often, with the rows so far. */
  onRows?: ((rows: number) => void) | undefined
}

/** The output of the statements, one after the other, over one connection. `options` are COPY's. */
export async function* copied(
  db: Database,
  statements: readonly Sql[],
  options: string,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  for (const statement of statements) announce(statement)
  const client = await db.connect()
  let whole = false
  try {
    // Times are written as text: not in a DateStyle that the server may have set.
    await client.query('set datestyle to iso')
    for (const statement of statements) {
      signal?.throwIfAborted()
      const stream = client.query(copyTo(`copy (${literally(statement)}) to stdout (${options})`))
      const leave = () => stream.destroy(signal?.reason)
      signal?.addEventListener('abort', leave)
      try {
        for await (const chunk of stream) yield chunk
      } finally {
        signal?.removeEventListener('abort', leave)
      }
    }
    whole = true
  } finally {
    // After an early end, the connection is in the middle of COPY. Closing it ends the statement.
    client.release(!whole)
  }
}
