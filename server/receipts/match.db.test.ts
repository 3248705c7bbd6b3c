/** Receipts find their message by the gateway's id, whatever its form, over which bind they come and how late. */

import { beforeAll, describe, expect, test } from 'vitest'
import { contentOf } from '../../core/activities/content.ts'
import { ownDatabase } from '../../test/database.ts'
import { testKeys } from '../../test/keys.ts'
import { createWorkspace } from '../access/workspaces.ts'
import { makeTestSms } from '../activities/test-sms.fixture.ts'
import type { ReceiptBody } from '../gateways/delivered.ts'
import { addGateway } from '../gateways/gateways.ts'
import { sql } from '../platform/db/sql.ts'
import { matchReceipts } from './match.ts'
import { matchUnknown } from './match-unknown.ts'
import { mayBeUnknown } from './unknown-numbers.ts'

const now = new Date('2026-11-28T12:00:00Z')
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000)
const db = await ownDatabase({ installedAt: now })
const address = { host: 'smsc.example', port: 2775, password: 'x' }
let ours: number
let theirs: number
let foreign: number
let people = 0

beforeAll(async () => {
  const gateways: number[] = []
  for (const [name, systemId] of [
    ['Alpha', 'acct'],
    ['Beta', 'acct'],
    ['Gamma', 'another'],
  ] as const) {
    const { id: workspaceId } = await createWorkspace(db, { name, owner: null, actor: 'test' }, now)
    const { id } = await addGateway(
      db,
      testKeys,
      { kind: 'smpp', settings: { ...address, systemId }, workspaceId, name: 'gate', actor: 'test' },
      now,
    )
    gateways.push(id)
  }
  ;[ours = 0, theirs = 0, foreign = 0] = gateways
})

/** A message whose part has this id; its number is returned with its profile. */
async function sent(
  providerId: string,
  {
    gatewayId = ours,
    phone = '',
    parts = 1,
    part = 1,
    at = now,
  }: { gatewayId?: number; phone?: string | null; parts?: number; part?: number; at?: Date } = {},
): Promise<{ profileId: number; phone: string }> {
  const profileId = ++people
  const number = phone === '' ? `+4670174${1000 + profileId}` : phone
  const key = sql`${profileId & 255}::int, 1::bigint, ${profileId}::bigint`
  await db.run(sql`insert into messages (bucket, activity_id, profile_id, workspace_id, address, status, parts)
    select ${key}, 1, ${number}::text, 'pending', ${parts}::smallint`)
  await db.run(sql`insert into answers (bucket, activity_id, profile_id, n, part, outcome, gateway_id, at, provider_id)
    select ${key}, 1, ${part}::smallint, 'accepted', ${gatewayId}::int, ${at}::timestamptz, ${providerId}::text`)
  return { profileId, phone: number ?? '' }
}

const body = (providerId: string, number: string, more: Partial<ReceiptBody> = {}): ReceiptBody => ({
  providerId,
  state: 'delivered',
  counts: false,
  code: 'dlr:delivrd',
  number: number.replace('+', ''),
  sender: 'Shop',
  ...more,
})

async function matched(what: ReceiptBody, { over = ours, at = daysAgo(0.1) } = {}): Promise<number | undefined> {
  const [match] = await matchReceipts(db, [{ gatewayId: over, body: what, at }], now)
  return match !== undefined && 'profileId' in match ? match.profileId : undefined
}

describe('the id decides', () => {
  const answers: [string, string][] = [
    ['000123456', '123456'],
    ['123457', '0000123457'],
    ['00AbCdE1', 'abcde1'],
    ['abcde2', '0ABCDE2'],
    ['1a2b3c4d', String(0x1a2b3c4d)],
    [String(0x1a2b3c4e), '1A2B3C4E'],
    ['0000001a2b3c50', String(0x1a2b3c50)],
    [String(0x1a2b3c51), '00001a2b3c51'],
    ['7001234', '0x6ad492'],
    ['7001235', '7001235.0'],
    ['9'.repeat(30), BigInt('9'.repeat(30)).toString(16)],
    ['A'.repeat(200), 'a'.repeat(200)],
    ['6f1c2d9e-8a4b-4f5e-9c1d-2b3a4c5d6e7f', '6F1C2D9E-8A4B-4F5E-9C1D-2B3A4C5D6E7F'],
    ['ÅÄÖ/1', 'ÅÄÖ/1'],
  ]
  test.each(answers)('answered %s, receipt %s', async (answered, written) => {
    const { profileId, phone } = await sent(answered)
    expect(await matched(body(written, phone))).toBe(profileId)
    expect(await matched(body('nowhere', phone, { otherIds: [written] }))).toBe(profileId)
  })

  test.each([
    '0701741000',
    '701741000',
    '46701741000',
    '0046701741000',
    '9946701741000',
    'Anna',
    '72345',
    '',
    '+46 70-174 10 00',
  ])('its number written as "%s"', async number => {
    const { profileId } = await sent(`n-${number}`, { phone: '+46701741000' })
    expect(await matched(body(`n-${number}`, '', { number }), { at: now })).toBe(profileId)
  })

  test('addresses that are not turned', async () => {
    const { profileId, phone } = await sent('turned')
    expect(await matched(body('turned', '4611122233344', { sender: phone.slice(1) }), { at: now })).toBe(profileId)
  })

  test('a month late, and a year', async () => {
    const { profileId, phone } = await sent('late', { at: daysAgo(31) })
    expect(await matched(body('late', phone))).toBe(profileId)
    const old = await sent('very-late', { at: daysAgo(366) })
    expect(await matched(body('very-late', ''))).toBe(old.profileId)
  })

  test('another number counts a moment later: the answer with the id for that number may be under way', async () => {
    const { profileId } = await sent('other-number')
    expect(await matched(body('other-number', '+4799887766'), { at: now })).toBeUndefined()
    expect(await matched(body('other-number', '+4799887766'), { at: new Date(now.getTime() - 6_000) })).toBe(profileId)
  })

  test('a message whose person was erased', async () => {
    const { profileId } = await sent('erased', { phone: null })
    const [match] = await matchReceipts(db, [{ gatewayId: ours, body: body('erased', '+46701749999') }], now)
    expect(match).toMatchObject({ profileId, erased: true })
  })

  test('an id that nobody gave matches nothing', async () => {
    const { phone } = await sent('known')
    expect(await matched(body('unheard', phone))).toBeUndefined()
    expect(await matched(body('', phone))).toBeUndefined()
  })
})

describe('an id that is used again', () => {
  test('belongs to the number, in any form, then to the newest', async () => {
    const first = await sent('42', { at: daysAgo(2), phone: '+46701742001' })
    const second = await sent('42', { at: daysAgo(1), phone: '+46701742002' })
    const third = await sent('0042', { phone: '+46701742001' })
    expect(await matched(body('42', '0701742001'))).toBe(first.profileId)
    expect(await matched(body('42', '701742002'))).toBe(second.profileId)
    expect(await matched(body('42', ''))).toBe(second.profileId)
    expect(await matched(body('0042', '+46701742001'))).toBe(third.profileId)
    expect(await matched(body('00042', '+46701742001'))).toBe(third.profileId)
  })

  test('hexadecimal against decimal needs the number where two fit', async () => {
    const one = await sent('1001')
    const two = await sent('03E9')
    expect(await matched(body('1001', one.phone))).toBe(one.profileId)
    expect(await matched(body('03e9', two.phone))).toBe(two.profileId)
    const three = await sent('2001')
    const other = await sent('5001', { phone: '+46701743001' })
    expect(await matched(body('7d1', three.phone))).toBe(three.profileId)
    expect(await matched(body('1389', '+4799887766'))).toBeUndefined()
    expect(await matched(body('1389', '0701743001'))).toBe(other.profileId)
  })
})

describe('an account', () => {
  test('takes a receipt over the bind of another workspace, and of a gateway that was removed', async () => {
    const { profileId, phone } = await sent('account', { gatewayId: theirs })
    expect(await matched(body('account', phone), { over: ours })).toBe(profileId)
    await db.run(sql`update gateways set removed_at = ${now} where id = ${theirs}`)
    expect(await matched(body('account', phone), { over: ours })).toBe(profileId)
    await db.run(sql`update gateways set removed_at = null where id = ${theirs}`)
  })

  test('has ids of its own: the same id of another account is another message', async () => {
    const here = await sent('same', { phone: '+46701744001' })
    const there = await sent('same', { phone: '+46701744001', gatewayId: foreign })
    expect(await matched(body('same', '+46701744001'), { over: ours })).toBe(here.profileId)
    expect(await matched(body('same', '+46701744001'), { over: foreign })).toBe(there.profileId)
    await sent('only-there', { gatewayId: foreign })
    expect(await matched(body('only-there', ''), { over: ours })).toBeUndefined()
  })
})

test('a receipt for all parts says so where it covers them all', async () => {
  const { phone } = await sent('long', { parts: 3 })
  const part = async (covers: number) =>
    (await matchReceipts(db, [{ gatewayId: ours, body: body('long', phone, { covers }) }], now))[0]?.part
  expect(await part(3)).toBe(0)
  expect(await part(2)).toBe(1)
})

test('one id for all parts of a message: a receipt for it is for all of them', async () => {
  const { profileId, phone } = await sent('shared', { parts: 3 })
  for (const part of [2, 3])
    await db.run(sql`insert into answers (bucket, activity_id, profile_id, n, part, outcome, gateway_id, at, provider_id)
      values (${profileId & 255}, 1, ${profileId}, 1, ${part}, 'accepted', ${ours}, ${now}, 'SHARED')`)
  const [match] = await matchReceipts(db, [{ gatewayId: ours, body: body('shared', phone) }], now)
  expect(match).toMatchObject({ profileId, part: 1 })
  const [same] = await matchReceipts(db, [{ gatewayId: ours, body: body('SHARED', phone) }], now)
  expect(same).toMatchObject({ profileId, n: 1, part: 0 })
})

test('an id that was given for the whole message: a receipt for it is for the whole message', async () => {
  const { profileId, phone } = await sent('whole', { parts: 3, part: 0 })
  const [match] = await matchReceipts(db, [{ gatewayId: ours, body: body('whole', phone) }], now)
  expect(match).toMatchObject({ profileId, n: 1, part: 0 })
})

describe('an attempt of which nobody knows', () => {
  async function unknown(phone: string, gatewayId: number, workspace: string): Promise<number> {
    const profileId = 100_000 + ++people
    const key = sql`${profileId & 255}::int, 9::bigint, ${profileId}::bigint`
    const of = sql`(select id from workspaces where name = ${workspace})`
    await db.run(sql`insert into activities (id, workspace_id, name, content, gateway_id, state, created_at, updated_at)
      select 9, ${of}, 'A', ${JSON.stringify(contentOf({ channel: 'sms', sender: '+46766861000' }))}::jsonb, ${gatewayId}, 'sending', ${now}, ${now} on conflict do nothing`)
    await db.run(
      sql`insert into profile_keys (value, workspace_id, kind, profile_id) select ${phone}::text, ${of}, 'phone', ${profileId}::bigint`,
    )
    await db.run(sql`insert into messages (bucket, activity_id, profile_id, workspace_id, address, status, parts)
      select ${key}, 1, ${phone}::text, 'pending', 1`)
    await attempt(profileId, { n: 1, of: 1, carried: null, gatewayId, unknown: 0 })
    return profileId
  }

  async function attempt(
    profileId: number,
    one: { n: number; of: number; carried: number | null; gatewayId: number; unknown: number },
  ): Promise<void> {
    const key = sql`${profileId & 255}::int, 9::bigint, ${profileId}::bigint, ${one.n}::smallint`
    await db.run(sql`insert into attempts (bucket, activity_id, profile_id, n, try, parts, gateway_id, session_id, at)
      select ${key}, ${one.of}::smallint, ${one.carried}::int, ${one.gatewayId}::int, 1, ${now}::timestamptz`)
    await db.run(sql`insert into answers (bucket, activity_id, profile_id, n, part, outcome, gateway_id, at)
      select ${key}, ${one.unknown}::smallint, 'unknown', ${one.gatewayId}::int, ${now}::timestamptz`)
  }

  const accept = (profileId: number, n: number, part: number) =>
    db.run(sql`insert into answers (bucket, activity_id, profile_id, n, part, outcome, gateway_id, at, provider_id)
      select ${profileId & 255}::int, 9, ${profileId}::bigint, ${n}::smallint, ${part}::smallint, 'accepted', ${theirs}::int, ${now}::timestamptz, 'p' || ${part}::int`)

  /** Two parts: the first was written, the second turned back and written by a second attempt. */
  test('whose parts were sent in two attempts is settled part by part', async () => {
    const phone = '46701745010'
    const profileId = await unknown(`+${phone}`, theirs, 'Beta')
    await db.run(sql`update messages set parts = 2 where activity_id = 9 and profile_id = ${profileId}`)
    await db.run(sql`update answers set part = 1 where activity_id = 9 and profile_id = ${profileId}`)
    await attempt(profileId, { n: 2, of: 1, carried: 2, gatewayId: theirs, unknown: 0 })
    const receipt = { gatewayId: ours, body: body('x', '', { number: phone, sender: '46766861000' }), at: now }
    expect(await matchUnknown(db, receipt, now)).toMatchObject({ candidates: 1, match: { profileId, n: 1, part: 1 } })
    await accept(profileId, 1, 1)
    expect(await matchUnknown(db, receipt, now)).toMatchObject({ candidates: 1, match: { profileId, n: 2, part: 2 } })
    await accept(profileId, 2, 2)
    expect(await matchUnknown(db, receipt, now)).toEqual({ candidates: 1, match: undefined })
    // Of two tries nobody can say which one it is.
    await attempt(profileId, { n: 3, of: 3, carried: null, gatewayId: theirs, unknown: 0 })
    expect(await matchUnknown(db, receipt, now)).toEqual({ candidates: 2, match: undefined })
  })

  test('is settled as a whole by a receipt that speaks for all its parts', async () => {
    const phone = '46701745011'
    const profileId = await unknown(`+${phone}`, theirs, 'Beta')
    await db.run(sql`update messages set parts = 3 where activity_id = 9 and profile_id = ${profileId}`)
    const said = (covers: number) => body('y', '', { number: phone, sender: '46766861000', covers })
    const match = (covers: number) => matchUnknown(db, { gatewayId: ours, body: said(covers), at: now }, now)
    expect(await match(2)).toMatchObject({ match: { profileId, part: 1 } })
    expect(await match(3)).toMatchObject({ match: { profileId, part: 0 } })
    await accept(profileId, 1, 0)
    expect(await match(3)).toEqual({ candidates: 1, match: undefined })
  })

  test.each([
    ['46701745001', { number: '46701745001', sender: '46766861000' }],
    ['46701745002', { number: '0701745002', sender: '+46766861000' }],
    ['46701745003', { number: '46766861000', sender: '46701745003' }],
  ])('of the other workspace of the account is settled: %s', async (phone, addresses) => {
    const profileId = await unknown(`+${phone}`, theirs, 'Beta')
    const receipt = { gatewayId: ours, body: body('new-id', '', addresses), at: now }
    expect(await mayBeUnknown(db, [receipt], now)).toEqual([receipt])
    expect(await matchUnknown(db, receipt, now)).toMatchObject({ candidates: 1, match: { profileId, part: 1 } })
    expect(await matchUnknown(db, { ...receipt, gatewayId: foreign }, now)).toMatchObject({ candidates: 0 })
    expect(
      await matchUnknown(db, { ...receipt, body: { ...receipt.body, sender: 'Else', number: phone } }, now),
    ).toMatchObject({ candidates: 0 })
  })
})

describe('a test SMS is matched by the same rules', () => {
  const phone = '+46701746001'
  const workspace = async () =>
    (await db.query<{ id: number }>(sql`select workspace_id as id from gateways where id = ${theirs}`))[0]!.id
  const tested = async (providerId: string | null, at: Date) => {
    const id = await makeTestSms(db, { workspaceId: await workspace(), gatewayId: theirs, phone, parts: 2, now })
    const outcome = providerId === null ? 'unknown' : 'accepted'
    await db.run(
      sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at) values (0, ${id}, 0, 1, 1, ${theirs}, 1, ${at})`,
    )
    await db.run(sql`insert into answers (bucket, activity_id, profile_id, n, part, outcome, gateway_id, at, provider_id)
      values (0, ${id}, 0, 1, 2, ${outcome}, ${theirs}, ${at}, ${providerId})`)
    return id
  }

  test('by its id, however it is written', async () => {
    const id = await tested('00ABC123', daysAgo(40))
    const match = async (what: Partial<ReceiptBody>, over = ours) =>
      (await matchReceipts(db, [{ gatewayId: over, body: body('', '0701746001', what), at: now }], now))[0]
    const key = { bucket: 0, activityId: id, profileId: 0, n: 1, erased: false }
    expect(await match({ providerId: 'abc123' })).toEqual({ ...key, part: 2 })
    expect(await match({ providerId: 'else', otherIds: ['00ABC123'], covers: 2 })).toEqual({ ...key, part: 0 })
    expect(await match({ providerId: String(0xabc123) })).toEqual({ ...key, part: 2 })
    expect(await match({ providerId: 'abc123' }, foreign)).toBeUndefined()
  })

  test('beside a message to the same number: each by its own id; an id that is used again by the newest', async () => {
    const test = await tested('T-1', daysAgo(0.2))
    const { profileId } = await sent('M-1', { phone })
    expect(await matched(body('T-1', phone))).toBe(0)
    expect(await matched(body('M-1', phone))).toBe(profileId)
    const newer = await sent('T-1', { phone, at: daysAgo(0.1) })
    expect(await matched(body('T-1', phone))).toBe(newer.profileId)
    await db.run(sql`delete from messages where activity_id = ${test}`)
  })

  test('without a known id, where it is the one whose outcome is unknown; beside a message of which nobody knows either, not', async () => {
    const id = await tested(null, daysAgo(0.1))
    const receipt = { gatewayId: ours, body: body('new-id', phone), at: now }
    expect(await mayBeUnknown(db, [receipt], now)).toEqual([receipt])
    expect(await matchUnknown(db, receipt, now)).toMatchObject({
      candidates: 1,
      match: { activityId: id, profileId: 0, part: 2 },
    })
    expect(await matchUnknown(db, { ...receipt, body: { ...receipt.body, sender: 'Else' } }, now)).toMatchObject({
      candidates: 0,
    })
    const twin = await tested(null, daysAgo(0.1))
    expect(await matchUnknown(db, receipt, now)).toMatchObject({ candidates: 2, match: undefined })
    await db.run(sql`delete from messages where activity_id in (${id}, ${twin})`)
  })
})
