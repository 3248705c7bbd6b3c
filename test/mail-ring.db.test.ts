/**
 * The ring of an e-mail, with real parts only: an activity, the worker, SMTP to the mail server of the simulator, its people and its reports, the
 * receiver of returned e-mails, the web process that they visit, and the figures of it.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createActivity } from '../server/activities/draft.ts'
import { scheduleActivity } from '../server/activities/schedule.ts'
import { addGateway } from '../server/gateways/gateways.ts'
import { type MailSimulator, startMailSimulator } from '../server/gateways/simulator/mail-simulator.ts'
import { readConfig } from '../server/platform/config.ts'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { ensureInstallation } from '../server/platform/installation/installation.ts'
import { createLog } from '../server/platform/log.ts'
import type { Running } from '../server/supervisor/child.ts'
import { verify } from '../server/verify/verify.ts'
import { runWeb } from '../server/web.ts'
import { runWorker, type Worker } from '../server/worker.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { testKeys } from './keys.ts'
import { makePeople, type Sending } from './people.ts'
import { freePort, temporaryFolder, until } from './processes.ts'

const kinds = [
  'no-such-user',
  'full',
  'greylisted',
  'returned',
  'complains',
  'unsubscribes',
  'clicks',
  'david',
] as const
const place = temporaryFolder('mail-ring')
let database: FreshDatabase
let db: Database
let sending: Sending
let simulator: MailSimulator
let worker: Worker
let web: Running
let gateway: number

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test', max: 3 })
  await ensureInstallation(db, { identity: 'test', now: new Date() })
  const [port, mailPort] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${port}`
  const config = readConfig({
    HOMING_DATA: place.path,
    HOMING_PORT: String(port),
    HOMING_HOST: '127.0.0.1',
    HOMING_URL: url,
    HOMING_MAIL_PORT: String(mailPort),
  })
  const people = await makePeople(db, kinds.length)
  sending = { ...people, context: { ...people.context, url, linkUrl: url } }
  const { workspaceId, now } = sending.context
  // The range of the codes is drawn for the highest id.
  await db.query(sql`select setval('profile_ids', ${kinds.length})`)
  for (const [i, kind] of kinds.entries()) {
    await db.run(
      sql`update profiles set email = ${`${kind}@example.net`}, email_valid = true where profile_id = ${i + 1}`,
    )
    await db.run(
      sql`insert into profile_keys (value, workspace_id, kind, profile_id) values (${`${kind}@example.net`}, ${workspaceId}, 'email', ${i + 1})`,
    )
    await db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
      values (${i + 1}, ${i + 1}, ${workspaceId}, ${sending.topicId}, 'email', ${now}, true)`)
  }
  simulator = await startMailSimulator({ port: 0, reportPort: mailPort, delayMs: [0, 5] })
  const log = createLog({ part: 'test', level: 'silent' })
  const { connection } = database
  web = await runWeb({ config, connection, keys: testKeys, log })
  worker = await runWorker({ connection, dataFolder: place.path, url, linkUrl: url, keys: testKeys, log })
  const settings = {
    ...{ host: '127.0.0.1', port: simulator.port, security: 'none', password: '' },
    ...{ bounceDomain: 'bounce.example.com', perConnection: 200, dkimSelector: 'homing1', dkimDomain: 'shop.example' },
  }
  gateway = (await addGateway(db, testKeys, { workspaceId, name: 'Mail', actor: 'test', kind: 'smtp', settings }, now))
    .id
})
afterAll(async () => {
  await worker?.stop()
  await web?.stop('requested')
  await simulator?.close()
  await db?.end()
  await database?.drop()
  place.remove()
})

test('each address has the outcome that its server and its people gave it, and every sum is what the facts say', async () => {
  const { context, topicId } = sending
  const { id } = await createActivity(db, context, {
    name: 'Autumn',
    content: {
      ...{ channel: 'email', sender: 'news@shop.example', fromName: 'Shop', subject: 'Hi', preheader: '' },
      body: { v: 1, blocks: [{ kind: 'text', text: 'Hi, [look](https://shop.example/a)' }] },
      footer: { address: 'Shop AB, Umeå', label: '' },
    },
    sendTo: { topics: [topicId], duplicates: 'one_per_address' },
    gatewayId: gateway,
    quietHours: false,
  })
  await scheduleActivity(db, context, id, { sendAt: null })
  const state = async () => {
    const rows = await db.query<{
      address: string
      status: string
      code: string | null
      left: boolean
      clicked: boolean
    }>(
      sql`select address, status, code, unsubscribed_at is not null as left, first_visit_at is not null as clicked from messages
        where activity_id = ${id} order by profile_id`,
    )
    return Object.fromEntries(rows.map(({ address, ...row }) => [address.split('@')[0], row]))
  }
  const delivered = { status: 'delivered', code: null, left: false, clicked: false }
  const wanted = {
    'no-such-user': { ...delivered, status: 'bounced_hard', code: 'smtp:5.1.1' },
    full: { ...delivered, status: 'bounced_soft_retrying', code: 'smtp:4.2.2' },
    greylisted: { ...delivered, status: 'bounced_soft_retrying', code: 'smtp:4.7.1' },
    returned: { ...delivered, status: 'bounced_hard', code: 'smtp:5.1.1' },
    complains: { ...delivered, left: true },
    unsubscribes: { ...delivered, left: true },
    clicks: { ...delivered, clicked: true },
    david: delivered,
  }
  await until('all of it has come', async () => JSON.stringify(await state()) === JSON.stringify(wanted), {
    seen: state,
    timeoutMs: 40_000,
  })
  const [sums] = await db.query<{ n: number }>(
    sql`select sum(n)::int as n from tallies where activity_id = ${id} and figure in ('delivered', 'bounced_hard', 'bounced_soft_retrying')`,
  )
  expect(sums?.n).toBe(kinds.length)
  expect((await verify(db, { activityId: id })).differences).toEqual([])
})
