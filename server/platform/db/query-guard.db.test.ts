import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/database.ts'
import { type DatabaseHost, openDatabaseHost } from '../../../test/database-host.ts'
import { monotonicMs } from '../clock.ts'
import { type Database, openDatabase } from './database.ts'
import { openGuarded } from './query-guard.ts'
import { sql } from './sql.ts'

const guardTimes = { lookMs: 50, silentMs: 300, askMs: 300, unreachableMs: 600 }
let fresh: FreshDatabase
let host: DatabaseHost
let db: Database

beforeAll(async () => {
  fresh = await freshDatabase({ template: false })
})
afterAll(() => fresh.drop())
beforeEach(async () => {
  host = await openDatabaseHost(fresh.connectionString)
  db = openDatabase({ connection: { connectionString: host.connectionString }, lane: 'test', max: 2, guardTimes })
})
afterEach(async () => {
  await db.end()
  await host.close()
})

const one = () => db.query<{ one: number }>(sql`select 1 as one`)
const sleep = (seconds: number) => db.query(sql`select pg_sleep(${seconds})`)

test('a statement fails when its server hangs, and another is answered when the server is back', async () => {
  await one()
  host.hang()
  await expect(sleep(0)).rejects.toThrow(/does not answer/)
  host.proceed()
  expect(await one()).toEqual([{ one: 1 }])
})

test('a statement fails when its server lost its power and is back as a new one, long before it would have ended', async () => {
  const began = monotonicMs()
  const asked = sleep(60).catch((error: Error) => error.message)
  const atWork = sql`select from pg_stat_activity where query like '%pg_sleep(%' and state = 'active' and pid <> pg_backend_pid()`
  await expect.poll(() => db.query(atWork), { timeout: 10_000 }).toHaveLength(1)
  host.powerCycle()
  expect(await asked).toMatch(/knows nothing of it/)
  expect(monotonicMs() - began).toBeLessThan(20_000)
  // A dead idle connection is detected at its next use, and the caller retries.
  await expect.poll(() => one().catch(() => [])).toEqual([{ one: 1 }])
})

test('a connection that hangs right after it was made is given up', async () => {
  await db.end()
  const connection = { connectionString: host.connectionString, connectionTimeoutMillis: 1_000 }
  db = openDatabase({ connection, lane: 'test', guardTimes })
  host.loseAnswers(/pg_stat_activity/)
  const asked = one().catch((error: Error) => error.message)
  await expect.poll(() => host.lost(), { timeout: 10_000 }).toBeGreaterThan(0)
  expect(await asked).toMatch(/first question was not answered/)
})

test('a transaction whose answer was lost fails, and gives back its connection', async () => {
  await expect(
    db.tx(async tx => {
      await tx.query(sql`select 1`)
      host.loseAnswers()
      await tx.query(sql`select 2`)
    }),
  ).rejects.toThrow(/answer of the server was lost/)
  expect(await Promise.all([one(), one(), one()])).toHaveLength(3)
})

test('a statement that takes long, and a connection that is held and asks nothing, are left alone', async () => {
  const client = await db.connect()
  await sleep(1.5)
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  client.release()
})

test('a hang that is short does no harm', async () => {
  await one()
  host.hang()
  const asked = one()
  setTimeout(() => host.proceed(), 400)
  expect(await asked).toEqual([{ one: 1 }])
})

test('a pool closes although its server hangs', async () => {
  await one()
  host.hang()
  await db.end()
  db = openDatabase({ connection: { connectionString: host.connectionString }, lane: 'test', guardTimes })
})

test('a refused statement keeps its connection', async () => {
  const pid = async () => (await db.query<{ pid: number }>(sql`select pg_backend_pid() as pid`))[0]?.pid
  const before = await pid()
  await expect(db.query(sql`select 1 / 0`)).rejects.toMatchObject({ code: '22012' })
  expect(await pid()).toBe(before)
})

test('a connection outside of the pools is watched, too', async () => {
  const { client, end } = await openGuarded({ connectionString: host.connectionString }, guardTimes)
  const asked = client.query('select pg_sleep(60)').catch((error: Error) => error.message)
  host.powerCycle()
  expect(await asked).toMatch(/knows nothing of it/)
  await end()
})

test('the server ends what a client holds that is gone or frozen, sooner where it sends', async () => {
  const sending = openDatabase({ connection: fresh.connection, lane: 'sending' })
  const [set] = await sending.query(sql`
    select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
      current_setting('idle_in_transaction_session_timeout') as idle`)
  expect(set).toEqual({ statement: '1min', lock: '20s', idle: '10s' })
  await sending.end()
  const [keepalive] = await db.query(sql`select current_setting('tcp_keepalives_idle') as idle`)
  expect(keepalive).toMatchObject({ idle: expect.stringMatching(/^(10|0)$/) })
})
