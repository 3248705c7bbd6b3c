import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/database.ts'
import { migrate } from './migrate.ts'

let database: FreshDatabase
let folder: string

beforeEach(async () => {
  database = await freshDatabase({ template: false })
  folder = mkdtempSync(join(tmpdir(), 'homing-migrations-'))
})
afterEach(async () => {
  await database.drop()
  rmSync(folder, { recursive: true })
})

const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
const run = () => migrate(database.connectionString, folder)

async function rows(query: string): Promise<unknown[]> {
  const client = new pg.Client(database.connectionString)
  await client.connect()
  const { rows } = await client.query({ text: query, rowMode: 'array' })
  await client.end()
  return rows.flat()
}

test('applies the files in the order of their numbers, once', async () => {
  write('0002_fill.sql', "insert into things values ('a;b');\ninsert into things values ($x$c'd;$x$);")
  write('0001_things.sql', '-- things; with a comment\ncreate table things (name text);')
  expect(await run()).toEqual({ applied: ['0001_things', '0002_fill'] })
  expect(await run()).toEqual({ applied: [] })
  expect(await rows('select name from things order by 1')).toEqual(['a;b', "c'd;"])
  write('0003_more.sql', "insert into things values ('e')")
  expect(await run()).toEqual({ applied: ['0003_more'] })
})

test('a file that fails leaves nothing of itself, names its line and keeps the files before it', async () => {
  write('0001_one.sql', 'create table one (id int)')
  write('0002_two.sql', 'create table two (id int);\n\nselect * from\n  nowhere;')
  await expect(run()).rejects.toMatchObject({ code: 'migration_failed', details: { name: '0002_two', line: 3 } })
  expect(await rows("select to_regclass('one') is not null, to_regclass('two') is null")).toEqual([true, true])
  expect(await rows('select name from migrations')).toEqual(['0001_one'])
})

test('a changed file that was applied is refused, other line ends are no change', async () => {
  write('0001_one.sql', 'create table one (\nid int)')
  await run()
  write('0001_one.sql', 'create table one (\r\nid int)')
  expect(await run()).toEqual({ applied: [] })
  write('0001_one.sql', 'create table one (id bigint)')
  await expect(run()).rejects.toMatchObject({ code: 'migration_changed' })
})

test('a file that names the text it was applied as before is no change, and is not applied again', async () => {
  const before = 'create table one (id int)'
  write('0001_one.sql', before)
  await run()
  const corrected = (checksum: string) => `-- Corrected; applied before as ${checksum}.\ncreate table one (id bigint)`
  write('0001_one.sql', corrected('0'.repeat(64)))
  await expect(run()).rejects.toMatchObject({ code: 'migration_changed' })
  write('0001_one.sql', corrected(createHash('sha256').update(before).digest('hex')))
  expect(await run()).toEqual({ applied: [] })
  expect(await rows('select pg_typeof(id)::text from (select (select id from one) as id) x')).toEqual(['integer'])
})

test('a cluster places tables over one connection a node, within the transaction of a migration and not after it', async () => {
  write('0001_one.sql', "create table one as select current_setting('citus.multi_shard_modify_mode') as mode")
  await run()
  expect(await rows('select mode from one')).toEqual(['sequential'])
})

test('a database of a newer Homing is refused and stays as it is', async () => {
  write('0001_one.sql', 'create table one (id int)')
  write('0002_two.sql', 'create table two (id int)')
  await run()
  rmSync(join(folder, '0002_two.sql'))
  await expect(run()).rejects.toMatchObject({
    code: 'database_newer',
    details: { found: '0002_two', known: '0001_one' },
  })
  expect(await rows('select count(*)::int from migrations')).toEqual([2])
})

test('a gap, a twin or a strange name among the files is refused before anything is applied', async () => {
  write('0001_one.sql', 'create table one (id int)')
  write('0003_three.sql', 'create table three (id int)')
  await expect(run()).rejects.toMatchObject({ code: 'migration_file' })
  rmSync(join(folder, '0003_three.sql'))
  write('0001_uno.sql', 'create table uno (id int)')
  await expect(run()).rejects.toMatchObject({ code: 'migration_file' })
  rmSync(join(folder, '0001_uno.sql'))
  write('second.sql', 'select 1')
  await expect(run()).rejects.toMatchObject({ code: 'migration_file' })
  expect(await rows("select to_regclass('one') is null")).toEqual([true])
})

test('five processes that migrate at once apply each file once', async () => {
  write('0001_one.sql', 'create table one (id int); insert into one values (1)')
  const all = await Promise.all([run(), run(), run(), run(), run()])
  expect(all.flatMap(result => result.applied)).toEqual(['0001_one'])
  expect(await rows('select count(*)::int from one')).toEqual([1])
})

test('our own migrations apply to an empty database, and the template already has them', async () => {
  const { applied } = await migrate(database.connectionString)
  expect(applied[0]).toMatch(/^0001_/)
  const clone = await freshDatabase()
  expect(await migrate(clone.connectionString)).toEqual({ applied: [] })
  await clone.drop()
})
