/** From a draft to the browser of who clicks: the UTM parameters arrive as they were shown when it was scheduled. */
import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { makeShop, type Shop } from '../activities/shop.fixture.ts'
import { makeRedirect } from '../clicks/redirect.ts'
import { makeLinkRanges } from '../links/range.ts'
import { makeSealer } from '../links/seal.ts'
import { sql } from '../platform/db/sql.ts'
import { makeVisitorOf, nobodyTrusted } from '../platform/http/visitor.ts'
import { readInstallation } from '../platform/installation/installation.ts'
import { readPlan } from './plan.ts'
import { renderWindow } from './render.ts'
import { startActivity } from './start-due.ts'

const app = testApp()
const log = { debug() {}, info() {}, warn() {}, error() {} }
const linkUrl = 'https://l.example'
let shop: Shop['shop']
let topic: number
let gateway: number

beforeAll(async () => {
  ;({ shop, topic, gateway } = await makeShop(app))
  await app.db.run(sql`insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, country, first_name, attrs, created_at, updated_at)
    values (1, 1, ${shop.id}, '+46701740605', 'mobile', 'SE', 'Åsa', '{"code":"a&b"}', now(), now())`)
  await app.db.run(
    sql`insert into attributes (workspace_id, name, type, created_at) values (${shop.id}, 'code', 'text', now())`,
  )
  await app.db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
    values (1, 1, ${shop.id}, ${topic}, 'sms', now(), true)`)
  await app.db.run(sql`select setval('profile_ids', 1)`)
})

async function sent(content: Record<string, unknown>): Promise<number> {
  const body = 'Hi https://shop.example/a#top and https://shop.example/b?utm_source=paper&c=##code## ##unsubscribe##'
  const { body: made } = await app.call('POST', `${shop.base}/activities`, {
    key: shop.key,
    body: {
      name: 'Höst rea',
      content: { channel: 'sms', sender: 'Shop', body, ...content },
      sendTo: { topics: [topic], duplicates: 'all' },
      gatewayId: gateway,
    },
  })
  const { id } = made as { id: number }
  expect((await app.call('POST', `${shop.base}/activities/${id}/schedule`, { key: shop.key })).status).toBe(200)
  const { clock } = app.deps
  expect(await startActivity({ db: app.db, clock, log, linkUrl }, id)).toMatchObject({ queued: 1 })
  return id
}

/** Where the short links of the text that this profile gets lead, in order. */
async function locations(id: number): Promise<(string | undefined)[]> {
  const plan = await readPlan(app.db, id, linkUrl, app.deps.clock.now())
  const [message] = await app.db.query<{ vars: Record<string, string> }>(
    sql`select vars from messages where activity_id = ${id}`,
  )
  const [rendered] = renderWindow(plan!, [{ profileId: 1, address: '+46701740605', vars: message!.vars }])
  const text = rendered!.content.text
  const [k1, k2] = (await readInstallation(app.db)).linkKeys
  const redirect = makeRedirect({
    sealer: makeSealer({ k1, k2 }),
    ranges: makeLinkRanges(app.db),
    inbox: { source: 1, direct: true, append: async () => ({ source: 1, seq: 1 }), close: async () => {} },
    clock: app.deps.clock,
    db: app.db,
    salt: 'salt',
    visitorOf: makeVisitorOf(nobodyTrusted),
    log,
  })
  const server = createServer((request, response) => void redirect(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const found: (string | undefined)[] = []
  for (const [, code] of text.matchAll(/l\.example\/(\w+)/g)) {
    const [response] = await once(get({ host: '127.0.0.1', port, path: `/${code}` }), 'response')
    found.push(response.headers.location)
    response.resume()
  }
  server.close()
  return found
}

test('what a link lacks is added, what it has is kept, and tags are filled', async () => {
  const id = await sent({})
  expect((await locations(id)).slice(0, 2)).toEqual([
    'https://shop.example/a?utm_source=homing&utm_medium=sms&utm_campaign=host-rea#top',
    'https://shop.example/b?utm_source=paper&c=a%26b&utm_medium=sms&utm_campaign=host-rea',
  ])
  const [version] = await app.db.query<{ utm: unknown; links: unknown }>(
    sql`select settings -> 'utm' as utm, settings -> 'links' as links from activity_versions where activity_id = ${id}`,
  )
  expect(version!.utm).toContainEqual({ key: 'utm_campaign', value: 'host-rea' })
  const { body } = await app.call('GET', `${shop.base}/activities/${id}/report`, { key: shop.key })
  expect((body as { links: { url: string }[] }).links.map(link => link.url)).toEqual(version!.links)
})

test('switched off, links lead as written; what a person chose is what arrives', async () => {
  const id = await sent({ utm: { on: false, source: 'x', medium: '', name: '' } })
  expect((await locations(id)).slice(0, 2)).toEqual([
    'https://shop.example/a#top',
    'https://shop.example/b?utm_source=paper&c=a%26b',
  ])
  const own = await sent({ utm: { on: true, source: 'crm', medium: 'text', name: 'Höst 1' } })
  expect((await locations(own))[0]).toBe(
    'https://shop.example/a?utm_source=crm&utm_medium=text&utm_campaign=H%C3%B6st%201#top',
  )
})

test('no fault of the server was logged', () => expect(app.faults).toEqual([]))
