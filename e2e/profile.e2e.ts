/**
 * The page of all profiles and the Profile View, as a marketer and an admin use them: find a profile, see why it gets no SMS,
 * release, lock, export personal data, erase; and go back. The tests build on each other.
 */
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { launchBrowser } from '../test/browser.ts'
import { violations } from './axe.ts'
import { type Homing, signedInPage, startHoming } from './homing.ts'

const now = new Date()
const phone = '+46701740605'
const yes = { topic: 'Offers', channel: 'sms', granted: true, source: 'form' }
const people = [
  {
    externalKey: 'P-1',
    phone,
    firstName: 'Åsa',
    lastName: 'Ek',
    email: 'asa@example.com',
    consents: [yes],
    attributes: { city: 'Umeå', points: 12345, since: '2024-05-17', note: 'نص عربي 🎉' },
  },
  { externalKey: 'P-2', phone: '08-684 20 00', firstName: 'Landline', lastName: 'Only' },
  { externalKey: 'P-3', phone: '+46701740712', firstName: 'שרה', lastName: 'כהן' },
  { externalKey: 'P-4', firstName: '👩‍👩‍👧'.repeat(20), lastName: 'Émoji' },
  {
    externalKey: 'P-5',
    email: `${'address'.repeat(9)}@example.com`,
    firstName: 'Longname'.repeat(25),
    lastName: 'Evenlonger'.repeat(20),
    attributes: { essay: 'Lorem ipsum '.repeat(80) },
  },
]

let homing: Homing
let browser: Browser
let page: Page
let ids: number[]

beforeAll(async () => {
  homing = await startHoming({ small: true })
  browser = await launchBrowser()
  page = await signedInPage(browser, homing)
  const made = await page.request.post(`${homing.url}/api/v1/workspaces/1/profiles`, { data: { profiles: people } })
  ids = ((await made.json()) as { results: { profileId: number }[] }).results.map(one => one.profileId)
  await closeAndOptOut()
})

/** What it takes three activities and an answered SMS to bring about. */
async function closeAndOptOut(): Promise<void> {
  const db = openDatabase({ connection: { connectionString: homing.connectionString }, lane: 'test', max: 1 })
  const messages = [1, 2, 3].map(day => ({ activityId: 1, profileId: ids[0], at: `2026-11-0${day}T12:00:00Z` }))
  await db.run(sql`insert into suppressions (id, workspace_id, channel, address, reason, at, evidence)
    values (nextval('suppression_ids'), 1, 'sms', ${phone}, 'hard_bounces', ${now}, ${JSON.stringify({ messages })}::jsonb)`)
  await db.run(sql`insert into opt_outs (id, workspace_id, channel, address, at, source, evidence)
    values (nextval('opt_out_ids'), 1, 'sms', ${phone}, ${now}, 'keyword', '{"text": "STOPP"}')`)
  await db.end()
}

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
const heading = (label: string | RegExp) => page.getByRole('heading', { level: 1, name: label })
const rows = (table: string) => page.getByRole('table', { name: table }).locator('tbody tr')
const dialog = () => page.getByRole('dialog')
const panel = (title: string) => page.getByRole('region', { name: title })
const shot = async (name: string) => {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true })
}

test('all profiles are found by name, number, e-mail and key, page by page, and Back returns to the same place', async () => {
  await page.getByRole('link', { name: 'Profiles', exact: true }).click()
  await rows('Profiles').nth(24).waitFor()
  await page.getByText(/\d profiles$/).waitFor()
  await page.mouse.move(0, 0)
  await shot('list')
  expect(await violations(page)).toEqual([])
  const box = page.getByRole('searchbox')
  for (const text of ['åsa ek', '070-174 06', 'ASA@ex', 'P-1']) {
    await box.fill(text)
    await expect.poll(() => rows('Profiles').count()).toBe(1)
    await rows('Profiles').getByText('Åsa Ek').waitFor()
    await box.fill('')
    await rows('Profiles').nth(24).waitFor()
  }
  await box.fill("%'")
  await page.getByText('No profile matches').waitFor()
  await box.fill('')
  await rows('Profiles').nth(24).waitFor()
  await page.getByRole('link', { name: 'Next' }).click()
  await page.waitForURL(/after=/)
  const place = page.url()
  await rows('Profiles').first().dblclick()
  await heading(/./).waitFor()
  await panel('Number').waitFor()
  await button('Back').click()
  await page.waitForURL(place)
  await rows('Profiles').first().waitFor()
})

test('a profile says why its number gets no SMS, and what was said', async () => {
  await page.goto(`${homing.url}/w/1/profiles/${ids[0]}`)
  await heading('Åsa Ek').waitFor()
  const number = panel('Number')
  await number.getByText('Cannot get SMS').waitFor()
  await number.getByText('This number opted out of all SMS.').waitFor()
  await number.getByText('3 messages bounced hard').waitFor()
  await panel('Consent').getByText('Yes, but opted out').waitFor()
  await panel('Consent').getByRole('button', { name: 'History of consent (1)' }).click()
  await panel('Consent').getByText('form (API)').waitFor()
  await panel('Attributes').getByText('12,345').waitFor()
  await panel('Attributes').getByText('17 May 2024').waitFor()
  // Nothing records visits to a website: no panel may say that there were none.
  expect(await panel('Website').count()).toBe(0)
  await shot('profile')
  expect(await violations(page)).toEqual([])
})

test('a profile is added and edited, and what the person said is written down with its evidence', async () => {
  await page.goto(`${homing.url}/w/1/profiles`)
  await button('Add profile').click()
  await dialog().getByLabel('First name').fill('Rut')
  await dialog().getByLabel('Phone').fill('12')
  await button('Add profile').last().click()
  await dialog()
    .getByText(/Correct the value/)
    .waitFor()
  expect(await violations(page)).toEqual([])
  await dialog().getByLabel('Phone').fill('070-174 06 77')
  await button('Add profile').last().click()
  await heading('Rut').waitFor()
  const act = async (name: string) => {
    await button('Actions').click()
    await page.getByRole('menuitem', { name }).click()
  }
  await act('Edit…')
  await dialog().getByLabel('First name').fill('Ruth')
  await button('Save changes').click()
  await heading('Ruth').waitFor()
  await act('Add consent…')
  await dialog().getByLabel('Topic').selectOption({ index: 1 })
  await dialog().getByLabel('How').fill('Signed form 12')
  expect(await violations(page)).toEqual([])
  await button('Add consent').click()
  await panel('Consent').getByText('Yes', { exact: true }).waitFor()
  await act('Opt out…')
  await dialog().getByLabel('How').fill('Called customer service')
  await button('Opt out').click()
  await panel('Number').getByText('This number opted out of all SMS.').waitFor()
  await panel('Consent').getByText('Yes, but opted out').waitFor()
  await dialog().waitFor({ state: 'detached' })
  expect(await violations(page)).toEqual([])
})

test('names of any script and length look right, at both widths and in the dark', async () => {
  for (const [i, id] of ids.entries()) {
    await page.goto(`${homing.url}/w/1/profiles/${id}`)
    await panel('Number').waitFor()
    for (const [width, colorScheme] of [
      [390, 'light'],
      [1440, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      // The frame moves to its new width first.
      await expect.poll(() => page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
      await shot(`profile-${i + 1}-${width}`)
      if (i === 0 || i === 4) expect(await violations(page)).toEqual([])
    }
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 1440, height: 900 })
  }
})

test('the preview of an SMS offers names of any script and length within its width', async () => {
  const made = await page.request.post(`${homing.url}/api/v1/workspaces/1/activities`, {
    headers: { origin: homing.url },
    data: { name: 'Preview', content: { channel: 'sms', body: 'Hi ##first_name##' } },
  })
  const { id } = (await made.json()) as { id: number }
  await page.goto(`${homing.url}/w/1/sms/${id}/edit/content`)
  await page.getByText('A profile', { exact: true }).click()
  const box = page.getByRole('combobox', { name: 'Profile' })
  await box.fill('P-5')
  await page.getByRole('option', { name: /^Longname/ }).waitFor()
  expect(
    await page.evaluate('(list => list.scrollWidth - list.clientWidth)(document.querySelector("[role=listbox]"))'),
  ).toBe(0)
  await box.fill('P-3')
  await page.getByRole('option', { name: /^שרה/ }).click()
  // The mark between keeps the number's plus in front of it.
  expect(await box.inputValue()).toBe('שרה כהן\u200e, +46701740712')
  await page.getByRole('figure', { name: 'Preview on a phone' }).getByText('שרה').waitFor()
})

test('an opt-out and a closed number are released with a reason', async () => {
  await page.goto(`${homing.url}/w/1/profiles/${ids[0]}`)
  const number = panel('Number')
  await number.getByRole('button', { name: 'Release' }).first().click()
  await dialog().getByLabel('Reason').fill('Confirmed by phone')
  expect(await violations(page)).toEqual([])
  await dialog().getByRole('button', { name: 'Reopen number' }).click()
  await number.getByText('Confirmed by phone').waitFor()
  await number.getByRole('button', { name: 'Release' }).click()
  expect(await dialog().getByRole('button', { name: 'Release' }).isDisabled()).toBe(true)
  await shot('release')
  await dialog().getByLabel('Where and when').fill('Signed up again, form 7')
  await dialog().getByRole('button', { name: 'Release' }).click()
  await number.getByText('Can get SMS').waitFor()
  await number.getByText('Signed up again, form 7').waitFor()
})

test('a locked profile says so, and cannot be erased until it is unlocked', async () => {
  await button('Actions').click()
  await page.getByRole('menuitem', { name: 'Lock' }).click()
  await dialog().getByLabel('Reason').fill('Dispute 7')
  await dialog().getByRole('button', { name: 'Lock' }).click()
  // The dialog, which fades out, has the reason too.
  const locked = page.getByRole('alert', { name: 'Locked' })
  await locked.getByText('Dispute 7').waitFor()
  await dialog().waitFor({ state: 'detached' })
  await button('Actions').click()
  await page.getByRole('menuitem', { name: 'Erase' }).getByText('Unlock the profile first.').waitFor()
  await shot('locked')
  expect(await violations(page)).toEqual([])
  await page.getByRole('menuitem', { name: 'Unlock', exact: true }).click()
  await locked.waitFor({ state: 'detached' })
})

test('personal data is exported as a file, and an erase leaves nothing of the person', async () => {
  await button('Actions').click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'Export personal data' }).click(),
  ])
  const known: unknown = JSON.parse(await readFile(await download.path(), 'utf8'))
  expect(known).toMatchObject({ profileId: ids[0], profile: [{ email: 'asa@example.com' }], optOuts: { length: 1 } })
  await button('Actions').click()
  await page.getByRole('menuitem', { name: 'Erase' }).click()
  const erase = dialog().getByRole('button', { name: 'Erase profile' })
  expect(await erase.isDisabled()).toBe(true)
  await shot('erase')
  expect(await violations(page)).toEqual([])
  await dialog().getByLabel('Type erase to confirm').fill('erase')
  await erase.click()
  await heading('Erased profile').waitFor()
  await shot('erased')
  expect(await page.getByText('Åsa').count()).toBe(0)
  expect(await violations(page)).toEqual([])
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Profiles' }).click()
  await page.getByRole('searchbox').fill('P-1')
  await page.getByText('No profile matches').waitFor()
})

test('from a report to a profile and back to the same tab; the SMS shows what happened', async () => {
  await page.goto(`${homing.url}/w/1/sms/1/report?tab=delivered`)
  await rows('Delivered: profiles').first().waitFor({ timeout: 30_000 })
  // One click: between the two of a double click a list that still grows may move (ring.e2e.ts has those, when all is sent).
  await rows('Delivered: profiles').first().getByRole('link').click()
  const sms = page.getByRole('article').filter({ hasText: 'Delivered to the phone' }).first()
  await sms.getByText('Delivered', { exact: true }).waitFor()
  await sms.getByText(/^Attempt 1 through .*: accepted$/).waitFor()
  await sms.getByText('Delivered to the phone').first().waitFor()
  await shot('profile-sms')
  expect(await violations(page)).toEqual([])
  await button('Back').click()
  await page.waitForURL(/tab=delivered/)
})

test('the SMS of a profile are paged as every list is, and each page has an address', async () => {
  const db = openDatabase({ connection: { connectionString: homing.connectionString }, lane: 'test', max: 1 })
  const profile = ids[3]!
  await db.run(sql`with made as (
      insert into activities (workspace_id, name, state, created_at, updated_at, frozen_at)
      select 1, 'Letter ' || n, 'sent', ${now}, ${now}, ${now} from generate_series(1, 30) n returning id)
    insert into messages (bucket, workspace_id, activity_id, profile_id, status, excluded)
    select ${profile & 255}::int, 1, id, ${profile}::bigint, 'not_sent', 'no_address' from made`)
  await db.end()
  await page.goto(`${homing.url}/w/1/profiles/${profile}`)
  await page.getByText('Letter 30', { exact: true }).waitFor()
  const letters = page.getByRole('article')
  expect(await letters.count()).toBe(25)
  await page.getByRole('link', { name: 'Next' }).click()
  await page.getByText('Letter 1', { exact: true }).waitFor()
  expect(page.url()).toContain('after=')
  await page.reload()
  await page.getByText('Letter 1', { exact: true }).waitFor()
  await page.goBack()
  await page.getByText('Letter 30', { exact: true }).waitFor()
})
