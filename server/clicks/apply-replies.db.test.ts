import { expect, test } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { Tallies } from '../messages/tallies.ts'
import { sql } from '../platform/sql.ts'
import { applyReplies, type ReplyRow } from './apply-replies.ts'
import { at, makeSent, phoneOf, type Sent, sums } from './ring.fixture.ts'

const db = await ownDatabase({ installedAt: new Date() })

let seq = 0
const reply = (sent: Sent, text: string, { profile = 1, seconds = 60, sender = 'ACME' } = {}): ReplyRow => ({
  kind: 'reply',
  source: 1,
  seq: ++seq,
  gatewayId: sent.gatewayId,
  at: at(seconds),
  body: { number: phoneOf(profile).slice(1), sender, text },
})

async function apply(rows: ReplyRow[]): Promise<void> {
  await db.tx(async tx => {
    const tallies = new Tallies()
    await applyReplies(tx, rows, tallies)
    await tallies.flush(tx, 5)
  })
}

const noes = (workspaceId: number) =>
  db.query<{ phone: string; topic: number | null; released: string | null }>(
    sql`select phone, topic_id as topic, released_by as released from opt_outs where workspace_id = ${workspaceId} order by id`,
  )
const replies = (workspaceId: number) =>
  db.query(
    sql`select profile_id as profile, activity_id as activity, kind, text from replies where workspace_id = ${workspaceId} order by seq`,
  )

test('STOP stops the topics of what was last sent from that sender, and counts in its report', async () => {
  const first = await makeSent(db, { topics: ['Offers'] })
  const second = await makeSent(db, { into: first, topics: ['News'] })
  await db.run(sql`update messages set t0 = ${at(30)} where activity_id = ${second.activityId}`)
  await apply([reply(first, 'Stopp tack!')])
  expect(await noes(first.workspaceId)).toEqual([{ phone: phoneOf(1), topic: second.topicIds[0], released: null }])
  expect(await sums(db, second.activityId)).toEqual({ unsubscribed: 1, 'series unsubscribed': 1 })
  expect(await sums(db, first.activityId)).toEqual({})
  expect(await replies(first.workspaceId)).toEqual([
    { profile: 1, activity: second.activityId, kind: 'opt_out', text: 'Stopp tack!' },
  ])
})

test('a replay changes nothing, not even after a START in between', async () => {
  const sent = await makeSent(db)
  const stop = reply(sent, 'STOP')
  await apply([stop])
  await apply([reply(sent, 'START', { seconds: 70 })])
  await apply([stop])
  expect(await noes(sent.workspaceId)).toEqual([{ phone: phoneOf(1), topic: sent.topicIds[0], released: 'person' }])
  expect(await sums(db, sent.activityId)).toEqual({ unsubscribed: 1, 'series unsubscribed': 1 })
})

test('STOP, START, STOP in one batch end as said last', async () => {
  const sent = await makeSent(db)
  await apply([reply(sent, 'STOP'), reply(sent, 'START'), reply(sent, 'STOP'), reply(sent, 'STOP', { profile: 2 })])
  expect((await noes(sent.workspaceId)).map(no => [no.phone, no.released])).toEqual([
    [phoneOf(1), 'person'],
    [phoneOf(1), null],
    [phoneOf(2), null],
  ])
})

test('STOPALL stops everything; so does STOP from a number that nothing was sent to', async () => {
  const sent = await makeSent(db)
  await apply([
    reply(sent, 'STOP ALL'),
    reply(sent, 'stop', { profile: 77 }),
    reply(sent, 'stop', { profile: 2, sender: 'OTHER' }),
  ])
  expect(await noes(sent.workspaceId)).toEqual(
    [1, 77, 2].map(profile => ({ phone: phoneOf(profile), topic: null, released: null })),
  )
  expect(await sums(db, sent.activityId)).toEqual({ unsubscribed: 1, 'series unsubscribed': 1 })
})

test('an answer that overtakes the gateway’s finds its message by the attempt', async () => {
  const sent = await makeSent(db)
  await db.run(sql`update messages set t0 = null, status = 'queued' where activity_id = ${sent.activityId}`)
  await db.run(sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at)
    values (1, ${sent.activityId}, 1, 1, 1, ${sent.gatewayId}, 1, ${at(50)})`)
  await apply([reply(sent, 'STOP'), reply(sent, 'STOP', { profile: 2 })])
  expect((await noes(sent.workspaceId)).map(no => no.topic)).toEqual([sent.topicIds[0], null])
})

test('after a week the reply still stops, and no longer counts in the report', async () => {
  const sent = await makeSent(db)
  await apply([reply(sent, 'STOP', { seconds: 8 * 24 * 3600 })])
  expect((await noes(sent.workspaceId)).map(no => no.topic)).toEqual(sent.topicIds)
  expect(await sums(db, sent.activityId)).toEqual({})
})

test('what is no keyword is kept for a person and stops nothing; a zero byte breaks nothing', async () => {
  const sent = await makeSent(db)
  await apply([reply(sent, 'When do you open?\u0000'), reply(sent, 'HELP')])
  expect(await noes(sent.workspaceId)).toEqual([])
  expect(await replies(sent.workspaceId)).toMatchObject([
    { kind: 'other', text: 'When do you open?' },
    { kind: 'help' },
  ])
})

test('the same number in another workspace is not touched', async () => {
  const [one, other] = [await makeSent(db), await makeSent(db)]
  await apply([reply(one, 'STOP')])
  expect(await noes(other.workspaceId)).toEqual([])
  expect(await sums(db, other.activityId)).toEqual({})
})
