/** A frozen segment from a list: pasted by keyboard alone, from a file with columns, and what matched nobody. */
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../test/browser.ts'
import { allLooks, looksRight } from './every-page.ts'
import { type Homing, signedInPage, startHoming } from './homing.ts'

let homing: Homing
let browser: Browser
let page: Page
let phones: string[] = []
let names = 0
/** A test may run twice: a name is taken once. */
const freshName = (what: string) => `${what} ${++names} of ${Date.now()}`

beforeAll(async () => {
  homing = await startHoming({ small: true })
  browser = await launchBrowser()
  page = await signedInPage(browser, homing)
  const answer = await page.request.get(`${homing.url}/api/v1/workspaces/1/profiles?limit=50`)
  const { items } = (await answer.json()) as { items: { phone: string | null }[] }
  phones = [...new Set(items.flatMap(({ phone }) => (phone === null ? [] : [phone])))].slice(0, 3)
})
afterAll(async () => {
  await browser?.close()
  await homing?.stop()
})

test('a pasted list becomes a segment by keyboard alone, and shows what matched nobody', async () => {
  await page.goto(`${homing.url}/w/1/segments`)
  const link = page.getByRole('link', { name: 'From a list' })
  await link.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Segment from a list' }).waitFor()
  await looksRight(page, allLooks)
  const name = freshName('Fair')
  await page.getByLabel('Name of the segment').focus()
  await page.keyboard.type(name)
  await page.getByLabel('Entries').focus()
  await page.keyboard.insertText(`${phones.join('\n')}\n${phones[0]};hello\n=1+1\n`)
  await page.keyboard.press('Tab')
  await expect.poll(() => page.evaluate('document.activeElement?.textContent')).toBe('Make segment')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Open segment' }).waitFor()
  const figures = await page.getByRole('main').innerText()
  expect(figures).toMatch(/Entries of the list\s+6/)
  expect(figures).toMatch(/Repeated\s+1/)
  expect(figures).toMatch(/Not matched\s+2/)
  const table = page.getByRole('table', { name: 'Entries that matched nobody' })
  await table.getByText('hello').waitFor()
  await looksRight(page, allLooks)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download all' }).click(),
  ])
  const csv = await readFile(await download.path(), 'utf8')
  expect(csv).toMatch(/4,hello,/)
  expect(csv).not.toMatch(/,=1\+1/)
  await page.getByRole('link', { name: 'Open segment' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name }).waitFor()
  await page.getByText('A frozen list of').waitFor()
})

test('of a file with several columns, the one of the numbers is proposed; one that matches nobody makes no segment', async () => {
  await page.goto(`${homing.url}/w/1/segments/from-list`)
  const file = (mobile: string) => ({
    name: 'fair.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`Name;Mobile\nAda;${mobile}\nBo;${phones[1]}\n`),
  })
  await page.getByRole('tab', { name: 'File' }).click()
  await page.locator('input[type=file]').setInputFiles(file(phones[0]!))
  await expect.poll(() => page.getByRole('combobox', { name: 'Column' }).inputValue()).toBe('Mobile')
  await looksRight(page, allLooks)
  await page.getByLabel('Name of the segment').fill(freshName('File'))
  await page.getByRole('button', { name: 'Make segment' }).click()
  await page.getByRole('link', { name: 'Open segment' }).waitFor()

  await page.goto(`${homing.url}/w/1/segments/from-list`)
  await page.getByText('Latest lists').waitFor()
  await page.getByLabel('Name of the segment').fill(freshName('Nobody'))
  await page.getByLabel('Entries').fill('0000\n')
  await page.getByRole('button', { name: 'Make segment' }).click()
  await page.getByText('No segment was made.').first().waitFor()
  await page.getByText('No profile has any of the 1 phone numbers').waitFor()
  await looksRight(page, allLooks)
})
