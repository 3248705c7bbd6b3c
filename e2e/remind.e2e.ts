/**
 * From a report to the reminder: one click makes a draft for those who got the SMS and did not click; the number in the wizard, the sentence in
 * the report of the reminder and the people who are sent to agree. The tests build on each other, in this order.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../test/browser.ts'
import { violations } from './axe.ts'
import { type Homing, signedInPage, startHoming } from './homing.ts'

let homing: Homing
let browser: Browser
let page: Page
let original = 0
let reminder = 0

interface Report {
  name: string
  figures: { targeted: number; sent: number; delivered: number; unique: number; queued: number }
}

beforeAll(async () => {
  homing = await startHoming({ small: true })
  browser = await launchBrowser()
  page = await signedInPage(browser, homing)
  await page.getByRole('heading', { level: 1, name: 'SMS' }).waitFor()
  original = (await read<{ items: { id: number }[] }>('/activities?tab=sent')).items[0]?.id ?? 0
})

afterAll(async () => {
  await browser?.close()
  await homing?.stop()
})

const api = () => `${homing.url}/api/v1/workspaces/1`
async function read<Answer>(path: string): Promise<Answer> {
  return (await (await page.request.get(api() + path)).json()) as Answer
}
async function count(definition: object): Promise<number> {
  const answer = await page.request.post(`${api()}/segments/count`, {
    headers: { origin: homing.url },
    data: { definition },
  })
  expect(answer.status(), await answer.text()).toBe(200)
  return ((await answer.json()) as { n: number }).n
}
const event = (name: string, more: object = {}) => ({ kind: 'event', event: name, of: [original], ...more })
const notClicked = () => ({
  v: 1,
  root: { kind: 'group', match: 'all', items: [event('delivered'), event('clicked', { exclude: true })] },
})

test('the report offers the reminder when people got the SMS and did not click', async () => {
  await expect
    .poll(async () => (await read<Report>(`/activities/${original}/report`)).figures, {
      timeout: 120_000,
      interval: 500,
    })
    .toMatchObject({ queued: 0, delivered: expect.toSatisfy((n: number) => n > 100) })
  await page.goto(`${homing.url}/w/1/sms/${original}/report`)
  await page.getByRole('button', { name: 'Actions' }).waitFor()
  expect(await violations(page)).toEqual([])
  await page.getByRole('button', { name: 'Actions' }).click()
  await page.getByRole('menuitem', { name: 'Remind', exact: true }).click()
  await page.waitForURL(/\/sms\/\d+\/edit/)
  reminder = Number(/\/sms\/(\d+)\//.exec(page.url())?.[1])
  await page.getByRole('heading', { level: 1, name: /^Reminder: / }).waitFor()
})

test('Send to says of whom it reminds and how many they are, and can be narrowed by a segment', async () => {
  await page.goto(`${homing.url}/w/1/sms/${reminder}/edit/send-to`)
  await page.getByText(/^Reminder of “/).waitFor()
  const exact = page.getByText(/(person gets|people get) this SMS/)
  await exact.waitFor()
  expect(await violations(page)).toEqual([])
  await page.request.post(`${api()}/segments`, {
    headers: { origin: homing.url },
    data: {
      name: 'With a number of Norway',
      definition: { v: 1, root: { kind: 'group', match: 'all', items: [{ kind: 'country', countries: ['NO'] }] } },
    },
  })
  await page.reload()
  await page.getByRole('combobox', { name: 'Except people who are: In segments' }).click()
  await page.getByRole('option', { name: 'With a number of Norway' }).click()
  await page.keyboard.press('Escape')
  await page.getByText('Saved', { exact: true }).waitFor()
  for (const [width, colorScheme] of [
    [390, 'light'],
    [390, 'dark'],
    [1440, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme })
    expect(await violations(page)).toEqual([])
    const scrolls = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
    expect(scrolls).toBe(false)
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.goto(`${homing.url}/w/1/sms/${reminder}/edit/overview`)
  await page.getByText('“With a number of Norway”').waitFor()
  await page.getByText(/people who got it and did not click/).waitFor()
})

test('it is sent to them, and its report says so', async () => {
  // The segment goes again, for a number that can be compared.
  const draft = await read<{ sendTo: object; revision: number }>(`/activities/${reminder}`)
  await page.request.patch(`${api()}/activities/${reminder}`, {
    headers: { origin: homing.url },
    data: { revision: draft.revision, sendTo: { ...draft.sendTo, exclude: { match: 'any', segments: [] } } },
  })
  const before = await count(notClicked())
  const scheduled = await page.request.post(`${api()}/activities/${reminder}/schedule`, {
    headers: { origin: homing.url },
    data: { sendAt: null },
  })
  expect(scheduled.status()).toBe(200)
  await expect
    .poll(async () => (await read<Report>(`/activities/${reminder}/report`)).figures.targeted, { timeout: 60_000 })
    .toBeGreaterThan(0)
  const { figures } = await read<Report>(`/activities/${reminder}/report`)
  const after = await count(notClicked())
  // Clicks and late receipts still arrive.
  expect(figures.targeted).toBeGreaterThanOrEqual(Math.min(before, after) - 50)
  expect(figures.targeted).toBeLessThanOrEqual(Math.max(before, after) + 50)
  await page.goto(`${homing.url}/w/1/sms/${reminder}/report`)
  await page
    .getByRole('button', { name: /Offers|Members|News/ })
    .first()
    .click()
  await page.getByText(/”: people who got it and did not click/).waitFor()
})
