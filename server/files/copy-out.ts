/**
 * What COPY … TO STDOUT sends, as it comes: PostgreSQL writes the rows, this process hands bytes on. Nothing is read ahead of
 * whoever takes them: constant memory at any size, and a slow reader slows the statement down.
 */
import { to as copyTo } from 'pg-copy-streams'
import { announce, type Database } from '../platform/db/database.ts'
import { literally, type Sql } from '../platform/db/sql.ts'

export interface Progress {
  /** An abort ends the statement in the database too, and what waits for it rejects. */
  signal?: AbortSignal | undefined
  /** Told often: rows so far. */
  onRows?: ((rows: number) => void) | undefined
}

/** The bytes of the statements, one after the other, over one connection. `options` are those of COPY. */
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
    // Times are written as text: not in the style that a server may have set.
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
    // Left early, the connection stands in the middle of the copy. Closing it ends the statement.
    client.release(!whole)
  }
}
