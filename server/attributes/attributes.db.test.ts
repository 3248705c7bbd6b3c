/** Attributes over the API and in the workers: the catalogue, and changes of type that say what they would do, lose nothing and are undone. */
import { beforeEach, describe, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { raw, sql } from '../platform/db/sql.ts'
import { lockProfiles } from '../profiles/locks.ts'
import { mostStepTries } from '../profiles/run-steps.ts'
import { forgetOldChanges, runAttributeChanges } from './run-attribute-changes.ts'

const app = testApp()
let made = 0
let mine = { id: 0, key: '', base: '' }

const call = (method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string, body?: object, at = mine) =>
  app.call(method, at.base + path, { key: at.key, ...(body && { body }) })
const run = () => runAttributeChanges({ db: app.db, now: () => app.deps.clock.now() })
const upsert = (...profiles: object[]) => call('POST', '/profiles', { profiles })
const values = async (name: string) => {
  const rows = await app.db.query<{ key: string; value: unknown; written: string | null }>(sql`
    select external_key as key, attrs -> ${name} as value, written ->> ${name} as written from profiles
    where workspace_id = ${mine.id} and external_key is not null order by external_key`)
  return Object.fromEntries(rows.map(({ key, value, written }) => [key, [value, written]]))
}
const typeOf = async (name: string) => {
  const { body } = await call('GET', '/attributes')
  return (body as { items: { name: string; type: string }[] }).items.find(one => one.name === name)?.type
}
const change = async (name: string, body: object) => {
  const answer = await call('POST', `/attributes/${name}/type`, body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(202)
  return (answer.body as { id: number }).id
}
const view = async (id: number) => (await call('GET', `/attribute-changes/${id}`)).body
const asks = (item: object) => ({ v: 1, root: { kind: 'group', match: 'all', items: [item] } })

beforeEach(async () => {
  mine = await app.workspace(`A${++made}`)
  await upsert(
    { externalKey: '1', attributes: { joined: '17.05.2024', city: 'Lund' } },
    { externalKey: '2', attributes: { joined: '3/4/2024', city: 'Lund' } },
    { externalKey: '3', attributes: { joined: 'long ago', city: 'Umeå' } },
    { externalKey: '4', attributes: { city: 'Ystad' } },
  )
})

describe('the catalogue', () => {
  test('says how many have each attribute, shows samples, and what uses it', async () => {
    await call('POST', '/segments', {
      name: 'Lund',
      definition: asks({ kind: 'text', field: 'attr:city', op: 'is', value: 'Lund' }),
    })
    await call('POST', '/activities', {
      name: 'Hi',
      content: { channel: 'sms', sender: 'Shop', body: 'Hi ##city|there##' },
    })
    const { body } = await call('GET', '/attributes/catalogue')
    expect(body).toMatchObject({
      items: [
        {
          name: 'city',
          type: 'text',
          label: null,
          archivedAt: null,
          profiles: 4,
          uses: 2,
          samples: ['Lund', 'Umeå', 'Ystad'],
        },
        { name: 'joined', type: 'text', profiles: 3, uses: 0 },
      ],
    })
    expect((await call('GET', '/attributes/city/uses')).body).toMatchObject({
      items: [
        { kind: 'segment', name: 'Lund' },
        { kind: 'activity', name: 'Hi' },
      ],
    })
    expect(await call('DELETE', '/attributes/city')).toMatchObject({ status: 409, body: { code: 'attribute_in_use' } })
    expect((await call('DELETE', '/attributes/joined')).body).toEqual({ profiles: 3 })
  })

  test('a label and the archive change nothing else', async () => {
    expect((await call('PATCH', '/attributes/city', { label: ' Home  town ', archived: true })).status).toBe(204)
    const { body } = await call('GET', '/attributes/catalogue')
    expect(body).toMatchObject({
      items: [{ name: 'joined' }, { name: 'city', label: 'Home  town', archivedAt: expect.any(String) }],
    })
    await call('PATCH', '/attributes/city', { label: null, archived: false })
    expect((await call('GET', '/attributes/catalogue')).body).toMatchObject({
      items: [{ name: 'city', label: null, archivedAt: null }, {}],
    })
    expect((await call('PATCH', '/attributes/none', { label: 'x' })).status).toBe(404)
  })
})

describe('what pages offer', () => {
  test('says labels, and which attributes are archived', async () => {
    await call('PATCH', '/attributes/city', { label: 'Home town', archived: true })
    expect((await call('GET', '/attributes')).body).toMatchObject({
      items: [
        { name: 'city', type: 'text', label: 'Home town', archived: true },
        { name: 'joined', type: 'text', label: null, archived: false },
      ],
    })
  })
})

describe('a change of type', () => {
  test('of a profile shows each value, also one that is none of the type', async () => {
    await change('joined', { type: 'date' })
    await run()
    const { body } = await call('GET', '/profiles?search=3')
    const found = (body as { items: { profileId: number; externalKey: string }[] }).items
    const { profileId } = found.find(one => one.externalKey === '3')!
    expect((await call('GET', `/profiles/${profileId}`)).body).toMatchObject({
      profile: {
        attributes: { city: 'Umeå' },
        attributesWritten: { joined: 'long ago' },
        attributeTypes: { city: 'text', joined: 'date' },
      },
    })
    // The form corrects it, or clears it.
    const edit = async (joined: string | null) => {
      const { profile } = (await call('GET', `/profiles/${profileId}`)).body as { profile: { updatedAt: string } }
      const change = { updatedAt: profile.updatedAt, attributes: { joined } }
      const { status, body } = await call('PATCH', `/profiles/${profileId}`, change)
      expect(status, JSON.stringify(body)).toBeLessThan(300)
      return (await call('GET', `/profiles/${profileId}`)).body
    }
    expect(await edit('2026-03-02')).toMatchObject({
      profile: { attributes: { joined: '2026-03-02' }, attributesWritten: {} },
    })
    await app.db.run(
      sql`update profiles set attrs = attrs - 'joined', written = '{"joined": "long ago"}' where profile_id = ${profileId}`,
    )
    expect(await edit(null)).toMatchObject({ profile: { attributes: { city: 'Umeå' }, attributesWritten: {} } })
  })

  test('is shown first, then done; what does not convert keeps its written form, and undo restores exactly what was', async () => {
    const before = await values('joined')
    expect((await call('POST', '/attributes/joined/type/preview', { type: 'date' })).body).toMatchObject({
      from: 'text',
      profiles: 3,
      converted: 2,
      unread: 1,
      unreadSamples: ['long ago'],
      style: { dayFirst: true },
      uses: [],
    })
    expect(await values('joined')).toEqual(before)
    const id = await change('joined', { type: 'date' })
    expect(await typeOf('joined')).toBe('date')
    await run()
    expect(await view(id)).toMatchObject({ state: 'done', done: 1, converted: 2, unread: 1, canUndo: true })
    expect(await values('joined')).toEqual({
      1: ['2024-05-17', '17.05.2024'],
      2: ['2024-04-03', '3/4/2024'],
      3: [null, 'long ago'],
      4: [null, null],
    })
    await call('POST', `/attribute-changes/${id}/undo`)
    await run()
    expect(await view(id)).toMatchObject({ state: 'undone', restored: 3, canUndo: false })
    expect(await typeOf('joined')).toBe('text')
    expect(await values('joined')).toEqual(before)
  })

  test('a value that came meanwhile stays after undo, in the earlier type', async () => {
    const id = await change('joined', { type: 'date' })
    await run()
    await upsert(
      { externalKey: '1', attributes: { joined: '2025-01-02' } },
      { externalKey: '4', attributes: { joined: '2025-01-03' } },
    )
    await call('POST', `/attribute-changes/${id}/undo`)
    await run()
    expect(await values('joined')).toMatchObject({
      1: ['2025-01-02', null],
      2: ['3/4/2024', null],
      4: ['2025-01-03', null],
    })
  })

  test('the day or the month is first as a person says', async () => {
    expect(
      (await call('POST', '/attributes/joined/type/preview', { type: 'date', dayFirst: false })).body,
    ).toMatchObject({
      samples: expect.arrayContaining([{ given: '3/4/2024', read: '2024-03-04' }]),
    })
    await change('joined', { type: 'date', dayFirst: false })
    await run()
    expect((await values('joined'))['2']).toEqual(['2024-03-04', '3/4/2024'])
  })

  test('a number becomes a text as it was written, and a number again', async () => {
    await upsert({ externalKey: '1', attributes: { points: 1225.5 } })
    await app.db.run(
      sql`update profiles set written = '{"points": "1 225,50"}' where workspace_id = ${mine.id} and external_key = '1'`,
    )
    await change('points', { type: 'text' })
    await run()
    expect((await values('points'))['1']).toEqual(['1 225,50', null])
    await change('points', { type: 'number' })
    await run()
    expect((await values('points'))['1']).toEqual([1225.5, '1 225,50'])
  })

  test('one that a segment uses is refused until a person insists; then the segment says so', async () => {
    const definition = asks({ kind: 'text', field: 'attr:city', op: 'is', value: 'Lund' })
    await call('POST', '/segments', { name: 'In Lund', definition })
    expect(await call('POST', '/attributes/city/type', { type: 'number' })).toMatchObject({
      status: 409,
      body: { code: 'attribute_in_use', title: expect.stringContaining('In Lund') },
    })
    expect(await typeOf('city')).toBe('text')
    const id = await change('city', { type: 'number', evenIfUsed: true })
    await run()
    expect(await view(id)).toMatchObject({ converted: 0, unread: 4 })
    expect(await call('POST', '/segments/count', { definition })).toMatchObject({
      status: 400,
      body: { code: 'segment_field_type' },
    })
    await call('POST', `/attribute-changes/${id}/undo`)
    await run()
    expect((await call('POST', '/segments/count', { definition })).body).toMatchObject({ n: 2 })
  })

  test('a process that ends in the middle loses nothing: another one continues', async () => {
    const id = await change('joined', { type: 'date' })
    await runAttributeChanges({ db: app.db, now: () => app.deps.clock.now(), stepMs: 0, signal: stopAfter(3) })
    expect(await view(id)).toMatchObject({ state: 'running' })
    await Promise.all([run(), run()])
    expect(await view(id)).toMatchObject({ state: 'done', converted: 2, unread: 1 })
  })

  test('one that fails each time keeps no other workspace waiting, is given up, says so, and can be undone', async () => {
    const before = await values('joined')
    await app.db.run(
      sql`create or replace function refuse_values() returns trigger language plpgsql as $$ begin raise exception 'a fault'; end $$`,
    )
    await app.db.run(
      sql`create trigger refuse before update on profiles for each row when (new.workspace_id = ${raw(String(mine.id))}) execute function refuse_values()`,
    )
    const id = await change('joined', { type: 'date' })
    const failing = mine
    mine = await app.workspace(`A${++made}`)
    await upsert({ externalKey: '1', attributes: { joined: '17.05.2024' } })
    const theirs = await change('joined', { type: 'date' })
    const errors: unknown[] = []
    let real = new Date()
    const tryIt = async () => {
      await runAttributeChanges({
        db: app.db,
        now: () => app.deps.clock.now(),
        realNow: () => real,
        // Each step reaches the value that it cannot write.
        stepMs: 60_000,
        onError: error => errors.push(error),
      })
      real = new Date(real.getTime() + 300_000)
    }
    await tryIt()
    expect(await view(theirs)).toMatchObject({ state: 'done', converted: 1 })

    mine = failing
    for (let i = 0; i < mostStepTries + 2; i++) await tryIt()
    expect(errors).toHaveLength(mostStepTries)
    expect(await view(id)).toMatchObject({
      state: 'failed',
      canUndo: true,
      problem: expect.stringContaining('error on the server'),
    })
    await app.db.run(sql`drop trigger refuse on profiles`)
    expect((await call('POST', `/attribute-changes/${id}/undo`)).status).toBe(200)
    await run()
    expect(await view(id)).toMatchObject({ state: 'undone', problem: null })
    expect(await values('joined')).toEqual(before)
  })

  test('one waits without a connection while an import has the profiles, and others continue', async () => {
    const id = await change('joined', { type: 'date' })
    const importing = mine
    mine = await app.workspace(`A${++made}`)
    await upsert({ externalKey: '1', attributes: { joined: '17.05.2024' } })
    const theirs = await change('joined', { type: 'date' })
    await app.db.tx(async tx => {
      await lockProfiles(tx, importing.id)
      await run()
      expect(await view(theirs)).toMatchObject({ state: 'done' })
    })
    mine = importing
    expect(await view(id)).toMatchObject({ state: 'running' })
    await run()
    expect(await view(id)).toMatchObject({ state: 'done' })
  })

  test('what is wrong is refused, and another workspace finds nothing', async () => {
    expect((await call('POST', '/attributes/joined/type', { type: 'text' })).body).toMatchObject({
      code: 'attribute_type_same',
    })
    expect((await call('POST', '/attributes/none/type', { type: 'text' })).status).toBe(404)
    expect((await call('POST', '/attributes/joined/type', { type: 'yes' })).status).toBe(400)
    const id = await change('joined', { type: 'date' })
    expect((await call('POST', '/attributes/joined/type', { type: 'number' })).body).toMatchObject({
      code: 'attribute_changing',
    })
    const other = await app.workspace(`B${made}`)
    expect((await call('POST', `/attribute-changes/${id}/undo`, undefined, other)).status).toBe(404)
    const editor = await app.workspace(`E${made}`, 'editor')
    expect((await call('POST', '/attributes/joined/type', { type: 'date' }, editor)).status).toBe(403)
    await run()
    await app.db.run(sql`update attribute_changes set created_at = created_at - interval '40 days' where id = ${id}`)
    expect((await call('POST', `/attribute-changes/${id}/undo`)).body).toMatchObject({ code: 'attribute_change_old' })
    await forgetOldChanges(app.db, app.deps.clock.now())
    expect(await app.db.query(sql`select from changed_values where workspace_id = ${mine.id}`)).toEqual([])
    expect((await values('joined'))['3']).toEqual([null, 'long ago'])
  })
})

/** A signal that is aborted when it has been looked at so often. */
function stopAfter(times: number): AbortSignal {
  const stop = new AbortController()
  let looked = 0
  return new Proxy(stop.signal, {
    get: (signal, key) => (key === 'aborted' ? looked++ >= times : Reflect.get(signal, key)),
  })
}
