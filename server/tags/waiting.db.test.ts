/** What an activity names that has not found its people yet stays as it is: tags, segments and attributes, in every state before its freeze. */
import { beforeEach, describe, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { changeDraft, getActivity } from '../activities/draft.ts'
import { scheduleActivity } from '../activities/schedule.ts'
import { makeShop, type Shop } from '../activities/shop.fixture.ts'
import { changeType } from '../attributes/attribute-changes.ts'
import { removeUnusedAttribute } from '../attributes/catalogue-list.ts'
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { changeSegment, deleteSegment, freezeSegment } from '../segments/saved.ts'
import { runTaggings } from './run-taggings.ts'

const app = testApp()
let made = 0
let shop: Shop
const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) =>
  app.call(method, shop.shop.base + path, { key: shop.shop.key, ...(body && { body }) })
const idOf = ({ body, status }: { body: unknown; status: number }) => {
  expect(status, JSON.stringify(body)).toBeLessThan(300)
  return (body as { id: number }).id
}
const all = (...items: object[]) => ({ v: 1, root: { kind: 'group', match: 'all', items } })
const withTag = (...tags: string[]) => all({ kind: 'tag', match: 'any', tags })
const run = () => runTaggings({ db: app.db, now: () => app.deps.clock.now() })
const view = async (id: number) => (await call('GET', `/taggings/${id}`)).body
const rename = (from: string, to: string) => call('POST', '/tags/rename', { from, to })
async function tagsOf(): Promise<Record<string, string[]>> {
  const rows = await app.db.query<{ name: string; tags: string[] }>(
    sql`select first_name as name, tags from profiles where workspace_id = ${shop.shop.id} order by first_name`,
  )
  return Object.fromEntries(rows.map(({ name, tags }) => [name, tags]))
}

async function draft(sendTo: object, body = 'Hi ##unsubscribe##'): Promise<number> {
  return idOf(
    await call('POST', '/activities', {
      name: `Sale ${++made}`,
      content: { channel: 'sms', sender: 'Shop', body },
      sendTo: { topics: [shop.topic], duplicates: 'one_per_address', ...sendTo },
      gatewayId: shop.gateway,
    }),
  )
}
const tomorrow = () => new Date(app.deps.clock.now().getTime() + 24 * 3_600_000).toISOString()
async function scheduled(sendTo: object, body?: string): Promise<number> {
  const id = await draft(sendTo, body)
  idOf(await call('POST', `/activities/${id}/schedule`, { sendAt: tomorrow() }))
  return id
}
const put = (id: number, state: string) =>
  app.db.run(sql`update activities set state = ${state} where id = ${id} and workspace_id = ${shop.shop.id}`)
const without = (...tags: string[]) => ({
  tags: { include: { match: 'any', tags: [] }, exclude: { match: 'any', tags } },
})
const waiting = ['scheduled', 'starting', 'paused', 'failed']

beforeEach(async () => {
  shop = await makeShop(app, `Shop ${++made}`)
  const consents = [{ topic: 'Offers', channel: 'sms', granted: true, source: 'form' }]
  const { status, body } = await call('POST', '/profiles', {
    profiles: [
      {
        externalKey: '1',
        firstName: 'Ada',
        phone: '0701740605',
        attributes: { city: 'Lund' },
        consents,
      },
      { externalKey: '2', firstName: 'Bo', phone: '0701740606', consents },
    ],
  })
  expect(status, JSON.stringify(body)).toBe(200)
  await app.db.run(sql`update profiles set tags = '{vip}' where workspace_id = ${shop.shop.id} and first_name = 'Ada'`)
})

describe('a tag', () => {
  test('that a waiting activity excludes is not renamed or removed, in every state before its freeze', async () => {
    const id = await scheduled(without('vip'))
    for (const state of waiting) {
      await put(id, state)
      for (const answer of [await rename('vip', 'gold'), await call('POST', '/tags/remove', { tag: 'vip' })])
        expect([state, answer]).toMatchObject([state, { status: 409, body: { code: 'tag_in_use' } }])
    }
    for (const over of ['sent', 'cancelled']) {
      await put(id, over)
      expect([over, (await call('GET', '/tags/uses?tag=vip')).body]).toMatchObject([over, { items: [] }])
    }
    // Its people are written: a change of tags cannot change them.
    await app.db.run(sql`update activities set state = 'paused', frozen_at = now() where id = ${id}`)
    expect((await rename('vip', 'gold')).status).toBe(202)
  })

  test('that only the frozen version names, because the segment was edited since, is not renamed', async () => {
    const segment = idOf(await call('POST', '/segments', { name: 'Vips', definition: withTag('vip') }))
    const id = await scheduled({ exclude: { match: 'any', segments: [segment] } })
    await call('PATCH', `/segments/${segment}`, { definition: withTag('other') })
    expect(await rename('vip', 'gold')).toMatchObject({ status: 409, body: { code: 'tag_in_use' } })
    expect((await call('GET', '/tags/uses?tag=vip')).body).toMatchObject({ items: [{ kind: 'activity', id }] })
    // Moved to drafts, it is scheduled by the segment as it is then.
    await call('POST', `/activities/${id}/unschedule`, {})
    expect((await rename('vip', 'gold')).status).toBe(202)
  })

  test('that is named between the request and the work is not renamed: the change fails, or is taken back, and says why', async () => {
    const { id: early } = (await rename('vip', 'gold')).body as { id: number }
    const id = await scheduled(without('vip'))
    await run()
    expect(await view(early)).toMatchObject({ state: 'failed', changed: 0, problem: expect.stringContaining('Sale') })
    expect(await tagsOf()).toEqual({ Ada: ['vip'], Bo: [] })
    await call('POST', `/activities/${id}/unschedule`, {})
    await call('DELETE', `/activities/${id}`)

    // Halfway: Ada is renamed already.
    const { id: half } = (await rename('vip', 'gold')).body as { id: number }
    const stop = new AbortController()
    const [ada] = await app.db.query<{ bucket: number }>(
      sql`select bucket from profiles where workspace_id = ${shop.shop.id} and first_name = 'Ada'`,
    )
    let steps = 0
    const now = () => {
      if (steps++ === ada?.bucket) stop.abort()
      return app.deps.clock.now()
    }
    await runTaggings({ db: app.db, now, signal: stop.signal, stepMs: 0 })
    expect(await tagsOf()).toEqual({ Ada: ['gold'], Bo: [] })
    await draft(without('vip'))
    await run()
    expect(await view(half)).toMatchObject({ state: 'undone', restored: 1, problem: expect.stringContaining('"vip"') })
    expect(await tagsOf()).toEqual({ Ada: ['vip'], Bo: [] })
  })

  test('that a rename made is not taken by its undo while something names it, at the request and in the worker', async () => {
    const { id } = (await rename('vip', 'gold')).body as { id: number }
    await run()
    const activity = await scheduled(without('gold'))
    expect(await call('POST', `/taggings/${id}/undo`)).toMatchObject({ status: 409, body: { code: 'tag_in_use' } })
    await call('POST', `/activities/${activity}/unschedule`, {})
    await call('DELETE', `/activities/${activity}`)
    expect((await call('POST', `/taggings/${id}/undo`)).status).toBe(200)
    const later = await draft(without('gold'))
    await run()
    expect(await view(id)).toMatchObject({ state: 'failed', problem: expect.stringContaining('"gold"') })
    expect(await tagsOf()).toEqual({ Ada: ['gold'], Bo: [] })
    await call('DELETE', `/activities/${later}`)
    expect((await call('POST', `/taggings/${id}/undo`)).status).toBe(200)
    await run()
    expect(await tagsOf()).toEqual({ Ada: ['vip'], Bo: [] })
  })

  test('is not removed as the tag of a segment either, but from some people it is', async () => {
    await draft(without('vip'))
    const body = { remove: ['vip'], definition: withTag('vip') }
    expect(await call('POST', '/taggings', body)).toMatchObject({ status: 409, body: { code: 'tag_in_use' } })
    expect((await call('POST', '/taggings', { ...body, search: 'Ada' })).status).toBe(202)
  })
})

describe('a segment', () => {
  test('that a waiting activity excludes is not deleted, in every state before its freeze', async () => {
    const list = idOf(await call('POST', '/segments/frozen', { name: 'Frozen', definition: withTag('vip') }))
    const id = await scheduled({ exclude: { match: 'any', segments: [list] } })
    for (const state of waiting) {
      await put(id, state)
      expect([state, await call('DELETE', `/segments/${list}`)]).toMatchObject([
        state,
        { status: 409, body: { code: 'segment_in_use' } },
      ])
      const { items } = (await call('GET', '/segments')).body as { items: { id: number; uses: number }[] }
      expect([state, items.find(segment => segment.id === list)]).toMatchObject([state, { uses: 1 }])
    }
    await put(id, 'cancelled')
    expect((await call('DELETE', `/segments/${list}`)).status).toBe(204)
  })

  test('that is a list which only a frozen version names is not deleted', async () => {
    const list = idOf(await call('POST', '/segments/frozen', { name: 'Frozen', definition: withTag('vip') }))
    const outer = idOf(
      await call('POST', '/segments', { name: 'Outer', definition: all({ kind: 'segment', id: list }) }),
    )
    const id = await scheduled({ exclude: { match: 'any', segments: [outer] } })
    await call('PATCH', `/segments/${outer}`, { definition: withTag('other') })
    expect(await call('DELETE', `/segments/${list}`)).toMatchObject({ status: 409, body: { code: 'segment_in_use' } })
    expect((await call('GET', `/segments/${list}`)).body).toMatchObject({ usedBy: [{ kind: 'activity', id }] })
  })
})

describe('an attribute', () => {
  test('that the text or the frozen people of a waiting activity use is not deleted, in every state before its freeze', async () => {
    const inLund = all({ kind: 'text', field: 'attr:city', op: 'is', value: 'Lund' })
    const segment = idOf(await call('POST', '/segments', { name: 'Lund', definition: inLund }))
    const ids = [
      await scheduled({}, 'Hi ##city|you## ##unsubscribe##'),
      await scheduled({ include: { match: 'any', segments: [segment] } }),
    ]
    await call('PATCH', `/segments/${segment}`, { definition: withTag('vip') })
    for (const state of waiting) {
      for (const id of ids) await put(id, state)
      const { items } = (await call('GET', '/attributes/city/uses')).body as { items: { id: number }[] }
      expect([state, items.map(({ id }) => id)]).toEqual([state, ids])
      expect(await call('DELETE', '/attributes/city')).toMatchObject({
        status: 409,
        body: { code: 'attribute_in_use' },
      })
    }
  })
})

/** Its first transaction is at its end, and not committed, until `commit`. */
function heldAtCommit(): { db: Database; atEnd: Promise<void>; commit: () => void } {
  const [end, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const db: Database = {
    ...app.db,
    tx: work =>
      app.db.tx(async (tx, client) => {
        const result = await work(tx, client)
        end.resolve()
        await go.promise
        return result
      }),
  }
  return { db, atEnd: end.promise, commit: () => go.resolve() }
}
/** Resolves when another connection waits for the names of the workspace, or `others` is over. */
async function waitsForNames(others: Promise<unknown>): Promise<void> {
  let over = false
  const ends = () => {
    over = true
  }
  others.then(ends, ends)
  const waiting = sql`select from pg_locks l where l.locktype = 'advisory' and not l.granted and l.objid = ${shop.shop.id}::int::oid`
  while (!over && (await app.db.query(waiting)).length === 0);
}

describe('on two connections', () => {
  const acting = () => ({ workspaceId: shop.shop.id, actor: 'Åsa', now: app.deps.clock.now() })
  const context = () => ({ ...acting(), url: 'http://localhost', linkUrl: 'https://l.example' })
  const segmentOf = async (name: string, ...items: object[]) =>
    idOf(await call('POST', '/segments', { name, definition: all(...items) }))
  const city = { kind: 'text', field: 'attr:city', op: 'is', value: 'Lund' }
  const takers: [string, (list: number) => object, (list: number) => Promise<unknown>, string][] = [
    [
      'a tag is not renamed',
      () => ({ kind: 'tag', match: 'any', tags: ['vip'] }),
      async () => {
        const { status, body } = await rename('vip', 'VIP')
        if (status >= 300) throw body
        await run()
        const { state, problem } = (await view(idOf({ status, body }))) as { state: string; problem: object | null }
        if (state === 'failed') throw problem
      },
      'tag_in_use',
    ],
    [
      'a segment is not deleted',
      list => ({ kind: 'segment', id: list }),
      list => deleteSegment(app.db, list, acting()),
      'segment_in_use',
    ],
    [
      'an attribute is not deleted',
      () => city,
      () => removeUnusedAttribute(app.db, 'city', acting()),
      'attribute_in_use',
    ],
    [
      'an attribute gets no other type',
      () => city,
      () => changeType(app.db, { name: 'city', to: 'number', evenIfUsed: false }, acting()),
      'attribute_in_use',
    ],
  ]
  test.each(takers)(
    '%s while an SMS that names it, by a segment as it was, is being scheduled',
    async (_, node, take, code) => {
      const { id: list } = await freezeSegment(app.db, { name: 'List', definition: all(city) }, acting())
      await app.db.run(sql`update segments set definition = null where id = ${list}`)
      await app.db.run(sql`delete from segment_refs where segment_id = ${list}`)
      const segment = await segmentOf('S', node(list))
      const id = await draft({ exclude: { match: 'any', segments: [segment] } })
      const scheduling = heldAtCommit()
      const scheduled = scheduleActivity(scheduling.db, context(), id, { sendAt: new Date(tomorrow()) })
      await scheduling.atEnd
      const taken = (async () => {
        await changeSegment(
          app.db,
          segment,
          { definition: all({ kind: 'tag', match: 'any', tags: ['other'] }) },
          acting(),
        )
        await take(list)
      })().then(
        () => 'it is taken',
        (error: unknown) => error,
      )
      await waitsForNames(taken)
      scheduling.commit()
      expect((await scheduled).state).toBe('scheduled')
      expect(await taken).toMatchObject({ code })
    },
  )

  test('a segment that is being deleted is not chosen for a draft', async () => {
    const segment = await segmentOf('S', city)
    const id = await draft({})
    const { revision } = await getActivity(app.db, context(), id)
    const deleting = heldAtCommit()
    const deleted = deleteSegment(deleting.db, segment, acting())
    await deleting.atEnd
    const sendTo = {
      topics: [shop.topic],
      duplicates: 'all' as const,
      exclude: { match: 'any' as const, segments: [segment] },
    }
    const chosen = changeDraft(app.db, context(), id, revision, { sendTo }).catch((error: unknown) => error)
    await waitsForNames(chosen)
    deleting.commit()
    await deleted
    expect(await chosen).toMatchObject({ code: 'invalid_input' })
  })
})
