/** What a segment is not: each mistake of a definition is said at its place, and nothing is saved; text means itself, whatever it looks like. */
import { beforeAll, describe, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'

const app = testApp()
let mine = { id: 0, key: '', base: '' }
let other = { id: 0, key: '', base: '' }

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object, at = mine) =>
  app.call(method, at.base + path, { key: at.key, ...(body && { body }) })
const all = (...items: object[]) => ({ v: 1, root: { kind: 'group', match: 'all', items } })
const text = (op: string, value: string, more: object = {}) => ({
  kind: 'text',
  field: 'attr:word',
  op,
  value,
  ...more,
})
const deep = (levels: number): object =>
  levels === 0 ? text('is', 'x') : { kind: 'group', match: 'all', items: [deep(levels - 1)] }

/** Each is the name and the word of one profile. */
const words = [
  '50%',
  '50x',
  'a_b',
  'axb',
  'back\\slash',
  'backslash',
  '.*',
  '^a|b$',
  '(a+)+$',
  "'; drop table profiles; --",
  'İstanbul',
  'istanbul',
  'ISPARTA',
  'straße',
  'STRASSE',
  'Οδυσσεύς',
  'å',
]
const found = async (condition: object) => {
  const answer = await call('POST', '/segments/members?limit=1000', { definition: all(condition) })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return (answer.body as { items: { firstName: string }[] }).items.map(({ firstName }) => firstName).toSorted()
}

beforeAll(async () => {
  mine = await app.workspace('Mine', 'editor')
  other = await app.workspace('Other', 'editor')
  await call('POST', '/profiles', {
    profiles: words.map((word, at) => ({ externalKey: `w${at}`, firstName: word, attributes: { word } })),
  })
})

describe('a mistake is said with its place and how to correct it, and saves nothing', () => {
  test.each<[string, unknown, string]>([
    ['an unknown field', all({ ...text('is', 'x'), fuzzy: true }), 'root.items[0].fuzzy is not known.'],
    ['a wrong type', all({ ...text('is', 'x'), value: 7 }), 'root.items[0].value is not text.'],
    ['a wrong word', all(text('matches', 'x')), 'root.items[0].op must be one of: is, contains, starts, ends.'],
    [
      'a root that is no group',
      { v: 1, root: { kind: 'tag', match: 'any', tags: ['vip'] } },
      'root.kind must be "group": a segment begins with a group of conditions.',
    ],
    [
      'a group without a kind of joining',
      { v: 1, root: { kind: 'group', match: 'none', items: [] } },
      'root.match must be one of: all, any.',
    ],
    ['an unknown condition', all({ kind: 'horoscope' }), 'root.items[0].kind must be one of: group, filled, text,'],
    [
      '10 nested groups',
      all(deep(10)),
      'root.items[0].items[0].items[0].items[0].items[0].items[0]: groups are nested',
    ],
    ['200 nested groups', all(deep(200)), 'nested deeper than 32'],
    [
      '10,000 values',
      all({ kind: 'text', field: 'attr:word', op: 'in', values: Array.from({ length: 10_000 }, (_, i) => `v${i}`) }),
      'root.items[0].values has 10000 entries; 1000 are allowed.',
    ],
    ['a list that is a text', all({ kind: 'tag', match: 'any', tags: 'vip' }), 'root.items[0].tags is not a list.'],
    [
      'a text of 501 characters',
      all(text('is', 'x'.repeat(501))),
      'root.items[0].value is longer than 500 characters.',
    ],
    ['nothing but a list', [], 'segment is not an object.'],
  ])('%s', async (_, definition, said) => {
    for (const path of [
      '/segments',
      '/segments/frozen',
      '/segments/count',
      '/segments/node-counts',
      '/segments/members',
    ]) {
      const body = path.endsWith('frozen') || path === '/segments' ? { name: 'Broken', definition } : { definition }
      const answer = await call('POST', path, body)
      expect(answer).toMatchObject({ status: 400, body: { fix: expect.stringMatching(/\.$/) } })
      expect((answer.body as { title: string }).title).toContain(said)
    }
    expect(await app.db.query(sql`select from segments where name = 'Broken'`)).toEqual([])
  })

  test('a value of a parameter that is none of the allowed ones lists them, on every route', async () => {
    expect((await call('GET', '/segments?sort=colour')).body).toMatchObject({
      errors: [
        { where: 'querystring.sort', what: 'must be one of: name, -name, size, -size, changed, -changed, used, -used' },
      ],
    })
    expect((await call('GET', '/activities?tab=other')).body).toMatchObject({
      title: 'querystring.tab: must be one of: drafts, sent',
    })
    expect((await call('POST', '/activities', { name: 'X', content: { channel: 'fax' } })).body).toMatchObject({
      status: 400,
      title: expect.stringMatching(/must be (one of: )?sms/),
    })
  })

  test('three segments in a circle name the whole way', async () => {
    const make = async (name: string, ...items: object[]) =>
      ((await call('POST', '/segments', { name, definition: all(...items) })).body as { id: number }).id
    const first = await make('One', text('is', 'x'))
    const second = await make('Two', { kind: 'segment', id: first })
    const third = await make('Three', { kind: 'segment', id: second })
    const closed = await call('PATCH', `/segments/${first}`, { definition: all({ kind: 'segment', id: third }) })
    expect(closed).toMatchObject({
      status: 409,
      body: { code: 'segment_cycle', title: 'The segment would contain itself: One → Three → Two → One.' },
    })
    expect(await call('GET', `/segments/${first}`)).toMatchObject({ body: { revision: 1 } })
  })

  test('a tag that a segment names is not removed', async () => {
    await app.db.run(sql`update profiles set tags = '{gone}' where workspace_id = ${mine.id} and first_name = 'å'`)
    await call('POST', '/segments', {
      name: 'Not gone',
      definition: all({ kind: 'tag', match: 'any', tags: ['gone'], exclude: true }),
    })
    const admin = await app.member(mine.id, 'admin')
    expect(
      await app.call('POST', `${mine.base}/tags/remove`, { cookie: admin.cookie, body: { tag: 'gone' } }),
    ).toMatchObject({ status: 409, body: { code: 'tag_in_use', title: expect.stringContaining('Not gone') } })
  })

  test('an editor of another workspace sees and changes nothing', async () => {
    const id = (
      (await call('POST', '/segments', { name: 'Private', definition: all(text('is', 'x')) })).body as { id: number }
    ).id
    for (const answer of [
      await call('GET', `/segments/${id}`, undefined, other),
      await call('GET', `/segments/${id}/sizes`, undefined, other),
      await call('PATCH', `/segments/${id}`, { name: 'Mine now' }, other),
      await call('DELETE', `/segments/${id}`, undefined, other),
      await call('POST', `/segments/${id}/count`, undefined, other),
      await app.call('GET', `${mine.base}/segments/${id}`, { key: other.key }),
    ])
      expect([403, 404]).toContain(answer.status)
    for (const path of ['/segments/count', '/segments/node-counts', '/segments/members'])
      expect(await call('POST', path, { definition: all({ kind: 'segment', id }) }, other)).toMatchObject({
        status: 409,
        body: { code: 'segment_reference_gone', title: expect.stringContaining('root.items[0]') },
      })
    expect(((await call('GET', '/segments', undefined, other)).body as { items: unknown[] }).items).toEqual([])
  })
})

describe('text means itself', () => {
  test('also where SQL or a regular expression would read more into it', async () => {
    expect(await found(text('contains', '%'))).toEqual(['50%'])
    expect(await found(text('starts', '50%'))).toEqual(['50%'])
    expect(await found(text('contains', '_'))).toEqual(['a_b'])
    expect(await found(text('contains', '\\'))).toEqual(['back\\slash'])
    expect(await found(text('is', '.*'))).toEqual(['.*'])
    expect(await found(text('contains', '(a+)+'))).toEqual(['(a+)+$'])
    expect(await found(text('ends', '|b$'))).toEqual(['^a|b$'])
    expect(await found(text('contains', "'; drop"))).toEqual(["'; drop table profiles; --"])
  })

  test('without case per letter: a Turkish İ is an i, ß is not ss, a final sigma is a sigma', async () => {
    expect(await found(text('is', 'ISTANBUL'))).toEqual(['istanbul', 'İstanbul'])
    expect(await found(text('is', 'İSTANBUL'))).toEqual(['istanbul', 'İstanbul'])
    expect(await found(text('is', 'isparta'))).toEqual(['ISPARTA'])
    expect(await found(text('is', 'İstanbul', { exactCase: true }))).toEqual(['İstanbul'])
    expect(await found(text('is', 'STRAßE'))).toEqual(['straße'])
    expect(await found(text('is', 'strasse'))).toEqual(['STRASSE'])
    expect(await found(text('is', 'Οδυσσεύς'))).toEqual(['Οδυσσεύς'])
    expect(await found(text('starts', 'ΟΔΥΣΣΕΎ'))).toEqual(['Οδυσσεύς'])
    // å in two characters, as some keyboards write it.
    expect(await found(text('is', 'a\u030a'))).toEqual(['å'])
  })
})
