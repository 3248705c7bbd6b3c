/**
 * Every page, in each scheme and at each width (all of both: pages.long.test.ts): no violation of axe, nothing wider than the screen; and
 * what happens where something is wrong: a page that does not exist, another's activity, a stale draft, a lost connection.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../test/browser.ts'
import { violations } from './axe.ts'
import { looksRight, newDraft, pages, twoLooks } from './every-page.ts'
import { type Homing, signedInPage, startHoming } from './homing.ts'

let homing: Homing
let browser: Browser
let context: BrowserContext
let page: Page
/** Of the demo's workspace. */
let draft: number

beforeAll(async () => {
  homing = await startHoming({ small: true })
  browser = await launchBrowser()
  page = await signedInPage(browser, homing)
  context = page.context()
  await page.getByRole('heading', { level: 1, name: 'SMS' }).waitFor()
  draft = await newDraft(page, homing.url, 'Half written')
})

afterAll(async () => {
  await browser?.close()
  await homing?.stop()
})

test.each(Object.entries(pages))('%s is for everybody, wide and light, on a phone and dark', (_, path) =>
  looksRight(page, twoLooks, homing.url + path(draft)),
)

test('what does not exist and what belongs to others look the same', async () => {
  // May be a short link that was cut: people who get messages never meet our pages.
  await page.goto(`${homing.url}/nowhere`)
  await page.getByRole('heading', { name: 'This page does not exist' }).waitFor()
  expect(await violations(page)).toEqual([])
  for (const path of ['/w/nowhere', '/w/999/sms']) {
    await page.goto(homing.url + path)
    await page.getByRole('heading', { name: 'Page not found' }).waitFor()
    expect(await violations(page)).toEqual([])
  }
  await page.goto(`${homing.url}/w/1/sms/999999/report`)
  await page.getByRole('alert').getByText('There is no such activity').waitFor()
  expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0)
  expect(await violations(page)).toEqual([])
})

test('the address of the settings alone shows the first of them', async () => {
  await page.goto(`${homing.url}/w/1/settings`)
  await page.getByRole('button', { name: 'Save changes' }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/w/1/settings/general')
})

test('the settings of the workspace are changed, and the page says what follows and where something is wrong', async () => {
  await page.goto(`${homing.url}/w/1/settings/general`)
  await page.getByLabel('Link domain').fill('https://10.1.2.3')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await page.getByText(/https:\/\/10\.1\.2\.3 does not lead here.*Let the DNS name/).waitFor()
  expect(await violations(page)).toEqual([])
  await page.getByLabel('Link domain').fill('')
  await page.getByRole('combobox', { name: 'Time zone' }).fill('New_York')
  await page.getByRole('option', { name: 'America/New_York' }).click()
  await page.getByRole('button', { name: 'Save changes' }).click()
  await page.getByRole('status').getByText('Scheduled SMS keep their time.').waitFor()
  await page.goto(`${homing.url}/w/1/settings/audit`)
  await page.getByText(/time zone America\/New_York/).waitFor()
  const back = { headers: { origin: homing.url }, data: { timeZone: 'Europe/Stockholm' } }
  expect((await page.request.patch(`${homing.url}/api/v1/workspaces/1/settings`, back)).status()).toBe(200)
})

test('the second of two editors of a draft is warned, and nothing is lost', async () => {
  const other = await context.newPage()
  const edit = `${homing.url}/w/1/sms/${draft}/edit/content`
  await page.goto(edit)
  await other.goto(edit)
  await other.getByLabel('Text', { exact: true }).fill('Theirs')
  await other.getByText('Saved', { exact: true }).waitFor()
  await page.getByLabel('Sender').fill('Mine')
  await page.getByText('Someone else has changed this draft').waitFor()
  expect(await violations(page)).toEqual([])
  await page.getByRole('button', { name: 'Keep my changes' }).click()
  await page.getByText('Saved', { exact: true }).waitFor()
  expect(await page.getByLabel('Text', { exact: true }).inputValue()).toBe('Theirs')
  const stored = await page.request.get(`${homing.url}/api/v1/workspaces/1/activities/${draft}`)
  expect(await stored.json()).toMatchObject({ content: { sender: 'Mine', body: 'Theirs' } })
  await other.close()
})

test('a draft outlives a lost connection', async () => {
  await page.goto(`${homing.url}/w/1/sms/${draft}/edit/content`)
  await page.getByLabel('Text', { exact: true }).waitFor()
  await context.setOffline(true)
  await page.getByLabel('Text', { exact: true }).fill('Written in a tunnel')
  await page.getByText('The server does not answer.').waitFor()
  await context.setOffline(false)
  await page.getByText('Saved', { exact: true }).waitFor()
  const stored = await page.request.get(`${homing.url}/api/v1/workspaces/1/activities/${draft}`)
  expect(await stored.json()).toMatchObject({ content: { body: 'Written in a tunnel' } })
})

test('a report says when it is disconnected, and reconnects automatically', async () => {
  await page.goto(`${homing.url}/w/1/sms/1/report`)
  const status = page.getByRole('status').filter({ hasText: 'as of' })
  await status.filter({ hasText: 'Live' }).waitFor()
  // An open stream is not cut by "offline": the page is loaded while there is none.
  await page.route('**/live', route => route.abort())
  await page.reload()
  await status.filter({ hasText: 'Every 5 seconds' }).waitFor()
  await page.route('**/report', route =>
    route.request().resourceType() === 'fetch' ? route.abort() : route.continue(),
  )
  await status.filter({ hasText: 'Disconnected' }).waitFor()
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await status.filter({ hasText: 'Live' }).waitFor()
})

test('a new workspace is empty and shows the first steps; its activities are its own', async () => {
  await page.goto(`${homing.url}/w/1/sms`)
  await page.getByRole('button', { name: /^Workspace: Demo/ }).click()
  await page.getByRole('menuitem', { name: 'New workspace' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Second brand')
  await page.getByRole('button', { name: 'Create workspace' }).click()
  await page.getByText('three steps to your first SMS').waitFor()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await violations(page)).toEqual([])
  const second = /\/w\/(\d+)\//.exec(page.url())?.[1]
  await page.goto(`${homing.url}/w/${second}/sms/1/report`)
  await page.getByRole('alert').getByText('There is no such activity').waitFor()
})

test('a password is set and signs in; a wrong one does not', async () => {
  await page.goto(`${homing.url}/w/1/settings/account`)
  await page.getByLabel('E-mail').fill('owner@example.com')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Account saved.').waitFor()
  await page.getByLabel('New password', { exact: true }).fill('a long enough one')
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByText('Password saved.').waitFor()
  await page.getByRole('button', { name: 'Owner' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in to Homing' }).waitFor()

  await page.goto(`${homing.url}/w/1/profiles`)
  await page.getByRole('heading', { name: 'Sign in to Homing' }).waitFor()
  await page.getByLabel('E-mail').fill('owner@example.com')
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill('not this one')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill('a long enough one')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Profiles' }).waitFor()
})
