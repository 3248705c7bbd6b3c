/**
 * The whole ring as a marketer uses it, in a real Chromium on the real processes: sign in by link, import a list,
 * write an SMS, send it through the simulator, watch the report, look behind its figures, export a list.
 * The tests build on each other, in this order.
 */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { launchBrowser } from '../test/browser.ts'
import facts from '../test/data/profiles-10k.facts.json' with { type: 'json' }
import { violations } from './axe.ts'
import { begunEarlier } from './earlier.ts'
import { enter, type Homing, startHoming } from './homing.ts'
import { takeScreenshot } from './screenshots.ts'

const list = fileURLToPath(new URL('../test/data/profiles-10k.csv', import.meta.url))
const topic = 'Members'
const name = 'Members evening'
const text =
  'Hi ##first_name|there##! Members evening on Thursday: https://example.com/members\nNo more: ##unsubscribe##'
const people = facts.distinctSendableNumbersWithConsent
const grouped = new Intl.NumberFormat('en-GB')
const sendMs = 120_000

let homing: Homing
let browser: Browser
let page: Page

beforeAll(async () => {
  homing = await startHoming({ small: true })
  browser = await launchBrowser()
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true })
  page = await context.newPage()
  page.setDefaultTimeout(60_000)
})

// Each test builds on the previous one: after a failure the rest would only time out.
let broken = false
beforeEach(context => {
  if (broken) context.skip()
})
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return
  broken = true
  await page.screenshot({ path: `test-results/${task.name.replace(/\W+/g, '-').slice(0, 80)}.png` })
})

afterAll(async () => {
  await browser?.close()
  await homing?.stop()
})

const button = (label: string | RegExp) => page.getByRole('button', { name: label })
const link = (label: string | RegExp) => page.getByRole('link', { name: label, exact: typeof label === 'string' })
const heading = (label: string | RegExp) => page.getByRole('heading', { level: 1, name: label })
const openTab = (label: string) =>
  page
    .getByRole('navigation', { name: 'Report' })
    .getByRole('link', { name: new RegExp(`^${label}`) })
    .click()
const rows = (table: string) => page.getByRole('table', { name: table }).locator('tbody tr')

test('the one-time link signs in, and only once', async () => {
  await enter(page, homing)
  await heading('SMS').waitFor()
  expect(await violations(page)).toEqual([])

  const stranger = await browser.newPage()
  await stranger.goto(homing.signInLink)
  await stranger.getByRole('heading', { name: 'Sign in to Homing' }).waitFor()
  expect(await words(stranger.getByRole('alert'))).toContain('no longer works')
  expect(await violations(stranger)).toEqual([])
  await stranger.close()
})

test('a list is imported with the suggested mapping, and gives exactly its facts', async () => {
  await link('Imports').click()
  await link('Import profiles').click()
  await page.getByLabel('CSV file').setInputFiles(list)
  const target = (column: string) => page.getByLabel(`Import ${column} as`).inputValue()
  await page.getByLabel('Import Mobil as').waitFor()
  expect(await target('Mobil')).toBe('phone')
  expect(await target('Kundnr')).toBe('external_key')
  expect(await target('Förnamn')).toBe('first_name')
  expect(await target('Samtycke SMS')).toBe('sms_consent')
  expect(await violations(page)).toEqual([])

  await page.getByRole('combobox', { name: 'Topic' }).fill(topic)
  await page.keyboard.press('Escape')
  await button('Confirm Samtycke SMS').click()
  await button('Start import').click()
  await page
    .getByRole('heading', { name: `${grouped.format(people)} people can get an SMS` })
    .waitFor({ timeout: 60_000 })
  await button('More about this list').click()
  await page.getByRole('heading', { name: 'Reach' }).waitFor()
  expect(await fact('Rows read')).toBe(grouped.format(facts.rows))
  expect(await fact('Profiles created')).toBe(grouped.format(facts.distinctCustomerIds))
  expect(await fact('Numbers with consent')).toBe(grouped.format(people))
  expect(await fact('Mobile')).toBe(grouped.format(facts.phone.mobile))
  expect(await violations(page)).toEqual([])
})

test('an SMS is written, and the wizard says what is missing until nothing is', async () => {
  await link('SMS').click()
  await button('New SMS').click()
  await page.getByLabel('Name', { exact: true }).fill(name)
  // The only one there is.
  const gateway = page.getByLabel('Gateway').locator('option:checked')
  expect(await words(gateway)).toBe('Simulator (simulated phones)')
  await link('Next').click()

  await page.getByLabel('Sender').fill('Ho')
  await page.getByLabel('Sender').blur()
  await page.getByText('The sender "Ho" is neither').waitFor()
  await page.getByLabel('Sender').fill('Homing')
  await page.getByLabel('Text', { exact: true }).fill('Čau ##first_name|there##!')
  await page.getByText('UCS-2', { exact: true }).waitFor()
  await page.getByText('UCS-2 because of Č').waitFor()
  await page.getByText('The text has no way to opt out').waitFor()
  await page.getByLabel('Text', { exact: true }).fill(text)
  await page.getByText('GSM-7', { exact: true }).waitFor()
  expect(await words(page.getByRole('figure', { name: 'Preview on a phone' }))).toContain('Hi there! Members evening')
  await saved()
  await takeScreenshot(page, 'content')
  expect(await violations(page)).toEqual([])
  await link('Next').click()

  await page.getByText('Choose a topic to see').waitFor()
  await page.getByLabel(topic).check()
  await page.getByText('people get this SMS').waitFor()
  await page.getByText(grouped.format(people), { exact: true }).waitFor()
  await takeScreenshot(page, 'send-to')
  expect(await violations(page)).toEqual([])
  await link('Next').click()
  await page.getByLabel('Now', { exact: true }).waitFor()
  expect(await violations(page)).toEqual([])
  await link('Next').click()
})

test('the overview asks for confirmation of number and cost before it sends', async () => {
  await button('Send now').click()
  const dialog = page.getByRole('dialog')
  expect(await words(dialog)).toContain(`Send to ${grouped.format(people)} people now?`)
  expect(await words(dialog)).toMatch(/for [\d,]+ credits/)
  await settled()
  await takeScreenshot(page, 'confirm')
  expect(await violations(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Send now' }).click()
  await page.waitForURL(/\/report$/)
  await heading(name).waitFor()
})

test('the figures of the report update automatically until all is sent, and add up', async () => {
  await page.getByText(/^Live/).waitFor()
  const seen = new Set<number>()
  await expect
    .poll(
      async () => {
        const sent = await figure('sent')
        seen.add(sent)
        return sent
      },
      { timeout: sendMs, interval: 150 },
    )
    .toBe(people)
  expect(seen.size).toBeGreaterThan(2)
  const { targeted, notSent, queued, sent } = await report()
  expect(targeted).toBe(notSent + queued + sent)
  const now = await report()
  expect(now.sent).toBe(now.delivered + now.bounced + now.pending)
  await takeScreenshot(page, 'report')
  await takeScreenshot(page, 'report-dark', 'dark')
  await takeScreenshot(page, 'report-phone', 'phone')
})

test('each figure says what it means, and Sending to unfolds', async () => {
  await button('Delivered').first().hover()
  await page.getByRole('tooltip').filter({ hasText: 'Profiles whose phone received the SMS' }).waitFor()
  await page.mouse.move(0, 0)
  // A link of the text has the same word in its address.
  await page.getByRole('button', { name: topic, exact: true }).click()
  await page.getByText('One SMS per number').waitFor()
  await settled()
  expect(await violations(page)).toEqual([])
})

test.each([
  ['Sent', 'Sent: profiles'],
  ['Delivered', 'Delivered: profiles'],
  ['Clicked', 'Clicked: profiles'],
  ['Bounced', 'Bounced: profiles'],
  ['Pending', 'Pending: profiles'],
  ['Unsubscribed', 'Unsubscribed: profiles'],
  ['Not sent', 'Not sent: profiles'],
])('the tab %s lists 25 profiles a page', async (tab, table) => {
  await openTab(tab)
  await rows(table).nth(24).waitFor({ timeout: sendMs })
  expect(await rows(table).count()).toBe(25)
  if (tab === 'Clicked' || tab === 'Bounced') await takeScreenshot(page, tab.toLowerCase())
  await settled()
  expect(await violations(page)).toEqual([])
})

test('a link shows its id, its clicks and its profiles', async () => {
  await openTab('Clicked')
  await link(/^https:..example.com.members/).click()
  await page.waitForURL(/link=\d+/)
  const id = new URL(page.url()).searchParams.get('link')
  await button(`Copy link ID ${id}`).waitFor()
  await rows('Profiles who clicked https://example.com/members').first().waitFor()
})

test('a double-click or Enter opens the Profile View, and Back returns to the same place', async () => {
  await openTab('Delivered')
  await rows('Delivered: profiles').nth(24).waitFor()
  const firstOfPageOne = await words(rows('Delivered: profiles').first())
  await link('Next').click()
  await page.waitForURL(/after=/)
  // Until the new page is there, the old rows stay, dimmed.
  await expect.poll(() => words(rows('Delivered: profiles').first())).not.toBe(firstOfPageOne)
  const place = page.url()
  const who = await firstLink(rows('Delivered: profiles').first())
  await rows('Delivered: profiles').first().locator('td').nth(1).dblclick()
  await heading(who).waitFor()
  await page.getByRole('article').filter({ hasText: name }).getByText('Delivered', { exact: true }).waitFor()
  await settled()
  await takeScreenshot(page, 'profile')
  expect(await violations(page)).toEqual([])
  await button('Back').click()
  await page.waitForURL(place)

  const second = await firstLink(rows('Delivered: profiles').nth(1))
  await rows('Delivered: profiles').first().focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await heading(second).waitFor()
  await page.goBack()
  await page.waitForURL(place)
  await link('Previous').click()
  await expect.poll(() => words(rows('Delivered: profiles').first())).toBe(firstOfPageOne)
})

test('a profile is found by the beginning of its key, and a strange search finds no profile', async () => {
  await openTab('Sent')
  const box = page.getByRole('searchbox')
  await box.fill('K000001')
  await expect.poll(() => rows('Sent: profiles').count()).toBe(1)
  await box.fill("%'")
  await page.getByText('No profile matches').waitFor()
  await box.fill('')
  await rows('Sent: profiles').nth(24).waitFor()
})

test.each([
  ['Sent', 'sent'],
  ['Not sent', 'notSent'],
] as const)('the export of %s has a row for each profile of the figure', async (tab, key) => {
  await openTab(tab)
  await button('Export').click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: /^CSV/ }).click(),
  ])
  await page
    .getByRole('region', { name: `Export of ${tab}, CSV` })
    .getByText(/^Done: /)
    .last()
    .waitFor()
  const csv = await readFile(await download.path(), 'utf8')
  const lines = csv.trimEnd().split(/\r?\n/)
  expect(lines[0]).toContain('profile_id')
  expect(lines.length - 1).toBe((await report())[key])
})

test('two activities are compared at the same age', async () => {
  await begunEarlier(homing)
  await page.goto(`${homing.url}/w/1/sms/compare?ids=1,2`)
  await page.getByRole('img', { name: /^CTR over time, since sending: / }).waitFor()
  await settled()
  expect(await violations(page)).toEqual([])
})

test('the start page leads from a selection to the report, and a draft can be duplicated and deleted', async () => {
  await link('SMS').click()
  await rows('Scheduled and sent SMS').first().waitFor()
  await page.getByLabel(`Select ${name}`).check()
  const bar = page.getByLabel('Actions on the selection')
  await bar.getByRole('button', { name: 'Report' }).waitFor()
  await settled()
  expect(await violations(page)).toEqual([])
  await bar.getByRole('button', { name: 'Duplicate' }).click()
  await page.getByRole('heading', { level: 1, name: `${name} (copy)` }).waitFor()
  await link('SMS').click()
  await page.getByRole('tab', { name: 'Drafts' }).click()
  await page.getByRole('checkbox', { name: /^Select Members evening/ }).check()
  await bar.getByRole('button', { name: 'Delete' }).click()
  await page.getByText(`Deleted “${name} (copy)”.`).waitFor()
  await page.getByText('No drafts').waitFor()
})

/** The value beside a name in a description list. */
function fact(label: string): Promise<string> {
  const term = page.locator('dt', { hasText: new RegExp(`^${label}$`) })
  return words(page.locator('dl > div').filter({ has: term }).locator('dd'))
}

async function figure(key: string): Promise<number> {
  // Below its label and what can be done with its people.
  const shown = await words(page.locator(`[data-figure="${key}"] > div`).last())
  return Number(shown.replace(/,/g, ''))
}

interface Figures {
  targeted: number
  notSent: number
  queued: number
  sent: number
  delivered: number
  bounced: number
  pending: number
}

/** The figures by the API, as the signed-in browser gets them. */
async function report(): Promise<Figures> {
  const path = new URL(page.url()).pathname.replace(
    /^\/w\/(\d+)\/sms\/(\d+)\/report$/,
    '/api/v1/workspaces/$1/activities/$2/report',
  )
  const answer = await page.request.get(homing.url + path)
  const body = (await answer.json()) as { figures: Figures }
  return body.figures
}

function firstLink(row: Locator): Promise<string> {
  return words(row.getByRole('link').first())
}

async function words(element: Locator): Promise<string> {
  return (await element.textContent()) ?? ''
}

async function saved(): Promise<void> {
  await page
    .getByRole('status')
    .getByText('Saved', { exact: true })
    .or(page.getByText('Saved', { exact: true }))
    .first()
    .waitFor()
}

/** Until nothing moves: axe reads the colours of what is fading in as they are at that moment. */
async function settled(): Promise<void> {
  const still = `document.getAnimations().every(({ effect, playState }) =>
    effect.getTiming().iterations === Infinity || playState === 'finished')`
  await expect.poll(() => page.evaluate(still), { timeout: 10_000 }).toBe(true)
}
