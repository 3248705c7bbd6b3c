/**
 * Two workers, one bind: a worker whose lease has ended sends nothing, even if it cannot learn of that. Real processes, and a gateway
 * that counts the SMS per number. First the renewals of one worker hang while its other work continues, and its checks are slow. Then
 * the other worker is paused (SIGSTOP) for longer than its lease. Then the power is cut.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { ensureInstallation } from '../server/platform/installation/installation.ts'
import { Journal } from '../server/sending/journal.ts'
import { verify } from '../server/verify/verify.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { type DatabaseWire, openDatabaseWire } from './database-wire.ts'
import { addSmsc, makePeople, sendToAll } from './people.ts'
import { type Child, killAll, startProcess, temporaryFolder, until } from './processes.ts'
import { type Smsc, startSmsc } from './smsc.ts'

const people = 1500
const window = 10

let database: FreshDatabase
let db: Database
let wire: DatabaseWire
let smsc: Smsc
let answerMs = 300
/** One journal folder for both workers. Each trusts the other's journal, and sends again what is missing there. */
const place = temporaryFolder('lease')
const workers: Child[] = []

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test', max: 3 })
  wire = await openDatabaseWire(database.connectionString)
  smsc = await startSmsc({ react: () => ({ answer: { afterMs: answerMs } }) })
  await ensureInstallation(db, { identity: 'test', now: new Date() })
  const sending = await makePeople(db, people)
  await sendToAll(db, sending, await addSmsc(db, sending, 'Operator', smsc.port, window))
}, 300_000)
afterAll(async () => {
  await killAll()
  await wire.close()
  await smsc.close()
  await db.end()
  await database.drop()
  place.remove()
})

const start = async (index: 0 | 1, connectionString: string) => {
  const env = {
    HOMING_DATA: place.path,
    HOMING_CONNECTION: connectionString,
    HOMING_LINK_URL: 'http://127.0.0.1:9',
  }
  workers[index] = await startProcess(['worker'], env)
}
/** The pid of the worker that holds the bind. */
const holder = async () => {
  const [row] = await db.query<{ process: string }>(
    sql`select process from gateway_sessions where ended_at is null and state = 'bound'`,
  )
  return Number(row?.process.split(':').at(-1))
}
const holds = (index: 0 | 1) =>
  until(`worker ${index} holds the bind`, async () => (await holder()) === workers[index]!.pid, {
    timeoutMs: 40_000,
    seen: async () => ({ sessions: await db.query(sql`select * from gateway_sessions`), log: workers[index]!.log() }),
  })
const continues = () => {
  const before = smsc.submitted.length
  return until('sending continues', () => smsc.submitted.length > before + 2 * window)
}
const twice = () => smsc.submitted.filter(({ nth }) => nth > 1).map(({ nth, bind }) => ({ nth, bind }))

test('a worker whose renewals hang stops in time, and the other one takes over', async () => {
  await start(0, wire.connectionString)
  await holds(0)
  await start(1, database.connectionString)
  await continues()
  wire.hang('lease-keep')
  await until('the lease is about to end', async () => {
    const [row] = await db.query<{ left: number }>(
      sql`select extract(epoch from lease_until - clock_timestamp())::float8 as left from gateway_sessions where ended_at is null`,
    )
    return row!.left < 0.8
  })
  // The session that claims now checks it after the other one has settled it, in time for a check.
  wire.slow('claim-check', 4500)
  await holds(1)
  await continues()
  expect(twice()).toEqual([])
}, 300_000)

test('a worker that was paused for longer than its lease writes nothing when it resumes', async () => {
  // The first one learns that its lease was lost, and waits for the bind.
  wire.release()
  await until('the first worker is rid of its bind', () => smsc.binds.filter(({ open }) => open).length === 1)
  process.kill(workers[1]!.pid, 'SIGSTOP')
  try {
    await holds(0)
    await continues()
  } finally {
    process.kill(workers[1]!.pid, 'SIGCONT')
  }
  await continues()
  expect(twice()).toEqual([])
}, 300_000)

test('after a power cut, whose journal lacks its last lines, nothing is sent again', async () => {
  answerMs = 5000
  const unanswered = sql`select s.id, s.journal as mark from attempts a join gateway_sessions s on s.id = a.session_id
    where not exists (select from answers b where b.bucket = a.bucket and b.activity_id = a.activity_id and b.profile_id = a.profile_id and b.n = a.n)`
  const [last] = await until('a window waits for its answers', async () => {
    const rows = await db.query<{ id: number; mark: string }>(unanswered)
    return rows.length >= window && rows
  })
  await Promise.all(workers.map(worker => worker.kill()))
  // As the disk has it then: the file of the right session, whole, and of a boot that was before.
  new Journal(join(place.path, 'journal'), { sessionId: last!.id, mark: last!.mark, boot: 'the boot before' }).close()
  await db.run(
    sql`update gateway_sessions set boot = 'the boot before', lease_until = clock_timestamp() - interval '1 minute' where ended_at is null`,
  )
  answerMs = 0
  for (const index of [0, 1] as const) await start(index, database.connectionString)
  await until(
    'everything is submitted and answered',
    async () => {
      const [row] = await db.query<{ open: number }>(sql`select count(*) as open from messages where status = 'queued'`)
      return row?.open === 0
    },
    { timeoutMs: 60_000 },
  )
  expect(twice()).toEqual([])
  const numbers = new Set(smsc.submitted.map(({ to }) => to))
  const [unsent] = await db.query<{ n: number }>(sql`select count(*) as n from answers where outcome = 'unknown'`)
  // What was on its way when a session was given up is unknown: at most two windows each.
  expect(people - numbers.size).toBeLessThanOrEqual(unsent!.n)
  expect(unsent!.n).toBeGreaterThanOrEqual(window)
  expect(unsent!.n).toBeLessThanOrEqual(6 * window)
  for (const worker of workers) expect(await worker.stop()).toBe(0)
  expect((await verify(db)).differences).toEqual([])
}, 300_000)
