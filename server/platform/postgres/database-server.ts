/**
 * Selects the PostgreSQL of this process: its supervisor's, else that of DATABASE_URL, else the embedded one of the data folder, which is
 * started if it does not run. Every verb that needs a database begins here and calls `stop` at its end.
 */
import pg from 'pg'
import { Problem, problem } from '../../../core/problems.ts'
import type { Config } from '../config.ts'
import { sqlState } from '../db/database.ts'
import { awayInWords, untilDone, whyAway } from '../db/database-away.ts'
import { ensureServer } from './embedded.ts'

export interface DatabaseServer {
  connectionString: string
  /** `supervisor`: passed to this child, which does not stop it. */
  kind: 'embedded' | 'url' | 'supervisor'
  startedByUs: boolean
  stop(): Promise<void>
}

const OLDEST = 150_000
const CONNECT_MS = 10_000
/** How long a command waits for a server that starts or is crowded. */
const VERB_WAITS_MS = 60_000

export interface ServerOptions {
  /** Receives what the operator should know. */
  notice?: (sentence: string) => void
  /** For a long-running process: the error of an unavailable database is passed through, because the caller waits (database-away.ts). */
  stays?: boolean
}

/** Throws a Problem if there is no database. */
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
    // Nothing answers: a command that a person waits for fails at once.
    if (!stays && !(error instanceof Problem) && sqlState(error) === undefined) throw unreachable(error)
    throw error
  } finally {
    client.end().catch(() => {})
  }
}
