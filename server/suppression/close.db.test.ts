import { expect, test } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { at, makeSent, phoneOf, type SentRing } from '../clicks/ring.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { closeAfterHardBounces } from './close.ts'
import { drainOutbox } from './drain.ts'

const db = await ownDatabase({ max: 10, installedAt: new Date() })

let seq = 0
/** The facts and the row as the fold leaves them, with the effect that it writes. */
async function settle(
  sent: SentRing,
  profileId: number,
  outcome: 'hard' | 'delivered',
  seconds: number,
  counts = outcome === 'hard',
): Promise<void> {
  const { activityId, workspaceId } = sent
  const status = outcome === 'hard' ? 'bounced_hard' : 'delivered'
  await db.tx(async tx => {
    await tx.run(sql`insert into receipts (bucket, activity_id, profile_id, n, part, outcome, counts, at, source, seq)
      values (${profileId & 255}, ${activityId}, ${profileId}, 1, 1, ${outcome}, ${counts}, ${at(seconds)}, 1, ${++seq})`)
    await tx.run(
      sql`update messages set status = ${status}::message_status, status_at = ${at(seconds)} where activity_id = ${activityId} and profile_id = ${profileId}`,
    )
    await tx.run(sql`insert into outbox (bucket, activity_id, profile_id, kind, workspace_id, body, at)
      values (${profileId & 255}, ${activityId}, ${profileId}, 'hard_bounce', ${workspaceId}, ${JSON.stringify({ address: phoneOf(profileId) })}::jsonb, ${at(seconds)})
      on conflict do nothing`)
  })
}

async function makeActivities(n: number): Promise<SentRing[]> {
  const first = await makeSent(db)
  const all = [first]
  while (all.length < n) all.push(await makeSent(db, { into: first }))
  return all
}

const standing = (workspaceId: number) =>
  db.query<{ address: string; released: string | null }>(
    sql`select address, released_by as released from suppressions where workspace_id = ${workspaceId} order by id`,
  )
const complaints: string[] = []
const drain = (seconds: number) => drainOutbox(db, at(seconds), (error, what) => complaints.push(`${what}: ${error}`))

test('three hard bounces close the number, with their evidence; two do not', async () => {
  const [a, b, c] = (await makeActivities(3)) as [SentRing, SentRing, SentRing]
  await settle(a, 1, 'hard', 10)
  await settle(b, 1, 'hard', 20)
  expect(await drain(25)).toBe(2)
  expect(await standing(a.workspaceId)).toEqual([])
  await settle(c, 1, 'hard', 30)
  await drain(35)
  expect(await standing(a.workspaceId)).toEqual([{ address: phoneOf(1), released: null }])
  const [row] = await db.query<{ evidence: { messages: { activityId: number }[] } }>(
    sql`select evidence from suppressions where workspace_id = ${a.workspaceId}`,
  )
  expect(row?.evidence.messages.map(message => message.activityId)).toEqual([a.activityId, b.activityId, c.activityId])
  expect(await db.query(sql`select from outbox`)).toEqual([])
})

test('what does not speak against the number does not count', async () => {
  const all = await makeActivities(3)
  for (const [i, sent] of all.entries()) await settle(sent, 1, 'hard', 10 * i, i !== 1)
  await drain(50)
  expect(await standing(all[0]!.workspaceId)).toEqual([])
})

test('a delivery in between restarts the count', async () => {
  const [a, b, c, d] = (await makeActivities(4)) as [SentRing, SentRing, SentRing, SentRing]
  await settle(a, 1, 'hard', 10)
  await settle(b, 1, 'hard', 20)
  await settle(c, 1, 'delivered', 30)
  await settle(d, 1, 'hard', 40)
  await drain(50)
  expect(await standing(a.workspaceId)).toEqual([])
})

test('a later delivery opens a closed number, also one of a message that had bounced', async () => {
  const [a, b, c] = (await makeActivities(3)) as [SentRing, SentRing, SentRing]
  for (const sent of [a, b, c]) await settle(sent, 1, 'hard', 10)
  await drain(20)
  await settle(b, 1, 'delivered', 30)
  await drain(40)
  expect(await standing(a.workspaceId)).toEqual([{ address: phoneOf(1), released: 'delivery' }])
})

test('what a person released stays open until three new ones', async () => {
  const all = (await makeActivities(6)) as SentRing[]
  for (const sent of all.slice(0, 3)) await settle(sent, 1, 'hard', 10)
  await drain(20)
  const { workspaceId } = all[0]!
  await db.run(
    sql`update suppressions set released_at = ${at(30)}, released_by = 'anna@example.com' where workspace_id = ${workspaceId}`,
  )
  for (const [i, sent] of all.slice(3).entries()) {
    await settle(sent, 1, 'hard', 40 + i)
    await drain(50 + i)
    expect((await standing(workspaceId)).map(row => row.released)).toEqual(
      i < 2 ? ['anna@example.com'] : ['anna@example.com', null],
    )
  }
})

test('two profiles with one number in one activity are one bounce', async () => {
  const [a, b] = (await makeActivities(2)) as [SentRing, SentRing]
  for (const sent of [a, b])
    await db.run(
      sql`update messages set address = ${phoneOf(1)} where activity_id = ${sent.activityId} and profile_id = 2`,
    )
  await db.run(
    sql`insert into profile_keys (value, workspace_id, kind, profile_id) values (${phoneOf(1)}, ${a.workspaceId}, 'phone', 2)`,
  )
  for (const sent of [a, b]) for (const profile of [1, 2]) await settle(sent, profile, 'hard', 10)
  await drain(20)
  expect(await standing(a.workspaceId)).toEqual([])
})

test('an e-mail that was accepted and not returned restarts the count, and one that was returned does not', async () => {
  const all = (await makeActivities(6)) as SentRing[]
  const address = 'anna@example.net'
  const { workspaceId } = all[0]!
  await db.run(
    sql`insert into profile_keys (value, workspace_id, kind, profile_id) values (${address}, ${workspaceId}, 'email', 1)`,
  )
  for (const { activityId } of all) {
    await db.run(sql`update activities set content = content || '{"channel": "email"}'::jsonb where id = ${activityId}`)
    await db.run(sql`update messages set address = ${address} where activity_id = ${activityId} and profile_id = 1`)
  }
  const review = () => closeAfterHardBounces(db, { workspaceId, channel: 'email', address }, at(100))
  const accepted = ({ activityId }: SentRing, seconds: number) =>
    db.run(sql`insert into answers (bucket, activity_id, profile_id, n, part, outcome, counts, gateway_id, at)
      values (1, ${activityId}, 1, 1, 0, 'accepted', false, 1, ${at(seconds)})`)
  const [a, b, c, d, e, f] = all as [SentRing, SentRing, SentRing, SentRing, SentRing, SentRing]
  await settle(a, 1, 'hard', 10)
  await settle(b, 1, 'hard', 20)
  await accepted(c, 30)
  await db.run(sql`update messages set status = 'delivered' where activity_id = ${c.activityId} and profile_id = 1`)
  await accepted(d, 40)
  await settle(d, 1, 'hard', 41)
  await review()
  expect(await standing(workspaceId)).toEqual([])
  for (const sent of [e, f]) await settle(sent, 1, 'hard', 50)
  await review()
  expect(await standing(workspaceId)).toEqual([{ address, released: null }])
})

test('another workspace is not concerned', async () => {
  const sents = [await makeSent(db), await makeSent(db), await makeSent(db)]
  for (const sent of sents) await settle(sent, 1, 'hard', 10)
  await drain(20)
  for (const sent of sents) expect(await standing(sent.workspaceId)).toEqual([])
})

test('many drains at once close each number once', async () => {
  const profiles = Array.from({ length: 40 }, (_, n) => n + 1)
  const first = await makeSent(db, { profiles })
  const all = [first, await makeSent(db, { into: first, profiles }), await makeSent(db, { into: first, profiles })]
  for (const sent of all) for (const profile of profiles) await settle(sent, profile, 'hard', 10)
  await Promise.all([1, 2, 3].map(() => drain(20)))
  await Promise.all(
    profiles.map(profile =>
      closeAfterHardBounces(db, { workspaceId: first.workspaceId, channel: 'sms', address: phoneOf(profile) }, at(30)),
    ),
  )
  expect(await standing(first.workspaceId)).toHaveLength(40)
})
