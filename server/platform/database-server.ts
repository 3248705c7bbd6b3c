/**
 * Which PostgreSQL does this process work on? The one of its supervisor, else that of DATABASE_URL, else the embedded one of the data folder,
 * which is started where none runs. Every verb that needs a database begins here and calls `stop` at its end.
 */
import pg from 'pg'
import { Problem, problem } from '../../core/problems.ts'
import type { Config } from './config.ts'
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

/** Throws a Problem where it cannot be had. `notice` is told what a person should know. */
export async function databaseServer(config: Config, notice?: (sentence: string) => void): Promise<DatabaseServer> {
  if (config.connectionString !== null) return elsewhere(config.connectionString, 'supervisor')
  if (config.databaseUrl !== null) {
    await checkServer(config.databaseUrl)
    return elsewhere(config.databaseUrl, 'url')
  }
  const server = await ensureServer({ folder: config.data, ...(notice ? { notice } : {}) })
  return { ...server, kind: 'embedded' }
}

function elsewhere(connectionString: string, kind: 'url' | 'supervisor'): DatabaseServer {
  return { connectionString, kind, startedByUs: false, stop: async () => {} }
}

async function checkServer(connectionString: string): Promise<void> {
  const client = new pg.Client({
    connectionString,
    application_name: 'homing/check',
    connectionTimeoutMillis: CONNECT_MS,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ number: string; name: string }>(
      "select current_setting('server_version_num') as number, current_setting('server_version') as name",
    )
    if (Number(rows[0]?.number) < OLDEST) throw problem('database_too_old', { found: rows[0]?.name })
  } catch (error) {
    if (error instanceof Problem) throw error
    throw problem('database_unreachable', { what: reason(error) }, { cause: error })
  } finally {
    await client.end().catch(() => {})
  }
}

// Node gathers the failures of all addresses of a host into one error without a message.
function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(each => (each as Error).message).join('; ')
  return (error as Error).message
}
