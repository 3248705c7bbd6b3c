/**
 * A pause, a cancel and an opt-out in the middle of a send hold at once. The test's gateway records each message. Only messages
 * that were claimed before the decision may still be sent.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureTopic } from '../server/access/topics.ts'
import { createWorkspace } from '../server/access/workspaces.ts'
import { createActivity, type RequestContext } from '../server/activities/draft.ts'
import { cancelActivity, pauseActivity, resumeActivity, scheduleActivity } from '../server/activities/schedule.ts'
import { addGateway } from '../server/gateways/gateways.ts'
import { status } from '../server/gateways/smpp/pdu.ts'
import { listenSmpp, type SmppServer } from '../server/gateways/smpp/server.ts'
import { importProfiles } from '../server/imports/import.ts'
import { parseMap } from '../server/imports/mapping.ts'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { setClockRate } from '../server/platform/installation/business-clock.ts'
import { ensureInstallation } from '../server/platform/installation/installation.ts'
import { createLog } from '../server/platform/log.ts'
import { getReport } from '../server/report/overview.ts'
import { optOut } from '../server/suppression/opt-out.ts'
import { verify } from '../server/verify/verify.ts'
import { runWorker, type Worker } from '../server/worker.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { testKeys } from './keys.ts'
import { temporaryFolder, until } from './processes.ts'

const profiles = 1500
const window = 20
const answerMs = 50
const leavingAtOnce = 50

let place: ReturnType<typeof temporaryFolder>
let database: FreshDatabase
let db: Database
let gateway: SmppServer<never>
let worker: Worker
let context: RequestContext
let topicId = 0
let gatewayId = 0
/** every submit, in order: the number */
let submits: string[] = []

beforeAll(async () => {
  place = temporaryFolder('decisions')
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test', max: 3 })
  await ensureInstallation(db, { identity: 'test', now: new Date() })
  const now = (await setClockRate(db, 1200)).now()
  let ids = 0
  gateway = await listenSmpp<never>({
    handlers: {
      bind: () => status.ok,
      submitted(session, messages) {
        for (const message of messages) submits.push(message.dest)
        setTimeout(() => {
          // every tenth gets a soft bounce, so it will be due again
          for (const { sequence, dest } of messages)
            if (Number(dest) % 10 === 5) session.answer(sequence, status.temporaryAppError, '')
            else session.answer(sequence, status.ok, `id${++ids}`)
        }, answerMs)
      },
    },
  })
  const workspace = await createWorkspace(db, { name: 'Shop', owner: null, actor: 'test' }, now)
  const path = join(place.path, 'list.csv')
  const rows = Array.from({ length: profiles }, (_, i) => `C${i},+4670${2_000_000 + i},yes`)
  writeFileSync(path, `key,mobile,consent\n${rows.join('\n')}\n`)
  await importProfiles(db, {
    workspaceId: workspace.id,
    path,
    fileName: 'list.csv',
    importId: null,
    country: 'SE',
    map: parseMap('external_key=key,phone=mobile,sms_consent=consent'),
    topicName: 'Offers',
    mode: 'both',
    now,
    rejectedPath: null,
  })
  topicId = (await ensureTopic(db, workspace.id, 'Offers', now)).id
  const added = await addGateway(
    db,
    testKeys,
    {
      workspaceId: workspace.id,
      name: 'test',
      actor: 'test',
      kind: 'smpp',
      settings: { host: '127.0.0.1', port: gateway.port, systemId: 's', password: 'p' },
      window,
    },
    now,
  )
  gatewayId = added.id
  context = { workspaceId: workspace.id, actor: 'test', url: 'http://127.0.0.1:9', linkUrl: 'http://127.0.0.1:9', now }
  worker = await runWorker({
    keys: testKeys,
    connection: database.connection,
    dataFolder: place.path,
    url: 'http://127.0.0.1:9',
    linkUrl: context.linkUrl,
    log: createLog({ part: 'test', level: 'silent' }),
  })
})
afterAll(async () => {
  await worker?.stop()
  await gateway?.close()
  await db?.end()
  await database?.drop()
  place?.remove()
})

test('a paused activity submits the claimed messages, then nothing, and continues when it is resumed', async () => {
  const id = await begin('Paused')
  await until('a part of it is sent', () => submits.length > 100)
  await pauseActivity(db, context, id)
  const claimed = await attemptsOf(id)
  await until('what was claimed is answered', async () => (await unansweredOf(id)) === 0)
  expect(submits.length).toBeLessThan(profiles)
  const left = submits.length
  // Due retries are there, and the worker has looked for work many times since: it gives a sign of life each second.
  await signs(2)
  expect(submits.length).toBe(left)
  expect(await attemptsOf(id)).toBe(claimed)
  await resumeActivity(db, context, id)
  await until('all of it is sent', () => new Set(submits).size === profiles)
  await cancelActivity(db, context, id)
  await until('it has come to rest', async () => (await figuresOf(id)).bouncedSoftRetrying === 0)
})

test('a cancelled activity submits only the messages claimed before; the rest are not sent, with the reason', async () => {
  const id = await begin('Cancelled')
  await until('a part of it is sent', () => submits.length > 100)
  await cancelActivity(db, context, id)
  const claimed = await attemptsOf(id)
  await until('the rest is stopped', async () => (await figuresOf(id)).queued === 0 && (await unansweredOf(id)) === 0)
  await signs(2)
  const { figures, notSentReasons, state } = (await getReport(db, context.workspaceId, id, context.now))!
  expect(state).toBe('cancelled')
  expect(await attemptsOf(id)).toBe(claimed)
  expect(new Set(submits).size).toBe(figures.sent)
  expect(submits.length).toBeLessThanOrEqual(claimed)
  expect(figures.notSent).toBe(profiles - figures.sent)
  expect(notSentReasons).toEqual({ cancelled: figures.notSent })
  expect(figures.sent).toBeLessThan(profiles)
})

test('after an acknowledged opt-out a person gets only messages that were handed over before', async () => {
  const id = await begin('Opted out')
  await until('a part of it is sent', () => submits.length > 100)
  // In the order of the walk and against it: some have it, some are due again, some are far ahead.
  const people = await db.query<{ phone: string }>(
    sql`select address as phone from messages where activity_id = ${id} and profile_id % 3 = 0 order by bucket desc, profile_id desc`,
  )
  const out: { phone: string; before: number }[] = []
  const leave = async (phone: string) => {
    await optOut(db, {
      workspaceId: context.workspaceId,
      channel: 'sms',
      address: phone,
      topicIds: [topicId],
      source: 'link',
      evidence: {},
      now: context.now,
    })
    const [open] = await db.query(
      sql`select from messages m join attempts a on a.bucket = m.bucket and a.activity_id = m.activity_id and a.profile_id = m.profile_id
        where m.activity_id = ${id} and m.address = ${phone} and not exists (select from answers b
          where b.bucket = a.bucket and b.activity_id = a.activity_id and b.profile_id = a.profile_id and b.n = a.n)`,
    )
    // On its way at this moment: it was claimed before it was read who has opted out, or dropped after.
    if (open === undefined) out.push({ phone, before: timesOf(phone) })
  }
  // Some at a time: each waits until no process writes what it read before.
  for (let first = 0; first < people.length; first += leavingAtOnce)
    await Promise.all(people.slice(first, first + leavingAtOnce).map(({ phone }) => leave(phone)))
  await until('nobody is queued', async () => (await figuresOf(id)).queued === 0, { timeoutMs: 60_000 })
  await until('those to be tried again have had their turn', async () => (await mostAttempts(id)) >= 3, {
    timeoutMs: 60_000,
  })
  await cancelActivity(db, context, id)
  await until(
    'it has come to rest',
    async () => (await figuresOf(id)).bouncedSoftRetrying === 0 && (await unansweredOf(id)) === 0,
  )
  expect(out.length).toBeGreaterThan(people.length / 2)
  expect(out.filter(({ phone, before }) => timesOf(phone) !== before)).toEqual([])
  // sent, with a soft bounce: without the opt-out they would be retried
  expect(out.some(({ phone, before }) => before > 0 && phone.endsWith('5'))).toBe(true)
  expect(out.some(({ before }) => before === 0)).toBe(true)
  const { figures, notSentReasons } = (await getReport(db, context.workspaceId, id, context.now))!
  expect(figures.targeted).toBe(figures.notSent + figures.sent)
  expect(notSentReasons).toEqual({ opted_out: figures.notSent })
  expect((await verify(db)).differences).toEqual([])
})

async function begin(name: string): Promise<number> {
  submits = []
  const { id } = await createActivity(db, context, {
    name,
    content: { channel: 'sms', sender: 'Shop', body: 'Hi! Stop: ##unsubscribe##' },
    sendTo: { topics: [topicId], duplicates: 'one_per_address' },
    gatewayId,
    quietHours: false,
  })
  await scheduleActivity(db, context, id, { sendAt: null })
  return id
}

const timesOf = (phone: string) => submits.filter(number => `+${number}` === phone).length
const figuresOf = async (id: number) => (await getReport(db, context.workspaceId, id, context.now))!.figures

async function count(statement: ReturnType<typeof sql>): Promise<number> {
  const [row] = await db.query<{ n: number }>(statement)
  return row!.n
}
const attemptsOf = (id: number) => count(sql`select count(*) as n from attempts where activity_id = ${id}`)
const mostAttempts = (id: number) =>
  count(sql`select coalesce(max(n), 0)::int as n from attempts where activity_id = ${id}`)
const unansweredOf = (id: number) =>
  count(sql`select count(*) as n from attempts a where a.activity_id = ${id} and not exists (select from answers b
    where b.bucket = a.bucket and b.activity_id = a.activity_id and b.profile_id = a.profile_id and b.n = a.n)`)

/** Waits for n heartbeats of the session. It has looked for work between them. */
async function signs(n: number): Promise<void> {
  const lease = () =>
    count(sql`select extract(epoch from lease_until)::float8 as n from gateway_sessions where ended_at is null`)
  for (let i = 0; i < n; i++) {
    const before = await lease()
    await until('a heartbeat', async () => (await lease()) > before)
  }
}
