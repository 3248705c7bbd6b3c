import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { makeLinkRanges } from '../links/range.ts'
import { record } from '../messages/record.ts'
import { Tallies } from '../messages/tallies.ts'
import { sql } from '../platform/db/sql.ts'
import { clicksKept } from './judge.ts'
import { at, makeSent, type SentRing, sums } from './ring.fixture.ts'
import { applyVisits, judgeDelivered, newVisits } from './visit-applier.ts'
import type { VisitRow } from './visit-kinds.ts'

const db = await ownDatabase({ installedAt: new Date() })

const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1'
const browser = { 'accept-language': 'sv-SE', 'accept-encoding': 'gzip, br' }
let seq = 0
interface Coming {
  method?: string
  agent?: string
  from?: string
  headers?: Record<string, string>
}
const row = (
  codeNumber: number,
  seconds: number,
  { method = 'GET', agent = phone, from = 'a1', headers = browser }: Coming = {},
  kind: VisitRow['kind'] = 'click',
): VisitRow => ({
  kind,
  source: 1,
  seq: ++seq,
  gatewayId: null,
  at: at(seconds),
  body: { codeNumber, method, agent, addressHash: from, headers },
})
/** A look at the page behind the unsubscribe link, which has the last slot. */
const view = (sent: SentRing, profile: number, seconds: number, coming: Coming = {}): VisitRow =>
  row(sent.number(sent.links.length - 1, profile), seconds, coming, 'opt_out_view')

async function apply(rows: VisitRow[], writer = 5): Promise<void> {
  const grouping = { byBucket: process.env.HOMING_TEST_GROUPING === 'bucket', writer }
  await applyVisits(db, await newVisits(db, rows, makeLinkRanges(db)), grouping)
}

const verdicts = async (sent: SentRing) =>
  Object.fromEntries(
    (
      await db.query<{ key: string; reason: string | null }>(
        sql`select profile_id || ' at ' || extract(epoch from at - ${at(0)})::int as key, reason from clicks where activity_id = ${sent.activityId}`,
      )
    ).map(({ key, reason }) => [key, reason]),
  )

const linkOf = (sent: SentRing, slot: number) => sent.links.find(link => link.slot === slot)!.id

test('clicks become facts, first click and figures: people, bots, unique, by link and over time', async () => {
  const sent = await makeSent(db, { urls: ['https://a.example/', 'https://b.example/'] })
  await apply([
    row(sent.number(0, 1), 10),
    row(sent.number(0, 1), 15),
    row(sent.number(1, 1), 26),
    row(sent.number(0, 2), 20, { method: 'HEAD' }),
    row(sent.number(0, 2), 21, { agent: 'facebookexternalhit/1.1' }),
    row(sent.number(1, 3), 90),
  ])
  const [a, b] = [linkOf(sent, 0), linkOf(sent, 1)]
  expect(await sums(db, sent.activityId)).toEqual({
    clicks: 3,
    bot_clicks: 2,
    unique: 2,
    visited: 3,
    'series clicked': 3,
    'series unique': 2,
    'device iphone clicks': 3,
    [`link ${a} clicks`]: 1,
    [`link ${a} bot_clicks`]: 2,
    [`link ${a} unique`]: 1,
    [`link ${a} visited`]: 2,
    [`link ${b} clicks`]: 2,
    [`link ${b} unique`]: 2,
    [`link ${b} visited`]: 2,
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
  const plain = async (sent: SentRing) => Object.values(await sums(db, sent.activityId)).sort()
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
  await apply([view(sent, 0, 1), view(sent, 1, 2), view(sent, 999, 3), row(sent.number(0, 1), 4, {}, 'opt_out_view')])
  expect(await sums(db, sent.activityId)).toEqual({})
  expect(await db.query(sql`select from clicks where activity_id = ${sent.activityId}`)).toEqual([])
  const views = await db.query(sql`select profile_id as p from opt_out_views where activity_id = ${sent.activityId}`)
  expect(views).toEqual([{ p: 1 }])
})

test('what a scanner’s later steps show turns its earlier ones, and figures, first click and devices follow', async () => {
  const sent = await makeSent(db, { urls: ['https://a.example/', 'https://b.example/'] })
  await apply([row(sent.number(0, 1), 60)])
  expect(await sums(db, sent.activityId)).toMatchObject({ clicks: 1, unique: 1, 'device iphone clicks': 1 })
  await apply([row(sent.number(1, 1), 61)])
  const [a, b] = [linkOf(sent, 0), linkOf(sent, 1)]
  expect(await sums(db, sent.activityId)).toEqual({
    suspect_clicks: 2,
    visited: 1,
    [`link ${a} suspect_clicks`]: 1,
    [`link ${a} visited`]: 1,
    [`link ${b} suspect_clicks`]: 1,
    [`link ${b} visited`]: 1,
  })
  expect(await verdicts(sent)).toEqual({ '1 at 60': 'all_at_once', '1 at 61': 'all_at_once' })
  const [message] = await db.query(
    sql`select first_click_at as click, first_visit_at as visit from messages where activity_id = ${sent.activityId} and profile_id = 1`,
  )
  expect(message).toEqual({ click: null, visit: at(60) })
  await apply([row(sent.number(0, 1), 600)])
  expect(await sums(db, sent.activityId)).toMatchObject({ clicks: 1, unique: 1, suspect_clicks: 2 })
})

test('a receipt that comes after the click has its say by the gateway’s own dates, and none by a late arrival', async () => {
  const [late, dated] = [await makeSent(db), await makeSent(db)]
  const attempts = [late, dated].map(
    ({
      activityId,
      gatewayId,
    }) => sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at)
      values (1, ${activityId}, 1, 1, 1, ${gatewayId}, 1, ${at(0)})`,
  )
  for (const attempt of attempts) await db.run(attempt)
  for (const sent of [late, dated]) await apply([row(sent.number(0, 1), 1), row(sent.number(0, 1), 30)])
  expect(await verdicts(late)).toEqual({ '1 at 1': 'too_soon', '1 at 30': null })

  const receive = async ({ activityId }: SentRing, afterMs: number | null) =>
    db.tx(async tx => {
      const key = { bucket: 1, activityId, profileId: 1 }
      const delivered = { n: 1, part: 1, outcome: 'delivered' as const, counts: false, at: at(90), code: null }
      const tallies = new Tallies()
      await record(tx, [{ ...key, receipts: [{ ...delivered, source: 9, seq: ++seq, afterMs }] }], tallies)
      await judgeDelivered(tx, [key], tallies)
      await tallies.flush(tx, 5)
    })
  // Without readable dates it may have come long after the phone had the SMS.
  await receive(late, null)
  await receive(dated, 50_000)
  expect(await verdicts(late)).toEqual({ '1 at 1': 'too_soon', '1 at 30': null })
  expect(await verdicts(dated)).toEqual({ '1 at 1': 'too_soon', '1 at 30': 'before_delivery' })
  expect(await sums(db, late.activityId)).toMatchObject({ clicks: 1, unique: 1, suspect_clicks: 1 })
  expect(await sums(db, dated.activityId)).toMatchObject({ suspect_clicks: 2 })
  // a second receipt that is earlier gives the person back
  await receive(dated, 10_000)
  expect(await verdicts(dated)).toMatchObject({ '1 at 30': null })
  expect(await sums(db, dated.activityId)).toMatchObject({ clicks: 1, unique: 1, suspect_clicks: 1 })
})

test('one address that walks through a message a second: all are turned, those of other activities too, and nobody who shares it', async () => {
  const first = await makeSent(db, { profiles: [1, 2, 3, 7, 8, 9, 10] })
  const second = await makeSent(db, { profiles: [4, 5, 6, 11, 12, 13, 300] })
  const from = `gateway ${first.activityId}`
  const steps = (sent: SentRing, profile: number, seconds: number) => [
    row(sent.number(0, profile), seconds, { from }),
    view(sent, profile, seconds + 5, { from }),
  ]
  await apply([1, 2, 7, 8, 9, 10].flatMap(profile => steps(first, profile, 100 + profile / 2)))
  await apply([4, 5, 11].flatMap(profile => steps(second, profile, 100 + profile / 2)))
  // A person behind the same address, who did not walk, and one of long after.
  await apply([row(first.number(0, 3), 105, { from }), ...steps(second, 6, 900)])
  const reasons = async (sent: SentRing) => Object.values(await verdicts(sent))
  expect([...(await reasons(first)), ...(await reasons(second))].filter(reason => reason !== null)).toEqual([])
  await apply(steps(second, 300, 104))
  expect(await reasons(first)).toEqual(expect.arrayContaining(Array(6).fill('crowd')))
  expect(await verdicts(first)).toMatchObject({ '3 at 105': null })
  expect(await verdicts(second)).toMatchObject({ '4 at 102': 'crowd', '6 at 900': null, '300 at 104': 'crowd' })
  expect(await sums(db, first.activityId)).toMatchObject({ clicks: 1, unique: 1, suspect_clicks: 6 })
  expect(await sums(db, second.activityId)).toMatchObject({ clicks: 1, unique: 1, suspect_clicks: 4 })
})

test('six people behind one address who look and opt out within seconds are people', async () => {
  const profiles = [1, 2, 3, 4, 5, 6]
  const sent = await makeSent(db, { profiles })
  const from = `family ${sent.activityId}`
  await apply(
    profiles.flatMap(profile => [
      row(sent.number(0, profile), 60 + profile, { from, headers: { 'accept-language': 'sv' } }),
      view(sent, profile, 68 + profile, { from }),
    ]),
  )
  expect(Object.values(await verdicts(sent))).toEqual(profiles.map(() => null))
  expect(await sums(db, sent.activityId)).toMatchObject({ clicks: 6, unique: 6 })
})

test('a record from before headers were kept lacks nothing: no headers sent differs from no headers kept', async () => {
  const sent = await makeSent(db)
  const { body, ...before } = row(sent.number(0, 1), 30)
  const { headers: _, ...bare } = body
  await apply([{ ...before, body: bare }, row(sent.number(0, 2), 30, { headers: {} })])
  expect(await verdicts(sent)).toEqual({ '1 at 30': null, '2 at 30': 'no_language' })
})

test('any order and batching of the same visits ends in the same verdicts and figures', async () => {
  // Of three buckets: in groups of buckets, each bucket of a batch is a transaction.
  const profiles = [1, 2, 3].flatMap(bucket => [0, 256, 512, 768].map(more => bucket + more))
  const coming = fc.record({
    slot: fc.constantFrom(0, 0, 1, 2),
    profile: fc.constantFrom(...profiles),
    second: fc.integer({ min: 0, max: 25 }),
    from: fc.constantFrom('x', 'x', 'x', 'y'),
    agent: fc.constantFrom(phone, phone, 'Dalvik/2.1.0', 'curl/8'),
    headers: fc.constantFrom(browser, { 'accept-language': 'sv' }),
  })
  const order = fc
    .array(coming, { minLength: 5, maxLength: 60, size: 'max' })
    .chain(all =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray([...all.keys()], { minLength: all.length }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 40, maxLength: 40 }),
      ),
    )
  await fc.assert(
    fc.asyncProperty(order, async ([all, shuffled, sizes]) => {
      const urls = ['https://a.example/', 'https://b.example/']
      const [straight, mixed] = [await makeSent(db, { urls, profiles }), await makeSent(db, { urls, profiles })]
      // Addresses of their own: what one run saw must not be evidence in the other.
      const rows = (sent: SentRing) =>
        all.map(({ slot, profile, second, from, agent, headers }) =>
          row(
            sent.number(slot, profile),
            second,
            { from: `${from}${sent.activityId}`, agent, headers },
            slot === 2 ? 'opt_out_view' : 'click',
          ),
        )
      await apply(rows(straight))
      const given = rows(mixed)
      let next = 0
      for (const size of sizes) {
        const batch = shuffled.slice(next, next + size).map(i => given[i]!)
        if (batch.length > 0) await apply(batch, size)
        next += size
      }
      await apply(given)
      const facts = (sent: SentRing) =>
        db.query(sql`select profile_id as p, at, verdict, reason, signed, crowd, device, agent from clicks
          where activity_id = ${sent.activityId} order by 1, 2, 3, 4, 5, 6, 7, 8`)
      expect(await facts(mixed)).toEqual(await facts(straight))
      const byPlace = async (sent: SentRing) =>
        Object.entries(await sums(db, sent.activityId))
          .map(([key, n]) => [key.replace(/^link \d+/, id => `link ${Number(id.slice(5)) - sent.links[0]!.id}`), n])
          .sort()
      expect(await byPlace(mixed)).toEqual(await byPlace(straight))
      const stored = (sent: SentRing) =>
        db.query(
          sql`select profile_id as p, first_click_at as click, first_visit_at as visit from messages where activity_id = ${sent.activityId} order by 1`,
        )
      expect(await stored(mixed)).toEqual(await stored(straight))
    }),
    { numRuns: 30 },
  )
}, 120_000)

test('of a message that is clicked without end only a limited number of clicks is kept', async () => {
  const sent = await makeSent(db)
  await apply(Array.from({ length: clicksKept - 1 }, (_, n) => row(sent.number(0, 1), n * 10)))
  await apply(Array.from({ length: 5 }, (_, n) => row(sent.number(0, 1), -100 - n * 10)))
  expect(await sums(db, sent.activityId)).toMatchObject({ clicks: clicksKept, unique: 1 })
})
