/**
 * Strangers and neighbours never wait for the changes of one workspace: a real web process, in which hundreds of changes of one workspace
 * wait for what somebody else holds. All answers are read while it is held.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApiKey } from '../server/access/keys.ts'
import { signInLink } from '../server/access/links.ts'
import { ensureTopic } from '../server/access/topics.ts'
import { createWorkspace } from '../server/access/workspaces.ts'
import { createActivity } from '../server/activities/draft.ts'
import { scheduleActivity } from '../server/activities/schedule.ts'
import { addGateway } from '../server/gateways/gateways.ts'
import type { CodeLength } from '../server/links/seal.ts'
import { makeSealer } from '../server/links/seal.ts'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { type Sql, sql } from '../server/platform/db/sql.ts'
import { readClock } from '../server/platform/installation/business-clock.ts'
import { identityOf } from '../server/platform/installation/evidence.ts'
import { ensureInstallation, readInstallation } from '../server/platform/installation/installation.ts'
import { startActivity } from '../server/sending/start-due.ts'
import { freshDatabase } from './database.ts'
import { testKeys } from './keys.ts'
import { freePort, killAll, startProcess, temporaryFolder, until } from './processes.ts'

const now = new Date()
let db: Database
let origin: string
let busy: Place
let other: Place
let unsubscribe: string
const ends: (() => unknown)[] = []

interface Place {
  id: number
  base: string
  key: string
}

beforeAll(async () => {
  const folder = temporaryFolder('lanes')
  const database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test', max: 3 })
  ends.push(killAll, () => db.end(), database.drop, folder.remove)
  await ensureInstallation(db, { identity: await identityOf(db), now })
  const web = await startProcess(['web'], {
    DATABASE_URL: database.connectionString,
    HOMING_DATA: folder.path,
    HOMING_PORT: String(await freePort()),
  })
  origin = `http://127.0.0.1:${web.info.port}`
  busy = await place('Busy')
  other = await place('Other')
  unsubscribe = await unsubscribeLink()
})
afterAll(async () => {
  for (const end of ends) await end()
})

async function place(name: string): Promise<Place> {
  const { id } = await createWorkspace(db, { name, owner: null, actor: 'test' }, now)
  const { key } = await createApiKey(db, { workspaceId: id, name: 'test', role: 'admin', actor: 'test' }, now)
  return { id, key, base: `${origin}/api/v1/workspaces/${id}` }
}

const call = (method: string, url: string, key?: string, body?: object) =>
  fetch(url, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    redirect: 'manual',
    // Far above what any answer takes, on a machine that is busy too; far below how long it is held.
    signal: AbortSignal.timeout(30_000),
  })

/** Holds it until all is seen that is to be seen. */
async function whileHeld(hold: Sql, work: () => Promise<void>): Promise<void> {
  const released = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const holding = db.tx(async tx => {
    await tx.query(hold)
    held.resolve()
    await released.promise
  })
  await held.promise
  try {
    await work()
  } finally {
    released.resolve()
    await holding
  }
}

const upsert = ({ base, key }: Place, n: number) =>
  call('POST', `${base}/profiles`, key, { profiles: [{ externalKey: `p${n}`, firstName: 'Ann' }] })

/** Ann of the busy workspace has got an SMS; her unsubscribe link. */
async function unsubscribeLink(): Promise<string> {
  const consents = [{ topic: 'News', channel: 'sms', granted: true, source: 'test' }]
  const profiles = [{ externalKey: 'ann', phone: '+46701740605', consents }]
  expect((await call('POST', `${busy.base}/profiles`, busy.key, { profiles })).status).toBe(200)
  const { id: topicId } = await ensureTopic(db, busy.id, 'News', now)
  const context = { workspaceId: busy.id, actor: 'test', url: origin, linkUrl: origin, now }
  const login = { kind: 'smpp', settings: { host: '127.0.0.1', port: 2776, systemId: 'acct', password: 'pw' } }
  const gateway = { workspaceId: busy.id, name: 'news', actor: 'test', ...login }
  const { id: gatewayId } = await addGateway(db, testKeys, gateway, now)
  const sendTo = { topics: [topicId], duplicates: 'one_per_address' as const }
  const draft = {
    name: 'News',
    content: { channel: 'sms' as const, sender: 'Shop', body: 'Hello ##unsubscribe##' },
    sendTo,
    gatewayId,
    quietHours: false,
  }
  const { id } = await createActivity(db, context, draft)
  await scheduleActivity(db, context, id, { sendAt: null })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  expect(await startActivity({ db, clock: await readClock(db), log, linkUrl: origin }, id)).toMatchObject({ queued: 1 })
  const [row] = await db.query<{ number: number; length: CodeLength }>(sql`
    select a.code_base + m.profile_id as number, a.code_length as length
    from activities a join messages m on m.activity_id = a.id where a.id = ${id}`)
  const { linkKeys } = await readInstallation(db)
  if (row === undefined) throw new Error('nothing was frozen')
  return `${origin}/${makeSealer({ k1: linkKeys[0], k2: linkKeys[1] }).seal(row.number, row.length)}`
}

/** What nobody may be kept from. */
async function allElseAnswers(): Promise<void> {
  const link = await signInLink(db, origin)
  for (const method of ['GET', 'POST'] as const) expect((await call(method, unsubscribe)).status).toBe(200)
  const answers = await Promise.all([
    call('GET', `${origin}/ready`),
    call('GET', `${origin}/health`),
    call('GET', link),
    call('POST', `${origin}/api/auth/sign-in/email`, undefined, { email: 'no@example.com', password: 'wrong-words' }),
    call('GET', `${other.base}/profiles`, other.key),
    upsert(other, 1),
    call('GET', `${busy.base}/profiles`, busy.key),
  ])
  expect(answers.map(({ status }) => status)).toEqual([200, 200, expect.any(Number), 401, 200, 200, 200])
  expect(answers[2]?.status).toBeLessThan(400)
}

test.each([8, 250])('%i changes that wait for an import of their workspace keep nobody else', async n => {
  let waiting: Promise<Response>[] = []
  await whileHeld(sql`select pg_advisory_xact_lock(7301, ${busy.id})`, async () => {
    waiting = Array.from({ length: n }, (_, i) => upsert(busy, i))
    await until('some wait for the lock', async () => {
      const rows = await db.query(sql`select from pg_locks where locktype = 'advisory' and not granted`)
      return rows.length > 0
    })
    await allElseAnswers()
    const [row] = await db.query<{ n: number }>(sql`
      select count(*) as n from pg_stat_activity where datname = current_database() and application_name like 'homing/%'`)
    expect(row?.n).toBeLessThan(40)
  })
  const answers = await Promise.all(waiting)
  const refused = answers.filter(({ status }) => status !== 200)
  // The queue of one key is shorter.
  expect(refused.length).toBeGreaterThanOrEqual(n > 100 ? n - 110 : 0)
  for (const answer of refused) {
    expect(answer.status).toBe(503)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await answer.json()).toMatchObject({
      code: 'busy',
      fix: expect.stringMatching(/Try again in \d+ seconds/),
    })
  }
  expect((await upsert(busy, 0)).status).toBe(200)
})

test('changes of every kind that wait for rows of their workspace, and for that which gives out codes, keep nobody else', async () => {
  const { id: topicId } = await ensureTopic(db, busy.id, 'Offers', now)
  const login = { kind: 'smpp', settings: { host: '127.0.0.1', port: 2775, systemId: 'acct', password: 'pw' } }
  const gateway = { workspaceId: busy.id, name: 'gate', actor: 'test', ...login }
  const { id: gatewayId } = await addGateway(db, testKeys, gateway, now)
  const context = { workspaceId: busy.id, actor: 'test', url: origin, linkUrl: origin, now }
  const draft = {
    name: 'Autumn',
    content: { channel: 'sms' as const, sender: 'Shop', body: 'Hello https://example.com/a ##unsubscribe##' },
    sendTo: { topics: [topicId], duplicates: 'one_per_address' as const },
    gatewayId,
  }
  const { id } = await createActivity(db, context, draft)
  const { id: tested } = await createActivity(db, context, draft)
  const { base, key } = busy
  const kinds = {
    settings: () => call('PATCH', `${base}/settings`, key, { maxParts: 4 }),
    edit: () => call('PATCH', `${base}/activities/${id}`, key, { revision: 1, name: 'Winter' }),
    schedule: () => call('POST', `${base}/activities/${id}/schedule`, key, {}),
    testSms: () => call('POST', `${base}/activities/${tested}/test-sms`, key, { phone: '+46701740606' }),
    gateway: () => call('PATCH', `${base}/gateways/${gatewayId}`, key, { name: 'other' }),
  }
  const waiting: Promise<Response>[] = []
  const hold = sql`with w as (select from workspaces where id = ${busy.id} for update), a as (select from activities where id = ${id} for update),
      g as (select from gateways where id = ${gatewayId} for update), i as (select from installation for update)
    select (select count(*) from w), (select count(*) from a), (select count(*) from g), (select count(*) from i)`
  await whileHeld(hold, async () => {
    for (const change of Object.values(kinds)) for (let n = 0; n < 20; n++) waiting.push(change())
    await until('some wait for a lock', async () => {
      const rows = await db.query(sql`select from pg_locks where not granted`)
      return rows.length > 0
    })
    await allElseAnswers()
  })
  const statuses = (await Promise.all(waiting)).map(({ status }) => status)
  // Each was made, refused for what another of them had made, or told that it is busy; nothing broke.
  expect(statuses.filter(status => status >= 500 && status !== 503)).toEqual([])
  for (const change of Object.values(kinds)) expect((await change()).status).toBeLessThan(500)
})

test('a change that waits is made when what it waits for is free', async () => {
  let changed: Promise<Response> | undefined
  await whileHeld(sql`select pg_advisory_xact_lock(7301, ${busy.id})`, async () => {
    changed = upsert(busy, 1_000)
    await until('it waits', async () => {
      const rows = await db.query(sql`select from pg_locks where locktype = 'advisory' and not granted`)
      return rows.length > 0
    })
  })
  expect((await changed)?.status).toBe(200)
})
