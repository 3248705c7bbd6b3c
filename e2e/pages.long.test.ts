/** Every page at both widths, in both schemes at each, opened in each: pages.e2e.ts opens it once and changes width and scheme. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, test } from 'vitest'
import { launchBrowser } from '../test/browser.ts'
import { allLooks, looksRight, newDraft, pages } from './every-page.ts'
import { type Homing, signedInPage, startHoming } from './homing.ts'

let homing: Homing
let browser: Browser
let page: Page
let draft: number

beforeAll(async () => {
  homing = await startHoming({ small: true })
  browser = await launchBrowser()
  page = await signedInPage(browser, homing)
  await page.getByRole('heading', { level: 1, name: 'SMS' }).waitFor()
  draft = await newDraft(page, homing.url, 'Half written')
})

afterAll(async () => {
  await browser?.close()
  await homing?.stop()
})

const more = { 'a comparison of one': (_: number) => '/w/1/sms/compare?ids=1' }

test.each(Object.entries({ ...pages, ...more }))('%s is accessible, wide and on a phone, light and dark', (_, path) =>
  looksRight(page, allLooks, homing.url + path(draft), { reopened: true }),
)
