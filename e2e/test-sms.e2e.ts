/** From the Content step a marketer sends the draft to one number, and sees what became of it. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../test/browser.ts'
import { violations } from './axe.ts'
import { enter, type Homing, startHoming } from './homing.ts'

let homing: Homing
let browser: Browser
let page: Page

beforeAll(async () => {
  homing = await startHoming()
  browser = await launchBrowser()
  page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
  page.setDefaultTimeout(15_000)
  await enter(page, homing)
  await page.getByRole('heading', { level: 1, name: 'SMS' }).waitFor()
})

afterAll(async () => {
  await browser?.close()
  await homing?.stop()
})

const panel = () => page.getByRole('region', { name: 'Test SMS' })

async function newDraft(): Promise<number> {
  const url = `${homing.url}/api/v1/workspaces/1`
  const gateways: { id: number }[] = await (await page.request.get(`${url}/gateways`)).json()
  const data = { name: 'Try it', sender: 'Shop', gatewayId: gateways[0]?.id }
  const made: { id: number } = await (await page.request.post(`${url}/activities`, { data })).json()
  return made.id
}

test('a test goes out as the text stands, and its fate is told; what is wrong with the number stands beside it', async () => {
  const id = await newDraft()
  await page.goto(`${homing.url}/w/1/sms/${id}/edit/content`)
  const number = panel().getByLabel('Phone number')
  const send = panel().getByRole('button', { name: 'Send a test' })
  await number.fill('070-174 06 05')
  await send.click()
  await panel().getByText('The text is empty').waitFor()

  await page.getByLabel('Text', { exact: true }).fill('Hi ##first_name|there##: https://example.com/a ##unsubscribe##')
  await number.fill('08-123 456 78')
  await send.click()
  await panel().getByText('landline').waitFor()
  expect(await number.getAttribute('aria-invalid')).toBe('true')
  const told = page.locator(`[id="${await number.getAttribute('aria-describedby')}"]`)
  expect(await told.textContent()).toMatch(/landline/)
  expect(await violations(page)).toEqual([])

  await number.fill('070-174 06 05')
  await number.press('Enter')
  const fate = panel().getByRole('status')
  await fate.getByText(/Delivered|Bounced|Sent/).waitFor()
  await panel().getByText('+46701740605, 1 part, 1 credit').waitFor()
  expect(await violations(page)).toEqual([])

  // Whoever comes back finds the number and the last test.
  await page.reload()
  await fate.getByText(/Delivered|Bounced|Sent/).waitFor()
  expect(await number.inputValue()).toBe('070-174 06 05')
})
