/** The tab Clicks: bots beside each link, and the switch that shows whom only suspected bots visited for. */
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
  page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
  page.setDefaultTimeout(20_000)
  await enter(page, homing)
  await page.getByRole('heading', { level: 1, name: 'SMS' }).waitFor()
})

afterAll(async () => {
  await browser?.close()
  await homing?.stop()
})

interface List {
  items: { phone: string | null; suspicions?: object[] }[]
  next: string | null
}

async function suspectedPhone(): Promise<string> {
  let after = ''
  for (;;) {
    const answer = await page.request.get(
      `${homing.url}/api/v1/workspaces/1/activities/1/lists/clicks?bots=true${after && `&after=${after}`}`,
    )
    const { items, next }: List = await answer.json()
    const found = items.find(({ suspicions = [] }) => suspicions.length > 0)?.phone
    if (found) return found
    if (next === null) throw new Error('nobody is suspected')
    after = next
  }
}

interface Figures {
  figures: { botClicks: number; clicks: number }
}

test('the switch stands in the address, shows reasons in words, and takes them away again', async () => {
  // The demo's people need a few seconds to read before they click.
  await expect
    .poll(
      async () => {
        const report = await page.request.get(`${homing.url}/api/v1/workspaces/1/activities/1/report`)
        const { figures }: Figures = await report.json()
        return figures.botClicks > 0 && figures.clicks > 0
      },
      { timeout: 60_000 },
    )
    .toBe(true)
  // The newest visits may all be of people.
  const phone = await suspectedPhone()
  await page.goto(`${homing.url}/w/1/sms/1/report?tab=clicks`)
  const links = page.getByRole('table', { name: 'Links' })
  await links.getByRole('columnheader', { name: 'Suspected bots' }).waitFor()
  expect(await page.getByText('Known bot').count()).toBe(0)

  await page.getByRole('switch', { name: 'Show suspected bots' }).click()
  await page.getByRole('columnheader', { name: 'Why suspected' }).waitFor()
  expect(new URL(page.url()).searchParams.get('bots')).toBe('true')
  await page.getByRole('searchbox').or(page.getByPlaceholder('Name, number, e-mail or key')).first().fill(phone)
  // On a phone it stands below the name, in no column of its own.
  const reason = page
    .getByText(/Known bot|Looked without opening/)
    .filter({ visible: true })
    .first()
  await reason.waitFor()
  expect(new URL(page.url()).searchParams.get('bots')).toBe('true')
  // Away from the switch: its tooltip would lie over the page.
  await page.mouse.move(0, 0)
  await page.getByRole('tooltip').waitFor({ state: 'detached' })
  for (const [width, colorScheme] of [
    [1440, 'light'],
    [390, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 1000 })
    await page.emulateMedia({ colorScheme })
    expect(await violations(page)).toEqual([])
  }
  await reason.waitFor()
  await page.setViewportSize({ width: 1440, height: 1000 })
  await page.reload()
  await page.getByRole('columnheader', { name: 'Why suspected' }).waitFor()
  await page.getByRole('switch', { name: 'Show suspected bots' }).focus()
  await page.keyboard.press('Space')
  await page.getByRole('columnheader', { name: 'Why suspected' }).waitFor({ state: 'detached' })
  expect(new URL(page.url()).searchParams.has('bots')).toBe(false)
})
