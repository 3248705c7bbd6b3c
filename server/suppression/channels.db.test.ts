/** An opt-out and a suppression hold on their channel, and on no other. */
import { describe, expect, test } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { barredAddress } from '../audience/barred-address.ts'
import { at, makeSent, phoneOf, type SentRing } from '../clicks/ring.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import type { Address } from './addresses.ts'
import { drainOutbox } from './drain.ts'
import { type OptOut, optInAll, optOut, undoOptOut } from './opt-out.ts'

const db = await ownDatabase({ max: 4, installedAt: new Date() })

const address = 'anna@example.com'
const said = (one: Address, more: Partial<OptOut> = {}): OptOut => ({
  ...one,
  topicIds: null,
  source: 'person',
  evidence: {},
  now: at(100),
  ...more,
})
const on = (channel: Address['channel'], { workspaceId }: SentRing, one = address): Address => ({
  workspaceId,
  channel,
  address: one,
})

describe('an opt-out', () => {
  test.each([
    ['email', 'sms'],
    ['sms', 'email'],
  ] as const)('on %s does not bar the same address on %s', async (channel, other) => {
    const sent = await makeSent(db)
    await optOut(db, said(on(channel, sent)))
    expect(await barredAddress(db, on(channel, sent), sent.topicIds)).toBe('opted_out')
    expect(await barredAddress(db, on(other, sent), sent.topicIds)).toBeNull()
  })

  test('is lifted by an opt-in on its channel only', async () => {
    const sent = await makeSent(db)
    for (const channel of ['sms', 'email'] as const) await optOut(db, said(on(channel, sent)))
    await db.tx(tx => optInAll(tx, [{ ...on('sms', sent), topicIds: null, now: at(200) }]))
    expect(await barredAddress(db, on('sms', sent), sent.topicIds)).toBeNull()
    expect(await barredAddress(db, on('email', sent), sent.topicIds)).toBe('opted_out')
  })

  test('is taken back on the page of its message for its channel only', async () => {
    const sent = await makeSent(db)
    const through = { activityId: sent.activityId, profileId: 1 }
    for (const channel of ['sms', 'email'] as const)
      await optOut(db, said(on(channel, sent), { ...through, source: 'link' }))
    expect(await undoOptOut(db, { ...on('email', sent), ...through, now: at(160) })).toBe(1)
    expect(await barredAddress(db, on('email', sent), sent.topicIds)).toBeNull()
    expect(await barredAddress(db, on('sms', sent), sent.topicIds)).toBe('opted_out')
  })
})

describe('hard bounces', () => {
  const complaints: string[] = []
  const drain = () => drainOutbox(db, at(900), (error, what) => complaints.push(`${what}: ${error}`))

  async function bounce(sent: SentRing, channel: string, to: string): Promise<void> {
    const { activityId, workspaceId } = sent
    const message = sql`activity_id = ${activityId} and profile_id = 1`
    await db.run(
      sql`update activities set content = content || ${JSON.stringify({ channel })}::jsonb where id = ${activityId}`,
    )
    await db.run(sql`update messages set status = 'bounced_hard', address = ${to} where ${message}`)
    await db.run(sql`insert into receipts (bucket, activity_id, profile_id, n, part, outcome, counts, at, source, seq)
      values (1, ${activityId}, 1, 1, 1, 'hard', true, ${at(10)}, 1, ${activityId})`)
    await db.run(sql`insert into outbox (bucket, activity_id, profile_id, kind, workspace_id, body, at)
      values (1, ${activityId}, 1, 'hard_bounce', ${workspaceId}, ${JSON.stringify({ address: to })}::jsonb, ${at(10)})`)
  }

  async function activities(n: number): Promise<SentRing[]> {
    const first = await makeSent(db)
    const all = [first]
    while (all.length < n) all.push(await makeSent(db, { into: first }))
    return all
  }

  const closed = ({ workspaceId }: SentRing) =>
    db.query(sql`select channel, address from suppressions where workspace_id = ${workspaceId} order by id`)

  test('of e-mails close the e-mail address, by the rule of the channel, and are listed with it', async () => {
    const sents = await activities(3)
    const [first] = sents as [SentRing]
    await db.run(
      sql`insert into profile_keys (value, workspace_id, kind, profile_id) values (${address}, ${first.workspaceId}, 'email', 1)`,
    )
    for (const sent of sents) await bounce(sent, 'email', address)
    await drain()
    expect(await closed(first)).toEqual([{ channel: 'email', address }])
    expect(await barredAddress(db, on('email', first), first.topicIds)).toBe('hard_bounces')
    expect(await barredAddress(db, on('sms', first, phoneOf(1)), first.topicIds)).toBeNull()
    const [told] = await db.query<{ action: string; channel: string }>(
      sql`select action, details->>'channel' as channel from audit where workspace_id = ${first.workspaceId}`,
    )
    expect(told).toEqual({ action: 'suppression.close', channel: 'email' })
  })

  test('on two channels are not added up', async () => {
    const sents = await activities(4)
    for (const [i, sent] of sents.entries()) await bounce(sent, i % 2 === 0 ? 'email' : 'sms', phoneOf(1))
    await drain()
    expect(await closed(sents[0]!)).toEqual([])
  })

  test('on a channel that this version does not know wait and are named; those of others continue', async () => {
    const sents = await activities(4)
    const [unknown, ...known] = sents as [SentRing, SentRing, SentRing, SentRing]
    await bounce(unknown, 'fax', phoneOf(1))
    for (const sent of known) await bounce(sent, 'sms', phoneOf(1))
    complaints.length = 0
    expect(await drain()).toBe(3)
    expect(await closed(unknown)).toEqual([{ channel: 'sms', address: phoneOf(1) }])
    expect(complaints).toEqual([
      '1 hard bounces wait in the outbox: UnknownChannel: channel “fax” is unknown; this version knows sms, email',
    ])
    expect(await db.query(sql`select activity_id as id from outbox`)).toEqual([{ id: unknown.activityId }])
  })
})
