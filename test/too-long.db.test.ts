/** At the gateway: a text that has too many parts when its turn comes is not sent, not even in part, and keeps no other back. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureTopic } from '../server/access/topics.ts'
import { createWorkspace } from '../server/access/workspaces.ts'
import { createActivity, type RequestContext } from '../server/activities/draft.ts'
import { scheduleActivity } from '../server/activities/schedule.ts'
import { addGateway } from '../server/gateways/gateways.ts'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { readClock } from '../server/platform/installation/business-clock.ts'
import { ensureInstallation } from '../server/platform/installation/installation.ts'
import { createLog } from '../server/platform/log.ts'
import { startActivity } from '../server/sending/start-due.ts'
import { verify } from '../server/verify/verify.ts'
import { runWorker } from '../server/worker.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { testKeys } from './keys.ts'
import { temporaryFolder, until } from './processes.ts'
import { type Smsc, startSmsc } from './smsc.ts'

let place: ReturnType<typeof temporaryFolder>
let database: FreshDatabase
let db: Database
let smsc: Smsc

beforeAll(async () => {
  place = temporaryFolder('too-long')
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test', max: 3 })
  await ensureInstallation(db, { identity: 'test', now: new Date() })
  smsc = await startSmsc()
})
afterAll(async () => {
  await smsc?.close()
  await db?.end()
  await database?.drop()
  place?.remove()
})

test('what an older version froze with a text of too many parts is not sent, with the reason; all others are', async () => {
  const clock = await readClock(db)
  const now = clock.now()
  const workspace = await createWorkspace(db, { name: 'Shop', owner: null, actor: 'test' }, now)
  const topic = await ensureTopic(db, workspace.id, 'Offers', now)
  await db.run(sql`insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, first_name, country, created_at, updated_at)
    select i & 255, i, ${workspace.id}::int, '+4670174060' || i, 'mobile', repeat('n', i * 4), 'SE', ${now}, ${now} from generate_series(1, 9) i`)
  await db.run(sql`select setval('profile_ids', 9)`)
  await db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
    select bucket, profile_id, workspace_id, ${topic.id}::int, 'sms', ${now}::timestamptz, true from profiles`)
  const gateway = await addGateway(
    db,
    testKeys,
    {
      workspaceId: workspace.id,
      name: 'G',
      actor: 'test',
      kind: 'smpp',
      settings: { host: '127.0.0.1', port: smsc.port, systemId: 's', password: 'p' },
    },
    now,
  )
  const context: RequestContext = {
    workspaceId: workspace.id,
    actor: 'test',
    url: 'http://x.example',
    linkUrl: 'http://x.example',
    now,
  }
  const body = `##first_name## ${'x'.repeat(572)} ##unsubscribe##`
  const sendTo = { topics: [topic.id], duplicates: 'all' as const }
  const draft = await createActivity(db, context, {
    name: 'A',
    content: { channel: 'sms' as const, sender: 'Shop', body },
    sendTo,
    gatewayId: gateway.id,
  })
  await scheduleActivity(db, context, draft.id, { sendAt: null })
  const log = createLog({ part: 'test', level: 'silent' })
  expect(await startActivity({ db, clock, log, linkUrl: context.linkUrl }, draft.id)).toMatchObject({ queued: 9 })
  // Four parts are 612 characters; seven of the names make five parts of it.
  await db.run(sql`update activity_versions set settings = settings || '{"maxParts": 4}'`)
  const worker = await runWorker({
    keys: testKeys,
    connection: database.connection,
    dataFolder: place.path,
    url: 'http://x.example',
    linkUrl: context.linkUrl,
    log,
  })
  const left = async () =>
    (await db.query<{ n: number }>(sql`select count(*) as n from messages where status = 'queued'`))[0]!.n
  await until('nothing is queued', async () => (await left()) === 0)
  await worker.stop()
  const rows = await db.query(
    sql`select status, stop_reason as reason, charged, count(*) as n from messages group by 1, 2, 3 order by 1`,
  )
  expect(rows).toEqual([
    { status: 'not_sent', reason: 'too_long', charged: false, n: 7 },
    { status: 'pending', reason: null, charged: true, n: 2 },
  ])
  expect(smsc.submitted).toHaveLength(8)
  expect(smsc.submitted.every(({ parts }) => parts === 4)).toBe(true)
  expect((await verify(db, { activityId: draft.id })).differences).toEqual([])
})
