/** A worker that is killed in the middle of a list of people leaves nothing, and the next one makes exactly the segment of the list. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorkspace } from '../server/access/workspaces.ts'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { createSegmentList, getSegmentList } from '../server/segments/segment-lists.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { killAll, startProcess, temporaryFolder, until } from './processes.ts'

const now = new Date('2026-03-02T09:00:00Z')
const folder = temporaryFolder('list-crash')
let database: FreshDatabase
let db: Database

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test' })
})
afterAll(async () => {
  await killAll()
  await db.end()
  await database.drop()
  folder.remove()
})

test('a worker that is killed in the middle of a list leaves nothing, and the next one makes exactly its segment', async () => {
  const { id: workspaceId } = await createWorkspace(db, { name: 'Shop', owner: null, actor: 'test' }, now)
  const people = 2000
  await db.run(sql`
    insert into profiles (bucket, profile_id, workspace_id, external_key, created_at, updated_at)
    select (n & 255)::int, n, ${workspaceId}::int, 'K-' || n, ${now}::timestamptz, ${now}::timestamptz from generate_series(1, ${people}::int) n`)
  await db.run(sql`
    insert into profile_keys (value, workspace_id, kind, profile_id)
    select 'K-' || n, ${workspaceId}::int, 'external_key', n from generate_series(1, ${people}::int) n`)
  const imports = join(folder.path, 'imports')
  mkdirSync(imports, { recursive: true })
  const entries = 300_000
  const upload = '00000000-0000-4000-8000-000000000001.csv'
  const path = join(imports, upload)
  writeFileSync(path, Array.from({ length: entries }, (_, i) => `K-${i + 1}\n`).join(''))
  const options = { country: 'SE', pasted: true }
  const list = await createSegmentList(
    db,
    { name: 'Fair', by: 'key', fileName: 'list.txt', path, upload, bytes: entries * 8, options },
    { workspaceId, actor: 'test', now },
  )
  const env = { DATABASE_URL: database.connectionString, HOMING_DATA: folder.path }
  const read = () => getSegmentList(db, workspaceId, list.id)
  const first = await startProcess(['worker'], env)
  await until('the list is being read', async () => {
    const { state, entries: n } = await read()
    return state === 'running' && n > 0 ? true : undefined
  })
  await first.kill()
  const [left] = await db.query<{ n: number }>(
    sql`select count(*) as n from segments where workspace_id = ${workspaceId}`,
  )
  const between = await read()
  if (between.state !== 'done') expect(left?.n).toBe(0)
  await startProcess(['worker'], env)
  const done = await until('the list is over', async () => {
    const one = await read()
    return one.state === 'done' ? one : undefined
  })
  expect(done).toMatchObject({ entries, matched: people, unmatched: entries - people, doubled: 0, people })
  const [members] = await db.query<{ n: number }>(
    sql`select count(*) as n from segment_members where workspace_id = ${workspaceId}`,
  )
  expect(members?.n).toBe(people)
})
