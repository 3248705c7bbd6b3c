/**
 * A database of its own for a test file: a clone of the migrated template, dropped afterwards.
 *
 *   const db = await ownDatabase()
 *
 * or, where the tests need its address too,
 *
 *   const database = await freshDatabase()
 *   afterAll(() => database.drop())
 */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, inject } from 'vitest'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { ensureInstallation } from '../server/platform/installation/installation.ts'
import { CLUSTER, createOnCluster, dropOnCluster } from './cluster.ts'
import { inDatabase } from './postgres.ts'

export interface FreshDatabase {
  /** For `pg` and for child processes (DATABASE_URL). */
  connectionString: string
  /** For `openDatabase({ connection, lane })`. */
  connection: { connectionString: string }
  name: string
  /** Drops it, also while somebody is connected. */
  drop(): Promise<void>
}

export interface OwnDatabaseOptions {
  /** connections at the same time */
  max?: number
  /** It is an installation since then, with its secrets and its clock. */
  installedAt?: Date
}

/** Opened while the file is loaded, closed and dropped after its tests. */
export async function ownDatabase({ max, installedAt }: OwnDatabaseOptions = {}): Promise<Database> {
  const database = await freshDatabase()
  const db = openDatabase({ connection: database.connection, lane: 'test', ...(max !== undefined && { max }) })
  afterAll(async () => {
    await db.end()
    await database.drop()
  })
  if (installedAt !== undefined) await ensureInstallation(db, { identity: 'test', now: installedAt })
  return db
}

/**
 * `template: false` gives an empty database without any migration; a name gives a copy of that database, to which nobody is connected (not
 * on a cluster).
 */
export async function freshDatabase({ template = true }: { template?: boolean | string } = {}): Promise<FreshDatabase> {
  const postgres = inject('postgres')
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`
  const onCluster = postgres.template === CLUSTER
  if (onCluster) await createOnCluster(postgres.connectionString, name, { migrated: template !== false })
  else {
    const copied = template === true ? postgres.template : template
    // Copied by file: in the log, a thousand small files cost ten times as much.
    const how = copied ? ` template ${copied} strategy file_copy` : ''
    await administer(postgres.connectionString, `create database ${name}${how}`)
  }
  const connectionString = inDatabase(postgres.connectionString, name)
  return {
    connectionString,
    connection: { connectionString },
    name,
    drop: () =>
      onCluster
        ? dropOnCluster(postgres.connectionString, name)
        : administer(postgres.connectionString, `drop database if exists ${name} with (force)`),
  }
}

/** Which grouping of writes this run forces (see test/postgres.ts). */
export function testGrouping(): 'whole' | 'bucket' {
  return inject('postgres').grouping
}

async function administer(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client(connectionString)
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
