/** The charts of a report and the comparison of activities, at each width and in each scheme, with what the demo did. */
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { violations } from './axe.ts'
import { begunEarlier } from './earlier.ts'
import { looksRight, twoLooks } from './every-page.ts'
import { type Homing, openHoming } from './homing.ts'
import { takeScreenshot } from './screenshots.ts'

let homing: Homing
let page: Page

beforeAll(async () => {
  const opened = await openHoming()
  ;({ homing, page } = opened)
  await page.getByRole('heading', { level: 1, name: 'SMS' }).waitFor()
  return opened.close
})

const api = (path: string) => `${homing.url}/api/v1/workspaces/1/activities${path}`

const curves = /^Sent, Delivered, Bounced by time since sending, cumulative/

test('charts show what happened, have tables, and keep their state in the address', async () => {
  const delivered = async () => {
    const body = (await (await page.request.get(api('/1/report'))).json()) as { figures: { delivered: number } }
    return body.figures.delivered
  }
  await expect.poll(delivered, { timeout: 40_000, interval: 500 }).toBeGreaterThan(1000)
  await begunEarlier(homing)
  await page.goto(`${homing.url}/w/1/sms/1/report`)
  await page.getByRole('navigation', { name: 'Report' }).getByRole('link', { name: 'Charts' }).click()
  await page.getByRole('img', { name: curves }).waitFor()
  await page.getByRole('row', { name: /^Sweden/ }).waitFor()
  await page.getByText('Half within').waitFor()
  await looksRight(page, twoLooks)
  await takeScreenshot(page, 'charts')

  await page.getByRole('img', { name: /^Clicks, Unique by time since sending, cumulative/ }).waitFor()
  await page.getByRole('button', { name: /^Show figures: Sent, Delivered/ }).click()
  await page.getByRole('row', { name: /^1 min / }).waitFor()
  await page.getByText('Per minute').click()
  await page.waitForURL(/per=interval/)
  await page.reload()
  await page.getByRole('img', { name: /^Sent, .*, Per minute$/ }).waitFor()
})

test('one minute is shown as figures, and becomes a curve in the same place', async () => {
  await page.route('**/series', async route => {
    const body: { points: object[] } = await (await route.fetch()).json()
    await route.fulfill({ json: { ...body, points: body.points.slice(0, 1) } })
  })
  await page.goto(`${homing.url}/w/1/sms/1/report?tab=charts`)
  await page.getByText('The curves appear from the second minute').waitFor()
  expect(await page.getByRole('img', { name: curves }).count()).toBe(0)
  await looksRight(page, twoLooks)
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  // Automatically, even if nothing more happens.
  await page.getByRole('img', { name: curves }).waitFor()
})

test('charts are read again when the figures have changed, and only then', async () => {
  // Without the stream the report is requested every 5 s; here the test answers.
  await page.route('**/live', route => route.abort())
  let moved = 0
  await page.route('**/1/report', async route => {
    if (route.request().resourceType() !== 'fetch') return route.continue()
    const body: { asOf: string; figures: { clicks: number } } = await (await route.fetch()).json()
    frozen ??= body
    await route.fulfill({
      json: { ...frozen, asOf: body.asOf, figures: { ...frozen.figures, clicks: frozen.figures.clicks + moved } },
    })
  })
  let frozen: { asOf: string; figures: { clicks: number } } | undefined
  let readings = 0
  page.on('request', request => {
    if (request.url().includes('/series')) readings++
  })
  const polled = () => page.waitForResponse(answer => answer.url().endsWith('/1/report'))
  await page.goto(`${homing.url}/w/1/sms/1/report?tab=charts`)
  await page.getByRole('img', { name: curves }).waitFor()
  await polled()
  await polled()
  expect(readings).toBe(1)
  moved = 7
  const again = page.waitForResponse(answer => answer.url().includes('/breakdowns'))
  await polled()
  await again
  await expect.poll(() => readings).toBe(2)
  await page.unrouteAll({ behavior: 'ignoreErrors' })
})

test('activities are compared, added and removed on the page', async () => {
  const made = await page.request.post(api('/1/duplicate'), { headers: { origin: homing.url }, data: {} })
  const { id } = (await made.json()) as { id: number }
  await page.goto(`${homing.url}/w/1/sms/compare`)
  await page.getByText('Nothing to compare yet').waitFor()
  await looksRight(page, twoLooks)
  await page.getByRole('combobox', { name: 'Activities' }).click()
  await page.getByRole('option').first().click()
  await page.getByText('Add another activity above to compare.').waitFor()

  await page.goto(`${homing.url}/w/1/sms/compare?ids=1,${id}`)
  await page.getByRole('cell', { name: 'Not sent yet' }).waitFor()
  await page.getByRole('img', { name: /^CTR over time, since sending: / }).waitFor()
  await page.getByRole('columnheader', { name: 'Cost per click' }).waitFor()
  await looksRight(page, twoLooks)
  await page
    .getByRole('link', { name: /^Remove/ })
    .last()
    .click()
  await page.waitForURL(/ids=1$/)
})

test('a missing activity and one of another workspace look the same', async () => {
  await page.goto(`${homing.url}/w/1/sms/compare?ids=1,999999`)
  await page.getByRole('alert').getByText('There is no such activity').waitFor()
  expect(await violations(page)).toEqual([])
})
