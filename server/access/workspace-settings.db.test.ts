/** The settings of a workspace: changed by an admin, checked where they can be wrong, audited; what is frozen keeps those of its time. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeShop } from '../activities/shop.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { readInstallation } from '../platform/installation/installation.ts'
import { nonceIn, proofOf } from '../platform/link-domain.ts'
import { testApp, url } from './app.fixture.ts'

const app = testApp()
let made: Awaited<ReturnType<typeof makeShop>>
/** A server on which this installation answers, as a proxy would pass it on. */
let domain: string
const server = createServer(async (request, response) => {
  const { linkKeys } = await readInstallation(app.db)
  const nonce = nonceIn(request.url)
  response.end(nonce === undefined ? '' : proofOf(linkKeys[1], nonce))
})

beforeAll(async () => {
  made = await makeShop(app)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  domain = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

const read = async () => (await app.call('GET', `${made.shop.base}/settings`, { key: made.shop.key })).body
const set = (body: object, of = made.shop) => app.call('PATCH', `${of.base}/settings`, { key: of.key, body })
const audited = () =>
  app.db.query<{ details: object }>(
    sql`select details from audit where workspace_id = ${made.shop.id} and action = 'workspace.change' order by id desc`,
  )

describe('settings', () => {
  test('are changed together, and the audit says what they were', async () => {
    const changed = {
      name: 'Berg & Co',
      timeZone: 'Europe/Berlin',
      defaultCountry: 'de',
      currency: 'EUR',
      creditValue: '0.0750',
      defaultSender: 'Berg',
    }
    expect(await set(changed)).toMatchObject({ status: 200, body: { ...changed, defaultCountry: 'DE' } })
    expect(await read()).toMatchObject({ ...changed, defaultCountry: 'DE', linkDomain: null, maxParts: 10 })
    expect((await audited())[0]?.details).toMatchObject({
      timeZone: 'Europe/Berlin',
      currency: 'EUR',
      was: { timeZone: 'Europe/Stockholm', currency: 'SEK', creditValue: '1.0000', defaultCountry: 'SE' },
    })
    const rows = (await audited()).length
    expect((await set({ currency: 'EUR' })).status).toBe(200)
    expect((await audited()).length).toBe(rows)
  })

  test.each([
    [{ timeZone: 'Mars/Olympus' }, 400, 'zone_unknown'],
    [{ currency: 'EURO' }, 400, 'currency_unknown'],
    [{ defaultCountry: 'XX' }, 400, 'country_unknown'],
    [{ creditValue: '0.00001' }, 400, 'invalid_input'],
    [{ defaultSender: 'ab' }, 400, 'sender_invalid'],
    [{ name: '  ' }, 400, 'invalid_input'],
    [{ linkDomain: 'go.example.com/s' }, 400, 'link_domain_invalid'],
    [{ linkDomain: 'http://10.1.2.3' }, 400, 'link_domain_elsewhere'],
    [{ linkDomain: 'http://127.0.0.1:1' }, 400, 'link_domain_elsewhere'],
    [{ sendRole: 'viewer' }, 400, 'invalid_input'],
    [{ colour: 'red' }, 400, 'invalid_input'],
  ])('%j is refused with where and how to fix it, and nothing is changed', async (body, status, code) => {
    const before = await read()
    const answer = await set({ ...body, ...('timeZone' in body ? {} : { timeZone: 'Asia/Tokyo' }) })
    expect(answer).toMatchObject({ status, body: { code, fix: expect.stringMatching(/\w/) } })
    expect(await read()).toEqual(before)
  })

  test('the name of another workspace is taken', async () => {
    await app.workspace('Taken')
    expect(await set({ name: 'Taken' })).toMatchObject({ status: 409, body: { code: 'name_taken' } })
  })

  test('a new workspace takes country and currency from its time zone', async () => {
    const cookie = await app.ownerCookie()
    const create = (body: object) => app.call('POST', '/api/v1/workspaces', { cookie, body })
    expect(await create({ name: 'Tokyo', timeZone: 'Asia/Tokyo' })).toMatchObject({
      status: 201,
      body: { timeZone: 'Asia/Tokyo', defaultCountry: 'JP', currency: 'JPY' },
    })
    expect(await create({ name: 'Ours', timeZone: 'Asia/Tokyo', defaultCountry: 'se', currency: 'EUR' })).toMatchObject(
      {
        body: { defaultCountry: 'SE', currency: 'EUR' },
      },
    )
    expect(await create({ name: 'Nowhere', timeZone: 'Mars/Olympus' })).toMatchObject({ status: 400 })
  })
})

describe('a link domain', () => {
  test('that leads here is taken, begins new short links, and belongs to its workspace', async () => {
    expect(await set({ linkDomain: domain })).toMatchObject({ status: 200, body: { linkDomain: domain } })
    const other = await app.workspace('Other brand')
    expect(await set({ linkDomain: domain }, other)).toMatchObject({ status: 409, body: { code: 'link_domain_taken' } })
    expect(await set({ linkDomain: null })).toMatchObject({ status: 200, body: { linkDomain: null } })
    // Its short links are in people's phones.
    expect(await set({ linkDomain: domain }, other)).toMatchObject({ status: 409, body: { code: 'link_domain_taken' } })
  })

  test('of the installation itself is no setting of its own', async () => {
    expect(await set({ linkDomain: url })).toMatchObject({ status: 200, body: { linkDomain: null } })
  })
})

describe('what is frozen', () => {
  const draft = async (name: string) => {
    const body = {
      name,
      content: { channel: 'sms', body: 'Hi https://shop.example/a ##unsubscribe##' },
      sendTo: { topics: [made.topic], duplicates: 'one_per_address' },
      gatewayId: made.gateway,
    }
    return (await app.call('POST', `${made.shop.base}/activities`, { key: made.shop.key, body })).body as {
      id: number
      content: { sender: string }
    }
  }
  const schedule = (id: number, key = made.shop.key) =>
    app.call('POST', `${made.shop.base}/activities/${id}/schedule`, { key, body: { sendAt: '2026-03-09T09:00:00Z' } })
  const frozen = async (id: number) =>
    (await app.db.query<{ settings: object }>(sql`select settings from activity_versions where activity_id = ${id}`))[0]
      ?.settings
  const currencyOf = async (id: number) =>
    (
      (await app.call('GET', `${made.shop.base}/activities/${id}/report`, { key: made.shop.key })).body as {
        credits: { currency: string }
      }
    ).credits.currency

  test('keeps currency, value and link domain; a new SMS begins with the default sender', async () => {
    await set({ linkDomain: domain, currency: 'EUR', creditValue: '0.08', defaultSender: 'Berg' })
    const first = await draft('First')
    expect(first.content.sender).toBe('Berg')
    expect((await schedule(first.id)).status).toBe(200)
    expect(await frozen(first.id)).toMatchObject({ currency: 'EUR', creditValue: '0.0800', linkDomain: domain })
    await set({ linkDomain: null, currency: 'USD', creditValue: '0.09' })
    const second = await draft('Second')
    expect((await schedule(second.id)).status).toBe(200)
    expect(await frozen(second.id)).toMatchObject({ currency: 'USD', linkDomain: null })
    expect([await currencyOf(first.id), await currencyOf(second.id)]).toEqual(['EUR', 'USD'])
  })

  test('a new SMS begins with the frequency of the workspace, unless it names its own', async () => {
    const { topic } = made
    const frequencyOf = async (more: object) => {
      const body = { name: 'F', sendTo: { topics: [topic], duplicates: 'all', ...more } }
      const { body: draft } = await app.call('POST', `${made.shop.base}/activities`, { key: made.shop.key, body })
      return (draft as { sendTo: { frequency: object | null } }).sendTo.frequency
    }
    expect(await frequencyOf({})).toBe(null)
    expect(await set({ frequencyHours: 48 })).toMatchObject({ status: 200, body: { frequencyHours: 48 } })
    expect(await frequencyOf({})).toEqual({ hours: 48 })
    expect(await frequencyOf({ frequency: { hours: 2 } })).toEqual({ hours: 2 })
    expect(await frequencyOf({ frequency: null })).toBe(null)
    expect((await audited())[0]?.details).toEqual({ frequencyHours: 48, was: { frequencyHours: 'none' } })
    for (const wrong of [0, 8761, 1.5]) expect((await set({ frequencyHours: wrong })).status).toBe(400)
    expect(await set({ frequencyHours: null })).toMatchObject({ status: 200, body: { frequencyHours: null } })
  })

  test('who may send is asked when it is scheduled or resumed, and nobody gives themselves the right', async () => {
    const editor = await app.member(made.shop.id, 'editor')
    const asEditor = (path: string) =>
      app.call('POST', `${made.shop.base}/activities/${path}`, { cookie: editor.cookie, body: {} })
    expect((await set({ sendRole: 'admin' })).status).toBe(200)
    const { id } = await draft('By an editor')
    expect(await asEditor(`${id}/schedule`)).toMatchObject({ status: 403, body: { code: 'may_not_send' } })
    expect((await schedule(id)).status).toBe(200)
    expect((await asEditor(`${id}/pause`)).status).not.toBe(403)
    expect(await asEditor(`${id}/resume`)).toMatchObject({ status: 403, body: { code: 'may_not_send' } })
    // An admin neither takes the right from the owners' hands nor gives it away.
    expect(await set({ sendRole: 'owner' })).toMatchObject({ status: 403 })
    expect((await set({ sendRole: 'editor' })).status).toBe(200)
  })
})
