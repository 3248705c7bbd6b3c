/**
 * Every page in both schemes at both widths: no violation of axe, nothing wider than the screen; and what happens where
 * something is wrong: a page that does not exist, another's activity, a stale draft, a lost connection.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../test/browser.ts'
import { violations } from './axe.ts'
import { type Homing, startHoming } from './homing.ts'

const wide = { width: 1440, height: 900 }
const phone = { width: 390, height: 844 }
let homing: Homing
let browser: Browser
let context: BrowserContext
let page: Page
/** Of the demo's workspace. */
let draft: number

beforeAll(async () => {
  homing = await startHoming()
  browser = await launchBrowser()
  context = await browser.newContext({ viewport: wide })
  page = await context.newPage()
  page.setDefaultTimeout(15_000)
  await page.goto(homing.signInLink)
  await page.getByRole('heading', { level: 1, name: 'SMS' }).waitFor()
  draft = await newDraft('Half written')
})

afterAll(async () => {
  await browser?.close()
  await homing?.stop()
})

const pages: Record<string, () => string> = {
  'the start page': () => '/w/1/sms',
  drafts: () => '/w/1/sms?tab=drafts',
  report: () => '/w/1/sms/1/report',
  'report, charts': () => '/w/1/sms/1/report?tab=charts',
  'report, sent': () => '/w/1/sms/1/report?tab=sent',
  'report, delivered': () => '/w/1/sms/1/report?tab=delivered',
  'report, unsubscribed': () => '/w/1/sms/1/report?tab=unsubscribed',
  'report, clicks with bots': () => '/w/1/sms/1/report?tab=clicks&bots=true',
  'a comparison of nothing': () => '/w/1/sms/compare',
  'profiles, nobody found': () => '/w/1/profiles?search=zzzz',
  'report, clicks': () => '/w/1/sms/1/report?tab=clicks',
  'report, bounced': () => '/w/1/sms/1/report?tab=bounced',
  'report, not sent': () => '/w/1/sms/1/report?tab=not-sent',
  'wizard, details': () => `/w/1/sms/${draft}/edit/details`,
  'wizard, content': () => `/w/1/sms/${draft}/edit/content`,
  'wizard, send to': () => `/w/1/sms/${draft}/edit/send-to`,
  'wizard, schedule': () => `/w/1/sms/${draft}/edit/schedule`,
  'wizard, overview': () => `/w/1/sms/${draft}/edit/overview`,
  profiles: () => '/w/1/profiles',
  'a profile': () => '/w/1/profiles/1',
  imports: () => '/w/1/imports',
  'a new import': () => '/w/1/imports/new',
  gateways: () => '/w/1/settings/gateways',
  topics: () => '/w/1/settings/topics',
  unmatched: () => '/w/1/settings/unmatched',
  limits: () => '/w/1/settings/limits',
  'API keys': () => '/w/1/settings/api-keys',
  account: () => '/w/1/settings/account',
}

test.each(Object.entries(pages))('%s is for everybody, wide and on a phone, light and dark', async (_, path) => {
  for (const size of [wide, phone]) {
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
    await page.goto(homing.url + path())
    await page.getByRole('heading', { level: 1 }).waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
      await expect.poll(() => page.locator('[aria-busy=true]').count(), { timeout: 15_000 }).toBe(0)
      const where = `${size.width} ${colorScheme}`
      expect(await violations(page), where).toEqual([])
      const sideways = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')
      expect(sideways, where).toBeLessThanOrEqual(0)
    }
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null })
  await page.setViewportSize(wide)
})

test('what does not exist, or belongs to others, is told without a hint', async () => {
  for (const path of ['/nowhere', '/w/999/sms']) {
    await page.goto(homing.url + path)
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    expect(await violations(page)).toEqual([])
  }
  await page.goto(`${homing.url}/w/1/sms/999999/report`)
  await page.getByRole('alert').getByText('There is no such activity').waitFor()
  expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0)
  expect(await violations(page)).toEqual([])
})

test('the second of two who edit a draft is told, and nothing is lost', async () => {
  const other = await context.newPage()
  const edit = `${homing.url}/w/1/sms/${draft}/edit/content`
  await page.goto(edit)
  await other.goto(edit)
  await other.getByLabel('Text', { exact: true }).fill('Theirs')
  await other.getByText('Saved', { exact: true }).waitFor()
  await page.getByLabel('Sender').fill('Mine')
  await page.getByText('Somebody else has changed this draft').waitFor()
  expect(await violations(page)).toEqual([])
  await page.getByRole('button', { name: 'Keep my changes' }).click()
  await page.getByText('Saved', { exact: true }).waitFor()
  expect(await page.getByLabel('Text', { exact: true }).inputValue()).toBe('Theirs')
  const stored = await page.request.get(`${homing.url}/api/v1/workspaces/1/activities/${draft}`)
  expect(await stored.json()).toMatchObject({ sender: 'Mine', body: 'Theirs' })
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
  expect(await stored.json()).toMatchObject({ body: 'Written in a tunnel' })
})

test('a report says when it is cut off, and goes on by itself', async () => {
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
  await page.unrouteAll()
  await status.filter({ hasText: 'Live' }).waitFor()
})

test('a new workspace is empty and leads on; its activities are nobody else’s', async () => {
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

test('a password is set and opens the door again; a wrong one does not', async () => {
  await page.goto(`${homing.url}/w/1/settings/account`)
  await page.getByLabel('E-mail').fill('owner@example.com')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Your account is saved.').waitFor()
  await page.getByLabel('New password', { exact: true }).fill('a long enough one')
  await page.getByRole('button', { name: 'Set the password' }).click()
  await page.getByText('Your password is set.').waitFor()
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

async function newDraft(name: string): Promise<number> {
  const answer = await page.request.post(`${homing.url}/api/v1/workspaces/1/activities`, {
    headers: { origin: homing.url },
    data: { name },
  })
  const body = (await answer.json()) as { id: number }
  return body.id
}
