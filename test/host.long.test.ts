/**
 * The host of the database hangs silently in the middle of a send of the real worker, and is power-cycled. Nobody gets an SMS twice,
 * everybody gets one or is shown as unknown, sending continues within a bounded time, and verify finds nothing.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { monotonicMs } from '../server/platform/clock.ts'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { ensureInstallation } from '../server/platform/installation/installation.ts'
import { verify } from '../server/verify/verify.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { type DatabaseHost, openDatabaseHost } from './database-host.ts'
import { addSmsc, makePeople, sendToAll } from './people.ts'
import { type Child, killAll, startProcess, temporaryFolder, until } from './processes.ts'
import { type Smsc, startSmsc } from './smsc.ts'

const people = 3000
const window = 10
/** From the moment in which the host is back: what waits is asked after within 10 s, the session is taken again after its lease. */
const recoveredMs = 60_000

let database: FreshDatabase
let db: Database
let host: DatabaseHost
let smsc: Smsc
let worker: Child
const place = temporaryFolder('host')

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test', max: 3 })
  host = await openDatabaseHost(database.connectionString)
  smsc = await startSmsc({ react: () => ({ answer: { afterMs: 100 } }) })
  await ensureInstallation(db, { identity: 'test', now: new Date() })
  const sending = await makePeople(db, people)
  await sendToAll(db, sending, await addSmsc(db, sending, 'Operator', smsc.port, window))
  worker = await startProcess(['worker'], {
    HOMING_DATA: place.path,
    HOMING_CONNECTION: host.connectionString,
    HOMING_LINK_URL: 'http://127.0.0.1:9',
  })
}, 60_000)
afterAll(async () => {
  await killAll()
  await host.close()
  await smsc.close()
  await db.end()
  await database.drop()
  place.remove()
})

async function keepsWorking(): Promise<void> {
  const before = smsc.submitted.length
  await until('sending continues', () => smsc.submitted.length > before + 2 * window, {
    timeoutMs: recoveredMs,
    seen: () => ({ submitted: smsc.submitted.length, log: worker.log().slice(-2000) }),
  })
}

test.each([5_000, 40_000])('the host hangs for %i ms and is another one then', async ms => {
  await keepsWorking()
  const began = monotonicMs()
  host.hang()
  await until('the pause is over', () => monotonicMs() - began >= ms, { timeoutMs: 60_000 })
  host.powerCycle()
  await keepsWorking()
})

test('so it does when the host hangs and resumes', async () => {
  host.hang()
  const began = monotonicMs()
  await until('the pause is over', () => monotonicMs() - began >= 30_000, { timeoutMs: 60_000 })
  host.proceed()
  await keepsWorking()
})

test('everything that can be sent is, nobody twice, and verify finds nothing', async () => {
  const left = async () =>
    (await db.query<{ n: number }>(sql`select count(*) as n from messages where status = 'queued'`))[0]?.n
  await until('all sent', async () => (await left()) === 0, { timeoutMs: 180_000, seen: left })
  expect(await worker.stop(), worker.log()).toBe(0)
  const times = Map.groupBy(smsc.submitted, sms => sms.to)
  expect([...times].filter(([, sms]) => sms.length > 1).map(([to]) => to)).toEqual([])
  expect((await verify(db, {})).differences).toEqual([])
})
