/** For benchmarks: a Homing with nothing in it, on the embedded PostgreSQL with its usual durability, in a folder of its own. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { migrate } from '../server/platform/db/migrate.ts'
import { identityOf } from '../server/platform/installation/evidence.ts'
import { ensureInstallation, type Installation } from '../server/platform/installation/installation.ts'
import { ensureServer } from '../server/platform/postgres/embedded.ts'

export interface FreshHoming {
  /** its data folder */
  folder: string
  connectionString: string
  /** three connections */
  db: Database
  installation: Installation
  /** when it was installed */
  now: Date
  /** what its processes need to know (child.ts) */
  env: Record<'HOMING_DATA' | 'HOMING_CONNECTION', string>
  /** of PostgreSQL */
  pid(): number
  /** Stopped when the work has ended, the last one first. */
  atEnd(stop: () => unknown): void
}

/** Nothing of it is left when the work has ended, however it ended. */
export async function inFreshHoming<Result>(
  name: string,
  work: (homing: FreshHoming) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), `homing-bench-${name}-`))
  // As root, PostgreSQL runs as somebody else.
  chmodSync(folder, 0o755)
  const server = await ensureServer({ folder })
  const { connectionString } = server
  const stops: (() => unknown)[] = [() => server.stop()]
  const atEnd = (stop: () => unknown) => void stops.unshift(stop)
  try {
    await migrate(connectionString)
    const db = openDatabase({ connection: { connectionString }, lane: 'bench', max: 3 })
    atEnd(() => db.end())
    const now = new Date()
    const installation = await ensureInstallation(db, {
      identity: await identityOf(db),
      now,
    })
    const env = { HOMING_DATA: folder, HOMING_CONNECTION: connectionString }
    return await work({ folder, connectionString, db, installation, now, env, pid: () => server.pid() ?? 0, atEnd })
  } finally {
    for (const stop of stops) await stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
