import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/database.ts'
import { makeLinkRanges } from '../links/range.ts'
import { Tallies } from '../messages/tallies.ts'
import { type Database, openDatabase } from '../platform/db.ts'
import { ensureInstallation } from '../platform/installation.ts'
import { sql } from '../platform/sql.ts'
import { applyClicks, type ClickRow, clicksKept } from './apply.ts'
import { at, makeSent, type Sent, sums } from './ring.fixture.ts'

let database: FreshDatabase
let db: Database
beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test' })
  await ensureInstallation(db, { identity: 'test', now: new Date() })
})
afterAll(async () => {
  await db.end()
  await database.drop()
})

const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1'
let seq = 0
const row = (codeNumber: number, seconds: number, { method = 'GET', agent = phone } = {}): ClickRow => ({
  kind: 'click',
  source: 1,
  seq: ++seq,
  gatewayId: null,
  at: at(seconds),
  body: { codeNumber, method, agent, addressHash: 'a1' },
})

async function apply(rows: ClickRow[], bucket = 5): Promise<void> {
  const ranges = makeLinkRanges(db)
  await db.tx(async tx => {
    const tallies = new Tallies()
    await applyClicks(tx, rows, tallies, ranges)
    await tallies.flush(tx, bucket)
  })
}

const linkOf = (sent: Sent, slot: number) => sent.links.find(link => link.slot === slot)!.id

test('clicks become facts, first click and figures: people, bots, unique, by link and over time', async () => {
  const sent = await makeSent(db, { urls: ['https://a.example/', 'https://b.example/'] })
  await apply([
    row(sent.number(0, 1), 10),
    row(sent.number(0, 1), 15),
    row(sent.number(1, 1), 16),
    row(sent.number(0, 2), 20, { method: 'HEAD' }),
    row(sent.number(0, 2), 21, { agent: 'facebookexternalhit/1.1' }),
    row(sent.number(1, 3), 90),
  ])
  const [a, b] = [linkOf(sent, 0), linkOf(sent, 1)]
  expect(await sums(db, sent.activityId)).toEqual({
    clicks: 3,
    bot_clicks: 2,
    unique: 2,
    'series clicked': 3,
    'series unique': 2,
    [`link ${a} clicks`]: 1,
    [`link ${a} bot_clicks`]: 2,
    [`link ${a} unique`]: 1,
    [`link ${b} clicks`]: 2,
    [`link ${b} unique`]: 2,
  })
  const first = await db.query(
    sql`select profile_id as p, first_click_at as at from messages where activity_id = ${sent.activityId} and first_click_at is not null order by 1`,
  )
  expect(first).toEqual([
    { p: 1, at: at(10) },
    { p: 3, at: at(90) },
  ])
  const facts = await db.query(
    sql`select verdict, reason, method, workspace_id from clicks where activity_id = ${sent.activityId} and profile_id = 2 order by seq`,
  )
  expect(facts).toEqual([
    { verdict: 'bot', reason: 'method', method: 'HEAD', workspace_id: sent.workspaceId },
    { verdict: 'bot', reason: 'agent', method: 'GET', workspace_id: sent.workspaceId },
  ])
})

test('a replay changes nothing, whole, in part, or twice in one batch', async () => {
  const sent = await makeSent(db)
  const rows = [row(sent.number(0, 1), 10), row(sent.number(0, 2), 11), row(sent.number(0, 2), 40)]
  await apply(rows)
  const once = await sums(db, sent.activityId)
  await apply(rows)
  await apply([rows[1]!, rows[1]!, rows[0]!], 6)
  expect(await sums(db, sent.activityId)).toEqual(once)
  expect(once).toMatchObject({ clicks: 3, unique: 2 })
})

test('the figures are the same in whatever order and batches the clicks come', async () => {
  const seconds = [0, 4, 11, 12, 20, 21, 35]
  const [inOrder, apart] = [await makeSent(db), await makeSent(db)]
  await apply(seconds.map(second => row(inOrder.number(0, 1), second)))
  for (const second of [...seconds].reverse()) await apply([row(apart.number(0, 1), second)], second)
  const plain = async (sent: Sent) => Object.values(await sums(db, sent.activityId)).sort()
  expect(await plain(apart)).toEqual(await plain(inOrder))
  const first = await db.query(
    sql`select first_click_at as at from messages where activity_id = ${apart.activityId} and profile_id = 1`,
  )
  expect(first).toEqual([{ at: at(0) }])
})

test('two writers at once on the same messages lose no click', async () => {
  const sent = await makeSent(db, { profiles: [1, 2, 3, 257, 258] })
  const batches = Array.from({ length: 8 }, (_, n) =>
    [1, 258, 3, 257, 2].map(profile => row(sent.number(0, profile), n * 20)),
  )
  await Promise.all(batches.map((batch, n) => apply(n % 2 ? batch : batch.reverse(), n)))
  expect(await sums(db, sent.activityId)).toMatchObject({ clicks: 40, unique: 5, 'series clicked': 40 })
})

test('the test SMS, the unsubscribe link, unknown numbers and messages that are gone count nowhere', async () => {
  const sent = await makeSent(db)
  await apply([row(sent.number(0, 0), 1), row(sent.number(1, 1), 2), row(sent.number(0, 999), 3), row(2 ** 36 - 1, 4)])
  expect(await sums(db, sent.activityId)).toEqual({})
  expect(await db.query(sql`select from clicks where activity_id = ${sent.activityId}`)).toEqual([])
})

test('of a message that is clicked without end only so many clicks are kept', async () => {
  const sent = await makeSent(db)
  await apply(Array.from({ length: clicksKept - 1 }, (_, n) => row(sent.number(0, 1), n * 10)))
  await apply(Array.from({ length: 5 }, (_, n) => row(sent.number(0, 1), -100 - n * 10)))
  expect(await sums(db, sent.activityId)).toMatchObject({ clicks: clicksKept, unique: 1 })
})
