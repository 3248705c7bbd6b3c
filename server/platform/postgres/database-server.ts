/**
 * Which PostgreSQL does this process work on? The one of its supervisor, else that of DATABASE_URL, else the embedded one of the data folder,
 * which is started where none runs. Every verb that needs a database begins here and calls `stop` at its end.
 */
import pg from 'pg'
import { Problem, problem } from '../../../core/problems.ts'
import type { Config } from '../config.ts'
import { sqlState } from '../db/database.ts'
import { awayInWords, untilDone, whyAway } from '../db/database-away.ts'
import { ensureServer } from './embedded.ts'

export interface DatabaseServer {
  connectionString: string
  /** `supervisor`: handed to this child; it is not ours to stop. */
  kind: 'embedded' | 'url' | 'supervisor'
  startedByUs: boolean
  stop(): Promise<void>
}

const OLDEST = 150_000
const CONNECT_MS = 10_000
/** A server that starts or is crowded is worth a moment also to somebody who waits for an answer. */
const VERB_WAITS_MS = 60_000

export interface ServerOptions {
  /** Told what a person should know. */
  notice?: (sentence: string) => void
  /** For a process that stays: an error of a database that is away comes as it is, for whoever waits (database-away.ts). */
  stays?: boolean
}

/** Throws a Problem where it cannot be had. */
export async function databaseServer(
  config: Config,
  { notice, stays = false }: ServerOptions = {},
): Promise<DatabaseServer> {
  const url = config.connectionString ?? config.databaseUrl
  if (url === null) {
    const server = await ensureServer({ folder: config.data, ...(notice ? { notice } : {}) })
    return { ...server, kind: 'embedded' }
  }
  try {
    await untilDone(() => checkServer(url, stays), {
      forMs: stays ? 0 : VERB_WAITS_MS,
      notice: why => notice?.(awayInWords(why)),
    })
  } catch (error) {
    if (error instanceof Problem || (stays && whyAway(error) !== undefined)) throw error
    throw unreachable(error)
  }
  return {
    connectionString: url,
    kind: config.connectionString === null ? 'url' : 'supervisor',
    startedByUs: false,
    stop: async () => {},
  }
}

export function unreachable(error: unknown): Problem {
  return problem('database_unreachable', { what: whyAway(error) ?? (error as Error).message }, { cause: error })
}

async function checkServer(connectionString: string, stays: boolean): Promise<void> {
  const client = new pg.Client({
    connectionString,
    application_name: 'homing/check',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: CONNECT_MS,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ number: string; name: string }>(
      "select current_setting('server_version_num') as number, current_setting('server_version') as name",
    )
    const [found] = rows
    if (found !== undefined && Number(found.number) < OLDEST) throw problem('database_too_old', { found: found.name })
  } catch (error) {
    // Nobody there at all: whoever waits for an answer had rather be told.
    if (!stays && !(error instanceof Problem) && sqlState(error) === undefined) throw unreachable(error)
    throw error
  } finally {
    client.end().catch(() => {})
  }
}
