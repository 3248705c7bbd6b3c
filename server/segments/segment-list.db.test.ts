/** The list of segments over the API: every order turns pages both ways, and a search finds names and conditions. */
import { beforeAll, describe, expect, test } from 'vitest'
import { segmentSorts } from '../../core/segments/segment-sorts.ts'
import { testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'

const app = testApp()
let mine = { id: 0, key: '', base: '' }

const call = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: object) =>
  app.call(method, mine.base + path, { key: mine.key, ...(body && { body }) })
const all = (...items: object[]) => ({ v: 1, root: { kind: 'group', match: 'all', items } })
const create = async (name: string, ...items: object[]) =>
  ((await call('POST', '/segments', { name, definition: all(...items) })).body as { id: number }).id
interface Listed {
  items: { id: number; name: string; recent?: { day: string; size: number }[] }[]
  next: string | null
  previous: string | null
  total: { n: number }
  all: { live: number; archived: number }
}
const list = async (query: string) => {
  const answer = await call('GET', `/segments?${query}`)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body as Listed
}
const names = async (query: string) => (await list(query)).items.map(({ name }) => name)

beforeAll(async () => {
  mine = await app.workspace('Acme', 'admin')
  const topic = ((await call('POST', '/topics', { name: 'Winter offers' })).body as { id: number }).id
  // Equal names but for case, sizes that are equal or missing, equal times.
  const made = [
    await create('b 10', { kind: 'tag', match: 'any', tags: ['vip'] }),
    await create('B 9', { kind: 'consent', topic, channel: 'sms', state: 'yes' }),
    await create('Åre', { kind: 'country', countries: ['NO'] }),
    await create('a', { kind: 'tag', match: 'any', tags: ['50%_off'] }),
    await create('c'),
    await create('Old'),
  ]
  for (const [at, size] of [5, 5, null, 0, 100].entries())
    await app.db.run(
      sql`update segments set size = ${size}, updated_at = ${new Date(Date.UTC(2026, 2, at < 2 ? 1 : at))} where id = ${made[at]}`,
    )
  await create('Uses a', { kind: 'segment', id: made[3]! })
  await call('PATCH', `/segments/${made[5]}`, { archived: true })
})

describe('the list of segments', () => {
  test('without parameters is all of them by name, the archived ones last', async () => {
    expect(await list('')).toMatchObject({ next: null, previous: null, total: { n: 7 }, all: { live: 6, archived: 1 } })
    expect(await names('')).toEqual(['a', 'Åre', 'B 9', 'b 10', 'c', 'Uses a', 'Old'])
    expect(await names('archived=false')).toEqual(['a', 'Åre', 'B 9', 'b 10', 'c', 'Uses a'])
  })

  test('is sorted by size, change and use; what was never counted is smallest', async () => {
    expect(await names('sort=-size&archived=false')).toEqual(['c', 'B 9', 'b 10', 'a', 'Uses a', 'Åre'])
    expect((await names('sort=size&archived=false')).slice(0, 3)).toEqual(['Åre', 'Uses a', 'a'])
    expect((await names('sort=-used'))[0]).toBe('a')
    expect((await names('sort=changed')).slice(0, 2)).toEqual(['b 10', 'B 9'])
  })

  test.each(segmentSorts)('in the order %s turns its pages both ways without a gap or a repetition', async sort => {
    const whole = await names(`sort=${sort}`)
    for (const limit of [1, 2, 3, 7]) {
      const forth: string[][] = []
      let page = await list(`sort=${sort}&limit=${limit}`)
      expect(page.previous).toBeNull()
      for (;;) {
        forth.push(page.items.map(({ name }) => name))
        if (page.next === null) break
        page = await list(`sort=${sort}&limit=${limit}&after=${page.next}`)
      }
      expect(forth.flat()).toEqual(whole)
      const back = [forth.at(-1)]
      while (page.previous !== null) {
        page = await list(`sort=${sort}&limit=${limit}&before=${page.previous}`)
        back.unshift(page.items.map(({ name }) => name))
      }
      // The first page is shown full.
      expect(back.at(-1)).toEqual(forth.at(-1))
      expect(page.items.map(({ name }) => name)).toEqual(whole.slice(0, limit))
    }
  })

  test('keeps the search over its pages, and finds names and conditions, also with % and _', async () => {
    const first = await list('search=The%20TAG&limit=1&archived=false')
    expect(first).toMatchObject({ items: [{ name: 'a' }], total: { n: 2 } })
    const second = await list(`search=The%20TAG&limit=1&archived=false&after=${first.next}`)
    expect(second).toMatchObject({ items: [{ name: 'b 10' }], next: null })
    expect(await names('search=WINTER')).toEqual(['B 9'])
    expect(await names('search=norway')).toEqual(['Åre'])
    expect(await names(`search=${encodeURIComponent('50%_')}`)).toEqual(['a'])
    expect(await names(`search=${encodeURIComponent('%')}`)).toEqual(['a'])
    expect(await names('search=zzz')).toEqual([])
  })

  test('refuses a cursor of another order, both cursors, and an order that does not exist', async () => {
    const { next } = await list('limit=1')
    expect((await call('GET', `/segments?sort=size&limit=1&after=${next}`)).body).toMatchObject({
      code: 'cursor_invalid',
    })
    expect((await call('GET', `/segments?limit=1&after=${next}&before=${next}`)).status).toBe(400)
    expect((await call('GET', '/segments?sort=colour')).status).toBe(400)
    expect((await call('GET', '/segments?limit=0')).status).toBe(400)
  })

  test('brings the sizes of the last 30 days where they are asked for', async () => {
    const [{ id } = { id: 0 }] = (await list('search=B 9')).items
    const today = app.deps.clock.now()
    const day = (ago: number) => new Date(today.getTime() - ago * 86_400_000)
    for (const [ago, size] of [
      [40, 1],
      [3, 2],
      [1, 3],
    ] as const)
      await app.db.run(sql`insert into segment_sizes (segment_id, workspace_id, day, conditions, claimed_at, counted_at, size)
        values (${id}, ${mine.id}, ${day(ago)}::date, '', ${today}, ${today}, ${size})`)
    const [row] = (await list('search=B 9&recent=true')).items
    expect(row?.recent?.map(({ size }) => size)).toEqual([2, 3])
    expect((await list('search=B 9')).items[0]).not.toHaveProperty('recent')
  })
})
