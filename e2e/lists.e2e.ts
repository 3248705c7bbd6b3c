/** The lists of a report: paging both ways, filters, order, opening a row and coming back. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '../test/browser.ts'
import { until as untilTrue } from '../test/processes.ts'
import { violations } from './axe.ts'
import { type Homing, signedInPage, startHoming } from './homing.ts'

let homing: Homing
let browser: Browser
let page: Page

beforeAll(async () => {
  homing = await startHoming({ small: true })
  browser = await launchBrowser()
  page = await signedInPage(browser, homing)
  await page.getByRole('heading', { level: 1, name: 'SMS' }).waitFor()
  // Waits until enough of the demo is sent.
  await until(async () => Number(await figures('delivered')) > 100 && Number(await figures('bouncedHard')) > 3)
})

afterAll(async () => {
  await browser?.close()
  await homing?.stop()
})

const until = (look: () => Promise<boolean>) =>
  untilTrue('the demo is under way', look, { timeoutMs: 90_000, everyMs: 300 })
const figures = (key: string) =>
  page.evaluate(
    `fetch('/api/v1/workspaces/1/activities/1/report').then(answer => answer.json()).then(report => report.figures.${key})`,
  )
const open = async (search: string) => {
  await page.goto(`${homing.url}/w/1/sms/1/report?${search}`)
  await settled()
}
const settled = async () => {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await expect.poll(() => page.locator('[aria-busy=true]').count()).toBe(0)
}
const table = (name: RegExp) => page.getByRole('table', { name })
const names = async (list = /profiles/i) => {
  await settled()
  return table(list).locator('tbody tr').allInnerTexts()
}

/** Name and number: outcomes and times change while the test runs. */
const whoOf = (row: string) => row.split('\n').slice(0, 2).join(' ')
const people = async () => (await names()).map(whoOf)

/** By how many pixels the current tab of the report sticks out of the page at the right. */
const beyondView =
  'document.querySelector("nav[aria-label=Report] [aria-current]").getBoundingClientRect().right - innerWidth'

describe('a list', () => {
  test('can be paged both ways, and each page has an address', async () => {
    await open('tab=sent')
    const first = await people()
    expect(first).toHaveLength(25)
    await page.getByRole('link', { name: 'Next' }).click()
    await expect.poll(() => page.url()).toContain('after=')
    const second = await people()
    expect(second).not.toEqual(first)
    await page.reload()
    expect(await people()).toEqual(second)
    await page.getByRole('link', { name: 'Previous' }).click()
    await expect.poll(() => page.url()).toContain('before=')
    expect(await people()).toEqual(first)
    await expect.poll(() => page.getByRole('link', { name: 'Previous' }).isDisabled()).toBe(true)
    // The browser's own way back is the same pages; and the first one is one step away, by keyboard too.
    await page.goBack()
    expect(await people()).toEqual(second)
    await page.getByRole('link', { name: 'Next' }).click()
    await expect.poll(async () => (await people()).length > 0 && (await people()).join() !== second.join()).toBe(true)
    await page.getByRole('link', { name: 'First' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.url()).not.toMatch(/after=|before=/)
    expect(await people()).toEqual(first)
  })

  test('keeps its place on the way back, with the opened row in focus, by keyboard and by mouse', async () => {
    await open('tab=sent')
    await page.getByRole('link', { name: 'Next' }).click()
    await expect.poll(() => page.url()).toContain('after=')
    const [, , third = ''] = await people()
    const place = page.url()
    const row = table(/profiles/i)
      .locator('tbody tr')
      .nth(2)
    const isFocused = async () =>
      whoOf(String(await page.evaluate('document.activeElement?.tagName + " " + document.activeElement?.innerText')))
    for (const leave of [
      async () => {
        await table(/profiles/i)
          .locator('tbody tr')
          .first()
          .focus()
        await page.keyboard.press('ArrowDown')
        await page.keyboard.press('ArrowDown')
        await page.keyboard.press('Enter')
      },
      () => row.locator('td').last().dblclick(),
      () => row.getByRole('link').first().click(),
    ]) {
      await leave()
      await expect.poll(() => page.url()).toContain('/profiles/')
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.goBack()
      await expect.poll(() => page.url()).toBe(place)
      await expect.poll(isFocused).toBe(`TR ${third}`)
    }
  })

  test('is searched and sorted by name; any character is harmless', async () => {
    await open('tab=sent&sort=name')
    const first = await names()
    const sorted = first.map(row => row.split('\n')[0]?.toLowerCase() ?? '')
    expect(sorted).toEqual([...sorted].sort((a, b) => (a < b ? -1 : 1)))
    const search = page.getByRole('searchbox')
    for (const text of ['%', "' or 1=1 --", '_', '\\', 'x'.repeat(200)]) {
      await search.fill(text)
      await page.getByText('No profile matches').waitFor()
    }
    await search.fill('070')
    await expect.poll(() => page.url()).toContain('search=070')
    for (const row of await names()) expect(row).toContain('+4670')
  })

  test('of bounces is narrowed by their kind, of those not sent by their reason', async () => {
    await open('tab=bounced&bounce=hard')
    const rows = await names()
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows) expect(row).toContain('Hard')
    await open('tab=not-sent')
    await page.getByRole('link', { name: 'Landline' }).click()
    await expect.poll(() => page.url()).toContain('reason=landline')
    for (const row of await names()) expect(row).toContain('Landline')
    await page.getByRole('link', { name: 'Show profiles of all reasons' }).click()
    await expect.poll(() => page.url()).not.toContain('reason')
  })

  test('is accessible, wide and on a phone, light and dark', async () => {
    for (const tab of ['sent', 'clicks', 'clicks&bots=true', 'bounced', 'unsubscribed', 'not-sent&reason=landline']) {
      for (const [width, colorScheme] of [
        [1440, 'light'],
        [390, 'dark'],
      ] as const) {
        await page.setViewportSize({ width, height: 900 })
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        await open(`tab=${tab}`)
        expect([tab, width, await violations(page)]).toEqual([tab, width, []])
        expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0)
        await expect.poll(() => page.evaluate(beyondView)).toBeLessThanOrEqual(0)
        const sideways =
          'Array.from(document.querySelectorAll("table"), ({ parentElement: frame }) => frame.scrollWidth - frame.clientWidth)'
        expect([tab, width, await page.evaluate(`Math.max(...${sideways})`)]).toEqual([tab, width, 0])
      }
    }
  })
})

interface List {
  items: { phone: string | null; suspicions?: { verdict: string; label: string }[] }[]
  next: string | null
}

/** A profile whose links a program visited, and how the page words that. Undefined while there is none. */
async function visitedByBot(): Promise<{ phone: string; label: string } | undefined> {
  let after = ''
  for (;;) {
    const answer = await page.request.get(
      `${homing.url}/api/v1/workspaces/1/activities/1/lists/clicks?bots=true${after && `&after=${after}`}`,
    )
    const { items, next }: List = await answer.json()
    for (const { phone, suspicions = [] } of items) {
      const label = suspicions.find(({ verdict }) => verdict === 'bot')?.label
      if (phone !== null && label !== undefined) return { phone, label }
    }
    if (next === null) return undefined
    after = next
  }
}

interface Figures {
  figures: { botClicks: number; clicks: number }
}

test('of clicks has a switch for bots: it is kept in the address, and shows and hides reasons in words', async () => {
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
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
  await expect.poll(visitedByBot, { timeout: 60_000 }).toBeDefined()
  const { phone, label } = (await visitedByBot())!
  await page.goto(`${homing.url}/w/1/sms/1/report?tab=clicks`)
  const links = page.getByRole('table', { name: 'Links' })
  await links.getByRole('columnheader', { name: 'Suspected bots' }).waitFor()
  expect(await page.getByText(label).count()).toBe(0)

  await page.getByRole('switch', { name: 'Show suspected bots' }).click()
  await page.getByRole('columnheader', { name: 'Why suspected' }).waitFor()
  expect(new URL(page.url()).searchParams.get('bots')).toBe('true')
  await page.getByRole('searchbox').or(page.getByPlaceholder('Name, number, e-mail or key')).first().fill(phone)
  // On a phone it is below the name, without its own column.
  const reason = page.getByText(label).filter({ visible: true }).first()
  await reason.waitFor()
  expect(new URL(page.url()).searchParams.get('bots')).toBe('true')
  // Away from the switch: its tooltip would lie over the page.
  await page.mouse.move(0, 0)
  await page.getByRole('tooltip').waitFor({ state: 'detached' })
  for (const [width, colorScheme] of [
    [1440, 'light'],
    [390, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme })
    expect(await violations(page)).toEqual([])
  }
  await reason.waitFor()
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.reload()
  await page.getByRole('columnheader', { name: 'Why suspected' }).waitFor()
  await page.getByRole('switch', { name: 'Show suspected bots' }).focus()
  await page.keyboard.press('Space')
  await page.getByRole('columnheader', { name: 'Why suspected' }).waitFor({ state: 'detached' })
  expect(new URL(page.url()).searchParams.has('bots')).toBe(false)
})
