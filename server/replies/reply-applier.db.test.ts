import { expect, test } from 'vitest'
import { encodeUcs2 } from '../../core/sms/gsm-alphabet.ts'
import { ownDatabase } from '../../test/database.ts'
import { makeTestSms } from '../activities/test-sms.fixture.ts'
import { at, makeSent, phoneOf, type SentRing, sums } from '../clicks/ring.fixture.ts'
import { forgetRecords } from '../inbox/forget.ts'
import { Tallies } from '../messages/tallies.ts'
import { sql } from '../platform/db/sql.ts'
import { forgetReplies } from './forget.ts'
import { applyOverdueReplies, applyReplies } from './reply-applier.ts'
import { type ReplyRow, replyKind } from './reply-kind.ts'

const db = await ownDatabase({ installedAt: new Date() })

let seq = 0
const reply = (sent: SentRing, text: string, { profile = 1, seconds = 60, sender = 'ACME' } = {}): ReplyRow => ({
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

const optOutsOf = (workspaceId: number) =>
  db.query<{ phone: string; topic: number | null; released: string | null }>(
    sql`select address as phone, topic_id as topic, released_by as released from opt_outs where workspace_id = ${workspaceId} order by id`,
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
  expect(await optOutsOf(first.workspaceId)).toEqual([{ phone: phoneOf(1), topic: second.topicIds[0], released: null }])
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
  expect(await optOutsOf(sent.workspaceId)).toEqual([
    { phone: phoneOf(1), topic: sent.topicIds[0], released: 'person' },
  ])
  expect(await sums(db, sent.activityId)).toEqual({ unsubscribed: 1, 'series unsubscribed': 1 })
})

test('STOP, START, STOP in one batch end as said last', async () => {
  const sent = await makeSent(db)
  await apply([reply(sent, 'STOP'), reply(sent, 'START'), reply(sent, 'STOP'), reply(sent, 'STOP', { profile: 2 })])
  expect((await optOutsOf(sent.workspaceId)).map(no => [no.phone, no.released])).toEqual([
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
  expect(await optOutsOf(sent.workspaceId)).toEqual(
    [1, 77, 2].map(profile => ({ phone: phoneOf(profile), topic: null, released: null })),
  )
  expect(await sums(db, sent.activityId)).toEqual({ unsubscribed: 1, 'series unsubscribed': 1 })
})

test('STOP after a test SMS stops what a message to the number was about; where there was none, everything', async () => {
  const sent = await makeSent(db)
  const { workspaceId, gatewayId } = sent
  for (const profile of [1, 78]) {
    const id = await makeTestSms(db, { workspaceId, gatewayId, sender: 'ACME', phone: phoneOf(profile), now: at(10) })
    await db.run(sql`update messages set t0 = ${at(50)} where activity_id = ${id}`)
  }
  await apply([reply(sent, 'STOP'), reply(sent, 'STOP', { profile: 78 })])
  expect(await optOutsOf(workspaceId)).toEqual([
    { phone: phoneOf(1), topic: sent.topicIds[0], released: null },
    { phone: phoneOf(78), topic: null, released: null },
  ])
  expect(await replies(workspaceId)).toMatchObject([{ profile: 1, activity: sent.activityId }, { activity: null }])
})

test('an answer that overtakes the gateway’s finds its message by the attempt', async () => {
  const sent = await makeSent(db)
  await db.run(sql`update messages set t0 = null, status = 'queued' where activity_id = ${sent.activityId}`)
  await db.run(sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at)
    values (1, ${sent.activityId}, 1, 1, 1, ${sent.gatewayId}, 1, ${at(50)})`)
  await apply([reply(sent, 'STOP'), reply(sent, 'STOP', { profile: 2 })])
  expect((await optOutsOf(sent.workspaceId)).map(no => no.topic)).toEqual([sent.topicIds[0], null])
})

test('after a week the reply still stops, and no longer counts in the report', async () => {
  const sent = await makeSent(db)
  await apply([reply(sent, 'STOP', { seconds: 8 * 24 * 3600 })])
  expect((await optOutsOf(sent.workspaceId)).map(no => no.topic)).toEqual(sent.topicIds)
  expect(await sums(db, sent.activityId)).toEqual({})
})

test('a reply that is no keyword is kept for a person and stops nothing; a zero byte breaks nothing', async () => {
  const sent = await makeSent(db)
  await apply([reply(sent, 'When do you open?\u0000'), reply(sent, 'HELP')])
  expect(await optOutsOf(sent.workspaceId)).toEqual([])
  expect(await replies(sent.workspaceId)).toMatchObject([
    { kind: 'other', text: 'When do you open?' },
    { kind: 'help' },
  ])
})

test('the same number in another workspace is not touched', async () => {
  const [one, other] = [await makeSent(db), await makeSent(db)]
  await apply([reply(one, 'STOP')])
  expect(await optOutsOf(other.workspaceId)).toEqual([])
  expect(await sums(db, other.activityId)).toEqual({})
})

const sayAll = (rows: ReplyRow[]) => db.tx(tx => applyReplies(tx, rows, new Tallies()))
const from = (sent: SentRing, number: string, text: string, more: Partial<ReplyRow['body']> = {}): ReplyRow => {
  const row = reply(sent, text)
  return { ...row, body: { ...row.body, number, ...more } }
}

test.each([
  ['0701740001', 2],
  ['701740001', 2],
  ['0701740001', 0],
  ['46701740001', 1],
  ['46701740001', 0],
  ['+46701740001', 1],
  ['0046701740001', 0],
])('STOP from %s with the type of number %i is of the profile that was sent to', async (number, ton) => {
  const sent = await makeSent(db)
  await sayAll([from(sent, number, 'STOP', { ton })])
  expect(await optOutsOf(sent.workspaceId)).toEqual([{ phone: phoneOf(1), topic: sent.topicIds[0], released: null }])
  expect(await replies(sent.workspaceId)).toMatchObject([{ profile: 1, activity: sent.activityId, kind: 'opt_out' }])
})

test('a number at home is found by the country that was written to, also from a workspace elsewhere', async () => {
  const sent = await makeSent(db, { country: 'DE' })
  await sayAll([from(sent, '0701740001', 'STOP', { ton: 2 })])
  expect((await optOutsOf(sent.workspaceId)).map(no => no.phone)).toEqual([phoneOf(1)])
})

test('where nothing was sent, the workspace’s country makes the number of it, and no number is made of anything else', async () => {
  const sent = await makeSent(db)
  await sayAll([
    from(sent, '0701740699', 'STOP', { ton: 2 }),
    from(sent, 'Mum', 'STOP', { ton: 5 }),
    from(sent, '12', 'STOP'),
  ])
  expect(await optOutsOf(sent.workspaceId)).toEqual([{ phone: '+46701740699', topic: null, released: null }])
  const kept = await db.query(
    sql`select address as phone, kind from replies where workspace_id = ${sent.workspaceId} order by source, seq`,
  )
  expect(kept).toEqual([
    { phone: '+46701740699', kind: 'opt_out' },
    { phone: 'Mum', kind: 'opt_out' },
    { phone: '12', kind: 'opt_out' },
  ])
})

test.each(['+46712345678', '46712345678', '0046712345678', '0712345678', '712345678'])(
  'a reply to our own number as %s belongs to its activity',
  async sender => {
    const sent = await makeSent(db, { sender: '+46712345678' })
    await sayAll([from(sent, phoneOf(1), 'When do you open?', { sender })])
    expect(await replies(sent.workspaceId)).toMatchObject([{ profile: 1, activity: sent.activityId }])
  },
)

test('a reply down another workspace’s bind belongs to the workspace that last sent to the number from that sender', async () => {
  const account = 'one account'
  const old = await makeSent(db, { account })
  const other = await makeSent(db, { account, sender: 'Else' })
  const last = await makeSent(db, { account })
  await db.run(sql`update messages set t0 = ${at(20)} where activity_id = ${last.activityId}`)
  await apply([reply(old, 'STOP'), reply(other, 'When do you open?', { profile: 2 })])
  expect(await optOutsOf(last.workspaceId)).toEqual([{ phone: phoneOf(1), topic: last.topicIds[0], released: null }])
  expect(await sums(db, last.activityId)).toEqual({ unsubscribed: 1, 'series unsubscribed': 1 })
  expect(await replies(last.workspaceId)).toMatchObject([
    { profile: 1, activity: last.activityId, kind: 'opt_out' },
    { profile: 2, activity: last.activityId, kind: 'other' },
  ])
  for (const { workspaceId } of [old, other]) {
    expect(await optOutsOf(workspaceId)).toEqual([])
    expect(await replies(workspaceId)).toEqual([])
  }
  const [kept] = await db.query(
    sql`select distinct gateway_id as gateway from replies where workspace_id = ${last.workspaceId}`,
  )
  expect(kept).toEqual({ gateway: last.gatewayId })
})

test('a STOP that answers no message holds for every workspace of the account, and START takes back just that', async () => {
  const account = 'another account'
  const one = await makeSent(db, { account })
  const two = await makeSent(db, { account })
  const apart = await makeSent(db)
  await db.run(sql`insert into opt_outs (id, workspace_id, channel, address, at, source)
    values (nextval('opt_out_ids'), ${two.workspaceId}, 'sms', ${phoneOf(78)}, ${at(1)}, 'person')`)
  await apply([reply(one, 'STOP', { profile: 77 }), reply(one, 'STOP', { profile: 78 })])
  const phones = async (sent: SentRing) =>
    (await optOutsOf(sent.workspaceId)).filter(no => no.released === null).map(no => no.phone)
  expect(await phones(one)).toEqual([phoneOf(77), phoneOf(78)])
  expect((await phones(two)).sort()).toEqual([phoneOf(77), phoneOf(78)])
  expect(await phones(apart)).toEqual([])
  const [there] = await db.query<{ evidence: object }>(
    sql`select evidence from opt_outs where workspace_id = ${two.workspaceId} and address = ${phoneOf(77)}`,
  )
  expect(there?.evidence).not.toHaveProperty('text')
  await apply([reply(one, 'START', { profile: 77 }), reply(one, 'START', { profile: 78 })])
  expect(await phones(one)).toEqual([])
  expect(await phones(two)).toEqual([phoneOf(78)])
})

/** A text as a phone sends it in parts. */
function inParts(sent: SentRing, reference: number, texts: string[], numbers = texts.map((_, i) => i + 1)): ReplyRow[] {
  return numbers.map(number => {
    const text = texts[number - 1]!
    const units = Buffer.from(encodeUcs2(text)).toString('hex')
    const row = reply(sent, text.toWellFormed())
    return { ...row, body: { ...row.body, part: { reference, total: texts.length, number, units } } }
  })
}
const kinds = async (sent: SentRing) =>
  db.query<{ kind: string; text: string }>(
    sql`select kind, text from replies where workspace_id = ${sent.workspaceId} order by source, seq`,
  )
const later = () => new Date(Date.now() + 31_000)

test('a long text is judged as one: its second part that begins with "stop" stops nothing', async () => {
  const sent = await makeSent(db)
  await apply(inParts(sent, 7, ['I will be late today. Could you ', 'stop by the door?']))
  expect(await kinds(sent)).toEqual([
    { kind: 'looks_like_opt_out', text: 'I will be late today. Could you stop by the door?' },
  ])
  expect(await optOutsOf(sent.workspaceId)).toEqual([])
})

test('parts in any order, in batches of their own, twice and down several binds are one text; so is what is replayed', async () => {
  const account = 'parts'
  const sent = await makeSent(db, { account })
  const beside = await makeSent(db, { account, profiles: [50] })
  const texts = ['STOP\n> Hi Anna, the autumn coll', 'ection has come to our st', 'ores 🙂']
  const rows = inParts(sent, 9, texts, [3, 1, 1, 3])
  await apply([rows[0]!])
  await apply([{ ...rows[1]!, gatewayId: beside.gatewayId }, rows[2]!])
  expect(await optOutsOf(sent.workspaceId)).toEqual([])
  const [second] = inParts(sent, 9, texts, [2])
  await apply([second!])
  await apply([second!, rows[3]!])
  await applyOverdueReplies(db, later(), 5)
  expect(await kinds(sent)).toEqual([{ kind: 'opt_out', text: texts.join('') }])
  expect((await optOutsOf(sent.workspaceId)).map(no => no.topic)).toEqual(sent.topicIds)
})

test('an emoji that was cut between two parts is whole again', async () => {
  const sent = await makeSent(db)
  await apply(inParts(sent, 10, ['Thanks \ud83d', '\ude42!']))
  expect(await kinds(sent)).toEqual([{ kind: 'other', text: 'Thanks 🙂!' }])
})

test('two texts with one reference, one after the other, are two', async () => {
  const sent = await makeSent(db)
  await apply(inParts(sent, 11, ['one ', 'two']))
  await apply(inParts(sent, 11, ['three ', 'four']))
  await apply(inParts(sent, 11, ['lost'.padEnd(9, '.'), 'x'], [1]))
  await apply(inParts(sent, 11, ['STOP\n', 'five']))
  expect((await kinds(sent)).map(({ text }) => text).sort()).toEqual([
    'STOP\nfive',
    'lost..... … ',
    'one two',
    'three four',
  ])
})

test.each<[string, string[], number[], string, number]>([
  ['a STOP whose rest does not come', ['STOP\n> Hi Anna', 'x'], [1], 'opt_out', 1],
  ['a text without its beginning', ['x', 'stop by the door?'], [2], 'looks_like_opt_out', 0],
  ['STOP without its beginning', ['x', 'STOP'], [2], 'looks_like_opt_out', 0],
  ['START without its beginning', ['x', 'START'], [2], 'other', 0],
  ['a text with a gap', ['I cannot ', 'x', 'stop'], [3, 1], 'other', 0],
])('%s is judged after the time for the rest: %s', async (_, texts, numbers, kind, stopped) => {
  const sent = await makeSent(db)
  await apply(inParts(sent, 12, texts, numbers))
  expect(await applyOverdueReplies(db, new Date(), 5)).toBe(0)
  expect(await kinds(sent)).toEqual([])
  await applyOverdueReplies(db, later(), 5)
  await applyOverdueReplies(db, later(), 5)
  expect((await kinds(sent)).map(one => one.kind)).toEqual([kind])
  expect(await optOutsOf(sent.workspaceId)).toHaveLength(stopped)
})

test('an erase finds what was said in parts, down another bind, and in a number as it is dialled at home', async () => {
  const account = 'erased'
  const sent = await makeSent(db, { account })
  const beside = await makeSent(db, { account, profiles: [51] })
  const rows = [...inParts(sent, 30, ['My secret ', 'is this']), ...inParts(sent, 31, ['And another ', 'x'], [1])]
  for (const row of rows) row.gatewayId = beside.gatewayId
  await db.run(sql`insert into inbox (source, seq, kind, gateway_id, at, body)
    select u.source, u.seq, 'reply', ${beside.gatewayId}, ${at(60)}, u.body::json from unnest(${rows.map(row => row.source)}::bigint[],
      ${rows.map(row => row.seq)}::bigint[], ${rows.map(row => JSON.stringify(row.body))}::text[]) as u (source, seq, body)`)
  await apply(rows)
  const addresses = { sms: [phoneOf(1)], email: [] }
  const person = { workspaceId: sent.workspaceId, profileId: 1, addresses, tests: [], now: at(100) }
  await db.tx(async tx => {
    await forgetRecords(tx, person, [replyKind])
    await forgetReplies(tx, person)
  })
  const left = await db.query<{ text: string }>(
    sql`select concat(number, units) as text from reply_parts where source = 1 and seq = any(${rows.map(row => row.seq)}::bigint[])
      union select concat(body->>'number', body->>'text', body->>'part') from inbox where source = 1
      union select concat(address, text) from replies where workspace_id = ${sent.workspaceId}`,
  )
  expect(left).toEqual([{ text: '' }])
})

test('an erase passes over what an earlier version kept: half an emoji, a zero byte', async () => {
  const sent = await makeSent(db)
  const rows = ['Hi \ud83d', 'a\u0000b', 'plain \\u0000'].map(text => reply(sent, text))
  await db.run(sql`insert into inbox (source, seq, kind, gateway_id, at, body)
    select 1, u.seq, 'reply', ${sent.gatewayId}, ${at(60)}, u.body::json from unnest(
      ${rows.map(row => row.seq)}::bigint[], ${rows.map(row => JSON.stringify(row.body))}::text[]) as u (seq, body)`)
  await apply(rows)
  const addresses = { sms: [phoneOf(1)], email: [] }
  await db.tx(tx =>
    forgetRecords(tx, { workspaceId: sent.workspaceId, profileId: 1, addresses, tests: [] }, [replyKind]),
  )
  const bodies = await db.query(
    sql`select body from inbox where source = 1 and seq = any(${rows.map(row => row.seq)}::bigint[])`,
  )
  expect(bodies).toEqual(rows.map(() => ({ body: { number: '', sender: 'ACME' } })))
})
