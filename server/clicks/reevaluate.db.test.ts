/** Stored clicks are re-evaluated after an upgrade: nothing is lost or counted twice, wherever it is interrupted. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { readTree } from '../../core/segments/tree.ts'
import { type FreshDatabase, freshDatabase, testGrouping } from '../../test/database.ts'
import { type Database, type Db, openDatabase } from '../platform/db/database.ts'
import { MIGRATIONS, migrate, readMigrations } from '../platform/db/migrate.ts'
import { raw, sql } from '../platform/db/sql.ts'
import { createLog } from '../platform/log.ts'
import { later, makeSent, type SentActivity, type SentPerson, START } from '../report/sent.fixture.ts'
import { listSegmentMembers } from '../segments/segment-members.ts'
import { verify } from '../verify/verify.ts'
import { reevaluateClicks } from './reevaluate.ts'
import { applyVisits, type NewVisit } from './visit-applier.ts'

let database: FreshDatabase
let db: Database
async function open(template: boolean | string = true): Promise<void> {
  database = await freshDatabase({ template })
  db = openDatabase({ connection: database.connection, lane: 'test', max: 6 })
}
afterEach(async () => {
  await db.end()
  await database.drop()
})

const grouping = { byBucket: testGrouping() === 'bucket', writer: 3 }
const log = createLog({ part: 'test', level: 'silent' })
const judge = (atOnce: number) => reevaluateClicks({ db, grouping, log, atOnce })
const check = async () => {
  const { differences, toJudge } = await verify(db, { ledgerWaitMs: 0 })
  return { toJudge, differences: differences.filter(({ what }) => !what.endsWith('ledger charges')) }
}

/** Its n-th statement fails, in whatever transaction. */
function failingAt(n: number): Database {
  let left = n
  const over = (one: Db): Db => ({
    query: (statement, name) => cut() ?? one.query(statement, name),
    run: (statement, name) => cut() ?? one.run(statement, name),
  })
  const cut = () => (--left === 0 ? Promise.reject(new Error('the line is cut')) : undefined)
  return { ...db, ...over(db), tx: work => db.tx((tx, client) => work(over(tx), client)) }
}

const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1'
const android = 'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36'

interface Old {
  clicks: { link: number; ms: number }[]
  agent?: string | null
  /** its verdict then, and the reason by today's rules */
  was?: 'human' | 'bot'
  now: string | null
  device?: string
}
/** What was recorded then: method, user agent, address. Delivered by a receipt of 5 s, without the gateway's dates. */
const before: Readonly<Record<string, Old>> = {
  'a person': { clicks: [{ link: 0, ms: 30_000 }], now: null },
  'one on Android, who tapped twice': {
    clicks: [
      { link: 0, ms: 30_000 },
      { link: 0, ms: 33_000 },
    ],
    agent: android,
    now: null,
    device: 'android',
  },
  'one who was quicker than the receipt': { clicks: [{ link: 0, ms: 3_000 }], now: null },
  'one within 2 s': { clicks: [{ link: 0, ms: 1_000 }], now: 'too_soon' },
  'one who opened all at once': {
    clicks: [
      { link: 0, ms: 30_000 },
      { link: 1, ms: 31_000 },
    ],
    now: 'all_at_once',
  },
  'an app in the background': {
    clicks: [{ link: 0, ms: 30_000 }],
    agent: 'Dalvik/2.1.0 (Linux; U; Android 13)',
    now: 'software',
    device: 'tablet',
  },
  'a nameless program': { clicks: [{ link: 1, ms: 30_000 }], agent: null, now: 'no_agent', device: 'other' },
  'a link preview': {
    clicks: [{ link: 0, ms: 4_000 }],
    agent: 'facebookexternalhit/1.1',
    was: 'bot',
    now: 'agent',
    device: 'other',
  },
  'one who did not click': { clicks: [], now: null },
}
const kinds = Object.keys(before)
const clicked = Object.values(before).filter(({ clicks }) => clicks.length > 0).length
const rounds = 4

const facts: NonNullable<SentPerson['facts']> = {
  attempts: [{ n: 1, try: 1, parts: null, at: START }],
  answers: [{ n: 1, part: 1, outcome: 'accepted', counts: false, at: later(100), code: null }],
  receipts: [{ n: 1, part: 1, outcome: 'delivered', counts: false, at: later(5_000), code: 'dlr:delivrd' }],
}

const olderNames = { address: 'phone' }

/** An installation as it was before this migration. */
async function installedBefore(name: string): Promise<void> {
  await open(false)
  const folder = mkdtempSync(join(tmpdir(), 'homing-migrations-'))
  const old = readMigrations(MIGRATIONS).findIndex(migration => migration.name.endsWith(name))
  expect(old).toBeGreaterThan(0)
  for (const { name } of readMigrations(MIGRATIONS).slice(0, old))
    cpSync(join(MIGRATIONS, `${name}.sql`), join(folder, `${name}.sql`))
  await migrate(database.connectionString, folder)
  rmSync(folder, { recursive: true })
  // What makes the sums of the test leaves marks in a table that older versions do not have; it goes before the upgrade.
  await db.run(
    sql`create table if not exists tally_changes (bucket int, activity_id bigint, primary key (bucket, activity_id))`,
  )
}

async function dropPlaceholder(): Promise<void> {
  const [real] = await db.query(sql`select from placements where name = 'tally_changes'`)
  if (real === undefined) await db.run(sql`drop table tally_changes`)
}

async function upgrade(): Promise<void> {
  // Younger than what was counted then: the upgrade makes them.
  for (const sums of ['tallies', 'breakdowns']) await db.run(sql`delete from ${raw(sums)} where figure = 'visited'`)
  await dropPlaceholder()
  expect(await migrate(database.connectionString)).toMatchObject({
    applied: expect.arrayContaining(['0014_clicks_judged']),
  })
}

let upgradedOnce: { database: FreshDatabase; sent: SentActivity } | undefined
afterAll(() => upgradedOnce?.database.drop())

/** An installation from before the evidence of clicks was kept, with what it had recorded and counted; then upgraded. Each is a copy of one. */
async function upgraded(): Promise<SentActivity> {
  if (upgradedOnce === undefined) {
    const sent = await upgradeWithClicks()
    await db.end()
    upgradedOnce = { database, sent }
  }
  await open(upgradedOnce.database.name)
  return upgradedOnce.sent
}

async function upgradeWithClicks(): Promise<SentActivity> {
  await installedBefore('click_evidence')
  const all = Array.from({ length: rounds }, () => Object.values(before)).flat()
  const people = all.map(({ clicks, was = 'human' }) => ({
    facts,
    clicks: clicks.map(({ link, ms }) => ({ link, at: later(ms), verdict: was, device: 'other' })),
  }))
  const without = ['first_visit_at', 'own_reason', 'own_sign', 'signed', 'crowd', 'device', 'counts']
  const sent = await makeSent(db, people, { without, olderNames })
  for (const [i, { agent = iphone }] of all.entries())
    await db.run(sql`update clicks set agent = ${agent}, address_hash = 'a1' where profile_id = ${sent.profileIds[i]}`)
  await upgrade()
  return sent
}

const reasonsOf = async ({ profileIds }: SentActivity) => {
  const rows = await db.query<{ profileId: number; reason: string | null; device: string }>(
    sql`select profile_id as "profileId", reason, device from clicks order by at`,
  )
  const byKind = rows.map(row => [kinds[profileIds.indexOf(row.profileId) % kinds.length], row] as const)
  return Object.fromEntries(byKind.map(([kind, { reason, device }]) => [kind, { reason, device }]))
}
const expected = Object.fromEntries(
  Object.entries(before)
    .filter(([, { clicks }]) => clicks.length > 0)
    .map(([kind, { now, device = 'iphone' }]) => [kind, { reason: now, device }]),
)

test('old clicks are judged by what was kept of them, never worse for a person, and everything adds up before and after', async () => {
  const sent = await upgraded()
  expect(await check()).toEqual({ toJudge: clicked * rounds, differences: [] })
  expect(await judge(500)).toBe(clicked * rounds)
  expect(await check()).toEqual({ toJudge: 0, differences: [] })
  expect(await reasonsOf(sent)).toEqual(expected)
  expect(await judge(500)).toBe(0)
})

test('a program that sent no headers, to a version that looked at them, stays suspected', async () => {
  await installedBefore('clicks_judged')
  const click = { link: 0, at: later(30_000), device: 'iphone' } as const
  await makeSent(
    db,
    [
      { facts, clicks: [{ ...click, verdict: 'suspect' }] },
      { facts, clicks: [{ ...click, verdict: 'human' }] },
    ],
    { olderNames, without: ['counts'] },
  )
  await db.run(sql`update clicks set agent = ${iphone}, address_hash = 'a1'`)
  await db.run(
    sql`update clicks set reason = 'no_language', own_reason = 'no_language', own_sign = true, signed = true where verdict = 'suspect'`,
  )
  await upgrade()
  expect(await judge(500)).toBe(2)
  expect(await check()).toEqual({ toJudge: 0, differences: [] })
  expect(await db.query(sql`select verdict, reason from clicks order by profile_id`)).toEqual([
    { verdict: 'suspect', reason: 'no_language' },
    { verdict: 'human', reason: null },
  ])
})

test('interrupted at any statement it continues where it was, and all adds up at any time', async () => {
  const sent = await upgraded()
  for (let n = 1; (await check()).toJudge > 0; n++) {
    const pass = reevaluateClicks({ db: failingAt(n), grouping, log, atOnce: 3 })
    // Only the last one comes to the end.
    await pass.catch(error => expect(error).toMatchObject({ message: 'the line is cut' }))
    expect((await check()).differences).toEqual([])
  }
  expect(await reasonsOf(sent)).toEqual(expected)
  expect(await db.query(sql`select messages from clicks_judged`)).toEqual([{ messages: clicked * rounds }])
})

test('two workers, and clicks that come in meanwhile, are no harm', async () => {
  const sent = await upgraded()
  const visits = sent.profileIds.map((profileId, i): NewVisit => {
    const key = { bucket: profileId & 255, activityId: sent.activityId, profileId }
    const headers = { 'accept-language': 'sv', 'accept-encoding': 'gzip' }
    const own = { ownReason: null, ownSign: false, addressClass: null, headers, device: 'iphone' }
    const hit = { ...key, source: 9, seq: i + 1, at: later(60_000), method: 'GET', agent: iphone, addressHash: 'a1' }
    return { ...key, click: { ...hit, ...own, linkId: sent.linkIds[0] ?? 0 } }
  })
  const coming = async () => {
    for (let from = 0; from < visits.length; from += 4)
      await applyVisits(db, visits.slice(from, from + 4), { ...grouping, writer: 5 })
  }
  await Promise.all([judge(2), coming(), judge(3)])
  await judge(500)
  expect(await check()).toEqual({ toJudge: 0, differences: [] })
})

test('what an erased person’s clicks showed is gone, and their verdicts stay', async () => {
  const sent = await upgraded()
  const erased = sent.profileIds[kinds.indexOf('a link preview')] ?? 0
  await db.run(sql`update clicks set agent = null, address_hash = 'erased' where profile_id = ${erased}`)
  await db.run(sql`update messages set address = null where profile_id = ${erased}`)
  await judge(500)
  expect(await check()).toEqual({ toJudge: 0, differences: [] })
  expect(await db.query(sql`select reason, device from clicks where profile_id = ${erased}`)).toEqual([
    { reason: 'agent', device: 'other' },
  ])
})

test('a change of the rules over one address finds old crowds too', async () => {
  await open()
  const sent = await makeSent(
    db,
    Array.from({ length: 12 }, () => ({ facts })),
  )
  const visits = sent.profileIds.map((profileId, i): NewVisit => {
    const key = { bucket: profileId & 255, activityId: sent.activityId, profileId }
    const own = {
      ownReason: null,
      ownSign: false,
      addressClass: null,
      headers: { 'accept-language': 'sv' },
      device: 'iphone',
    }
    const hit = {
      ...key,
      source: 9,
      seq: i + 1,
      at: later(60_000 + i * 100),
      method: 'GET',
      agent: iphone,
      addressHash: 'a1',
    }
    return { ...key, click: { ...hit, ...own, linkId: sent.linkIds[0] ?? 0 } }
  })
  // By rules that saw no sign in the missing header.
  await applyVisits(db, visits, grouping)
  const verdicts = () => db.query(sql`select distinct verdict, reason from clicks`)
  expect(await verdicts()).toEqual([{ verdict: 'human', reason: null }])
  await db.run(sql`update clicks_judged set bucket = 0, activity_id = 0, profile_id = 0, messages = 0`)
  await judge(2)
  expect(await verdicts()).toEqual([{ verdict: 'suspect', reason: 'crowd' }])
  expect(await check()).toEqual({ toJudge: 0, differences: [] })
})

test('what older rules took for a crowd, or for earlier than a late receipt, is given back by the upgrade', async () => {
  await installedBefore('clicks_again')
  // Six people; two of another message were quicker than its receipt without dates.
  const sent = await makeSent(
    db,
    Array.from({ length: 8 }, (_, i) => ({
      facts,
      clicks: [{ link: 0, at: later(i < 6 ? 60_000 + i * 1_000 : 3_000), verdict: 'suspect' as const }],
    })),
    { olderNames, without: ['counts'] },
  )
  await db.run(sql`update clicks set agent = ${iphone}, device = 'iphone', headers = '{"accept-language": "sv"}', own_sign = true, own_reason = null,
    address_hash = 'a1', signed = true`)
  const six = sent.profileIds.slice(0, 6)
  await db.run(sql`update clicks set crowd = true, reason = 'crowd' where profile_id = any(${six}::bigint[])`)
  await db.run(sql`update clicks set reason = 'before_delivery' where not crowd`)
  // Of an erased person the verdict stays: its address is gone.
  await db.run(sql`update clicks set address_hash = null, agent = null where profile_id = ${six[0]}`)
  await db.run(sql`update messages set phone = null where profile_id = ${six[0]}`)
  await migrate(database.connectionString)
  await judge(3)
  const reasons = await db.query(sql`select verdict, reason, count(*) as n from clicks group by 1, 2 order by 1`)
  expect(reasons).toEqual([
    { verdict: 'human', reason: null, n: 7 },
    { verdict: 'suspect', reason: 'crowd', n: 1 },
  ])
  expect(await check()).toEqual({ toJudge: 0, differences: [] })
})

test('which of the old clicks count is found out after the upgrade, and until then each of a person counts', async () => {
  await installedBefore('clicks_count')
  const tap = (seconds: number, verdict: 'human' | 'bot' = 'human') =>
    ({ link: 0, at: later(60_000 + seconds * 1_000), verdict, device: 'iphone' }) as const
  const people = [[tap(0), tap(4), tap(12)], [tap(0), tap(1, 'bot')], [tap(0)]]
  const sent = await makeSent(
    db,
    people.map(clicks => ({ facts, clicks })),
    { without: ['counts'] },
  )
  await db.run(
    sql`update clicks set agent = case when verdict = 'human' then ${iphone} else 'curl/8' end, own_reason = case when verdict = 'bot' then 'agent' end,
      headers = '{"accept-language": "sv"}'`,
  )
  await dropPlaceholder()
  await migrate(database.connectionString)
  expect(await check()).toEqual({ toJudge: 3, differences: [] })
  const twice = async () => {
    const event = { kind: 'event', event: 'clicked', of: 'any', times: { op: 'at_least', n: 2, of: 'clicks' } }
    const tree = readTree({ v: 1, root: { kind: 'group', match: 'all', items: [event] } })
    const page = await listSegmentMembers(
      db,
      tree,
      { workspaceId: sent.workspaceId, now: later(3_600_000) },
      { limit: 10 },
    )
    return page.items.map(({ profileId }) => sent.profileIds.indexOf(profileId))
  }
  expect(await twice()).toEqual([0])
  await judge(2)
  const counted = await db.query(sql`select verdict, counts, count(*) as n from clicks group by 1, 2 order by 1, 2`)
  expect(counted).toEqual([
    { verdict: 'bot', counts: false, n: 1 },
    { verdict: 'human', counts: false, n: 1 },
    { verdict: 'human', counts: true, n: 4 },
  ])
  expect(await twice()).toEqual([0])
  expect(await check()).toEqual({ toJudge: 0, differences: [] })
})

test('an installation without clicks has nothing to judge', async () => {
  await open()
  expect(await db.query(sql`select bucket from clicks_judged`)).toEqual([{ bucket: 256 }])
  expect(await judge(500)).toBe(0)
})

test('the next messages are found along the primary key', async () => {
  await open()
  const rows = await db.query<{ 'QUERY PLAN': string }>(
    sql`explain select c.bucket, c.activity_id, c.profile_id, count(*) from clicks c
      where (c.bucket, c.activity_id, c.profile_id) > (3::int, 4::bigint, 5::bigint)
      group by c.bucket, c.activity_id, c.profile_id order by c.bucket, c.activity_id, c.profile_id limit 500`,
  )
  expect(rows.map(row => row['QUERY PLAN']).join('\n')).toMatch(/clicks_pk/)
})
