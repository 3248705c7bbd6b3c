/** Segments over the API: saved, counted, looked at, explained, frozen; and everything that a definition must not name. */
import { beforeAll, describe, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'

const app = testApp()
let base = ''
let key = ''
let other = { base: '', key: '' }
let topic = 0

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object, at = { base, key }) =>
  app.call(method, `${at.base}${path}`, { key: at.key, ...(body && { body }) })
const all = (...items: object[]) => ({ v: 1, root: { kind: 'group', match: 'all', items } })
const city = (value: string) => ({ kind: 'text', field: 'attr:city', op: 'is', value })
const inSegment = (id: number) => ({ kind: 'segment', id })
const consents = (granted: boolean) => [{ topic: 'Offers', channel: 'sms', granted, source: 'form' }]
const idOf = (answer: { body: unknown }) => (answer.body as { id: number }).id
const create = async (name: string, ...items: object[]) =>
  idOf(await call('POST', '/segments', { name, definition: all(...items) }))

beforeAll(async () => {
  const made = await app.workspace('Acme', 'admin')
  base = made.base
  key = made.key
  other = await app.workspace('Other', 'admin')
  topic = idOf(await call('POST', '/topics', { name: 'Offers' }))
  await call('POST', '/profiles', {
    profiles: [
      {
        externalKey: 'A',
        phone: '0701740605',
        firstName: 'Ada',
        attributes: { city: 'Lund', points: 12 },
        consents: consents(true),
      },
      {
        externalKey: 'B',
        phone: '0701740606',
        firstName: 'Bo',
        attributes: { city: 'lund' },
        consents: consents(true),
      },
      {
        externalKey: 'C',
        phone: '0701740607',
        firstName: 'Cia',
        attributes: { city: 'Umeå', points: 3 },
        consents: consents(false),
      },
    ],
  })
  await call('POST', '/profiles', { profiles: [{ externalKey: 'A', attributes: { city: 'Lund' } }] }, other)
})

describe('a segment', () => {
  test('is saved, renamed, redefined, counted and listed; an old revision is refused', async () => {
    const id = await create('Lund', city('Lund'))
    expect(await call('GET', `/segments/${id}`)).toMatchObject({
      body: { name: 'Lund', frozen: false, revision: 1, size: null, definition: all(city('Lund')), usedBy: [] },
    })
    expect(await call('POST', `/segments/${id}/count`)).toMatchObject({ body: { n: 2, range: null } })
    expect(await call('GET', '/segments')).toMatchObject({ body: { items: [{ id, size: 2 }] } })
    expect(
      await call('PATCH', `/segments/${id}`, { revision: 1, name: 'In Umeå', definition: all(city('UMEÅ')) }),
    ).toMatchObject({
      body: { name: 'In Umeå', revision: 2, size: null },
    })
    expect(await call('PATCH', `/segments/${id}`, { revision: 1, name: 'X' })).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    })
    expect(await call('POST', `/segments/${id}/count`)).toMatchObject({ body: { n: 1 } })
    expect(await call('POST', '/segments', { name: 'in umeå ', definition: all() })).toMatchObject({ status: 201 })
    expect(await call('POST', '/segments', { name: 'In Umeå', definition: all() })).toMatchObject({
      status: 409,
      body: { code: 'name_taken' },
    })
    const acts = await app.db.query<{ action: string }>(
      sql`select action from audit where subject = ${`segment ${id}`} order by id`,
    )
    expect(acts.map(({ action }) => action)).toEqual(['segment.create', 'segment.change'])
  })

  test('is asked without being saved: count, members by page, and why somebody is in it', async () => {
    const definition = all(city('lund'), { kind: 'number', field: 'attr:points', op: 'gte', value: 5 })
    expect(await call('POST', '/segments/count', { definition, estimate: true })).toMatchObject({
      body: { n: 1, range: null },
    })
    const page = await call('POST', '/segments/members?limit=1', { definition: all(city('lund')) })
    expect(page.body).toMatchObject({ items: [{ firstName: 'Ada' }], previous: null })
    const { next } = page.body as { next: string }
    const second = await call('POST', `/segments/members?limit=1&after=${next}`, { definition: all(city('lund')) })
    expect(second.body).toMatchObject({ items: [{ firstName: 'Bo' }], next: null, previous: expect.any(String) })
    const [{ profileId } = { profileId: 0 }] = (second.body as { items: { profileId: number }[] }).items
    expect(await call('POST', '/segments/explain', { definition, profileId })).toMatchObject({
      body: {
        isMember: false,
        nodes: [
          { where: 'root', holds: false },
          { where: 'root.items[0]', holds: true },
          { where: 'root.items[1]', holds: false },
        ],
      },
    })
    expect((await call('POST', '/segments/explain', { definition, profileId: 999_999 })).status).toBe(404)
    expect((await call('POST', '/segments/explain', { definition: all(), profileId }, other)).status).toBe(404)
  })

  test('is frozen: its people stay, whatever becomes of them', async () => {
    const frozen = await call('POST', '/segments/frozen', { name: 'Lund in March', definition: all(city('lund')) })
    expect(frozen).toMatchObject({ status: 201, body: { frozen: true, size: 2 } })
    await call('POST', '/profiles', { profiles: [{ externalKey: 'B', attributes: { city: 'Kiruna' } }] })
    expect(await call('POST', `/segments/${idOf(frozen)}/count`)).toMatchObject({ body: { n: 2 } })
    expect(await call('GET', `/segments/${idOf(frozen)}/members`)).toMatchObject({
      body: { items: [{ firstName: 'Ada' }, { firstName: 'Bo' }] },
    })
    expect(
      await call('POST', '/segments/count', { definition: all(inSegment(idOf(frozen)), city('kiruna')) }),
    ).toMatchObject({
      body: { n: 1 },
    })
    expect(await call('PATCH', `/segments/${idOf(frozen)}`, { definition: all() })).toMatchObject({ status: 400 })
    await call('POST', '/profiles', { profiles: [{ externalKey: 'B', attributes: { city: 'lund' } }] })
  })

  test('is compared with another, and with a frozen list of itself: who stayed, who came, who left', async () => {
    const compare = (first: object, second: object) => call('POST', '/segments/overlap', { first, second })
    const many = { kind: 'number', field: 'attr:points', op: 'gte', value: 1 }
    expect(await compare(all(city('lund')), all(many))).toMatchObject({
      body: { both: 1, onlyFirst: 1, onlySecond: 1, asOf: expect.any(String) },
    })
    expect(await compare(all({ ...city('lund'), exclude: true }), all(city('lund')))).toMatchObject({
      body: { both: 0, onlyFirst: 1, onlySecond: 2 },
    })
    const before = idOf(await call('POST', '/segments/frozen', { name: 'Before', definition: all(city('lund')) }))
    const moved = (one: string, two: string) =>
      call('POST', '/profiles', {
        profiles: [
          { externalKey: 'B', attributes: { city: one } },
          { externalKey: 'C', attributes: { city: two } },
        ],
      })
    await moved('Kiruna', 'Lund')
    expect(await compare(all(city('lund')), all(inSegment(before)))).toMatchObject({
      body: { both: 1, onlyFirst: 1, onlySecond: 1 },
    })
    await moved('lund', 'Umeå')
    expect(
      (await call('POST', '/segments/overlap', { first: all(inSegment(before)), second: all() }, other)).status,
    ).toBe(409)
    expect(await compare(all(city('lund')), { v: 1 })).toMatchObject({ status: 400 })
    await call('DELETE', `/segments/${before}`)
  })

  test('that another uses or an activity chooses is not deleted, and says by what it is used', async () => {
    const inner = await create('Inner', city('Lund'))
    const outer = await create('Outer', inSegment(inner))
    expect(await call('GET', `/segments/${inner}`)).toMatchObject({
      body: { usedBy: [{ kind: 'segment', id: outer, name: 'Outer' }] },
    })
    const uses = (await call('GET', '/segments')).body as { items: { id: number; uses: number }[] }
    expect(uses.items.filter(({ id }) => id === inner || id === outer)).toMatchObject([{ uses: 1 }, { uses: 0 }])
    const draft = idOf(await call('POST', '/activities', { name: 'Chooses it twice' }))
    const chosen = JSON.stringify({ match: 'any', segments: [outer] })
    await app.db.run(sql`update activities set send_to = send_to || jsonb_build_object('include', ${chosen}::jsonb, 'exclude', ${chosen}::jsonb)
      where id = ${draft}`)
    const after = (await call('GET', '/segments')).body as typeof uses
    expect(after.items.find(({ id }) => id === outer)).toMatchObject({ uses: 1 })
    await call('DELETE', `/activities/${draft}`)
    expect(await call('DELETE', `/segments/${inner}`)).toMatchObject({ status: 409, body: { code: 'segment_in_use' } })
    expect(await call('PATCH', `/segments/${inner}`, { archived: true })).toMatchObject({
      body: { archivedAt: expect.any(String) },
    })
    expect(await call('POST', `/segments/${outer}/count`)).toMatchObject({ body: { n: 2 } })
    expect(await call('DELETE', `/segments/${outer}`)).toMatchObject({ status: 204 })
    expect(await call('DELETE', `/segments/${inner}`)).toMatchObject({ status: 204 })
    expect(await call('GET', `/segments/${inner}`)).toMatchObject({ status: 404 })
  })

  test('must not contain itself, over however many others', async () => {
    const first = await create('First', city('Lund'))
    const second = await create('Second', inSegment(first))
    const third = await create('Third', inSegment(second))
    const closing = await call('PATCH', `/segments/${first}`, { definition: all(inSegment(third)) })
    expect(closing).toMatchObject({ status: 409, body: { code: 'segment_cycle' } })
    expect((closing.body as { title: string }).title).toContain('First → Third → Second → First')
    expect(await call('PATCH', `/segments/${first}`, { definition: all(inSegment(first)) })).toMatchObject({
      status: 409,
    })
    expect(await call('POST', '/segments/count', { id: first, definition: all(inSegment(third)) })).toMatchObject({
      status: 409,
    })
    // At once, each sees the others as they were.
    const [a, b] = [await create('Left', city('Lund')), await create('Right', city('Lund'))]
    const both = await Promise.all([
      call('PATCH', `/segments/${a}`, { definition: all(inSegment(b)) }),
      call('PATCH', `/segments/${b}`, { definition: all(inSegment(a)) }),
    ])
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409])
  })
})

test('activities and links that definitions name have their names', async () => {
  const id = idOf(await call('POST', '/activities', { name: 'Autumn sale' }))
  const [link] = await app.db.query<{ id: number }>(
    sql`insert into links (activity_id, slot, kind, url) values (${id}, 1, 'link', 'https://example.com/a'), (${id}, 2, 'unsubscribe', null) returning id`,
  )
  const asked = { activities: [id, 999_999], links: [] }
  const named = {
    activities: [{ id, name: 'Autumn sale' }],
    links: [{ id: link?.id, activityId: id, url: 'https://example.com/a' }],
  }
  expect((await call('POST', '/segments/names', asked)).body).toEqual(named)
  expect((await call('POST', '/segments/names', { activities: [], links: [link?.id] })).body).toEqual({
    activities: [],
    links: named.links,
  })
  expect((await call('POST', '/segments/names', { ...asked, links: [link?.id] }, other)).body).toEqual({
    activities: [],
    links: [],
  })
})

describe('of another workspace', () => {
  test('nothing is seen, used, changed or counted', async () => {
    const id = await create('Private', city('Lund'))
    for (const answer of [
      await call('GET', `/segments/${id}`, undefined, other),
      await call('PATCH', `/segments/${id}`, { name: 'X' }, other),
      await call('DELETE', `/segments/${id}`, undefined, other),
      await call('POST', `/segments/${id}/count`, undefined, other),
      await call('GET', `/segments/${id}/members`, undefined, other),
    ])
      expect(answer.status).toBe(404)
    for (const condition of [inSegment(id), { kind: 'consent', topic, channel: 'sms', state: 'yes' }])
      expect(await call('POST', '/segments/count', { definition: all(condition) }, other)).toMatchObject({
        status: 409,
        body: { code: 'segment_reference_gone', title: expect.stringContaining('root.items[0]') },
      })
    expect(await call('POST', '/segments/count', { definition: all(city('Lund')) }, other)).toMatchObject({
      body: { n: 1 },
    })
  })
})

const deep = (levels: number): object =>
  levels === 0 ? city('Lund') : { kind: 'group', match: 'all', items: [deep(levels - 1)] }
const delivered = (more: object) => ({ kind: 'event', event: 'delivered', of: 'any', ...more })
const broken: [string, unknown, string, string][] = [
  ['nothing', null, 'segment_malformed', 'segment'],
  ['another version', { v: 2, root: {} }, 'segment_version', ''],
  ['a field that nobody knows', all({ ...city('Lund'), fuzzy: true }), 'segment_malformed', 'root.items[0].fuzzy'],
  ['an unknown condition', all({ kind: 'horoscope' }), 'segment_malformed', 'root.items[0].kind'],
  [
    'a half-filled condition',
    all(city('Lund'), { kind: 'text', field: 'attr:city', op: 'is' }),
    'segment_unfinished',
    'root.items[1].value',
  ],
  ['a blank value', all(city('  ')), 'segment_unfinished', 'root.items[0].value'],
  ['U+0000', all(city('a\0b')), 'segment_malformed', 'root.items[0].value'],
  [
    'an attribute that does not exist',
    all({ kind: 'filled', field: 'attr:shoe' }),
    'segment_field_unknown',
    'root.items[0].field',
  ],
  [
    'a column that does not exist',
    all({ kind: 'filled', field: 'password' }),
    'segment_field_unknown',
    'root.items[0].field',
  ],
  [
    'text asked of a number',
    all({ kind: 'text', field: 'attr:points', op: 'is', value: '3' }),
    'segment_field_type',
    'root.items[0].field',
  ],
  [
    'a number asked of text',
    all({ kind: 'number', field: 'attr:city', op: 'is', value: 3 }),
    'segment_field_type',
    'root.items[0].field',
  ],
  [
    'a number that is text',
    all({ kind: 'number', field: 'attr:points', op: 'is', value: '3' }),
    'segment_malformed',
    'root.items[0].value',
  ],
  [
    'a range that ends before it begins',
    all({ kind: 'number', field: 'attr:points', op: 'between', values: [3, 1] }),
    'segment_malformed',
    'root.items[0].values',
  ],
  ['nested groups', all(deep(12)), 'segment_depth', 'root.items[0]'],
  ['200 nested groups', all(deep(200)), 'invalid_input', 'nested deeper than 32'],
  ['201 conditions', all(...Array.from({ length: 201 }, () => city('Lund'))), 'segment_nodes', ''],
  [
    '10,000 values',
    all({ kind: 'text', field: 'attr:city', op: 'in', values: Array.from({ length: 10_000 }, (_, i) => `V${i}`) }),
    'segment_list',
    'root.items[0].values',
  ],
  [
    'lists that are long together',
    all(
      ...Array.from({ length: 6 }, () => ({
        kind: 'text',
        field: 'attr:city',
        op: 'in',
        values: Array.from({ length: 999 }, (_, i) => `V${i}`),
      })),
    ),
    'segment_list',
    'root.items[5]',
  ],
  ['a long text', all(city('x'.repeat(501))), 'segment_list', 'root.items[0].value'],
  [
    'a topic that is gone',
    all({ kind: 'consent', topic: 99_999, channel: 'sms', state: 'yes' }),
    'segment_reference_gone',
    'root.items[0]',
  ],
  ['an activity that is gone', all(delivered({ of: [99_999] })), 'segment_reference_gone', 'root.items[0]'],
  [
    'a link that is gone',
    all({ kind: 'event', event: 'clicked', of: 'any', links: [99_999] }),
    'segment_reference_gone',
    'root.items[0]',
  ],
  ['a segment that is gone', all(inSegment(99_999)), 'segment_reference_gone', 'root.items[0]'],
  ['no activities', all(delivered({ of: [] })), 'segment_unfinished', 'root.items[0].of'],
  [
    'a day that does not exist',
    all(delivered({ window: { from: '2026-02-30' } })),
    'segment_malformed',
    'root.items[0].window.from',
  ],
  [
    'a time without its offset',
    all(delivered({ window: { from: '2026-03-28T10:00' } })),
    'segment_malformed',
    'root.items[0].window.from',
  ],
  ['an empty window', all(delivered({ window: {} })), 'segment_unfinished', 'root.items[0].window'],
  ['links of a delivery', all(delivered({ links: [1] })), 'segment_malformed', 'root.items[0].links'],
  [
    'clicks of those who were sent to',
    all({ kind: 'event', event: 'sent', of: 'any', times: { op: 'at_least', n: 1, of: 'clicks' } }),
    'segment_malformed',
    'root.items[0].times.of',
  ],
  [
    'a range of counts that ends before it begins',
    all(delivered({ times: { op: 'between', values: [3, 2] } })),
    'segment_malformed',
    'root.items[0].times.values',
  ],
  ['half a count', all(delivered({ times: { op: 'at_least', n: 1.5 } })), 'segment_malformed', 'root.items[0].times.n'],
  [
    'a country in words',
    all({ kind: 'country', countries: ['Sweden'] }),
    'segment_malformed',
    'root.items[0].countries[0]',
  ],
]

test.each(broken)('%s is refused with the place, and nothing is saved', async (name, definition, code, where) => {
  const answers = [
    await call('POST', '/segments', { name: `Broken ${name}`, definition }),
    await call('POST', '/segments/count', { definition }),
    await call('POST', '/segments/frozen', { name: `Frozen ${name}`, definition }),
    await call('POST', '/segments/members', { definition }),
  ]
  for (const { status, body } of answers) {
    expect(status).toBeOneOf([400, 409])
    expect(body).toMatchObject({ code, title: expect.stringContaining(where) })
  }
  const rows = await app.db.query(sql`select from segments where name like 'Broken%' or name like 'Frozen%'`)
  expect(rows).toEqual([])
})

test('an attribute that a segment uses can be gone: the segment says so, and finds nobody', async () => {
  await call('POST', '/profiles', { profiles: [{ externalKey: 'A', attributes: { hat: 'bowler' } }] })
  const id = await create('Hats', { kind: 'filled', field: 'attr:hat' })
  expect(await call('POST', `/segments/${id}/count`)).toMatchObject({ body: { n: 1 } })
  await app.db.run(sql`delete from attributes where name = 'hat'`)
  expect(await call('POST', `/segments/${id}/count`)).toMatchObject({
    status: 400,
    body: { code: 'segment_field_unknown' },
  })
  expect(await call('GET', `/segments/${id}`)).toMatchObject({ status: 200 })
})

describe('the rows of a tree', () => {
  test('have their own numbers, exactly in a small workspace: each of the row alone, groups and exclusions too', async () => {
    const definition = all(
      city('lund'),
      { kind: 'number', field: 'attr:points', op: 'gte', value: 5, exclude: true },
      { kind: 'group', match: 'any', items: [city('umeå'), city('lund')] },
    )
    const answer = await call('POST', '/segments/node-counts', { definition })
    expect(answer).toMatchObject({ status: 200 })
    const { items } = answer.body as { items: { where: string; n: number; range: unknown }[] }
    const counted = async (tree: object) =>
      (await call('POST', '/segments/count', { definition: tree })).body as { n: number }
    const everybody = await counted(all())
    const rich = await counted(all({ kind: 'number', field: 'attr:points', op: 'gte', value: 5 }))
    const whole = await counted(definition)
    expect(items).toEqual([
      { where: 'root', n: whole.n, range: null },
      { where: 'root.items[0]', n: (await counted(all(city('lund')))).n, range: null },
      { where: 'root.items[1]', n: everybody.n - rich.n, range: null },
      { where: 'root.items[2]', n: (await counted(all(definition.root.items[2]!))).n, range: null },
      { where: 'root.items[2].items[0]', n: (await counted(all(city('umeå')))).n, range: null },
      { where: 'root.items[2].items[1]', n: (await counted(all(city('lund')))).n, range: null },
    ])
  })

  test('are estimates with their range where there are many people, which hold the truth', async () => {
    const many = await app.workspace('Many', 'admin')
    await app.db.run(sql`insert into profiles (bucket, profile_id, workspace_id, first_name, attrs, created_at, updated_at)
      select n & 255, n, ${many.id}, 'Many', jsonb_build_object('city', case when n % 3 = 0 then 'Lund' else 'Ystad' end), now(), now()
      from generate_series(5000000, 5020000) n`)
    await call('POST', '/profiles', { profiles: [{ externalKey: 'A', attributes: { city: 'Lund' } }] }, many)
    const answer = await call('POST', '/segments/node-counts', { definition: all(city('lund'), city('nowhere')) }, many)
    const { items } = answer.body as { items: { n: number; range: { low: number; high: number } }[] }
    expect(items[1]!.range.low).toBeLessThanOrEqual(6668)
    expect(items[1]!.range.high).toBeGreaterThanOrEqual(6668)
    expect(items[2]).toMatchObject({ n: 0, range: { low: 0 } })
    await app.db.run(sql`delete from profiles where workspace_id = ${many.id} /* fanout */`)
  })
})
