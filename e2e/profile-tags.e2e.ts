/** The tags on a profile's own page: added, removed and undone by keyboard alone; a viewer sees them. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../test/browser.ts'
import { allLooks, looksRight } from './every-page.ts'
import { type Homing, signedInPage, startHoming } from './homing.ts'

let homing: Homing
let browser: Browser
let page: Page

beforeAll(async () => {
  homing = await startHoming({ small: true })
  browser = await launchBrowser()
  page = await signedInPage(browser, homing)
})
afterAll(async () => {
  await browser?.close()
  await homing?.stop()
})

test('a tag is added, removed and given back by keyboard alone', async () => {
  const tag = `vip ${Date.now()}`
  await page.goto(`${homing.url}/w/1/profiles/1`)
  const add = page.getByRole('button', { name: 'Add tag' })
  const focused = () =>
    page.evaluate('document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent')
  await add.focus()
  await page.keyboard.press('Enter')
  await expect.poll(focused).toBe('Tag')
  await page.keyboard.type(tag)
  await looksRight(page, allLooks)
  await page.keyboard.press('Enter')
  await page.getByText(`Added “${tag}”.`).waitFor()
  await page
    .getByRole('combobox', { name: 'Tag' })
    .or(page.getByRole('textbox', { name: 'Tag' }))
    .first()
    .focus()
  await page.keyboard.press('Escape')
  await expect.poll(focused).toBe('Add tag')
  await looksRight(page, allLooks)
  await page.getByRole('button', { name: `Remove tag ${tag}` }).focus()
  await page.keyboard.press('Enter')
  await page.getByText(`Removed “${tag}”.`).waitFor()
  await expect.poll(focused).toBe('Add tag')
  expect(await page.getByRole('button', { name: `Remove tag ${tag}` }).count()).toBe(0)
  await page.getByRole('button', { name: 'Undo' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: `Remove tag ${tag}` }).waitFor()
  await page.reload()
  await page.getByRole('button', { name: `Remove tag ${tag}` }).waitFor()
})
