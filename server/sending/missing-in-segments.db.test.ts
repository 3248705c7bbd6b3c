/**
 * A scheduled activity whose segments use what was deleted since: it reaches nobody, says what is missing, waits with an alarm, and starts when it is
 * there again. Each segment excludes people, so that a dropped condition would mean everybody.
 */
import { beforeAll, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { makeShop, type Shop } from '../activities/shop.fixture.ts'
import { AlarmWatch } from '../alarms/watch.ts'
import { runAttributeChanges } from '../attributes/run-attribute-changes.ts'
import { sql } from '../platform/db/sql.ts'
import { startActivity, startCorrected } from './start-due.ts'

const app = testApp()
let shop: Shop['shop']
let topic: number
let gateway: number
let made = 0

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) =>
  app.call(method, `${shop.base}${path}`, { key: shop.key, ...(body && { body }) })
const idOf = (answer: { status: number; body: unknown }) => {
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
  return (answer.body as { id: number }).id
}
const all = (...items: object[]) => ({ v: 1, root: { kind: 'group', match: 'all', items } })
const log = { debug() {}, info() {}, warn() {}, error() {} }
const input = () => ({ db: app.db, clock: app.deps.clock, log, linkUrl: 'http://localhost:8080' })

async function alarmsNow(): Promise<{ kind: string; sentence: string }[]> {
  const watch = new AlarmWatch({
    db: app.db,
    clock: app.deps.clock,
    spoolFolder: '/nowhere',
    machine: 'test',
    journalFault: () => undefined,
    secretFault: () => undefined,
  })
  await watch.look(app.deps.clock.now())
  return ((await call('GET', '/alarms')).body as { items: { kind: string; sentence: string }[] }).items
}

beforeAll(async () => {
  ;({ shop, topic, gateway } = await makeShop(app))
  for (const key of ['a', 'b'])
    await call('POST', '/profiles', {
      profiles: [
        {
          externalKey: key,
          phone: key === 'a' ? '0701740605' : '0701740606',
          consents: [{ topic: 'Offers', channel: 'sms', granted: true, source: 'form' }],
        },
      ],
    })
})

interface Thing {
  condition: object
  remove: () => Promise<unknown>
  restore: () => Promise<unknown>
}
const things: Record<'attribute' | 'topic' | 'activity' | 'link', () => Promise<Thing>> = {
  async attribute() {
    const name = 'hat'
    await call('POST', '/profiles', { profiles: [{ externalKey: 'hatted', attributes: { hat: 'bowler' } }] })
    return {
      condition: { kind: 'filled', field: `attr:${name}` },
      // The API refuses it while the segment asks for it.
      remove: () => app.db.run(sql`delete from attributes where workspace_id = ${shop.id} and name = ${name}`),
      restore: () => call('POST', '/profiles', { profiles: [{ externalKey: 'hatted', attributes: { hat: 'cap' } }] }),
    }
  },
  async topic() {
    const id = idOf(await call('POST', '/topics', { name: `Passing ${++made}` }))
    return {
      condition: { kind: 'consent', topic: id, channel: 'sms', state: 'yes' },
      remove: () => app.db.run(sql`delete from topics where id = ${id}`),
      restore: () =>
        app.db.run(
          sql`insert into topics (id, workspace_id, name, created_at) values (${id}, ${shop.id}, ${`Passing ${made}`}, now())`,
        ),
    }
  },
  async activity() {
    const id = idOf(await call('POST', '/activities', { name: 'Earlier' }))
    return {
      condition: { kind: 'event', event: 'delivered', of: [id] },
      remove: () => call('DELETE', `/activities/${id}`),
      restore: () => call('POST', `/activities/${id}/restore`),
    }
  },
  async link() {
    const of = idOf(await call('POST', '/activities', { name: 'With a link' }))
    const link = 900_000 + ++made
    const insert = () =>
      app.db.run(
        sql`insert into links (id, activity_id, slot, kind, url) values (${link}, ${of}, 1, 'link', 'https://example.com')`,
      )
    await insert()
    return {
      condition: { kind: 'event', event: 'clicked', of: [of], links: [link] },
      remove: () => app.db.run(sql`delete from links where id = ${link}`),
      restore: insert,
    }
  },
}

test.each(['attribute', 'topic', 'activity', 'link'] as const)(
  'a deleted %s: the segment says so, nobody is reached, an alarm waits, and it starts once it is there again',
  async kind => {
    const { condition, remove, restore } = await things[kind]()
    const name = `${kind} ${++made}`
    const segment = idOf(
      await call('POST', '/segments', { name: `Without ${name}`, definition: all({ ...condition, exclude: true }) }),
    )
    const outer = idOf(
      await call('POST', '/segments', { name: `Uses ${name}`, definition: all({ kind: 'segment', id: segment }) }),
    )
    const id = idOf(
      await call('POST', '/activities', {
        name: `Spring ${name}`,
        content: { channel: 'sms', sender: 'Shop', body: 'Hi ##unsubscribe##' },
        sendTo: { topics: [topic], include: { match: 'any', segments: [outer] }, duplicates: 'all' },
        gatewayId: gateway,
      }),
    )
    idOf(await call('POST', `/activities/${id}/schedule`, { sendAt: null }))
    await remove()

    const counted = await call('POST', `/segments/${segment}/count`)
    expect(counted.status).toBeGreaterThanOrEqual(400)
    expect((counted.body as { title: string }).title).toMatch(/^root\.items\[0\]/)
    // Of the segment that uses it, the place is its own condition, and the broken one is named.
    expect(await call('POST', `/segments/${outer}/count`)).toMatchObject({
      status: 409,
      body: {
        code: 'segment_inner',
        title: expect.stringContaining(`root.items[0]: the segment “Without ${name}”`),
        errors: [{ where: 'root.items[0]' }],
      },
    })

    await expect(startActivity(input(), id)).rejects.toMatchObject({ code: expect.stringMatching(/^segment_/) })
    expect(await call('GET', `/activities/${id}`)).toMatchObject({ body: { state: 'failed' } })
    expect(await startCorrected(input())).toBe(0)
    expect(await app.db.query(sql`select from messages where activity_id = ${id}`)).toEqual([])
    expect(await alarmsNow()).toContainEqual(
      expect.objectContaining({
        kind: 'activity_failed',
        sentence: `“Spring ${name}” has not started, because something that its segments use is missing.`,
      }),
    )

    await restore()
    expect(await startCorrected(input())).toBe(1)
    expect(await startActivity(input(), id)).toMatchObject({ targeted: expect.any(Number) })
    const reached = await app.db.query(sql`select from messages where activity_id = ${id}`)
    expect(reached.length).toBeGreaterThanOrEqual(2)
  },
)

test('an attribute whose type was changed: a segment that asks for the old one lets nobody through, an alarm waits, and undo starts it', async () => {
  const attributes = (joined: string) => ({ profiles: [{ externalKey: 'a', attributes: { joined } }] })
  await call('POST', '/profiles', attributes('17.05.2024'))
  const ofText = { kind: 'text', field: 'attr:joined', op: 'is', value: '17.05.2024', exclude: true }
  const segment = idOf(await call('POST', '/segments', { name: `Joined ${++made}`, definition: all(ofText) }))
  const name = `Old type ${made}`
  const id = idOf(
    await call('POST', '/activities', {
      name,
      content: { channel: 'sms', sender: 'Shop', body: 'Hi ##unsubscribe##' },
      sendTo: { topics: [topic], include: { match: 'any', segments: [segment] }, duplicates: 'all' },
      gatewayId: gateway,
    }),
  )
  idOf(await call('POST', `/activities/${id}/schedule`, { sendAt: null }))
  const change = idOf(await call('POST', '/attributes/joined/type', { type: 'date', evenIfUsed: true }))
  const run = () => runAttributeChanges({ db: app.db, now: () => app.deps.clock.now() })
  await run()

  await expect(startActivity(input(), id)).rejects.toMatchObject({ code: expect.stringMatching(/^segment_/) })
  expect(await call('GET', `/activities/${id}`)).toMatchObject({ body: { state: 'failed' } })
  expect(await app.db.query(sql`select from messages where activity_id = ${id}`)).toEqual([])
  expect(await startCorrected(input())).toBe(0)
  expect(await alarmsNow()).toContainEqual(
    expect.objectContaining({
      kind: 'activity_failed',
      sentence: expect.stringContaining(`“${name}” has not started`),
    }),
  )

  await call('POST', `/attribute-changes/${change}/undo`)
  await run()
  expect(await startCorrected(input())).toBe(1)
  expect(await startActivity(input(), id)).toMatchObject({ queued: 1 })
})

test('what is corrected more than a day later waits for a person', async () => {
  const { condition, remove, restore } = await things.attribute()
  const segment = idOf(await call('POST', '/segments', { name: `Late ${++made}`, definition: all(condition) }))
  const id = idOf(
    await call('POST', '/activities', {
      name: 'Late',
      content: { channel: 'sms', sender: 'Shop', body: 'Hi ##unsubscribe##' },
      sendTo: { topics: [topic], include: { match: 'any', segments: [segment] }, duplicates: 'all' },
      gatewayId: gateway,
    }),
  )
  idOf(await call('POST', `/activities/${id}/schedule`, { sendAt: null }))
  await remove()
  await expect(startActivity(input(), id)).rejects.toMatchObject({ code: 'segment_field_unknown' })
  await restore()
  await app.db.run(sql`update activities set send_at = send_at - interval '25 hours' where id = ${id}`)
  expect(await startCorrected(input())).toBe(0)
  expect(await call('POST', `/activities/${id}/resume`)).toMatchObject({ status: 200 })
})
