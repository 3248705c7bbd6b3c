/**
 * A database of its own for a test file: a clone of the migrated template, dropped afterwards.
 *
 *   const database = await freshDatabase()
 *   afterAll(() => database.drop())
 */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
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

/** `template: false` gives an empty database without any migration. */
export async function freshDatabase({ template = true }: { template?: boolean } = {}): Promise<FreshDatabase> {
  const postgres = inject('postgres')
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`
  await administer(
    postgres.connectionString,
    `create database ${name}${template ? ` template ${postgres.template}` : ''}`,
  )
  const connectionString = inDatabase(postgres.connectionString, name)
  return {
    connectionString,
    connection: { connectionString },
    name,
    drop: () => administer(postgres.connectionString, `drop database if exists ${name} with (force)`),
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
