/** Raw records end 30 days after they came in, behind the watermark, at a cost that does not grow with what is kept. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/database.ts'
import { type Database, openDatabase } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { forgetApplied, recordKeptDays } from './kept-records.ts'
import { renewSource } from './sources.ts'

let database: FreshDatabase
let db: Database
const now = new Date('2026-06-01T00:00:00Z')
const daysAgo = (days: number) => new Date(now.getTime() - days * 24 * 3_600_000)

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test', max: 2 })
})
afterAll(async () => {
  await db.end()
  await database.drop()
})

/** n records, the first `applied` of them applied; of that age. */
async function source(n: number, applied: number, days: number, closed = true): Promise<number> {
  const [row] = await db.query<{ id: number }>(sql`
    insert into inbox_sources (process, started_at, watermark, closed_at, applied)
    values ('p', ${daysAgo(days)}, ${applied}, ${closed ? now : null}, ${closed && applied === n}) returning id`)
  const { id } = row!
  await db.run(sql`insert into inbox (source, seq, kind, at, body)
    select ${id}::bigint, g, 'receipt', ${daysAgo(days)}::timestamptz, '{"number": "46701234567"}' from generate_series(1, ${n}) g`)
  return id
}

const left = async (id: number) =>
  (await db.query<{ n: number }>(sql`select count(*)::int as n from inbox where source = ${id}`))[0]?.n

test('what is applied and old goes; what is young, or not applied however old, stays', async () => {
  const [old, behind, young] = [await source(10, 10, 31), await source(10, 4, 400), await source(10, 10, 29)]
  expect(await forgetApplied(db, now)).toBe(14)
  expect([await left(old), await left(behind), await left(young)]).toEqual([0, 6, 10])
  expect(recordKeptDays).toBe(30)
})

test('an empty source is left for good, until something is appended to it again', async () => {
  const id = await source(3, 3, 31)
  await forgetApplied(db, now)
  const emptied = async () =>
    (await db.query<{ emptied: boolean }>(sql`select emptied from inbox_sources where id = ${id}`))[0]?.emptied
  expect(await emptied()).toBe(true)
  const client = await db.connect()
  await renewSource(client, id)
  client.release()
  expect(await emptied()).toBe(false)
})

test('a round reads what it deletes, however many records and ended processes there are', async () => {
  const reads = async () => {
    await source(500, 500, 31)
    await db.run(sql`analyze inbox`)
    await db.run(sql`analyze inbox_sources`)
    const before = await touched()
    await forgetApplied(db, now)
    return (await touched()) - before
  }
  const touched = async () => {
    await db.query(sql`select pg_stat_force_next_flush()`)
    const [row] = await db.query<{ n: number }>(sql`
      select (sum(seq_tup_read) + sum(idx_tup_fetch))::int as n from pg_stat_user_tables where relname in ('inbox', 'inbox_sources')`)
    return row!.n
  }
  const few = await reads()
  await source(20_000, 20_000, 1)
  await db.run(sql`insert into inbox_sources (process, started_at, closed_at, applied, emptied)
    select 'p', ${daysAgo(90)}, ${now}, true, true from generate_series(1, 5000)`)
  expect(await reads()).toBeLessThan(few * 3 + 1000)
})
