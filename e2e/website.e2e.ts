/**
 * A shop with a strict content security policy and the script of a website, in a real Chromium: nothing before consent, the token out of the
 * address before other scripts read it, pages without loading, and what a marketer then sees of the person.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeVisitTokens, visitTokenKey } from '../server/links/visit-token.ts'
import { openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { readInstallation } from '../server/platform/installation/installation.ts'
import { violations } from './axe.ts'
import { allLooks, wide } from './every-page.ts'
import { type Homing, openHoming } from './homing.ts'

let homing: Homing
let browser: Browser
let page: Page
let shop: string
let scriptUrl: string
let codeNumber: number
let profile: number
let tokenOf: () => string

const agent =
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36'

/** A script of the shop: it wraps replaceState, reads the address as it finds it, and changes pages without loading. */
const shopScript = `
  window.homing = window.homing || function () { (homing.q = homing.q || []).push(arguments) }
  window.seen = []
  const native = history.replaceState
  history.replaceState = function () { seen.push('replaced'); return native.apply(this, arguments) }
  addEventListener('DOMContentLoaded', () => {
    seen.push(location.href)
    document.getElementById('yes').onclick = () => homing('consent', true)
    document.getElementById('no').onclick = () => homing('consent', false)
    document.getElementById('basket').onclick = () => {
      history.pushState({}, '', '/basket?email=anna@acme.test&utm_source=sms')
      setTimeout(() => { document.title = 'Your basket' }, 50)
    }
    document.getElementById('order').onclick = () => homing('track', 'Order', { total: 199 })
  })`

const server = createServer((request, response) => {
  const csp = `default-src 'none'; img-src data:; script-src 'self' ${homing.url}; connect-src ${homing.url}`
  if (request.url === '/shop.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(shopScript)
  else
    response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': csp }).end(
      `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,">
      <script src="${scriptUrl}"></script><script src="/shop.js"></script></head><body>
      <button id="yes">Yes</button><button id="no">No</button><button id="basket">Basket</button><button id="order">Order</button></body></html>`,
    )
})

beforeAll(async () => {
  const opened = await openHoming()
  ;({ homing, browser, page } = opened)
  await new Promise<void>(resolve => server.listen(0, 'localhost', resolve))
  shop = `http://localhost:${(server.address() as AddressInfo).port}`
  const db = openDatabase({ connection: { connectionString: homing.connectionString }, lane: 'test', max: 1 })
  const [row] = await db.query<{ base: number; span: number; profile: number }>(sql`
    select a.code_base as base, a.code_span as span, m.profile_id as profile from activities a
    join links l on l.activity_id = a.id and l.slot = 0 and l.kind = 'link'
    join messages m on m.activity_id = a.id and m.bucket >= 0 where a.id = 1 order by m.profile_id limit 1`)
  const [, key] = (await readInstallation(db)).linkKeys
  await db.end()
  profile = row!.profile
  codeNumber = row!.base + profile
  const tokens = makeVisitTokens(visitTokenKey(key))
  tokenOf = () => tokens.seal({ codeNumber, clickedAt: new Date() })
  return opened.close
})
afterAll(() => {
  server.close()
})

const settings = (section: string) => page.goto(`${homing.url}/w/1/settings/${section}`)

test('an admin registers a website with the keyboard, and finds its script', async () => {
  await settings('website')
  await page.getByLabel('Name').first().fill('Shop')
  await page.getByRole('combobox', { name: 'Hosts' }).or(page.getByLabel('Hosts')).first().click()
  await page.keyboard.type('localhost')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Register website' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'Script of Shop' }).waitFor()
  await page.getByText('not seen in the last 7 days').waitFor()
  const answer = await page.request.get(`${homing.url}/api/v1/workspaces/1/websites`)
  const { items } = (await answer.json()) as { items: { scriptUrl: string }[] }
  scriptUrl = items[0]?.scriptUrl ?? ''
  await page.getByText(scriptUrl).waitFor()
  // The web process knows a new website within five seconds.
  await expect.poll(async () => (await page.request.get(scriptUrl)).status(), { timeout: 20_000 }).toBe(200)
})

test('nothing is stored or sent before consent; then views are the person’s, and the token was never seen by another script', async () => {
  const context = await browser.newContext({ userAgent: agent })
  // As in a browser that no program drives.
  await context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => false }))
  const visit = await context.newPage()
  const faults: string[] = []
  visit.on('console', message => faults.push(message.text()))
  visit.on('pageerror', error => faults.push(error.message))
  const sent: string[] = []
  visit.on('request', request => {
    if (request.url().endsWith('/e')) sent.push(request.postData() ?? '')
  })
  await visit.goto(`${shop}/offer#section&hm=${tokenOf()}`)
  expect(visit.url()).toBe(`${shop}/offer#section`)
  expect(await visit.evaluate('seen')).toEqual([`${shop}/offer#section`])
  expect(await visit.evaluate('document.cookie + localStorage.length + sessionStorage.length')).toBe('00')
  await visit.click('#basket')
  await visit.goto(`${shop}/offer#hm=${tokenOf()}`)
  expect(await context.cookies()).toEqual([])
  expect(sent).toEqual([])

  const posted = () => visit.waitForResponse(response => response.url().endsWith('/e'))
  let answered = posted()
  await visit.click('#yes')
  expect((await answered).status()).toBe(204)
  expect(await context.cookies()).toMatchObject([{ name: '_hm', sameSite: 'Lax', path: '/' }])
  answered = posted()
  await visit.click('#basket')
  await answered
  answered = posted()
  await visit.click('#order')
  await answered
  expect(sent.join()).not.toContain('acme.test')
  answered = posted()
  await visit.evaluate(`dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))`)
  await answered
  expect(sent).toHaveLength(4)
  await visit.click('#no')
  expect(await context.cookies()).toEqual([])
  await visit.click('#order')
  await visit.reload()
  expect(sent).toHaveLength(4)
  expect(faults).toEqual([])
  await context.close()
})

test('a browser with Global Privacy Control sends nothing without consent, and a page that was loaded ahead was not seen', async () => {
  await page.request.patch(`${homing.url}/api/v1/workspaces/1/websites/1`, {
    headers: { origin: homing.url },
    data: { consent: 'token' },
  })
  await expect
    .poll(async () => (await (await page.request.get(scriptUrl)).text()).includes('"m":"token"'), { timeout: 20_000 })
    .toBe(true)
  for (const signal of [true, false]) {
    const context = await browser.newContext({ userAgent: agent })
    await context.addInitScript(
      `Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => ${signal} })`,
    )
    const visit = await context.newPage()
    const sent: string[] = []
    visit.on('request', request => {
      if (request.url().endsWith('/e')) sent.push(request.url())
    })
    await visit.goto(`${shop}/offer#hm=${tokenOf()}`)
    if (signal) await visit.click('#order')
    else await expect.poll(() => sent.length).toBe(1)
    expect(sent).toHaveLength(signal ? 0 : 1)
    expect(await context.cookies()).toEqual([])
    await context.close()
  }
})

test('the profile, the report and the settings show the visit, in every width and scheme', async () => {
  const shots = process.env.HOMING_TEST_SHOTS
  const shown: [string, string, string][] = [
    ['profile', `/w/1/profiles/${profile}`, 'Your basket'],
    ['report', '/w/1/sms/1/report?tab=clicks', 'On the website after the click'],
    ['settings', '/w/1/settings/website', 'Top pages of 7 days'],
    ['segment', '/w/1/segments/new', 'Viewed a page'],
  ]
  for (const [name, path, text] of shown) {
    await page.setViewportSize(wide)
    await page.goto(`${homing.url}${path}`)
    await page.getByText(text).first().waitFor()
    if (name === 'segment') {
      const choices = page.getByRole('complementary', { name: 'Conditions' })
      await choices.getByRole('button', { name: 'Viewed a page', exact: true }).click()
      await page.getByLabel('Address: text').fill('/basket')
      await page.getByText('whose address contains').first().waitFor()
    }
    for (const { size, colorScheme } of allLooks) {
      await page.setViewportSize(size)
      await page.emulateMedia({ colorScheme })
      expect(await violations(page), `${name} ${size.width} ${colorScheme}`).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
      if (shots) await page.screenshot({ path: `${shots}/${name}-${size.width}-${colorScheme}.png`, fullPage: true })
    }
  }
})
