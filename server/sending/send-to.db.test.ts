/**
 * Send to reaches those whom it selects, and nobody else: for any choice of segments, tags and duplicates, the count before, the messages of
 * the freeze and what the words mean agree, person by person.
 */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { makeShop, type Shop } from '../activities/shop.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { startActivity } from './start-due.ts'

const app = testApp()
let shop: Shop['shop']
let topic: number
let gateway: number

interface Person {
  id: number
  tags: string[]
  points: number
  granted: boolean | null
  phone: string
  /** hours since the last SMS of another activity; 0: one is queued */
  sentHoursAgo: number | null
}

const people: Person[] = Array.from({ length: 240 }, (_, i) => ({
  id: i + 1,
  tags: ['vip', 'web', 'new'].filter((_tag, bit) => ((i * 7) >> bit) % 2 === 1),
  points: i % 13,
  granted: i % 5 === 0 ? null : i % 7 !== 0,
  // Each tenth shares the number of the one before.
  phone: `+4670${String(i % 10 === 9 ? i - 1 : i).padStart(7, '0')}`,
  sentHoursAgo: [null, null, 0, 3, 30, 300][(i * 5) % 7] ?? null,
}))
const isShared = ({ phone, id }: Person) => people.some(other => other.id !== id && other.phone === phone)

/** What each segment means. The last one is frozen. */
const meanings: ((person: Person) => boolean)[] = [
  ({ points }) => points >= 6,
  ({ tags }) => !tags.includes('web'),
  ({ points, tags }) => points < 9 && tags.includes('new'),
  ({ points }) => points % 2 === 0 && points < 5,
]
const segments: number[] = []

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) =>
  app.call(method, `${shop.base}${path}`, { key: shop.key, ...(body && { body }) })
const all = (...items: object[]) => ({ v: 1, root: { kind: 'group', match: 'all', items } })
const points = (op: string, value: number) => ({ kind: 'number', field: 'attr:points', op, value })
const tagged = (tag: string) => ({ kind: 'tag', match: 'any', tags: [tag] })

beforeAll(async () => {
  ;({ shop, topic, gateway } = await makeShop(app))
  await app.db.run(
    sql`insert into attributes (workspace_id, name, type, created_at) values (${shop.id}, 'points', 'number', now())`,
  )
  for (const person of people) {
    const { id, phone, tags, granted } = person
    await app.db.run(sql`insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, phone_shared, country, attrs, tags, created_at, updated_at)
      values (${id & 255}, ${id}, ${shop.id}, ${phone}, 'mobile', ${isShared(person)}, 'SE', ${JSON.stringify({ points: person.points })}::jsonb, ${tags}::text[], now(), now())`)
    if (granted !== null)
      await app.db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
        values (${id & 255}, ${id}, ${shop.id}, ${topic}, 'sms', now(), ${granted})`)
  }
  await app.db.run(sql`select setval('profile_ids', ${people.length})`)
  await sendEarlier()
  const definitions = [
    all(points('gte', 6)),
    all({ ...tagged('web'), exclude: true }),
    all({ kind: 'segment', id: 0 }, tagged('new')),
    all(
      { kind: 'number', field: 'attr:points', op: 'lt', value: 5 },
      { kind: 'group', match: 'any', items: [0, 2, 4].map(n => points('is', n)) },
    ),
  ]
  const inner = await call('POST', '/segments', { name: 'Below nine', definition: all(points('lt', 9)) })
  definitions[2] = all({ kind: 'segment', id: (inner.body as { id: number }).id }, tagged('new'))
  for (const [i, definition] of definitions.entries()) {
    const made = await call('POST', i === 3 ? '/segments/frozen' : '/segments', { name: `S${i}`, definition })
    expect(made.status).toBe(201)
    segments.push((made.body as { id: number }).id)
  }
})

/** What was sent before: by an activity that is over, per number of hours; and one that is still sending. */
async function sendEarlier(): Promise<void> {
  const settings = JSON.stringify({ sendTo: { frequency: null } })
  const now = app.deps.clock.now()
  const by = Map.groupBy(people, ({ sentHoursAgo }) => sentHoursAgo)
  for (const [hours, group] of by) {
    if (hours === null) continue
    const at = new Date(now.getTime() - hours * 3_600_000)
    const over = hours > 0
    const [row] = await app.db.query<{ id: number }>(sql`
      insert into activities (workspace_id, name, state, version, created_at, updated_at, started_at, frozen_at, finished_at, swept_at)
      values (${shop.id}, ${`${hours} hours ago`}, ${over ? 'sent' : 'paused'}, 1, ${at}, ${at}, ${at}, ${at}, ${over ? at : null}, ${over ? at : null}) returning id`)
    await app.db.run(
      sql`insert into activity_versions (activity_id, version, settings, created_at) values (${row!.id}, 1, ${settings}::jsonb, ${at})`,
    )
    await app.db.run(sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status, t0)
      select i & 255, ${shop.id}, ${row!.id}, i, ${over ? 'no_receipt' : 'queued'}::message_status, ${over ? at : null}::timestamptz
      from unnest(${group.map(({ id }) => id)}::bigint[]) i`)
  }
}

const match = fc.constantFrom('any' as const, 'all' as const)
const chosen = fc.record({ match, segments: fc.subarray([0, 1, 2, 3], { maxLength: 3 }) })
const tags = fc.record({ match, tags: fc.subarray(['vip', 'web', 'nobody'], { maxLength: 2 }) })
const sendTo = fc.record({
  include: chosen,
  exclude: chosen,
  tags: fc.record({ include: tags, exclude: tags }),
  duplicates: fc.constantFrom('one_per_address' as const, 'all' as const),
  frequency: fc.constantFrom(null, { hours: 1 }, { hours: 4 }, { hours: 48 }, { hours: 8760 }),
})
type SendTo = typeof sendTo extends fc.Arbitrary<infer T> ? T : never

/** The reason by profile, null: sent. Read from the sentence of the manual: selected by what is included, less what is excluded. */
function meant({
  include,
  exclude,
  tags: { include: withTags, exclude: withoutTags },
  duplicates,
  frequency,
}: SendTo): Map<number, string | null> {
  const some = (how: 'any' | 'all', list: boolean[]) => (how === 'all' ? list.every(Boolean) : list.some(Boolean))
  const inSegments = (person: Person, { match: how, segments: list }: SendTo['include']) =>
    some(
      how,
      list.map(i => meanings[i]!(person)),
    )
  const hasTags = (person: Person, { match: how, tags: list }: SendTo['tags']['include']) =>
    some(
      how,
      list.map(tag => person.tags.includes(tag)),
    )
  const isIncluded = include.segments.length > 0 || withTags.tags.length > 0
  const selected = people.filter(
    person =>
      (isIncluded || person.granted === true) &&
      (include.segments.length === 0 || inSegments(person, include)) &&
      (withTags.tags.length === 0 || hasTags(person, withTags)) &&
      !(exclude.segments.length > 0 && inSegments(person, exclude)) &&
      !(withoutTags.tags.length > 0 && hasTags(person, withoutTags)),
  )
  const wasSent = ({ phone }: Person) =>
    frequency !== null &&
    people.some(
      ({ phone: other, sentHoursAgo }) => other === phone && sentHoursAgo !== null && sentHoursAgo < frequency.hours,
    )
  const taken = new Set<string>()
  return new Map(
    selected.map(person => {
      if (person.granted !== true) return [person.id, 'no_consent']
      if (wasSent(person)) return [person.id, 'frequency']
      if (duplicates === 'one_per_address' && taken.has(person.phone)) return [person.id, 'duplicate_address']
      taken.add(person.phone)
      return [person.id, null]
    }),
  )
}

async function draft(choice: object): Promise<number> {
  const made = await call('POST', '/activities', {
    name: 'Spring',
    content: { channel: 'sms', sender: 'Shop', body: 'Hi ##unsubscribe##' },
    sendTo: { topics: [topic], ...choice },
    gatewayId: gateway,
  })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  return (made.body as { id: number }).id
}

const log = { debug() {}, info() {}, warn() {}, error() {} }
const input = () => ({ db: app.db, clock: app.deps.clock, log, linkUrl: 'https://l.example' })

async function frozen(id: number): Promise<Map<number, string | null>> {
  expect(await call('POST', `/activities/${id}/schedule`, { sendAt: null })).toMatchObject({ status: 200 })
  await startActivity(input(), id)
  const rows = await app.db.query<{ id: number; excluded: string | null }>(
    sql`select profile_id as id, excluded from messages where activity_id = ${id}`,
  )
  return new Map(rows.map(row => [row.id, row.excluded]))
}

const inOrder = (reasons: Map<number, string | null>) => [...reasons].toSorted(([a], [b]) => a - b)

test('any choice: count, freeze and meaning agree, message by message', async () => {
  await fc.assert(
    fc.asyncProperty(sendTo, async choice => {
      const named = ({ match: how, segments: list }: SendTo['include']) => ({
        match: how,
        segments: list.map(i => segments[i]!),
      })
      const expected = meant(choice)
      const id = await draft({ ...choice, include: named(choice.include), exclude: named(choice.exclude) })
      const counted = (await call('POST', `/activities/${id}/audience`, {})).body as {
        targeted: number
        queued: number
        notSentReasons: Record<string, number>
      }
      const reasons = [...expected.values()].flatMap(reason => reason ?? [])
      expect(counted).toMatchObject({ targeted: expected.size, queued: expected.size - reasons.length })
      expect(counted.notSentReasons).toEqual(
        Object.fromEntries([...Map.groupBy(reasons, reason => reason)].map(([key, list]) => [key, list.length])),
      )
      expect(inOrder(await frozen(id))).toEqual(inOrder(expected))
      // Its own queued messages are not those of another activity any more.
      await app.db.run(sql`update activities set state = 'cancelled' where id = ${id}`)
    }),
    { numRuns: 60 },
  )
})

describe('a scheduled activity', () => {
  const only = (index: number) => ({ include: { match: 'any', segments: [segments[index]!] }, duplicates: 'all' })

  test('keeps the definition of its segments, edited or deleted since', async () => {
    const made = await call('POST', '/segments', { name: 'Passing', definition: all(points('gte', 12)) })
    const passing = (made.body as { id: number }).id
    const id = await draft({ include: { match: 'any', segments: [passing] }, duplicates: 'all' })
    expect(await call('DELETE', `/segments/${passing}`)).toMatchObject({
      status: 409,
      body: { code: 'segment_in_use' },
    })
    expect(await call('POST', `/activities/${id}/schedule`, { sendAt: null })).toMatchObject({ status: 200 })
    await call('PATCH', `/segments/${passing}`, { definition: all() })
    await startActivity(input(), id)
    const rows = await app.db.query<{ id: number }>(
      sql`select profile_id as id from messages where activity_id = ${id}`,
    )
    expect(rows.map(row => row.id).toSorted((a, b) => a - b)).toEqual(
      people.filter(person => person.points >= 12).map(person => person.id),
    )
    expect(await call('DELETE', `/segments/${passing}`)).toMatchObject({ status: 204 })
    expect(await call('GET', `/activities/${id}/report`)).toMatchObject({
      body: { overview: { sendTo: { include: { match: 'any', segments: ['Passing'] } } } },
    })
  })

  test('whose segment asks what is gone does not start, and reaches nobody', async () => {
    await call('POST', '/profiles', { profiles: [{ externalKey: 'hat', attributes: { hat: 'bowler' } }] })
    const made = await call('POST', '/segments', {
      name: 'Hats',
      definition: all({ kind: 'filled', field: 'attr:hat', exclude: true }),
    })
    const id = await draft({
      include: { match: 'any', segments: [(made.body as { id: number }).id] },
      duplicates: 'all',
    })
    await call('POST', `/activities/${id}/schedule`, { sendAt: null })
    await app.db.run(sql`delete from attributes where name = 'hat' and workspace_id = ${shop.id}`)
    await expect(startActivity(input(), id)).rejects.toMatchObject({ code: 'segment_field_unknown' })
    expect(await call('GET', `/activities/${id}`)).toMatchObject({ body: { state: 'failed' } })
    expect(await app.db.query(sql`select from messages where activity_id = ${id}`)).toEqual([])
  })

  test('with a frozen audience reaches those of the moment of scheduling, with consent or a reason; with a live one those of the start', async () => {
    const made = await call('POST', '/segments', { name: 'Tagged late', definition: all(tagged('late')) })
    const choice = { include: { match: 'any', segments: [(made.body as { id: number }).id] }, duplicates: 'all' }
    const [early, leaving, refusing, joining] = people.filter(({ granted }) => granted).map(({ id }) => id)
    const tag = (ids: (number | undefined)[]) =>
      app.db.run(sql`update profiles set tags = case when profile_id = any(${ids}::bigint[]) then array['late'] else array_remove(tags, 'late') end
        where workspace_id = ${shop.id}`)
    const original = await app.db.query<{ id: number; tags: string[] }>(
      sql`select profile_id as id, tags from profiles`,
    )
    await tag([early, leaving, refusing])
    const schedule = async (frozen: boolean) => {
      const id = await draft({ ...choice, frozen })
      expect(await call('POST', `/activities/${id}/schedule`, { sendAt: null })).toMatchObject({ status: 200 })
      return id
    }
    const ids = { frozen: await schedule(true), live: await schedule(false), undone: await schedule(true) }
    expect(await call('GET', `/activities/${ids.frozen}`)).toMatchObject({ body: { sendTo: { frozen: true } } })
    expect(await call('POST', `/activities/${ids.undone}/unschedule`)).toMatchObject({ status: 200 })
    await tag([early, refusing, joining])
    const grant = (granted: boolean) =>
      app.db.run(sql`update current_consents set granted = ${granted} where profile_id = ${refusing!}`)
    await grant(false)
    expect(await call('POST', `/activities/${ids.frozen}/audience`, {})).toMatchObject({
      body: { targeted: 3, queued: 2, notSentReasons: { no_consent: 1 } },
    })
    const reached = async (id: number) => {
      await startActivity(input(), id)
      const rows = await app.db.query<{ id: number; excluded: string | null }>(
        sql`select profile_id as id, excluded from messages where activity_id = ${id} order by 1`,
      )
      return rows.map(row => [row.id, row.excluded])
    }
    const sorted = (rows: [number | undefined, string | null][]) => rows.toSorted(([a = 0], [b = 0]) => a - b)
    expect(await reached(ids.frozen)).toEqual(
      sorted([
        [early, null],
        [leaving, null],
        [refusing, 'no_consent'],
      ]),
    )
    expect(await reached(ids.live)).toEqual(
      sorted([
        [early, null],
        [refusing, 'no_consent'],
        [joining, null],
      ]),
    )
    expect(await app.db.query(sql`select from audience_members`)).toEqual([])
    expect(await call('GET', `/activities/${ids.frozen}/report`)).toMatchObject({
      body: { overview: { sendTo: { frozen: true } } },
    })
    await grant(true)
    for (const { id, tags: own } of original)
      await app.db.run(sql`update profiles set tags = ${own}::text[] where profile_id = ${id}`)
  })

  test('is refused while a segment that it chooses is broken or belongs to others', async () => {
    const refused = await call('POST', '/activities', {
      name: 'X',
      sendTo: { topics: [topic], ...only(0), include: { match: 'any', segments: [99_999] } },
    })
    expect(refused).toMatchObject({ status: 400, body: { title: expect.stringContaining('segment 99999') } })
  })
})

describe('the reminder', () => {
  /** Delivered to each but every eleventh; every fourth of them clicked. */
  async function sent(): Promise<{ id: number; delivered: number[]; clicked: number[] }> {
    const id = await draft({ duplicates: 'all' })
    const reached = [...(await frozen(id))].flatMap(([person, reason]) => (reason === null ? [person] : []))
    const delivered = reached.filter(person => person % 11 !== 0)
    const clicked = delivered.filter(person => person % 4 === 0)
    const at = new Date()
    await app.db.run(
      sql`update messages set status = 'delivered', t0 = ${at}, status_at = ${at} where activity_id = ${id} and profile_id = any(${delivered}::bigint[])`,
    )
    await app.db.run(
      sql`update messages set first_click_at = ${at}, first_visit_at = ${at} where activity_id = ${id} and profile_id = any(${clicked}::bigint[])`,
    )
    return { id, delivered, clicked }
  }
  const reachedBy = async (id: number) =>
    [...(await frozen(id))].flatMap(([person, reason]) => (reason === null ? [person] : [])).toSorted((a, b) => a - b)

  test('goes to those who got it and did not click until it is sent, by one click or by a segment that is excluded', async () => {
    const { id, delivered, clicked } = await sent()
    const made = await call('POST', `/activities/${id}/remind`)
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'Reminder: Spring', sendTo: { reminds: id, topics: [topic] } },
    })
    const late = delivered.find(person => !clicked.includes(person))!
    await app.db.run(
      sql`update messages set first_click_at = now(), first_visit_at = now() where activity_id = ${id} and profile_id = ${late}`,
    )
    const expected = delivered.filter(person => !clicked.includes(person) && person !== late)
    const reminder = (made.body as { id: number }).id
    expect(await reachedBy(reminder)).toEqual(expected)
    expect(await call('GET', `/activities/${reminder}/report`)).toMatchObject({
      body: { overview: { sendTo: { reminds: 'Spring' } } },
    })

    const event = (name: string) => ({ kind: 'event', event: name, of: [id] })
    const segment = async (name: string, ...items: object[]) =>
      ((await call('POST', '/segments', { name, definition: all(...items) })).body as { id: number }).id
    const byHand = await draft({
      include: { match: 'any', segments: [await segment('Got Spring', event('delivered'))] },
      exclude: { match: 'any', segments: [await segment('Clicked in Spring', event('clicked'))] },
      duplicates: 'all',
    })
    expect(await reachedBy(byHand)).toEqual(expected)
  })

  test('of what was not sent, or belongs to others, is refused', async () => {
    const id = await draft({ duplicates: 'all' })
    expect(await call('POST', `/activities/${id}/remind`)).toMatchObject({ status: 409, body: { code: 'conflict' } })
    for (const reminds of [id, 999_999])
      expect(
        await call('POST', '/activities', { name: 'X', sendTo: { topics: [topic], duplicates: 'all', reminds } }),
      ).toMatchObject({ status: 400, body: { title: expect.stringContaining(`no sent activity ${reminds}`) } })
  })
})
