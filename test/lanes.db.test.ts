/**
 * Strangers and neighbours never wait for the changes of one workspace: a real web process, in which hundreds of changes of one workspace
 * wait for what somebody else holds. All answers are read while it is held.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApiKey } from '../server/access/keys.ts'
import { signInLink } from '../server/access/links.ts'
import { createWorkspace } from '../server/access/workspaces.ts'
import { type Database, openDatabase } from '../server/platform/db.ts'
import { identityOf } from '../server/platform/evidence.ts'
import { ensureInstallation } from '../server/platform/installation.ts'
import { type Sql, sql } from '../server/platform/sql.ts'
import { freshDatabase } from './database.ts'
import { freePort, killAll, startProcess, temporaryFolder, until } from './processes.ts'

const now = new Date()
let db: Database
let origin: string
let busy: Place
let other: Place
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

/** What nobody may be kept from. */
async function allElseAnswers(): Promise<void> {
  const link = await signInLink(db, origin)
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
      mend: expect.stringMatching(/Try again in \d+ seconds/),
    })
  }
  expect((await upsert(busy, 0)).status).toBe(200)
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
