/**
 * The cluster of `npm run test:citus`: a Citus coordinator at DATABASE_URL, by an account that may create databases and extensions on all its
 * nodes. A database of a cluster cannot be cloned, so each file migrates its own.
 */
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { migrate } from '../server/platform/db/migrate.ts'
import { inDatabase } from './postgres.ts'

/** In place of a template. */
export const CLUSTER = 'cluster'

export default async function setup(project: TestProject): Promise<void> {
  const url = process.env.DATABASE_URL
  if (url === undefined || url === '')
    throw new Error('test:citus needs DATABASE_URL: the address of the coordinator of a Citus cluster.')
  const [found] = await query<{ major: number; extensions: number }>(
    url,
    `select current_setting('server_version_num')::int / 10000 as major,
      (select count(*)::int from pg_extension where extname = 'citus') as extensions`,
  )
  if (found?.extensions !== 1) throw new Error(`The database at DATABASE_URL has no extension "citus".`)
  const nodes = await nodesOf(url)
  if (nodes.length < 2) throw new Error('The cluster at DATABASE_URL has no worker: citus_add_node() adds one.')
  project.provide('postgres', {
    connectionString: url,
    template: CLUSTER,
    major: found.major === 18 ? 18 : 15,
    grouping: 'bucket',
  })
}

interface Node {
  host: string
  port: number
  coordinator: boolean
}

const nodesOf = (url: string): Promise<Node[]> =>
  query<Node>(
    url,
    'select nodename as host, nodeport as port, groupid = 0 as coordinator from pg_dist_node order by groupid',
  )

/** On every node, and joined as those of the first database are. */
export async function createOnCluster(url: string, name: string, { migrated }: { migrated: boolean }): Promise<void> {
  const nodes = await nodesOf(url)
  for (const node of nodes) {
    await query(onNode(url, node), 'set citus.enable_create_database_propagation to off', `create database ${name}`)
    await query(inDatabase(onNode(url, node), name), 'create extension citus')
  }
  const own = inDatabase(url, name)
  for (const { host, port, coordinator } of nodes)
    await query(own, `select ${coordinator ? 'citus_set_coordinator_host' : 'citus_add_node'}('${host}', ${port})`)
  if (migrated) await migrate(own)
}

export async function dropOnCluster(url: string, name: string): Promise<void> {
  for (const node of await nodesOf(url))
    await query(
      onNode(url, node),
      'set citus.enable_create_database_propagation to off',
      `drop database if exists ${name} with (force)`,
    )
}

function onNode(url: string, { host, port }: Node): string {
  const there = new URL(url)
  there.hostname = host
  there.port = String(port)
  return there.href
}

/** The rows of the last one. */
async function query<Row extends pg.QueryResultRow>(url: string, ...statements: string[]): Promise<Row[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    let rows: Row[] = []
    for (const statement of statements) rows = (await client.query<Row>(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}
