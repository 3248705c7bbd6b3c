/**
 * A reminder planned with an SMS: chosen in the wizard, shown on the start page and the report, changed and removed there, and sent when its time
 * has come. The tests build on each other, in this order.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { launchBrowser } from '../test/browser.ts'
import { violations } from './axe.ts'
import { enter, type Homing, startHoming } from './homing.ts'

let homing: Homing
let browser: Browser
let page: Page
let id = 0

interface Stored {
  id: number
  revision: number
  content: { body: string }
  reminder: { after: { n: number; unit: string }; body: string | null } | null
  reminderStatus: { state: string; activityId: number | null } | null
}
interface Report {
  figures: { targeted: number; delivered: number; unique: number; queued: number }
}

beforeAll(async () => {
  homing = await startHoming({ small: true })
  browser = await launchBrowser()
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  page.setDefaultTimeout(60_000)
  await enter(page, homing)
  const [gateway] = (await read<{ items: { id: number }[] }>('/gateways')).items
  const [topic] = (await read<{ items: { id: number }[] }>('/topics')).items
  const answer = await page.request.post(`${api()}/activities`, {
    headers: { origin: homing.url },
    data: {
      name: 'Autumn sale',
      content: { channel: 'sms', sender: 'Homing', body: 'Sale! https://shop.example/autumn ##unsubscribe##' },
      gatewayId: gateway?.id,
      sendTo: { topics: [topic?.id], duplicates: 'one_per_number' },
    },
  })
  id = ((await answer.json()) as Stored).id
})

afterAll(async () => {
  await browser?.close()
  await homing?.stop()
})

const api = () => `${homing.url}/api/v1/workspaces/1`
async function read<Answer>(path: string): Promise<Answer> {
  return (await (await page.request.get(api() + path)).json()) as Answer
}
const stored = () => read<Stored>(`/activities/${id}`)

/** axe and the width, in each of the four looks. */
async function inEachLook(): Promise<void> {
  for (const [width, colorScheme] of [
    [390, 'dark'],
    [390, 'light'],
    [1440, 'dark'],
    [1440, 'light'],
  ] as const) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme })
    expect(await violations(page)).toEqual([])
    const scrolls = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
    expect(scrolls).toBe(false)
  }
}

test('it is planned in the step Schedule, by keyboard alone, with the same text or one of its own', async () => {
  await page.goto(`${homing.url}/w/1/sms/${id}/edit/schedule`)
  const planned = page.getByRole('switch', { name: 'Plan a reminder' })
  await planned.focus()
  await page.keyboard.press('Space')
  const n = page.getByRole('textbox', { name: 'Time after the last SMS is sent' })
  await n.fill('3')
  await page.getByRole('radio', { name: 'The same text' }).focus()
  await page.keyboard.press('ArrowDown')
  const text = page.getByRole('textbox', { name: 'Own text' })
  expect(await text.inputValue()).toBe('Sale! https://shop.example/autumn ##unsubscribe##')
  await text.fill('Last days https://shop.example/autumn')
  await page.getByText(/The text of the reminder: .*opt out/).waitFor()
  await inEachLook()
  await text.fill('Last days https://shop.example/autumn ##unsubscribe##')
  await page.getByText('Saved', { exact: true }).waitFor()
  await expect
    .poll(async () => (await stored()).reminder)
    .toEqual({ after: { n: 3, unit: 'days' }, body: 'Last days https://shop.example/autumn ##unsubscribe##' })
})

test('the overview and the question before sending tell of it', async () => {
  await page.goto(`${homing.url}/w/1/sms/${id}/edit/overview`)
  const words = '3 days after the last SMS is sent, to people who got one and did not click'
  await page.getByText(words, { exact: true }).waitFor()
  const send = page.getByRole('button', { name: 'Send now' })
  await expect.poll(() => send.isEnabled()).toBe(true)
  await send.click()
  await page.getByRole('dialog').getByText(`A reminder follows ${words}.`).waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Send now' }).click()
  await page.waitForURL(/\/report$/)
})

test('the report shows when it is due, and it is changed, removed and planned again there', async () => {
  const note = page.getByRole('alert', { name: 'Reminder planned' })
  await note.getByText(/3 days after the last SMS is sent/).waitFor()
  await inEachLook()
  await note.getByRole('button', { name: 'Edit reminder' }).click()
  const dialog = page.getByRole('dialog', { name: 'Planned reminder' })
  await dialog.getByRole('combobox', { name: 'Unit of the time' }).click()
  await page.getByRole('option', { name: 'hours' }).click()
  await dialog.getByRole('textbox', { name: 'Time after the last SMS is sent' }).fill('36')
  await inEachLook()
  await dialog.getByRole('button', { name: 'Plan reminder' }).click()
  await note.getByText(/36 hours after the last SMS is sent/).waitFor()
  await note.getByRole('button', { name: 'Remove' }).click()
  await note.waitFor({ state: 'detached' })
  expect((await stored()).reminder).toBeNull()
  await page.getByRole('button', { name: 'Actions' }).click()
  await page.getByRole('menuitem', { name: 'Plan a reminder' }).click()
  await dialog.getByRole('button', { name: 'Plan reminder' }).click()
  await note.getByText(/2 days after the last SMS is sent/).waitFor()
})

test('the start page shows when it is due', async () => {
  await page.goto(`${homing.url}/w/1/sms?tab=sent`)
  await page
    .getByRole('row', { name: /Autumn sale/ })
    .getByText(/^Reminder /)
    .waitFor()
  await inEachLook()
})

test('when its time has come it goes to those who got the SMS and did not click', async () => {
  await expect
    .poll(async () => (await read<Report>(`/activities/${id}/report`)).figures, { timeout: 120_000, interval: 500 })
    .toMatchObject({ queued: 0, delivered: expect.toSatisfy((n: number) => n > 100) })
  const db = openDatabase({ connection: { connectionString: homing.connectionString }, lane: 'test', max: 1 })
  await db.run(sql`update messages set status_at = status_at - interval '2 days' where activity_id = ${id}`)
  await db.run(sql`update series set minute = minute - interval '2 days' where activity_id = ${id}`)
  await db.run(sql`update activities set frozen_at = frozen_at - interval '2 days' where id = ${id}`)
  await db.end()
  await expect.poll(async () => (await stored()).reminderStatus?.state, { timeout: 60_000 }).toBe('made')
  await page.goto(`${homing.url}/w/1/sms/${id}/report`)
  await page.getByRole('alert', { name: 'Reminder sent' }).getByRole('link', { name: 'see its report' }).click()
  await page.getByRole('heading', { level: 1, name: 'Reminder: Autumn sale' }).waitFor()
  const reminder = (await stored()).reminderStatus?.activityId ?? 0
  expect((await read<Stored>(`/activities/${reminder}`)).content.body).toContain('Sale!')
  await expect
    .poll(async () => (await read<Report>(`/activities/${reminder}/report`)).figures.targeted, { timeout: 60_000 })
    .toBeGreaterThan(0)
})
