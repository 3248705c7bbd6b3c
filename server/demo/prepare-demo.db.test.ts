import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { temporaryFolder } from '../../test/processes.ts'
import { firstSignInLink } from '../access/links.ts'
import { type Database, openDatabase } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { identityOf } from '../platform/installation/evidence.ts'
import { makeInstallation } from '../platform/installation/installation.ts'
import { createLog } from '../platform/log.ts'
import { getReport } from '../report/overview.ts'
import { getPast } from '../report/past.ts'
import { listSegments, treeOf } from '../segments/saved.ts'
import { countMembers } from '../segments/segment-members.ts'
import { verify } from '../verify/verify.ts'
import { prepareDemo, sendLive } from './prepare-demo.ts'

/** A Monday just after midnight in Stockholm: the last SMS of the past is as young as it can be. */
const now = new Date('2026-11-29T23:05:00Z')
const folder = temporaryFolder('demo')
const addresses = { url: 'http://localhost:8080', linkUrl: 'http://localhost:8080' }
const input = {
  ...addresses,
  dataFolder: folder.path,
  profiles: 1_200,
  seed: 1,
  now,
  log: createLog({ part: 'test', level: 'silent' }),
}
const past = [1, 2, 3, 4, 5]
const [waiting, later, draft] = [6, 7, 8]

const opened: { db: Database; drop(): Promise<void> }[] = []
async function database(): Promise<Database> {
  const { connectionString, drop } = await freshDatabase()
  const db = openDatabase({ connection: { connectionString }, lane: 'test', max: 3 })
  opened.push({ db, drop })
  await makeInstallation(db, { identity: await identityOf(db), now })
  return db
}

let db: Database
beforeAll(async () => {
  db = await database()
  await prepareDemo(db, input)
})
afterAll(async () => {
  for (const { db, drop } of opened) {
    await db.end()
    await drop()
  }
  folder.remove()
})

const reportOf = async (of: Database, id: number, workspaceId = 1) => {
  const report = await getReport(of, workspaceId, id, now)
  if (report === undefined) throw new Error(`there is no activity ${id}`)
  return report
}
/** In their order: what was killed leaves gaps in the ids. */
async function all(of: Database) {
  const rows = await of.query<{ id: number; workspaceId: number }>(
    sql`select id, workspace_id as "workspaceId" from activities order by id`,
  )
  return Promise.all(
    rows.map(async ({ id, workspaceId }) => {
      const { name, state, figures, notSentReasons } = await reportOf(of, id, workspaceId)
      return { name, state, figures, notSentReasons }
    }),
  )
}

test('the past is one that sending could have left: verify finds no difference, and nothing waits', async () => {
  const { checked, toJudge, differences } = await verify(db, { ledgerWaitMs: 0 })
  expect(differences).toEqual([])
  expect(toJudge).toBe(0)
  expect(checked).toBeGreaterThan(1_000)
  const [open] = await db.query<{ outbox: number; changes: number; sessions: number; reserved: string }>(sql`
    select (select count(*) from outbox) as outbox, (select count(*) from waiting) as unmatched, (select count(*) from tally_changes) as changes,
      (select count(*) from gateway_sessions where ended_at is null or not settled) as sessions,
      (select coalesce(sum(credits), 0) from ledger where kind in ('reserve', 'release')) as reserved`)
  expect(open).toEqual({ outbox: 0, unmatched: 0, changes: 0, sessions: 0, reserved: '0.0000' })
})

test('five SMS are sent and final, with everything that a report shows, and differ', async () => {
  for (const id of past) {
    const { state, completeness, figures } = await reportOf(db, id)
    expect({ state, completeness }).toEqual({ state: 'sent', completeness: 1 })
    expect(figures.queued + figures.bouncedSoftRetrying).toBe(0)
    expect(figures.targeted).toBe(figures.notSent + figures.sent)
    expect(figures.sent).toBe(figures.delivered + figures.bounced + figures.pending)
  }
  const figures = (await all(db)).slice(0, past.length).map(one => one.figures)
  const sumOf = (key: 'bouncedHard' | 'bouncedSoftFinal' | 'pending' | 'botClicks' | 'unsubscribed') =>
    figures.reduce((sum, one) => sum + one[key], 0)
  for (const key of ['bouncedHard', 'bouncedSoftFinal', 'pending', 'botClicks', 'unsubscribed'] as const)
    expect(sumOf(key), key).toBeGreaterThan(0)
  const [jackets, club, hours, delivery] = figures.map(({ unique, delivered, sent }) => ({
    clicked: unique / delivered,
    delivered: delivered / sent,
  }))
  expect(club!.clicked).toBeGreaterThan(1.5 * jackets!.clicked)
  expect(hours!.clicked).toBeLessThan(jackets!.clicked / 2)
  expect(delivery!.delivered).toBeLessThan(jackets!.delivered - 0.03)
  const sources = await db.query<{ source: string }>(sql`select distinct source from opt_outs order by 1`)
  expect(sources.map(({ source }) => source)).toEqual(['keyword', 'link'])
  const again = await db.query(sql`select from messages where status = 'delivered' and attempts > 1`)
  expect(again.length).toBeGreaterThan(3)
  const devices = await db.query(sql`select distinct device from clicks where verdict = 'human'`)
  expect(devices.length).toBeGreaterThan(2)
  const countries = await db.query(sql`select distinct country from profiles where country is not null`)
  expect(countries.length).toBeGreaterThan(3)
  expect(await getPast(db, 1, waiting, now)).toMatchObject({ activities: 5 })
})

test('everything lies in the past, by day, and no fact before its cause', async () => {
  const hours = await db.query<{ hour: number }>(sql`
    select extract(hour from t.at at time zone 'Europe/Stockholm')::int as hour from (
      select started_at as at from activities where started_at is not null union all select created_at from imports) t`)
  for (const { hour } of hours) expect(hour).toBeGreaterThanOrEqual(8)
  for (const { hour } of hours) expect(hour).toBeLessThan(18)
  const late = await db.query(sql`
    select at from answers where at > ${now} union all select at from receipts where at > ${now} union all select at from clicks where at > ${now}
    union all select at from opt_outs where at > ${now} union all select at from replies where at > ${now} union all select at from ledger where at > ${now}
    union all select finished_at from activities where finished_at > ${now} union all select created_at from profiles where created_at > ${now}`)
  expect(late).toEqual([])
  const backwards = await db.query(sql`
    select r.profile_id from receipts r join answers a using (bucket, activity_id, profile_id, n, part) where r.at < a.at
    union all select c.profile_id from clicks c join messages m using (bucket, activity_id, profile_id) where c.at < m.t0
    union all select m.profile_id from messages m join profiles p using (bucket, profile_id) where m.t0 < p.created_at`)
  expect(backwards).toEqual([])
  const [installation] = await db.query<{ fast: boolean }>(sql`select ran_fast as fast from installation`)
  expect(installation?.fast).toBe(false)
})

test('its imports are listed, and what comes next waits: one draft, one scheduled, one for the owner', async () => {
  const imports = await db.query<{ state: string }>(sql`select state from imports`)
  expect(imports.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'done'))
  const segments = await listSegments(db, 1)
  expect(segments.map(({ name }) => name).sort()).toEqual([
    'Clicked in the last 30 days',
    'Got 3 SMS or more, and never clicked',
    'Got “Free delivery this week”, did not click',
  ])
  const { figures } = await reportOf(db, 4)
  for (const { size } of segments) expect(size).toBeGreaterThan(0)
  const didNot = segments.find(({ name }) => name.startsWith('Got “'))
  expect(await countMembers(db, treeOf(didNot!), { workspaceId: 1, now })).toMatchObject({
    n: figures.delivered - figures.unique,
  })
  const states = await Promise.all([waiting, later, draft].map(async id => (await reportOf(db, id)).state))
  expect(states).toEqual(['draft', 'scheduled', 'draft'])
})

test('another start changes nothing, also with workspaces that somebody has made', async () => {
  const before = await all(db)
  await prepareDemo(db, input)
  expect(await all(db)).toEqual(before)
  const [counted] = await db.query<{ n: number }>(sql`select count(*) as n from workspaces`)
  expect(counted?.n).toBe(1)
})

test('killed again and again while it is made, it ends as the same demo', async () => {
  const other = await database()
  let runs = 0
  for (let statements = 4; ; statements = Math.ceil(statements * 1.3)) {
    const dying = dyingAfter(other, statements)
    const ended = await prepareDemo(dying.db, input).then(
      () => 'made',
      (error: Error) => error.message,
    )
    runs++
    if (!dying.isDead()) {
      expect(ended).toBe('made')
      break
    }
  }
  expect(runs).toBeGreaterThan(8)
  expect(await all(other)).toEqual(await all(db))
  expect((await verify(other, { ledgerWaitMs: 0 })).differences).toEqual([])
  const imports = await other.query(sql`select from imports`)
  expect(imports).toHaveLength(5)
})

test('the last one is sent when the owner has signed in, once, and not before', async () => {
  const stateOf = async () => (await reportOf(db, waiting)).state
  await firstSignInLink(db, addresses.url)
  expect(await sendLive(db, { ...addresses, now })).toBe(false)
  expect(await stateOf()).toBe('draft')
  await db.run(sql`update users set signed_in_at = ${now}`)
  expect(await sendLive(db, { ...addresses, now })).toBe(true)
  expect(await stateOf()).toBe('scheduled')
  expect(await sendLive(db, { ...addresses, now })).toBe(true)
  // The demo has begun: a later start neither makes nor sends it again.
  await prepareDemo(db, input)
  expect(await db.query(sql`select from workspaces`)).toHaveLength(1)
})

/** A process that dies: from its n-th statement on nothing of it reaches the database, and what it had begun is rolled back. */
function dyingAfter(db: Database, statements: number): { db: Database; isDead(): boolean } {
  let left = statements
  const alive = <Result>(work: () => Promise<Result>): Promise<Result> =>
    --left < 0 ? Promise.reject(new Error('killed')) : work()
  return {
    isDead: () => left < 0,
    db: {
      ...db,
      query: (statement, name, signal) => alive(() => db.query(statement, name, signal)),
      run: (statement, name) => alive(() => db.run(statement, name)),
      connect: () => alive(() => db.connect()),
      tx: work =>
        alive(() =>
          db.tx((tx, client) =>
            work(
              {
                query: (statement, name) => alive(() => tx.query(statement, name)),
                run: (statement, name) => alive(() => tx.run(statement, name)),
              },
              client,
            ),
          ),
        ),
    },
  }
}
