import { expect, test } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { makeSent } from '../clicks/ring.fixture.ts'
import type { Database } from '../platform/db/database.ts'
import { drawCodeRange, makeLinkRanges } from './range.ts'

const db = await ownDatabase({ installedAt: new Date() })

/** Counts what is asked of the database. */
function counted() {
  const seen = { queries: 0 }
  const query: Database['query'] = (statement, name) => {
    seen.queries++
    return db.query(statement, name)
  }
  return { seen, ranges: makeLinkRanges({ ...db, query }) }
}

test('a number is split into activity, slot and profile, at the edges too', async () => {
  const [one, two] = [await makeSent(db, { urls: ['https://a.example/', 'www.b.example/x'] }), await makeSent(db)]
  const ranges = makeLinkRanges(db)
  await ranges.load()
  expect(ranges.find(one.number(0, 0))).toMatchObject({
    activityId: one.activityId,
    slot: 0,
    profileId: 0,
    kind: 'link',
  })
  expect(ranges.find(one.number(1, 9999))).toMatchObject({
    activityId: one.activityId,
    slot: 1,
    profileId: 9999,
    location: 'https://www.b.example/x',
  })
  expect(ranges.find(one.number(2, 1))).toMatchObject({ slot: 2, kind: 'unsubscribe', workspaceId: one.workspaceId })
  expect(ranges.find(one.number(2, 9999))).toMatchObject({ activityId: one.activityId })
  expect(ranges.find(two.number(0, 0))).toMatchObject({ activityId: two.activityId, workspaceId: two.workspaceId })
  expect(ranges.find(two.number(1, 9999) + 1)).toBeUndefined()
  expect(ranges.find(0)).toBeUndefined()
})

test('a known number asks the database nothing; many at once of a new activity ask once', async () => {
  const { seen, ranges } = counted()
  await ranges.load()
  const sent = await makeSent(db)
  const before = seen.queries
  const found = await Promise.all(Array.from({ length: 100 }, (_, n) => ranges.resolve(sent.number(0, n))))
  expect(found.every(target => target?.activityId === sent.activityId)).toBe(true)
  expect(seen.queries - before).toBe(1)
})

test('numbers of nobody do not become a load on the database', async () => {
  const { seen, ranges } = counted()
  for (let n = 0; n < 200; n++) expect(await ranges.resolve(2 ** 36 - 1 - n)).toBeUndefined()
  expect(seen.queries).toBeLessThanOrEqual(60)
})

test('ranges that are drawn at the same time do not overlap, and hold every profile', async () => {
  const drawn = await Promise.all(Array.from({ length: 10 }, (_, n) => db.tx(tx => drawCodeRange(tx, n + 1, 1000 + n))))
  const sorted = drawn
    .map((range, n) => ({ ...range, end: range.base + range.span * (n + 1) }))
    .sort((a, b) => a.base - b.base)
  for (const [n, range] of sorted.entries()) expect(range.base).toBeGreaterThanOrEqual(sorted[n - 1]?.end ?? 1)
  expect(drawn[3]?.span).toBe(1004)
})
