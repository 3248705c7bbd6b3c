/** A topic is renamed, archived and counted; what was scheduled keeps it. */
import { beforeAll, expect, test } from 'vitest'
import { makeShop, type Shop } from '../activities/shop.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { testApp } from './app.fixture.ts'

const app = testApp()
let made: Shop
beforeAll(async () => {
  made = await makeShop(app)
})

const call = (method: 'GET' | 'PATCH' | 'POST', path: string, body?: object) =>
  app.call(method, `${made.shop.base}${path}`, { key: made.shop.key, ...(body && { body }) })
const change = (body: object, id = made.topic) => call('PATCH', `/topics/${id}`, body)

test('a topic is renamed; a taken name, an empty one and a topic of others are refused', async () => {
  expect(await change({ name: 'Offers and news' })).toMatchObject({ status: 200, body: { name: 'Offers and news' } })
  await call('POST', '/topics', { name: 'Service' })
  expect(await change({ name: 'Service' })).toMatchObject({ status: 409, body: { code: 'name_taken' } })
  expect(await change({ name: ' ' })).toMatchObject({ status: 400 })
  expect(await change({ name: 'X' }, 99_999)).toMatchObject({ status: 404 })
  const rows = await app.db.query(
    sql`select details from audit where workspace_id = ${made.shop.id} and action = 'topic.rename'`,
  )
  expect(rows).toEqual([{ details: { name: 'Offers and news', was: 'Offers' } }])
})

test('an archived topic keeps scheduled SMS and refuses new ones, until it is restored', async () => {
  const draft = async () =>
    (
      (
        await call('POST', '/activities', {
          name: 'Spring',
          content: { channel: 'sms', sender: 'Shop', body: 'Hi ##unsubscribe##' },
          sendTo: { topics: [made.topic], duplicates: 'one_per_address' },
          gatewayId: made.gateway,
        })
      ).body as { id: number }
    ).id
  const schedule = (id: number) => call('POST', `/activities/${id}/schedule`, { sendAt: '2026-03-09T09:00:00Z' })
  const before = await draft()
  expect((await schedule(before)).status).toBe(200)
  expect(await change({ archived: true })).toMatchObject({ body: { archivedAt: expect.any(String) } })
  expect(await call('GET', `/activities/${before}`)).toMatchObject({ body: { state: 'scheduled' } })
  const after = await draft()
  expect(await call('GET', `/activities/${after}`)).toMatchObject({ body: { problems: [{ code: 'topic_archived' }] } })
  expect((await schedule(after)).status).toBe(409)
  expect(await change({ archived: false })).toMatchObject({ body: { archivedAt: null } })
  expect((await schedule(after)).status).toBe(200)
})

test('how many profiles consent is counted', async () => {
  const consent = (granted: boolean) => [{ topic: 'Offers and news', channel: 'sms', granted, source: 'form' }]
  const profiles = [true, true, false].map((granted, i) => ({ externalKey: `K${i}`, consents: consent(granted) }))
  await call('POST', '/profiles', { profiles })
  expect(await call('GET', '/topic-counts')).toMatchObject({ body: { items: [{ topicId: made.topic, profiles: 2 }] } })
})
