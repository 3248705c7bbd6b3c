/**
 * A test SMS through the real worker and the real simulator: it arrives once, its receipt settles it, a worker that is killed
 * on the way sends nothing twice, and no figure ever knows of it.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureTopic } from '../server/access/topics.ts'
import { createWorkspace } from '../server/access/workspaces.ts'
import { createActivity } from '../server/activities/draft.ts'
import { listActivities } from '../server/activities/list-activities.ts'
import { askTestSms, readTestSms } from '../server/activities/test-sms.ts'
import { addGateway } from '../server/gateways/gateways.ts'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { identityOf } from '../server/platform/installation/evidence.ts'
import { ensureInstallation } from '../server/platform/installation/installation.ts'
import { optOut } from '../server/suppression/opt-out.ts'
import { verify } from '../server/verify/verify.ts'
import { lock } from './crash-campaign.ts'
import { openWire, type Wire } from './crash-wire.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { testKeys } from './keys.ts'
import { type Child, countsOf, type Env, freePort, killAll, startProcess, temporaryFolder, until } from './processes.ts'

/** Two parts, so that a receipt for each is needed. */
const body =
  'Hi ##first_name|there##! The autumn collection has come to our stores: https://example.com/autumn Directions: https://example.com/stores No more of these: ##unsubscribe##'
const parts = 2

let place: ReturnType<typeof temporaryFolder>
let database: FreshDatabase
let db: Database
let env: Env
let wire: Wire
let worker: Child
let workspaceId: number
let gatewayId: number
let topicId: number
let draft: number

beforeAll(async () => {
  place = temporaryFolder('test-sms')
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test', max: 2 })
  const port = await freePort()
  env = {
    DATABASE_URL: database.connectionString,
    HOMING_DATA: place.path,
    HOMING_PORT: String(port),
    HOMING_LINK_URL: `http://127.0.0.1:${port}`,
    HOMING_SIMULATOR_LINK_ORIGINS: `http://127.0.0.1:${port}`,
    HOMING_SIMULATOR_SHARES:
      'softThenDelivered=0,softForever=0,hard=0,silent=0,late=0,duplicate=0,click=1,scan=0,optOut=0',
  }
  await ensureInstallation(db, {
    identity: await identityOf(db),
    now: new Date(),
  })
  const simulator = await startProcess(['simulator', '--folder', folder(), '--seed', '3'], env)
  wire = await openWire(Number(simulator.info.port), 0)
  const now = new Date()
  workspaceId = (await createWorkspace(db, { name: 'Shop', owner: null, actor: 'test' }, now)).id
  topicId = (await ensureTopic(db, workspaceId, 'Offers', now)).id
  const address = {
    kind: 'smpp',
    settings: { host: '127.0.0.1', port: wire.port, systemId: 'homing', password: 'homing' },
  }
  gatewayId = (await addGateway(db, testKeys, { ...address, workspaceId, name: 'sim', actor: 'test' }, now)).id
  const sendTo = { topics: [topicId], duplicates: 'one_per_address' as const }
  draft = (
    await createActivity(db, context(), {
      name: 'Autumn',
      content: { channel: 'sms', sender: 'Shop', body },
      sendTo,
      gatewayId,
    })
  ).id
  await startProcess(['web'], env)
  worker = await startProcess(['worker'], env)
})
afterAll(async () => {
  await killAll()
  await wire.close()
  await db.end()
  await database.drop()
  place.remove()
})

const folder = () => join(place.path, 'simulator')
const context = () => ({
  workspaceId,
  actor: 'test',
  url: env.HOMING_LINK_URL!,
  linkUrl: env.HOMING_LINK_URL!,
  now: new Date(),
})
const ask = (to: string) => askTestSms(db, context(), draft, { to, country: 'SE', rate: 1 })
const look = (id: number) => readTestSms(db, workspaceId, draft, id)
const becomes = (id: number, state: string) =>
  until(`test ${id} is ${state}`, async () => (await look(id)).state === state, { seen: () => look(id) })
const submits = () => countsOf(folder())?.submits ?? 0
const attempts = async (id: number) =>
  (await db.query<{ n: number }>(sql`select count(*) as n from attempts where activity_id = ${id}`))[0]!.n

/** What must not know of a test, and what must. */
async function nothingCounted(tests: number, charged: number): Promise<void> {
  const [row] =
    await db.query(sql`select (select count(*) from messages where profile_id <> 0) as messages, (select count(*) from tallies where activity_id = ${draft}) as tallies,
      (select count(*) from clicks) as clicks, (select count(*) from ledger where activity_id = ${draft} or kind = 'reserve') as ledger,
      (select count(*) from outbox) as outbox, (select count(*) from waiting where settled is null) as waiting`)
  expect(row).toEqual({ messages: 0, tallies: 0, clicks: 0, ledger: 0, outbox: 0, waiting: 0 })
  for (const tab of ['drafts', 'sent'] as const)
    expect((await listActivities(db, workspaceId, { tab })).items.map(({ id }) => id)).toEqual(
      tab === 'drafts' ? [draft] : [],
    )
  await until('each is charged once', async () => {
    const rows = await db.query<{ credits: string }>(sql`select credits from ledger where kind = 'charge' order by id`)
    expect(rows.length).toBeLessThanOrEqual(charged)
    return rows.length === charged && rows.every(({ credits }) => credits === '-2.0000')
  })
  expect(await verify(db)).toEqual({ checked: tests, toJudge: 0, differences: [] })
}

test('it arrives once, its receipts settle it, the click on it counts nowhere', async () => {
  const asked = await ask('070 174 06 05')
  expect(asked).toMatchObject({ state: 'waiting', parts, credits: '2.0000' })
  await becomes(asked.id, 'delivered')
  await until(
    'its reader has clicked',
    () => (countsOf(folder())?.clicks ?? 0) > 0 && countsOf(folder())?.visitsOpen === 0,
  )
  expect(countsOf(folder())).toMatchObject({ submits: parts, accepted: 1, delivered: 1, deadLinks: 0, unsubscribed: 0 })
  expect(await attempts(asked.id)).toBe(1)
  await nothingCounted(1, 1)
})

test('a worker that is killed before it writes leaves it to the next one, which sends it once', async () => {
  const before = submits()
  await worker.stop()
  const { id } = await ask('070 174 06 06')
  // The check whether it may still be sent comes between the intent and the socket.
  const held = await lock(database.connectionString, 'lock table suppressions in access exclusive mode')
  worker = await startProcess(['worker'], env)
  await until('the intent is there', async () => (await attempts(id)) === 1)
  await worker.kill()
  await held.release()
  worker = await startProcess(['worker'], env)
  await becomes(id, 'delivered')
  expect([await attempts(id), submits() - before]).toEqual([2, parts])
}, 300_000)

test('a worker that is killed between the write and the answer leaves it unknown: not sent twice, settled by its receipts', async () => {
  const before = submits()
  await until('the gateway is connected', async () => {
    const [session] = await db.query<{ state: string }>(
      sql`select state from gateway_sessions where ended_at is null order by id desc limit 1`,
    )
    return session?.state === 'bound'
  })
  wire.withhold()
  const { id } = await ask('070 174 06 07')
  await until('the gateway has it', () => submits() - before === parts)
  await worker.kill()
  wire.release()
  worker = await startProcess(['worker'], env)
  await becomes(id, 'unknown')
  await until('its receipts have come and match nothing yet', async () => {
    const [row] = await db.query<{ n: number }>(sql`select count(*) as n from waiting where settled is null`)
    return row?.n === parts
  })
  // As if half a minute had passed.
  await db.run(sql`update waiting set tries = greatest(tries, 3), next_try_at = ${new Date()} where settled is null`)
  await becomes(id, 'delivered')
  expect([await attempts(id), submits() - before]).toEqual([1, parts])
  await nothingCounted(3, 3)
}, 300_000)

test('who opts out after it was asked for gets none', async () => {
  const before = submits()
  await worker.stop()
  const phone = '+46701740608'
  const { id } = await ask(phone)
  await optOut(db, {
    workspaceId,
    channel: 'sms',
    address: phone,
    topicIds: [topicId],
    source: 'keyword',
    evidence: {},
    now: new Date(),
  })
  worker = await startProcess(['worker'], env)
  await becomes(id, 'not_sent')
  expect(await look(id)).toMatchObject({ reason: 'opted_out' })
  expect(submits()).toBe(before)
  await nothingCounted(4, 3)
}, 300_000)
