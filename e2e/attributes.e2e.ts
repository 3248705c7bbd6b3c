/** Settings, Attributes: the catalogue, a change of type that shows first what would not convert, and its undo; by keyboard. */
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

const post = (path: string, data: object) =>
  page.request.post(`${homing.url}/api/v1/workspaces/1${path}`, { headers: { origin: homing.url }, data })
const patch = (path: string, data: object) =>
  page.request.patch(`${homing.url}/api/v1/workspaces/1${path}`, { headers: { origin: homing.url }, data })
const choose = async (name: string, item: string) => {
  await page.getByRole('button', { name: `Actions for ${name}` }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: item }).focus()
  await page.keyboard.press('Enter')
}

test('a type is changed by keyboard: what would not convert is shown first, and undo gives it back', async () => {
  const name = `joined${Date.now()}`
  const values = ['17.05.2024', '03/04/2024', 'long ago']
  const profiles = values.map((value, i) => ({ externalKey: `${name}-${i}`, attributes: { [name]: value } }))
  expect((await post('/profiles', { profiles })).status()).toBe(200)
  await page.goto(`${homing.url}/w/1/settings/attributes`)
  await page.getByRole('table', { name: 'Attributes' }).getByText(name).first().waitFor()
  await looksRight(page, allLooks)
  await choose(name, 'Change type')
  await page.getByRole('combobox', { name: 'New type' }).focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.getByRole('combobox', { name: 'New type' }).inputValue()).toBe('Date')
  await page.getByText('1 of 3 values are not dates').waitFor()
  await looksRight(page, allLooks)
  await page.getByRole('button', { name: 'Change type' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('2 values converted · 1 value kept as written only').waitFor()
  await looksRight(page, allLooks)
  await page.goto(`${homing.url}/w/1/profiles?q=${name}-2`)
  await page
    .getByRole('link', { name: `${name}-2` })
    .first()
    .click()
  await page.getByText('long ago').waitFor()
  await page.getByText('(not a date)').waitFor()
  await looksRight(page, allLooks)
  await page.goto(`${homing.url}/w/1/settings/attributes`)
  await page.getByRole('button', { name: `Undo: ${name}: Text to Date` }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('Undone: 3 values as before').waitFor()

  await choose(name, 'Change label')
  await page.getByRole('textbox', { name: 'Label' }).fill('Joined on')
  await page.keyboard.press('Enter')
  await page.getByRole('table', { name: 'Attributes' }).getByText('Joined on').waitFor()
  // Under its label where it is offered; no more once it is archived.
  const offered = page.getByRole('region', { name: 'Attributes' }).getByRole('button', { name: `Joined on (${name})` })
  await page.goto(`${homing.url}/w/1/segments/new`)
  await offered.waitFor()
  await looksRight(page, allLooks)
  expect((await patch(`/attributes/${name}`, { archived: true })).status()).toBe(204)
  await page.goto(`${homing.url}/w/1/segments/new`)
  await page.getByRole('button', { name: 'First name' }).first().waitFor()
  await expect.poll(() => offered.count()).toBe(0)
  expect((await patch(`/attributes/${name}`, { archived: false })).status()).toBe(204)
  await page.goto(`${homing.url}/w/1/settings/attributes`)
  await choose(name, 'Delete')
  await page.getByRole('button', { name: 'Delete' }).click()
  await expect.poll(() => page.getByRole('table', { name: 'Attributes' }).getByText('Joined on').count()).toBe(0)
})
