/** Export of a list from the report: menu, file, progress, cancel, failure and retry. */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { violations } from './axe.ts'
import { type Homing, openHoming } from './homing.ts'

let homing: Homing
let page: Page

beforeAll(async () => {
  const opened = await openHoming()
  ;({ homing, page } = opened)
  await page.getByRole('heading', { level: 1, name: 'SMS' }).waitFor()
  return opened.close
})

const openReport = async (search: string) => {
  await page.goto(`${homing.url}/w/1/sms/1/report?${search}`)
  await page.getByRole('button', { name: 'Export' }).waitFor()
}
const panel = (name: string) => page.getByRole('region', { name: `Export of ${name}` })
const choose = async (format: RegExp) => {
  await page.getByRole('button', { name: 'Export' }).click()
  await page.getByRole('menuitem', { name: format }).click()
}
const exported = async (id: number) =>
  (await page.request.get(`${homing.url}/api/v1/workspaces/1/exports/${id}`)).json()

test('by keyboard alone, at both widths and in both schemes: the menu, the file, and that it is complete', async () => {
  for (const [width, colorScheme, format, ending] of [
    [1440, 'light', 'CSV', 'csv'],
    [390, 'dark', 'Excel', 'xlsx'],
  ] as const) {
    await page.setViewportSize({ width, height: 860 })
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await openReport('tab=sent')
    await page.getByRole('button', { name: 'Export' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: /^CSV ?Sent: [\d,]+ profiles$/ }).waitFor()
    expect(await violations(page)).toEqual([])
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/export-${width}-${colorScheme}.png` })
    if (format === 'Excel') await page.keyboard.press('ArrowDown')
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
    expect(download.suggestedFilename()).toMatch(new RegExp(`, sent\\.${ending}$`))
    const rows = /Done: ([\d,]+) profiles\./.exec(
      await panel(`Sent, ${format}`)
        .getByText(/^Done:/)
        .last()
        .innerText(),
    )?.[1]
    const bytes = await readFile(await download.path())
    if (ending === 'xlsx') expect(bytes.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04')
    else expect(bytes.toString().trimEnd().split('\n').length - 1).toBe(Number(rows?.replaceAll(',', '')))
    expect(await violations(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0)
    await panel(`Sent, ${format}`).getByRole('button', { name: 'Close this message' }).click()
  }
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
})

test('has the list separator that was chosen, by keyboard, and chooses it again the next time', async () => {
  await openReport('tab=sent')
  await page.getByRole('button', { name: 'Export' }).focus()
  await page.keyboard.press('Enter')
  const choice = (name: string) => page.getByRole('menuitemradio', { name })
  await choice('Comma').and(page.locator('[aria-checked=true]')).waitFor()
  // CSV, Excel, comma, semicolon.
  for (let i = 0; i < 3; i += 1) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await choice('Semicolon').and(page.locator('[aria-checked=true]')).waitFor()
  await page.getByRole('menuitemcheckbox', { name: 'Add a first line that tells Excel the separator' }).click()
  expect(await violations(page)).toEqual([])
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/export-chosen.png` })
  await page.keyboard.press('Home')
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
  const [first, second, third] = (await readFile(await download.path(), 'utf8')).replace('\uFEFF', '').split('\n')
  expect([first, second?.split(';')[0], third?.split(';').length]).toEqual([
    'sep=;',
    'profile_id',
    second?.split(';').length,
  ])
  await openReport('tab=sent')
  await page.getByRole('button', { name: 'Export' }).click()
  await choice('Semicolon').and(page.locator('[aria-checked=true]')).waitFor()
  await choice('Comma').click()
  await page.getByRole('menuitemcheckbox', { name: 'Add a first line that tells Excel the separator' }).click()
  await choice('Comma').and(page.locator('[aria-checked=true]')).waitFor()
  await page.keyboard.press('Escape')
})

test('leaves the button free: another one begins beside it', async () => {
  await openReport('tab=sent')
  await Promise.all([page.waitForEvent('download'), choose(/^CSV/)])
  await panel('Sent, CSV')
    .getByText(/^Done:/)
    .waitFor()
  await Promise.all([page.waitForEvent('download'), choose(/^Excel/)])
  await panel('Sent, Excel')
    .getByText(/^Done:/)
    .waitFor()
})

test('of one link has the profiles that clicked it', async () => {
  await openReport('tab=clicks')
  const report = await (await page.request.get(`${homing.url}/api/v1/workspaces/1/activities/1/report`)).json()
  const [link] = report.links
  await openReport(`tab=clicks&link=${link.id}`)
  const [download] = await Promise.all([page.waitForEvent('download'), choose(/^CSV/)])
  expect(download.suggestedFilename()).toMatch(new RegExp(`, clicked on link ${link.id}\\.csv$`))
  await panel(`Clicked on link ${link.id}, CSV`)
    .getByText(/^Done:/)
    .last()
    .waitFor()
})

test('has the rows that the page shows: those of a kind of bounce, those of a search', async () => {
  await openReport('tab=bounced')
  const exportShown = async (label: string) => {
    const [download] = await Promise.all([page.waitForEvent('download'), choose(/^CSV/)])
    await panel(`${label}, CSV`)
      .getByText(/^Done:/)
      .last()
      .waitFor()
    return (await readFile(await download.path(), 'utf8')).trimEnd().split('\n').slice(1)
  }
  await page.getByRole('combobox', { name: 'Kind of bounce' }).click()
  await page.getByRole('option', { name: /^Hard/ }).click()
  await page.waitForURL(/bounce=hard/)
  const hard = await exportShown('Bounced, Hard')
  expect(hard.length).toBeGreaterThan(0)
  expect(hard.every(line => line.includes('bounced_hard'))).toBe(true)
  await openReport('tab=sent&search=Maja')
  const found = await exportShown('Sent, matching “Maja”')
  expect(found.length).toBeGreaterThan(0)
  expect(found.every(line => line.includes('Maja'))).toBe(true)
})

test('can be cancelled while it runs, and continues on other pages', async () => {
  await openReport('tab=delivered')
  // The download is blocked: the browser does not request it.
  await page.evaluate('HTMLAnchorElement.prototype.click = () => {}')
  const [answer] = await Promise.all([page.waitForResponse(/\/exports$/), choose(/^Excel/)])
  const { id } = await answer.json()
  await panel('Delivered, Excel')
    .getByText(/^0 of [\d,]+ profiles$/)
    .waitFor()
  await page.getByRole('link', { name: 'Profiles' }).first().click()
  await page.getByRole('heading', { level: 1, name: 'Profiles' }).waitFor()
  expect(await violations(page)).toEqual([])
  await panel('Delivered, Excel').getByRole('button', { name: 'Cancel' }).click()
  await panel('Delivered, Excel').getByText('Cancelled. The file is incomplete.').waitFor()
  expect(await exported(id)).toMatchObject({ state: 'cancelled' })
})

test('that failed says why, and is retried with one click', async () => {
  await page.route('**/api/v1/workspaces/1/exports/*', async route => {
    const answer = await route.fetch()
    await route.fulfill({
      response: answer,
      json: {
        ...(await answer.json()),
        state: 'failed',
        problem: 'The connection was lost before the file was complete.',
      },
    })
  })
  await openReport('tab=bounced')
  await choose(/^CSV/)
  await panel('Bounced, CSV').getByText('The connection was lost before the file was complete.').waitFor()
  expect(await violations(page)).toEqual([])
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await panel('Bounced, CSV').getByRole('button', { name: 'Try again' }).click()
  await panel('Bounced, CSV')
    .getByText(/^Done:/)
    .last()
    .waitFor()
})
