/**
 * Finds and applies the migrations that a database lacks: `migrations/NNNN_words.sql`, numbered from 0001 without a gap.
 *
 * Invariants: one process migrates at a time (advisory lock). A file is applied entirely or not at all (one transaction), one statement per
 * round trip, because a cluster accepts no scripts. An applied file never changes (its checksum is stored), unless its head names the checksum
 * of an earlier text (`applied before as SHA-256`) with the same effect on one server. A database that a newer Homing migrated is refused.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { problem } from '../../../core/problems.ts'
import { openGuarded } from './query-guard.ts'
import { type Statement, splitStatements } from './split-statements.ts'

/**
 * Citus refuses to distribute a table after a query of the same transaction ran on several connections ("there was a parallel operation").
 * A server without Citus accepts any setting with a prefix.
 */
const ONE_CONNECTION_PER_NODE = "set local citus.multi_shard_modify_mode = 'sequential'"

/** "migrate" in ASCII, cut to 7 bytes: the advisory lock of a migration. */
const MIGRATE_LOCK = '30796665482998885'
const LOCK_NOTICE_MS = 5_000
export const MIGRATIONS = fileURLToPath(new URL('../../../migrations', import.meta.url))

export interface Migration {
  version: number
  /** The file's name without .sql. */
  name: string
  /** SHA-256 of the text, hexadecimal. */
  checksum: string
  /** Checksums of earlier texts of this file that databases have applied. */
  formerly: string[]
  statements: Statement[]
}

interface Applied {
  version: number
  name: string
  checksum: string
}

/** Applies the missing migrations in order. Throws `database_newer`, `migration_changed`, `migration_failed` or `migration_file`. */
export async function migrate(
  connection: string | pg.ClientConfig,
  folder: string = MIGRATIONS,
  notice?: (sentence: string) => void,
): Promise<{ applied: string[] }> {
  const migrations = readMigrations(folder)
  const { client, end } = await openGuarded({
    ...(typeof connection === 'string' ? { connectionString: connection } : connection),
    application_name: 'homing/migrate',
  })
  try {
    await lock(client, notice)
    return { applied: await applyMissing(client, migrations) }
  } finally {
    await end()
  }
}

async function lock(client: pg.Client, notice?: (sentence: string) => void): Promise<void> {
  const waiting = setTimeout(
    () => notice?.('Another process of Homing brings the database to the newest schema; waiting for it.'),
    LOCK_NOTICE_MS,
  )
  try {
    await client.query(`select pg_advisory_lock(${MIGRATE_LOCK})`)
  } finally {
    clearTimeout(waiting)
  }
}

/** The migrations in a folder, in order, checked for names and gaps. */
export function readMigrations(folder: string): Migration[] {
  const files = readdirSync(folder)
    .filter(name => name.endsWith('.sql') && name !== 'schema.sql')
    .sort()
  return files.map((file, i) => {
    const number = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(file)?.[1]
    if (!number) throw problem('migration_file', { name: file, what: 'its name is not NNNN_words.sql.' })
    if (Number(number) !== i + 1)
      throw problem('migration_file', { name: file, what: `${String(i + 1).padStart(4, '0')} was expected.` })
    const text = readFileSync(join(folder, file), 'utf8')
    return {
      version: i + 1,
      name: file.slice(0, -'.sql'.length),
      checksum: checksum(text),
      formerly: [...text.matchAll(/^--.*applied before as ([0-9a-f]{64})/gm)].map(([, before = '']) => before),
      statements: split(file, text),
    }
  })
}

async function applyMissing(client: pg.Client, migrations: Migration[]): Promise<string[]> {
  await client.query(`create table if not exists migrations (
    version int primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`)
  const { rows } = await client.query<Applied>('select version, name, checksum from migrations order by version')
  check(rows, migrations)
  const missing = migrations.slice(rows.length)
  for (const migration of missing) await apply(client, migration)
  return missing.map(migration => migration.name)
}

function check(applied: Applied[], migrations: Migration[]): void {
  for (const [i, row] of applied.entries()) {
    const migration = migrations[i]
    if (!migration) throw problem('database_newer', { found: row.name, known: migrations.at(-1)?.name ?? 'none' })
    const known = [migration.checksum, ...migration.formerly]
    if (row.version !== migration.version || !known.includes(row.checksum))
      throw problem('migration_changed', { name: row.name })
  }
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin')
  let line = 1
  try {
    await client.query(ONE_CONNECTION_PER_NODE)
    for (const statement of migration.statements) {
      line = statement.line
      await client.query(statement.text)
    }
    await client.query('insert into migrations (version, name, checksum) values ($1, $2, $3)', [
      migration.version,
      migration.name,
      migration.checksum,
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw problem('migration_failed', { name: migration.name, line, what: (error as Error).message }, { cause: error })
  }
}

// A checkout on Windows may have CRLF line ends; the migration is the same.
function checksum(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex')
}

function split(file: string, text: string): Statement[] {
  try {
    return splitStatements(text.replaceAll('\r\n', '\n'))
  } catch (error) {
    throw problem('migration_file', { name: file, what: `${(error as Error).message}.` }, { cause: error })
  }
}
