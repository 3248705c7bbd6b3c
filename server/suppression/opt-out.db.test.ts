import { expect, test } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { at, makeSent, phoneOf, sums } from '../clicks/ring.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { type OptOut, optInAll, optOut, undoOptOut } from './opt-out.ts'

const db = await ownDatabase({ max: 10, installedAt: new Date() })

const address = phoneOf(1)
type Made = Awaited<ReturnType<typeof makeSent>>
const through = ({ workspaceId, activityId, topicIds }: Made, more: Partial<OptOut> = {}): OptOut => ({
  workspaceId,
  channel: 'sms',
  address,
  topicIds,
  source: 'link',
  activityId,
  profileId: 1,
  evidence: { agent: 'x' },
  now: at(100),
  ...more,
})

const optOutsOf = (workspaceId: number) =>
  db.query<{ topic: number | null; released: string | null }>(
    sql`select topic_id as topic, released_by as released from opt_outs where workspace_id = ${workspaceId} order by id`,
  )

test('a no is a row for each topic, a mark on the message, and one in the figure', async () => {
  const sent = await makeSent(db, { topics: ['Offers', 'News'] })
  await optOut(db, through(sent))
  expect(await optOutsOf(sent.workspaceId)).toEqual(sent.topicIds.map(topic => ({ topic, released: null })))
  expect(await sums(db, sent.activityId)).toEqual({ unsubscribed: 1, 'series unsubscribed': 1 })
  const marked = await db.query(
    sql`select unsubscribed_at as at from messages where activity_id = ${sent.activityId} and profile_id = 1`,
  )
  expect(marked).toEqual([{ at: at(100) }])
})

test('said many times at once it is one', async () => {
  const sent = await makeSent(db)
  await Promise.all(Array.from({ length: 20 }, (_, n) => optOut(db, through(sent, { now: at(100 + n) }))))
  expect(await optOutsOf(sent.workspaceId)).toHaveLength(1)
  expect(await sums(db, sent.activityId)).toEqual({ unsubscribed: 1, 'series unsubscribed': 1 })
})

test('said through two SMS it is one, and counts for the first of them', async () => {
  const sent = await makeSent(db)
  const later = { ...sent, activityId: sent.activityId + 1_000_000 }
  await db.run(sql`
    insert into messages (bucket, workspace_id, activity_id, profile_id, status, address)
    select bucket, workspace_id, ${later.activityId}, profile_id, status, address from messages where activity_id = ${sent.activityId}`)
  await optOut(db, through(sent))
  await optOut(db, through(later, { now: at(200) }))
  expect(await optOutsOf(sent.workspaceId)).toHaveLength(1)
  expect(await sums(db, sent.activityId)).toEqual({ unsubscribed: 1, 'series unsubscribed': 1 })
  expect(await sums(db, later.activityId)).toEqual({})
  const marks = sql`select unsubscribed_at as at from messages where activity_id = ${later.activityId} and unsubscribed_at is not null`
  expect(await db.query(marks)).toEqual([])
  // What the later one adds is its own.
  await optOut(db, through(later, { topicIds: [], now: at(300) }))
  expect(await db.query(marks)).toEqual([{ at: at(300) }])
})

test('without a topic it is everything, and everything comes beside a topic', async () => {
  const sent = await makeSent(db)
  await optOut(db, through(sent, { topicIds: [] }))
  await optOut(db, through(sent))
  expect((await optOutsOf(sent.workspaceId)).map(no => no.topic)).toEqual([null, sent.topicIds[0]])
})

test('it belongs to the number within its workspace: others are not touched', async () => {
  const [one, other] = [await makeSent(db), await makeSent(db)]
  await optOut(db, through(one))
  expect(await optOutsOf(other.workspaceId)).toEqual([])
  // A message of another workspace is not marked, whatever ids are named.
  await optOut(db, through(one, { activityId: other.activityId }))
  expect(await sums(db, other.activityId)).toEqual({})
})

test('undo lifts what was said on this page in the last 10 minutes, and nothing else', async () => {
  const sent = await makeSent(db)
  const page = {
    workspaceId: sent.workspaceId,
    channel: 'sms' as const,
    address,
    activityId: sent.activityId,
    profileId: 1,
  }
  await optOut(db, through(sent, { source: 'keyword', topicIds: null }))
  await optOut(db, through(sent))
  expect(await undoOptOut(db, { ...page, now: at(100 + 601) })).toBe(0)
  expect(await undoOptOut(db, { ...page, now: at(100 + 599) })).toBe(1)
  expect(await optOutsOf(sent.workspaceId)).toEqual([
    { topic: null, released: null },
    { topic: sent.topicIds[0], released: 'person' },
  ])
  await optOut(db, through(sent, { now: at(900) }))
  expect((await optOutsOf(sent.workspaceId)).map(no => no.released)).toEqual([null, 'person', null])
})

test('the person’s own yes lifts the topic and everything, not another topic', async () => {
  const sent = await makeSent(db, { topics: ['Offers', 'News'] })
  const [offers, news] = sent.topicIds
  await optOut(db, through(sent))
  await optOut(db, through(sent, { topicIds: null }))
  await db.tx(tx =>
    optInAll(tx, [{ workspaceId: sent.workspaceId, channel: 'sms', address, topicIds: [offers!], now: at(200) }]),
  )
  expect(await optOutsOf(sent.workspaceId)).toEqual([
    { topic: offers, released: 'person' },
    { topic: news, released: null },
    { topic: null, released: 'person' },
  ])
})
