/** The tags of one profile, by hand and by the API of profiles: by the rules of changes of tags over many. */
import { beforeEach, describe, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'

const app = testApp()
let made = 0
let mine = { id: 0, key: '', base: '' }
let id = 0

const call = (method: 'GET' | 'POST' | 'PUT', path: string, body?: object, at = mine) =>
  app.call(method, at.base + path, { key: at.key, ...(body && { body }) })
const change = (body: object, at = mine) => call('POST', `/profiles/${id}/tags`, body, at)
const tags = async (profile = id) => {
  const [row] = await app.db.query<{ tags: string[] }>(sql`select tags from profiles where profile_id = ${profile}`)
  return row?.tags
}
const upsert = async (...profiles: object[]) =>
  ((await call('POST', '/profiles', { profiles })).body as { results: { profileId?: number; problem?: object }[] })
    .results

beforeEach(async () => {
  mine = await app.workspace(`P${++made}`, 'editor')
  const [first] = await upsert({ externalKey: '1', firstName: 'Ada' })
  id = first!.profileId!
})

describe('by hand', () => {
  test('tags are added and removed, and the answer undoes exactly what was done', async () => {
    expect(await change({ add: ['vip', 'Västra'] })).toMatchObject({ body: { tags: ['vip', 'Västra'] } })
    const done = await change({ add: ['vip', ' new\ttag '], remove: ['Västra', 'none'] })
    expect(done).toMatchObject({ body: { tags: ['vip', 'new tag'], added: ['new tag'], removed: ['Västra'] } })
    await change({ add: ['Västra'], remove: ['new tag'] })
    expect(await tags()).toEqual(['vip', 'Västra'])
    expect((await change({ add: ['vip'] })).body).toMatchObject({ added: [], removed: [] })
    const { body } = await call('GET', `/profiles/${id}`)
    expect(body).toMatchObject({ profile: { tags: ['vip', 'Västra'] } })
  })

  test('what is wrong is said, and changes nothing', async () => {
    for (const body of [
      {},
      { add: [] },
      { add: ['  '] },
      { add: ['\u200b'] },
      { add: ['x'.repeat(101)] },
      { add: ['a'], remove: ['a'] },
      { add: Array.from({ length: 11 }, (_, i) => `t${i}`) },
      { set: ['a'] },
    ])
      expect((await change(body)).status, JSON.stringify(body)).toBe(400)
    await app.db.run(
      sql`update profiles set tags = array(select 't' || n from generate_series(1, 100) n) where profile_id = ${id}`,
    )
    expect(await change({ add: ['more'] })).toMatchObject({ status: 409, body: { code: 'tag_limit' } })
    expect((await change({ add: ['more'], remove: ['t1'] })).status).toBe(200)
    expect(await tags()).toHaveLength(100)
  })

  test('a locked profile stays, a viewer may not, and another workspace finds nobody', async () => {
    await call('PUT', `/profiles/${id}/lock`, { reason: 'asked' })
    expect((await change({ add: ['x'] })).body).toMatchObject({ code: 'profile_locked' })
    const other = await app.workspace(`Q${made}`, 'editor')
    expect((await change({ add: ['x'] }, other)).status).toBe(404)
    const viewer = await app.workspace(`V${made}`, 'viewer')
    expect((await change({ add: ['x'] }, viewer)).status).toBe(403)
    expect(await tags()).toEqual([])
  })
})

describe('by the API of profiles', () => {
  test('tags come with a profile, new or known; what is not named stays', async () => {
    const [, second] = await upsert(
      { externalKey: '1', tags: { add: ['a', 'b', 'a'] } },
      { email: 'new@shop.test', tags: { add: ['new'], remove: ['never'] } },
    )
    expect(await tags()).toEqual(['a', 'b'])
    expect(await tags(second!.profileId)).toEqual(['new'])
    await upsert({ externalKey: '1', firstName: 'Berta' }, { externalKey: '1', tags: { add: ['c'], remove: ['a'] } })
    expect(await tags()).toEqual(['b', 'c'])
  })

  test('an input with wrong or too many tags is refused alone', async () => {
    await app.db.run(
      sql`update profiles set tags = array(select 't' || n from generate_series(1, 100) n) where profile_id = ${id}`,
    )
    const [full, both, fine] = await upsert(
      { externalKey: '1', firstName: 'Not', tags: { add: ['one more'] } },
      { externalKey: '2', tags: { add: ['x'], remove: ['x'] } },
      { externalKey: '3', tags: { add: ['x'] } },
    )
    expect(full).toMatchObject({ problem: { code: 'tag_limit' } })
    expect(both).toMatchObject({
      problem: { code: 'invalid_input', title: expect.stringContaining('profiles[1].tags.remove') },
    })
    expect(await tags(fine!.profileId)).toEqual(['x'])
    const [row] = await app.db.query(sql`select first_name as name from profiles where profile_id = ${id}`)
    expect(row).toEqual({ name: 'Ada' })
  })
})
