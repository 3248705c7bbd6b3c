/**
 * What a verb of the CLI works with: the settings, a migrated database, the business clock. It is opened for the verb and
 * closed after it; an embedded database that the verb started stops when no other client is left.
 */

import type { Clock } from '../platform/clock.ts'
import type { Config } from '../platform/config.ts'
import { type ConnectionConfig, type Database, openDatabase } from '../platform/db/database.ts'
import { MIGRATIONS, migrate } from '../platform/db/migrate.ts'
import { sql } from '../platform/db/sql.ts'
import { readClock } from '../platform/installation/business-clock.ts'
import { beginInstallation, makeInstallation, startOf } from '../platform/installation/installation.ts'
import type { Log } from '../platform/log.ts'
import { databaseServer } from '../platform/postgres/database-server.ts'
import { type Keyring, openKeyring } from '../platform/secrets/keyring.ts'

export interface CliContext {
  config: Config
  log: Log
  db: Database
  connection: ConnectionConfig
  clock: Clock
  keys: Keyring
  /** what short links begin with */
  linkUrl: string
}

export interface CliContextOptions {
  /**
   * True for verbs that send: they check whether this is the installation of the data, and hold sending if it is not. Other verbs do not check:
   * reading a report through another path or address must not stop the sending of the installation.
   */
  sends?: boolean
  /** For a process that stays: see `databaseServer`. */
  stays?: boolean
  /** What a person should know on the way. */
  notice?: (sentence: string) => void
}

/** Opens, does, closes: also where it fails. */
export async function withCliContext<Result>(
  config: Config,
  log: Log,
  work: (place: CliContext) => Promise<Result>,
  options: CliContextOptions = {},
): Promise<Result> {
  const { place, close } = await openCliContext(config, log, options)
  try {
    return await work(place)
  } finally {
    await close()
  }
}

/** The caller calls `close` once. If opening fails, nothing is left open. */
export async function openCliContext(
  config: Config,
  log: Log,
  { sends = false, stays = false, notice = sentence => process.stderr.write(`${sentence}\n`) }: CliContextOptions = {},
): Promise<{ place: CliContext; close(): Promise<void> }> {
  const server = await databaseServer(config, { notice, stays })
  let db: Database | undefined
  const close = async () => {
    await db?.end()
    await server.stop()
  }
  try {
    const connection: ConnectionConfig = { connectionString: server.connectionString }
    await migrate(server.connectionString, MIGRATIONS, notice)
    db = openDatabase({ connection, lane: 'verb', max: 6 })
    const start = await startOf(db, config)
    if (sends) {
      const { sendingHeld } = await beginInstallation(db, start)
      if (sendingHeld !== null) notice(`ATTENTION: ${sendingHeld}`)
    } else await makeInstallation(db, start)
    const clock = await readClock(db)
    const keys = await openKeyring(db, config)
    return { place: { config, log, db, connection, clock, keys, linkUrl: await linkUrlOf(db, config) }, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function linkUrlOf(db: Database, config: Config): Promise<string> {
  if (config.linkUrl !== null || config.url !== null) return config.linkUrl ?? config.url ?? ''
  const [row] = await db.query<{ linkUrl: string | null }>(
    sql`select link_url as "linkUrl" from installation where id = 1`,
  )
  return row?.linkUrl ?? `http://localhost:${config.port}`
}
