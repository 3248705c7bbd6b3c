/** The API of shops' servers: what is taken and what is refused, whose it is, and that a key opens its own website only. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../platform/db/sql.ts'
import { later } from '../report/sent.fixture.ts'
import { readProfileVisits } from './profile-visits.ts'
import { openShop, type TestShop } from './website.fixture.ts'
import { createWebsiteKey, revokeWebsiteKey } from './websites.ts'

let shop: TestShop
beforeAll(async () => {
  const delivered = {
    attempts: [{ n: 1, try: 1, parts: null, at: later(1000) }],
    answers: [{ n: 1, part: 1, outcome: 'accepted' as const, counts: false, at: later(1100), code: null }],
    receipts: [{ n: 1, part: 1, outcome: 'delivered' as const, counts: false, at: later(72_000_000), code: null }],
  }
  shop = await openShop({ people: [{ externalKey: 'anna' }, { externalKey: 'bert' }, { facts: delivered }] })
})
afterAll(() => shop.close())

const ofUser = async (userId: string) => {
  const [row] = await shop.db.query<{ id: number }>(
    sql`select k.profile_id as id from profile_keys k where k.value = ${userId} and k.workspace_id = ${shop.sent.workspaceId} and k.kind = 'external_key'`,
  )
  return row?.id ?? 0
}
const visitsOf = async (userId: string) => readProfileVisits(shop.db, shop.sent.workspaceId, await ofUser(userId))
const records = async () =>
  (await shop.db.query<{ n: number }>(sql`select count(*)::int as n from inbox i where i.kind = 'website_event'`))[0]?.n

test('identify makes and changes a profile, never a consent; what came before under that id is attached', async () => {
  const early = { type: 'track', userId: 'new-1', event: 'Registered', messageId: 'early' }
  expect(await shop.call('batch', { batch: [early] })).toEqual({ status: 200, body: { success: true, rejected: [] } })
  await shop.applied()
  expect(await ofUser('new-1')).toBe(0)
  const traits = {
    email: 'new@acme.test',
    phone: '070 174 06 99',
    firstName: 'Nea',
    city: 'Umeå',
    points: 12,
    vip: true,
    nested: { a: 1 },
  }
  expect((await shop.call('identify', { userId: 'new-1', anonymousId: 'browser-of-new-1', traits })).status).toBe(200)
  await shop.applied()
  const [profile] = await shop.db.query(sql`
    select p.email, p.phone, p.first_name as name, p.attrs from profiles p where p.workspace_id = ${shop.sent.workspaceId} and p.external_key = 'new-1'`)
  expect(profile).toEqual({
    email: 'new@acme.test',
    phone: '+46701740699',
    name: 'Nea',
    attrs: { city: 'Umeå', points: 12, vip: 'true' },
  })
  expect(await shop.db.query(sql`select 1 from consents c where c.bucket >= 0`)).toEqual([])
  expect((await visitsOf('new-1')).events.map(({ name }) => name)).toEqual(['Registered'])
  // The browser that was named is known too.
  const view = { y: 'p', i: 'v1', u: 'https://shop.example/mine', n: 'Mine' }
  await shop.post({ k: shop.website.publicKey, v: 'browser-of-new-1', e: [view] })
  await shop.applied()
  expect((await visitsOf('new-1')).pages.map(({ url }) => url)).toEqual(['shop.example/mine'])
})

test('a batch names each wrong event by its place and takes the others, once', async () => {
  const good = {
    type: 'track',
    userId: 'anna',
    event: 'Order',
    properties: { total: 5 },
    messageId: 'order-1',
    timestamp: '2099-01-01T00:00:00Z',
  }
  const page = { type: 'page', userId: 'anna', properties: { url: 'https://shop.example/p', title: 'P' } }
  let deep: object = {}
  for (let i = 0; i < 12; i++) deep = { deep }
  const batch = [
    good,
    good,
    { ...good, event: '' },
    { type: 'track', event: 'x' },
    { ...good, userId: 'null' },
    { ...good, userId: 5 },
    { type: 'dance', userId: 'anna' },
    'text',
    null,
    { ...page, properties: { url: 'https://evil.example/' } },
    { ...good, properties: { text: 'x'.repeat(5_000) } },
    { ...good, properties: { deep } },
    { ...good, properties: { text: 'x'.repeat(40_000) } },
    { type: 'alias', userId: 'anna', previousId: 'b' },
    JSON.parse(
      '{"type":"track","userId":"anna","event":"Proto","messageId":"proto","properties":{"__proto__":{"polluted":1}}}',
    ),
    page,
  ]
  const { status, body } = await shop.call('batch', { batch, sentAt: '2099-01-01T00:00:01Z' })
  expect(status).toBe(200)
  const { rejected } = body as { rejected: { index: number; code: string }[] }
  expect(rejected.map(({ index, code }) => [index, code])).toEqual([
    [2, 'event_name'],
    [3, 'nobody'],
    [4, 'user_id'],
    [5, 'user_id'],
    [6, 'kind_unknown'],
    [7, 'not_an_object'],
    [8, 'not_an_object'],
    [9, 'url'],
    [10, 'properties'],
    [11, 'properties'],
    [12, 'too_large'],
  ])
  await shop.call('batch', { batch: [good] })
  await shop.applied()
  const visits = await visitsOf('anna')
  expect(visits.events.map(({ name }) => name).sort()).toEqual(['Order', 'Proto'])
  expect(visits.pages).toMatchObject([{ url: 'shop.example/p', views: 1 }])
  expect(({} as { polluted?: number }).polluted).toBeUndefined()
  const newest = visits.events.find(({ name }) => name === 'Order')?.at.getTime() ?? 0
  expect(newest).toBeLessThan(later(7_200_000).getTime())
})

test('one wrong event alone is a 400 that names what is wrong', async () => {
  expect(await shop.call('track', { userId: 'anna' })).toMatchObject({
    status: 400,
    body: { code: 'event_refused', title: expect.stringContaining('event_name') },
  })
  expect((await shop.call('identify', { anonymousId: 'x', traits: { city: 'Oslo' } })).status).toBe(400)
  expect(
    await shop.call('identify', { userId: 'bert', traits: { phone: 'no number', email: 'no address' } }),
  ).toMatchObject({
    status: expect.any(Number),
  })
})

test('what is too large, packed too well, no JSON, or too deep is refused whole, with its reason', async () => {
  const before = await records()
  const event = { type: 'track', userId: 'anna', event: 'x' }
  expect(await shop.call('batch', { batch: Array.from({ length: 1_001 }, () => event) })).toMatchObject({
    status: 413,
    body: { code: 'events_too_large' },
  })
  expect(await shop.call('track', { ...event, properties: { text: 'x'.repeat(33_000) } })).toMatchObject({
    status: 413,
  })
  const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024, ' '))
  expect(await shop.call('batch', Uint8Array.from(bomb).buffer, { 'content-encoding': 'gzip' })).toMatchObject({
    status: 413,
  })
  expect(await shop.call('batch', '{"batch":')).toMatchObject({ status: 400 })
  expect(await shop.call('batch', '[]')).toMatchObject({ status: 400 })
  expect(await shop.call('batch', '{"batch":{}}')).toMatchObject({ status: 400 })
  expect(await shop.call('batch', `${'['.repeat(5_000)}`)).toMatchObject({ status: 400 })
  const small = gzipSync(JSON.stringify({ batch: [{ ...event, messageId: 'gz' }] }))
  expect(await shop.call('batch', Uint8Array.from(small).buffer, { 'content-encoding': 'gzip' })).toMatchObject({
    status: 200,
  })
  expect(await records()).toBe((before ?? 0) + 1)
})

test('a key of another workspace writes there only; a wrong, a revoked and a missing one get the same answer', async () => {
  const other = await shop.another('Other shop')
  const order = { userId: 'anna', event: 'Foreign', messageId: 'foreign' }
  const asked = (key: string) => shop.call('track', order, { authorization: `Basic ${btoa(`${key}:`)}` })
  expect((await asked(other.key)).status).toBe(200)
  await shop.applied()
  expect((await visitsOf('anna')).events.map(({ name }) => name)).not.toContain('Foreign')
  const acting = { workspaceId: shop.sent.workspaceId, actor: 'test', now: later(0) }
  const { id, key } = await createWebsiteKey(shop.db, shop.website.id, 'old', acting)
  await shop.websites.load()
  expect((await asked(key)).status).toBe(200)
  await revokeWebsiteKey(shop.db, shop.website.id, id, acting)
  await shop.websites.load()
  const answers = [
    await asked(key),
    await asked(`hw_${'A'.repeat(43)}`),
    await asked(''),
    await asked(shop.website.publicKey),
  ]
  answers.push(
    await shop.call('track', order, { authorization: 'Basic %%%' }),
    await shop.call('track', order, { authorization: '' }),
  )
  for (const { status, body } of answers)
    expect([status, (body as { code: string }).code]).toEqual([401, 'website_key_wrong'])
  // A token of one workspace proves nothing on the website of another one, though the host is the same.
  const token = await shop.tokenOf(1)
  const view = { y: 'p', i: 'cross', u: 'https://shop.example/cross', n: 'X' }
  await shop.post({ k: other.website.publicKey, v: 'b-cross', t: token, e: [view] })
  await shop.applied()
  expect((await visitsOf('bert')).pages).toEqual([])
})

test('a suspect click counts again when its own page was seen, once; a bot’s never', async () => {
  const verdicts = () =>
    shop.db.query<{ verdict: string; reason: string | null }>(sql`
      select c.verdict, c.reason from clicks c where c.bucket >= 0 and c.profile_id = ${shop.sent.profileIds[2] ?? 0} order by c.at`)
  // By the gateway's dates the phone had the SMS nineteen hours later.
  await shop.db.run(sql`update receipts r set after_ms = 71999000 where r.bucket >= 0`)
  const token = await shop.tokenOf(2)
  await shop.applied()
  expect(await verdicts()).toEqual([{ verdict: 'suspect', reason: 'before_delivery' }])
  await shop.click(2)
  const view = { y: 'p', i: 'lift', u: 'https://shop.example/offer', n: 'Offer' }
  await shop.post({ k: shop.website.publicKey, v: 'b-lift', t: token, e: [view] }, {})
  await shop.applied()
  expect(await verdicts()).toEqual([
    { verdict: 'human', reason: null },
    { verdict: 'suspect', reason: 'before_delivery' },
  ])
})
