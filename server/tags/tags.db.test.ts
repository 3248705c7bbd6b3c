/** Tags over the API and in the workers: changed in steps, resumed, undone exactly, in order, and refused where they would do harm. */
import { beforeEach, describe, expect, test } from 'vitest'
import { everybody } from '../../core/segments/tree.ts'
import { testApp } from '../access/app.fixture.ts'
import { raw, sql } from '../platform/db/sql.ts'
import { maxTagsOfProfile } from '../profiles/change-tags.ts'
import { mostStepTries } from '../profiles/run-steps.ts'
import { forgetOldTaggings, runTaggings } from './run-taggings.ts'
import { tagLimits } from './taggings.ts'

const app = testApp()
let made = 0
let mine = { id: 0, key: '', base: '' }

const call = (method: 'GET' | 'POST' | 'PUT', path: string, body?: object, at = mine) =>
  app.call(method, at.base + path, { key: at.key, ...(body && { body }) })
const inCity = (value: string) => ({
  v: 1,
  root: { kind: 'group', match: 'all', items: [{ kind: 'text', field: 'attr:city', op: 'is', value }] },
})
const withTag = (...tags: string[]) => ({
  v: 1,
  root: { kind: 'group', match: 'all', items: [{ kind: 'tag', match: 'any', tags }] },
})
/** What has failed before is tried again, too. */
const run = () =>
  runTaggings({ db: app.db, now: () => app.deps.clock.now(), realNow: () => new Date(Date.now() + 3_600_000) })
const ask = async (body: object) => (await call('POST', '/taggings', body)).body as { id: number; state: string }
const view = async (id: number) => (await call('GET', `/taggings/${id}`)).body
const undo = async (id: number) => (await call('POST', `/taggings/${id}/undo`)).body
/** By first name. */
async function tagsOf(workspace = mine.id): Promise<Record<string, string[]>> {
  const rows = await app.db.query<{ name: string; tags: string[] }>(
    sql`select first_name as name, tags from profiles where workspace_id = ${workspace} order by first_name`,
  )
  return Object.fromEntries(rows.map(({ name, tags }) => [name, tags]))
}
const setTags = (name: string, tags: string[]) =>
  app.db.run(sql`update profiles set tags = ${tags}::text[] where workspace_id = ${mine.id} and first_name = ${name}`)

beforeEach(async () => {
  mine = await app.workspace(`W${++made}`, 'editor')
  await call('POST', '/profiles', {
    profiles: [
      { externalKey: '1', firstName: 'Ada', phone: '0701740605', attributes: { city: 'Lund' } },
      { externalKey: '2', firstName: 'Bo', attributes: { city: 'Lund' } },
      { externalKey: '3', firstName: 'Cia', attributes: { city: 'Umeå' } },
    ],
  })
})

describe('a change of tags', () => {
  test('that fails each time is given up, says so, keeps what was done, and can be undone', async () => {
    await app.db.run(
      sql`create or replace function refuse_tags() returns trigger language plpgsql as $$ begin raise exception 'a fault'; end $$`,
    )
    const { id } = await ask({ add: ['vip'], definition: everybody })
    const other = await app.workspace(`Other ${made}`, 'editor')
    await call('POST', '/profiles', { profiles: [{ externalKey: '1', firstName: 'Eve' }] }, other)
    // The first step changes somebody; then each fails.
    let real = new Date()
    const jobs = { db: app.db, now: () => app.deps.clock.now(), realNow: () => real, stepMs: 0 }
    const stop = new AbortController()
    const [first] = await app.db.query<{ bucket: number }>(
      sql`select min(bucket) as bucket from profiles where workspace_id = ${mine.id}`,
    )
    let steps = 0
    const now = () => {
      if (steps++ === first?.bucket) stop.abort()
      return app.deps.clock.now()
    }
    await runTaggings({ ...jobs, signal: stop.signal, now })
    const { changed } = (await view(id)) as { changed: number }
    expect(changed).toBe(1)
    await app.db.run(
      sql`create trigger refuse before update on profiles for each row when (new.workspace_id = ${raw(String(mine.id))}) execute function refuse_tags()`,
    )
    const errors: unknown[] = []
    const onError = (error: unknown) => errors.push(error)
    const failing = { ...jobs, onError }
    const fail = async () => {
      for (let i = 0; i < 20; i++) {
        await runTaggings(failing)
        real = new Date(real.getTime() + 300_000)
      }
    }
    await runTaggings(failing)
    // Before its time has come it is not tried again, and another workspace is not kept waiting.
    await runTaggings(failing)
    expect(errors).toHaveLength(1)
    const theirs = (await call('POST', '/taggings', { add: ['x'], definition: everybody }, other)).body as {
      id: number
    }
    await runTaggings(failing)
    expect((await call('GET', `/taggings/${theirs.id}`, undefined, other)).body).toMatchObject({
      state: 'done',
      changed: 1,
    })
    await fail()
    expect(errors).toHaveLength(mostStepTries)
    expect(await view(id)).toMatchObject({
      state: 'failed',
      changed,
      canUndo: true,
      problem: expect.stringContaining('error on the server'),
    })
    expect(JSON.stringify(await view(id))).not.toContain('a fault')

    // The undo fails too, is given up too, and continues when the fault is gone.
    await undo(id)
    await fail()
    expect(errors).toHaveLength(2 * mostStepTries)
    expect(await view(id)).toMatchObject({ state: 'failed', canUndo: true })
    await app.db.run(sql`drop trigger refuse on profiles`)
    await undo(id)
    await runTaggings(failing)
    expect(await view(id)).toMatchObject({ state: 'undone', restored: changed, problem: null })
    expect(await tagsOf()).toEqual({ Ada: [], Bo: [], Cia: [] })
  })

  test('of a name with a direction control loses it, and one that was made before is found by the name that it has', async () => {
    const { id } = await ask({ add: ['vip\u202e'], definition: inCity('lund') })
    expect(await view(id)).toMatchObject({ add: ['vip'] })
    await run()
    await setTags('Cia', ['old\u202e'])
    expect(await call('POST', '/tags/rename', { from: 'old\u202e', to: 'old' })).toMatchObject({ status: 202 })
    await run()
    expect(await tagsOf()).toEqual({ Ada: ['vip'], Bo: ['vip'], Cia: ['old'] })
  })

  test('adds and removes for everybody in a segment, and undo gives exactly the changed ones back what they had', async () => {
    await setTags('Ada', ['vip', 'old'])
    await setTags('Bo', ['old'])
    const { id, state } = await ask({ add: ['vip', 'Västra'], remove: ['old'], definition: inCity('lund') })
    expect(state).toBe('running')
    expect(await view(id)).toMatchObject({ done: 0, canUndo: true })
    await run()
    expect(await view(id)).toMatchObject({ state: 'done', done: 1, found: 2, changed: 2, locked: 0, full: 0 })
    expect(await tagsOf()).toEqual({ Ada: ['vip', 'Västra'], Bo: ['vip', 'Västra'], Cia: [] })
    await undo(id)
    await run()
    expect(await view(id)).toMatchObject({ state: 'undone', done: 1, restored: 2, canUndo: false })
    // Ada had vip before, so she keeps it; Bo did not.
    expect(await tagsOf()).toEqual({ Ada: ['vip', 'old'], Bo: ['old'], Cia: [] })
    expect(await undo(id)).toMatchObject({ state: 'undone' })
    const acts = await app.db.query<{ action: string }>(
      sql`select action from audit where workspace_id = ${mine.id} and subject = ${`tagging ${id}`} order by id`,
    )
    expect(acts.map(({ action }) => action)).toEqual(['tagging.create', 'tagging.undo'])
    expect(await app.db.query(sql`select from tagged_profiles where tagging_id = ${id}`)).toEqual([])
  })

  test('is narrowed by a search as the list of profiles is, and forgets its text at the end', async () => {
    const { id } = await ask({ add: ['found'], definition: everybody, search: '070-174' })
    expect(await view(id)).toMatchObject({ isSearched: true })
    await run()
    expect(await tagsOf()).toEqual({ Ada: ['found'], Bo: [], Cia: [] })
    expect(await app.db.query(sql`select search from taggings where id = ${id}`)).toEqual([{ search: null }])
  })

  test('leaves locked profiles and those with too many tags as they are, and says how many', async () => {
    await app.db.run(
      sql`update profiles set locked_reason = 'a court' where workspace_id = ${mine.id} and first_name = 'Ada'`,
    )
    const many = Array.from({ length: maxTagsOfProfile }, (_, i) => `t${i}`)
    await setTags('Bo', many)
    const { id } = await ask({ add: ['one more'], definition: everybody })
    await run()
    expect(await view(id)).toMatchObject({ found: 3, changed: 1, locked: 1, full: 1 })
    expect(await tagsOf()).toEqual({ Ada: [], Bo: many, Cia: ['one more'] })
  })

  test('continues where a process was killed, and a step that was not committed leaves nothing', async () => {
    const stop = new AbortController()
    const { id } = await ask({ add: ['vip'], definition: everybody })
    // A process that dies within a step: its transaction ends without a commit.
    const dies = new Error('killed')
    let steps = 0
    const dying = {
      ...app.db,
      tx: <R>(work: Parameters<typeof app.db.tx<R>>[0]) =>
        app.db.tx<R>(async (tx, client) => {
          const result = await work(tx, client)
          if (++steps === 100) throw dies
          return result
        }),
    }
    await runTaggings({
      db: dying,
      now: () => app.deps.clock.now(),
      signal: stop.signal,
      stepMs: 0,
      onError: () => stop.abort(),
    })
    const half = (await view(id)) as { done: number; state: string }
    expect(half).toMatchObject({ state: 'running', done: 99 / 256 })
    await run()
    expect(await view(id)).toMatchObject({ state: 'done', found: 3, changed: 3 })
  })

  test('that two workers do at once counts nobody twice, and is stopped by its undo', async () => {
    const { id } = await ask({ add: ['vip'], definition: everybody })
    await Promise.all([run(), run()])
    await run()
    expect(await view(id)).toMatchObject({ state: 'done', found: 3, changed: 3 })
    const next = await ask({ remove: ['vip'], definition: everybody })
    await undo(next.id)
    await run()
    expect(await view(next.id)).toMatchObject({ state: 'undone', found: 0, restored: 0 })
    expect(await tagsOf()).toEqual({ Ada: ['vip'], Bo: ['vip'], Cia: ['vip'] })
  })

  test('follows the one before it: the later of two that contradict each other counts for everybody', async () => {
    const first = await ask({ add: ['a'], remove: ['b'], definition: everybody })
    const second = await ask({ add: ['b'], remove: ['a'], definition: everybody })
    await run()
    expect(await tagsOf()).toEqual({ Ada: ['b'], Bo: ['b'], Cia: ['b'] })
    await undo(second.id)
    await undo(first.id)
    await run()
    expect(await tagsOf()).toEqual({ Ada: [], Bo: [], Cia: [] })
  })

  test('about the tag itself finds those who had it when it was asked for, each once', async () => {
    await setTags('Ada', ['gold'])
    const { id } = await ask({ add: ['vip'], remove: ['gold'], definition: withTag('gold') })
    await run()
    expect(await view(id)).toMatchObject({ found: 1, changed: 1 })
    expect(await tagsOf()).toEqual({ Ada: ['vip'], Bo: [], Cia: [] })
  })

  test('keeps the definition of its segment, edited or deleted since; a list that it reads is not deleted', async () => {
    const saved = async (path: string, body: object) => (await call('POST', path, body)).body as { id: number }
    const inSegment = (id: number) => ({
      v: 1,
      root: { kind: 'group', match: 'all', items: [{ kind: 'segment', id }] },
    })
    const segment = await saved('/segments', { name: 'S', definition: inCity('lund') })
    const { id } = await ask({ add: ['vip'], definition: inSegment(segment.id) })
    const path = `${mine.base}/segments/${segment.id}`
    const edit = { key: mine.key, body: { definition: inCity('umeå') } }
    expect((await app.call('PATCH', path, edit)).status).toBe(200)
    expect((await app.call('DELETE', path, { key: mine.key })).status).toBe(204)
    const list = await saved('/segments/frozen', { name: 'L', definition: inCity('umeå') })
    await ask({ add: ['listed'], definition: inSegment(list.id) })
    const remove = () => app.call('DELETE', `${mine.base}/segments/${list.id}`, { key: mine.key })
    expect(await remove()).toMatchObject({ status: 409, body: { code: 'segment_in_use' } })
    await run()
    expect(await view(id)).toMatchObject({ state: 'done', changed: 2 })
    expect(await tagsOf()).toEqual({ Ada: ['vip'], Bo: ['vip'], Cia: ['listed'] })
    expect((await remove()).status).toBe(204)
  })

  test('for segments in segments is kept and read with all their groups', async () => {
    const deep = (inner: object): object => ({ kind: 'group', match: 'any', items: [inner] })
    let inner: object = { kind: 'text', field: 'attr:city', op: 'is', value: 'lund' }
    for (let level = 0; level < 3; level++) {
      const items = [deep(deep(deep(inner)))]
      const made = await call('POST', '/segments', {
        name: `L${level}`,
        definition: { v: 1, root: { kind: 'group', match: 'all', items } },
      })
      inner = { kind: 'segment', id: (made.body as { id: number }).id }
    }
    const { id } = await ask({
      add: ['vip'],
      definition: { v: 1, root: { kind: 'group', match: 'all', items: [inner] } },
    })
    await run()
    expect(await view(id)).toMatchObject({ state: 'done', changed: 2 })
  })

  test('whose search finds a person who is erased meanwhile ends, without its text', async () => {
    const admin = await app.workspace(`Erasing ${made}`, 'admin')
    const profile = { externalKey: '1', firstName: 'Eve', email: 'eve@private.example' }
    await call('POST', '/profiles', { profiles: [profile, { externalKey: '2', firstName: 'Fia' }] }, admin)
    const of = async (search: string) =>
      ((await call('POST', '/taggings', { add: ['x'], definition: everybody, search }, admin)).body as { id: number })
        .id
    const [hers, others] = [await of('EVE@private'), await of('Fia')]
    const [eve] = await app.db.query<{ id: number }>(
      sql`select profile_id as id from profiles where workspace_id = ${admin.id} and first_name = 'Eve'`,
    )
    const erased = await app.call('POST', `${admin.base}/profiles/${eve?.id}/erase`, {
      key: admin.key,
      body: { confirm: 'erase' },
    })
    expect(erased.status, JSON.stringify(erased.body)).toBeLessThan(300)
    expect(await app.db.query(sql`select search from taggings where workspace_id = ${admin.id} order by id`)).toEqual([
      { search: null },
      { search: 'Fia' },
    ])
    await run()
    const stateOf = async (id: number) => (await call('GET', `/taggings/${id}`, undefined, admin)).body
    expect(await stateOf(hers)).toMatchObject({ state: 'failed', problem: expect.stringContaining('erased') })
    expect(await stateOf(others)).toMatchObject({ state: 'done', changed: 1 })
  })

  test('ends as failed where a list that it reads is gone meanwhile, and what it did can be undone', async () => {
    const segment = (await call('POST', '/segments/frozen', { name: 'S', definition: inCity('lund') })).body as {
      id: number
    }
    const definition = { v: 1, root: { kind: 'group', match: 'all', items: [{ kind: 'segment', id: segment.id }] } }
    const { id } = await ask({ add: ['vip'], definition })
    await app.db.run(sql`delete from segment_members where segment_id = ${segment.id}`)
    await app.db.run(sql`delete from segments where id = ${segment.id}`)
    await run()
    expect(await view(id)).toMatchObject({
      state: 'failed',
      problem: expect.stringContaining('segment'),
      canUndo: true,
    })
    expect((await undo(id)) as object).toMatchObject({ state: 'undoing' })
    await run()
    expect(await view(id)).toMatchObject({ state: 'undone' })
  })

  test('cannot be undone after its time, and is forgotten then', async () => {
    const { id } = await ask({ add: ['vip'], definition: everybody })
    await run()
    await app.db.run(sql`update taggings set created_at = created_at - interval '32 days' where id = ${id}`)
    expect(await call('POST', `/taggings/${id}/undo`)).toMatchObject({ status: 409, body: { code: 'tagging_too_old' } })
    await forgetOldTaggings(app.db, app.deps.clock.now())
    expect((await call('GET', `/taggings/${id}`)).status).toBe(404)
    expect(await app.db.query(sql`select from tagged_profiles where tagging_id = ${id}`)).toEqual([])
    expect(await tagsOf()).toMatchObject({ Ada: ['vip'] })
  })
})

describe('what is asked', () => {
  test('is refused with the place: no tag, one that is added and removed, too many, nothing to read, control characters', async () => {
    const refused = async (body: object, where: string | RegExp, code = 'invalid_input') => {
      const answer = await call('POST', '/taggings', { definition: everybody, ...body })
      expect(answer).toMatchObject({ status: code === 'invalid_input' ? 400 : expect.any(Number), body: { code } })
      expect(JSON.stringify(answer.body)).toMatch(where)
    }
    await refused({}, /name a tag/)
    await refused({ add: ['a'], remove: ['a'] }, /added too/)
    await refused({ add: Array.from({ length: 11 }, (_, i) => `t${i}`) }, /10/)
    await refused({ add: ['a\u0000b'] }, /control characters/)
    await refused({ add: ['\u200b'] }, /something to read/)
    await refused({ add: ['x'.repeat(4096)] }, /100 characters/)
    await refused({ add: ['a'], search: 'a\u0000' }, /control characters/)
    await refused({ add: ['a'], definition: withTag() }, /root\.items\[0\]/, 'segment_unfinished')
    expect(await app.db.query(sql`select from taggings where workspace_id = ${mine.id}`)).toEqual([])
  })

  test('keeps hostile tags as text: formulas, markup, wildcards, quotes; what turns words around is taken off', async () => {
    const hostile = ['=1+1', '<b>x</b>', 'abc', 'a\'b"c\\', '%_{}', 'ZWJ \u{1F469}\u200D\u{1F469}']
    const { id } = await ask({
      add: hostile.map(tag => (tag === 'abc' ? '\u202eabc' : tag)),
      definition: everybody,
    })
    await run()
    expect(await view(id)).toMatchObject({ state: 'done', changed: 3, add: hostile })
    for (const tag of hostile) {
      const { body } = await call('POST', '/segments/count', { definition: withTag(tag) })
      expect([tag, (body as { n: number }).n]).toEqual([tag, 3])
    }
    await undo(id)
    await run()
    expect(await tagsOf()).toEqual({ Ada: [], Bo: [], Cia: [] })
  })

  test('is of one workspace: others do not see it, and their profiles and queue stay as they are', async () => {
    const theirs = await app.workspace(`W${++made}`, 'admin')
    await call('POST', '/profiles', { profiles: [{ externalKey: '1', firstName: 'Eve' }] }, theirs)
    const { id } = await ask({ add: ['vip'], definition: everybody })
    for (const path of [`/taggings/${id}`]) expect((await call('GET', path, undefined, theirs)).status).toBe(404)
    expect((await call('POST', `/taggings/${id}/undo`, undefined, theirs)).status).toBe(404)
    expect((await app.call('POST', `${mine.base}/taggings`, { key: theirs.key, body: {} })).status).toBe(404)
    await run()
    expect(await tagsOf(theirs.id)).toEqual({ Eve: [] })
    expect((await call('GET', '/tags', undefined, theirs)).body).toMatchObject({ items: [], more: false })
  })

  test('is not taken above the limit of unfinished ones', async () => {
    for (let n = 0; n < tagLimits.open; n++) await ask({ add: [`t${n}`], definition: everybody })
    expect(await call('POST', '/taggings', { add: ['x'], definition: everybody })).toMatchObject({
      status: 409,
      body: { code: 'limit_reached' },
    })
    await app.db.run(sql`delete from taggings where workspace_id = ${mine.id}`)
  })
})

describe('the tags of a workspace', () => {
  test('are listed with their profiles, renamed and removed', async () => {
    await setTags('Ada', ['vip', 'gold'])
    await setTags('Bo', ['gold'])
    expect((await call('GET', '/tags')).body).toMatchObject({
      items: [
        { tag: 'gold', profiles: 2 },
        { tag: 'vip', profiles: 1 },
      ],
      more: false,
    })
    expect((await call('POST', '/tags/rename', { from: 'gold', to: ' vip ' })).status).toBe(202)
    await run()
    expect(await tagsOf()).toEqual({ Ada: ['vip'], Bo: ['vip'], Cia: [] })
    expect((await call('POST', '/tags/remove', { tag: 'vip' })).status).toBe(202)
    await run()
    expect((await call('GET', '/tags')).body).toMatchObject({ items: [], more: false })
    expect(await call('POST', '/tags/rename', { from: 'a', to: 'a' })).toMatchObject({ status: 400 })
  })

  test('that a segment or a draft names are not renamed or removed, and say where they are used', async () => {
    await setTags('Ada', ['vip'])
    const segment = (await call('POST', '/segments', { name: 'Vips', definition: withTag('vip', 'x') })).body as {
      id: number
    }
    const draft = (
      await call('POST', '/activities', {
        name: 'To vips',
        sendTo: {
          topics: [],
          duplicates: 'all',
          tags: { include: { match: 'any', tags: ['vip'] }, exclude: { match: 'any', tags: [] } },
        },
      })
    ).body as { id: number }
    expect((await call('GET', '/tags/uses?tag=vip')).body).toMatchObject({
      items: [
        { kind: 'segment', id: segment.id, name: 'Vips' },
        { kind: 'activity', id: draft.id, name: 'To vips' },
      ],
    })
    expect((await call('GET', '/tags/uses?tag=vi')).body).toMatchObject({ items: [] })
    for (const [path, body] of [
      ['/tags/rename', { from: 'vip', to: 'gold' }],
      ['/tags/remove', { tag: 'vip' }],
    ] as const)
      expect(await call('POST', path, body)).toMatchObject({ status: 409, body: { code: 'tag_in_use' } })
    await run()
    expect(await tagsOf()).toMatchObject({ Ada: ['vip'] })
  })
})
