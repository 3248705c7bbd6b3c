import { beforeAll, describe, expect, test } from 'vitest'
import { countParts } from '../../core/sms/split.ts'
import { parseTemplate, renderTemplate } from '../../core/sms/template.ts'
import { testApp, url } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { ScheduledEstimates } from './estimate-scheduled.ts'
import { makeShop, type Shop } from './shop.fixture.ts'

const app = testApp()
let shop: Shop['shop']
let topic: number
let gateway: number
const people = 4000

beforeAll(async () => {
  ;({ shop, topic, gateway } = await makeShop(app))
  await app.db.run(sql`update workspaces set credit_value = 0.35, currency = 'SEK' where id = ${shop.id}`)
  await app.db.run(sql`insert into prices (workspace_id, prefix, valid_from, credits)
    values (${shop.id}, '+46', '2020-01-01', 1.5), (${shop.id}, '+4670', '2020-01-01', 2.25), (${shop.id}, '+46', '2099-01-01', 9)`)
  // Names of many lengths, some outside of the SMS alphabet; some numbers shared, some landlines, some without a price.
  await app.db.run(sql`insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, phone_shared, country, first_name, attrs, created_at, updated_at)
    select i & 255, i, ${shop.id}::int,
      case when i % 40 = 0 then '+4790' else '+467' || (i % 3) end || lpad((case when i % 20 = 0 then i / 40 else i end)::text, 7, '0'),
      case when i % 30 = 7 then 'fixed' else 'mobile' end, i % 20 = 0, 'SE',
      case when i % 11 = 0 then null when i % 17 = 0 then 'Łu' || repeat('c', i % 30) when i % 19 = 0 then ' A{b} ' else repeat('n', i % 35) end,
      jsonb_build_object('points', i % 1000), now(), now()
    from generate_series(1, ${people}::int) i`)
  await app.db.run(
    sql`insert into attributes (workspace_id, name, type, created_at) values (${shop.id}, 'points', 'number', now())`,
  )
  await app.db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
    select bucket, profile_id, workspace_id, ${topic}::int, 'sms', now(), profile_id % 14 <> 0 from profiles`)
  await app.db.run(sql`select setval('profile_ids', ${people})`)
})

interface Counted {
  queued: number
  parts: number
  credits: string
  money: string
  notSentReasons: Record<string, number>
  byParts: Record<string, number>
  ranges: Record<'queued' | 'parts' | 'credits', { low: number | string; high: number | string }> | null
  longest: { profileId: number; vars: Record<string, string>; parts: number } | null
  more: { characters: number; messages: number; credits: string } | null
  less: { characters: number; messages: number; credits: string } | null
}

const body = `Hi ##first_name|there##, ${'x'.repeat(96)} ##points## ##unsubscribe##`

async function draft(changed: Record<string, unknown> = {}): Promise<number> {
  const sendTo = { topics: [topic], duplicates: 'one_per_address' }
  const { body: made } = await app.call('POST', `${shop.base}/activities`, {
    key: shop.key,
    body: { name: 'Spring', content: { channel: 'sms', sender: 'Shop', body }, sendTo, gatewayId: gateway, ...changed },
  })
  return (made as { id: number }).id
}

async function audience(id: number, estimate = false): Promise<Counted> {
  const answer = await app.call('POST', `${shop.base}/activities/${id}/audience`, { key: shop.key, body: { estimate } })
  expect(answer.status).toBe(200)
  return answer.body as Counted
}

/** Each person by herself, in JavaScript. */
async function byHand(text: string) {
  const rows = await app.db.query<{ id: number; phone: string; first: string | null; points: number }>(sql`
    select p.profile_id as id, p.phone, p.first_name as first, (p.attrs -> 'points')::int as points from profiles p
    join current_consents c using (bucket, profile_id) where c.granted and p.phone_type = 'mobile' and p.phone like '+46%' order by 1`)
  const template = parseTemplate(text)
  const link = `${url}/${'x'.repeat(11)}`
  const numbers = new Set<string>()
  let creditsE4 = 0
  let parts = 0
  const texts: { id: number; text: string; parts: number }[] = []
  for (const { id, phone, first, points } of rows) {
    if (numbers.has(phone)) continue
    numbers.add(phone)
    const rendered = renderTemplate(template, { first_name: first, points }, () => link, link)
    const n = countParts(rendered)
    texts.push({ id, text: rendered, parts: n })
    parts += n
    creditsE4 += n * (phone.startsWith('+4670') ? 22_500 : 15_000)
  }
  return { queued: numbers.size, parts, credits: (creditsE4 / 10_000).toFixed(4), texts }
}

describe('the audience', () => {
  test('is counted to the last part, though texts of one length are counted together', async () => {
    const wanted = await byHand(body)
    const counted = await audience(await draft())
    expect(wanted.queued).toBeGreaterThan(3000)
    expect(counted).toMatchObject({ queued: wanted.queued, parts: wanted.parts, credits: wanted.credits, ranges: null })
    expect(Object.keys(counted.byParts).length).toBeGreaterThan(1)
    expect(counted.money).toBe((Number(wanted.credits) * 0.35).toFixed(6).replace(/0{1,4}$/, ''))
    expect(counted.notSentReasons).toMatchObject({ no_price: expect.any(Number), landline: expect.any(Number) })
  })

  test('names somebody whose text is the longest, with the values', async () => {
    const { texts } = await byHand(body)
    const most = Math.max(...texts.map(({ parts }) => parts))
    const { longest } = await audience(await draft())
    expect(longest!.parts).toBe(most)
    const [profile] = await app.db.query<{ first: string }>(
      sql`select first_name as first from profiles where profile_id = ${longest!.profileId}`,
    )
    expect(longest!.vars).toEqual({ first_name: profile!.first, points: String(longest!.profileId % 1000) })
    const chosen = texts.find(({ id }) => id === longest!.profileId)!
    const lengths = texts.filter(({ parts }) => parts === most).map(({ text }) => text.length)
    expect(chosen.text.length).toBe(Math.max(...lengths))
  })

  test('says what more or fewer characters change', async () => {
    const { more, less } = await audience(await draft())
    const now = await byHand(body)
    // Behind the greeting the same text with more letters; the link stays the last.
    const longer = async (n: number) => byHand(body.replace('xxx', 'x'.repeat(3 + n)))
    expect((await longer(more!.characters - 1)).parts).toBe(now.parts)
    expect((await longer(more!.characters)).parts).toBe(now.parts + more!.messages)
    expect(Number((await longer(more!.characters)).credits)).toBeCloseTo(Number(now.credits) + Number(more!.credits), 4)
    expect((await longer(1 - less!.characters)).parts).toBe(now.parts)
    expect((await longer(-less!.characters)).parts).toBe(now.parts - less!.messages)
  })

  test('is estimated at once, with ranges that hold the exact figures', async () => {
    const id = await draft()
    const exact = await audience(id)
    const { ranges, longest, more } = await audience(id, true)
    const within = ({ low, high }: { low: number | string; high: number | string }, value: number | string) => {
      expect(Number(value)).toBeGreaterThanOrEqual(Number(low))
      expect(Number(value)).toBeLessThanOrEqual(Number(high))
    }
    within(ranges!.queued, exact.queued)
    within(ranges!.parts, exact.parts)
    within(ranges!.credits, exact.credits)
    expect(Number(ranges!.queued.high) - Number(ranges!.queued.low)).toBeLessThan(exact.queued / 4)
    expect([longest, more]).toEqual([null, null])
  })

  test('of nobody costs nothing', async () => {
    const id = await draft({ sendTo: { topics: [], duplicates: 'all' } })
    expect(await audience(id)).toMatchObject({
      queued: 0,
      parts: 0,
      money: '0.00',
      longest: null,
      more: null,
      less: null,
    })
    expect((await audience(id, true)).ranges!.queued).toEqual({ low: 0, high: 27 })
  })
})

describe('scheduling with what was looked at', () => {
  const schedule = (id: number, looked: unknown) =>
    app.call('POST', `${shop.base}/activities/${id}/schedule`, { key: shop.key, body: { looked } })

  test('goes through where the number is what it was', async () => {
    const id = await draft()
    const { queued, credits } = await audience(id)
    expect((await schedule(id, { people: queued, credits })).status).toBe(200)
  })

  test('is refused with both numbers where the audience or the price has grown', async () => {
    const id = await draft()
    const { queued, credits } = await audience(id)
    const grown = await schedule(id, { people: queued - 200, credits })
    expect(grown).toMatchObject({ status: 409, body: { code: 'audience_grown' } })
    expect((grown.body as { title: string }).title).toContain(`${queued} people`)
    const costlier = await schedule(id, { people: queued, credits: String(Number(credits) / 2) })
    expect(costlier).toMatchObject({ status: 409, body: { code: 'audience_grown' } })
    expect((await schedule(id, { people: 'many', credits })).status).toBe(400)
    const { body: still } = await app.call('GET', `${shop.base}/activities/${id}`, { key: shop.key })
    expect(still).toMatchObject({ state: 'draft', revision: 1 })
  })

  test('a few more, or fewer, are no news', async () => {
    const id = await draft()
    const { queued, credits } = await audience(id)
    expect((await schedule(id, { people: queued - 9, credits })).status).toBe(200)
  })
})

describe('what was scheduled without a look at its audience', () => {
  let estimates: ScheduledEstimates
  beforeAll(() => {
    const { signal } = new AbortController()
    estimates = new ScheduledEstimates({ db: app.db, now: () => new Date(), url, linkUrl: url, signal })
  })
  const schedule = (id: number) =>
    app.call('POST', `${shop.base}/activities/${id}/schedule`, { key: shop.key, body: later })
  const later = { sendAt: '2099-01-01T10:00:00Z' }
  const estimateOf = async (id: number) => {
    const { body: list } = await app.call('GET', `${shop.base}/activities?tab=sent`, { key: shop.key })
    return (list as { items: { id: number; estimate: unknown }[] }).items.find(one => one.id === id)?.estimate
  }

  test('is counted afterwards, once', async () => {
    const id = await draft()
    const { queued, credits } = await audience(id)
    expect((await schedule(id)).status).toBe(200)
    expect(await estimateOf(id)).toBeNull()
    expect(await estimates.count()).toBe(1)
    expect(await estimateOf(id)).toMatchObject({ recipients: queued, credits })
    expect(await estimates.count()).toBe(0)
  })

  test('holds up no other where it cannot be counted, and is not tried without end', async () => {
    const [broken, whole] = [await draft(), await draft()]
    await schedule(broken)
    await schedule(whole)
    await app.db.run(sql`update activities set content = '{"channel": "pigeon"}' where id = ${broken}`)
    expect(await estimates.count().catch(() => -1)).toBeLessThanOrEqual(1)
    await estimates.count()
    expect(await estimateOf(whole)).not.toBeNull()
    expect(await estimates.count()).toBe(0)
  })
})

test('no fault of the server was logged', () => expect(app.faults).toEqual([]))
