/**
 * How soon can somebody work with a page? Chromium, the production build, the real web process and PostgreSQL, a workspace with lots of
 * data. Interactive: from the start of the navigation until the main content (rows, figures, the text) is on the screen and a click
 * on it (a row, a tab) has been answered there; measured in the page, at the frame after. Cold: a browser that has
 * nothing of Homing but its session; warm: the same page again. For information: cold with a processor four times as slow.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { prepareUi } from '../server/supervisor/ui.ts'
import { launchBrowser } from '../test/browser.ts'
import { child, freePort } from './child.ts'
import { inFreshHoming } from './fresh-homing.ts'
import { makePlace, type Place } from './pages-place.ts'
import type { BenchResult } from './result.ts'

const loads = 10
const slower = 4
const waitMs = 60_000

/** Scripts, run in the page. */
interface Looked {
  path: string
  /** is the main content there? */
  shown: string
  /** what is clicked on then */
  click: string
  /** has the page answered? */
  answered: string
}

export function pages({ size = 100_000 }: { size?: number } = {}): Promise<BenchResult> {
  return inFreshHoming('pages', async ({ db, folder, env, atEnd }) => {
    const port = await freePort()
    const url = `http://localhost:${port}`
    const place = await makePlace(db, size, url)
    const ui = await prepareUi(folder, () => {})
    const web = await child('web', {
      ...env,
      HOMING_PORT: String(port),
      HOMING_URL: url,
      HOMING_UI: ui.folder ?? '',
    })
    atEnd(() => web.stop())
    const browser = await launchBrowser()
    atEnd(() => browser.close())
    const session = await signIn(browser, place)
    const cold: Record<string, Took[]> = {}
    const warm: Record<string, Took[]> = {}
    const slow: Record<string, Took[]> = {}
    // Who has just been filled, started and never asked is nobody's everyday: each page once, unmeasured.
    for (const measured of [false, true])
      for (const [name, looked] of Object.entries(pagesOf(place))) {
        const load = (page: Page) => interactive(page, url + looked.path)
        const fresh = async () => {
          const context = await browser.newContext({ storageState: session, viewport: { width: 1440, height: 900 } })
          await context.addInitScript(stopwatch(looked))
          return context
        }
        if (!measured) {
          await within(fresh, load)
          continue
        }
        cold[name] = await times(loads, () => within(fresh, load))
        warm[name] = await within(fresh, async page => {
          await load(page)
          return times(loads, () => load(page))
        })
        slow[name] = await times(loads, () =>
          within(fresh, async page => {
            const devtools = await page.context().newCDPSession(page)
            await devtools.send('Emulation.setCPUThrottlingRate', { rate: slower })
            return load(page)
          }),
        )
      }
    const p95Ms = statistic(cold, 0.95)
    return {
      name: 'pages',
      figure: Math.max(...Object.values(p95Ms)),
      unit: 'ms, p95 of the slowest page until it is interactive, cold',
      better: 'lower',
      reference: null,
      ratio: null,
      size,
      detail: {
        p95Ms,
        medianMs: statistic(cold, 0.5),
        warm: { p95Ms: statistic(warm, 0.95), medianMs: statistic(warm, 0.5) },
        slowProcessor: { times: slower, p95Ms: statistic(slow, 0.95), medianMs: statistic(slow, 0.5) },
        shownMedianMs: statistic(cold, 0.5, took => took.shownMs),
        requests: statistic(cold, 0.5, took => took.requests),
        kilobytes: statistic(cold, 0.5, took => took.kilobytes),
        loads,
      },
    }
  })
}

function pagesOf({ workspaceId, activityId, draftId, profileId }: Place): Record<string, Looked> {
  const report = `/w/${workspaceId}/sms/${activityId}/report`
  const rows = (label: string) => `document.querySelectorAll('table[aria-label="${label}"] tr[tabindex]')`
  const link = (nav: string, at: number) => `document.querySelectorAll('nav[aria-label="${nav}"] a')[${at}]`
  const isAt = (nav: string, at: number) => `${link(nav, at)}.hasAttribute('aria-current')`
  return {
    start: {
      path: `/w/${workspaceId}/sms`,
      shown: `${rows('Scheduled and sent SMS')}.length === 25`,
      click: `${rows('Scheduled and sent SMS')}[0].click()`,
      answered: `document.querySelector('tr[data-selected]') !== null`,
    },
    report: {
      path: report,
      shown: `/\\d/.test(document.querySelector('section[aria-label="Delivery"]')?.textContent ?? '')`,
      click: `${link('Report', 3)}.click()`,
      answered: isAt('Report', 3),
    },
    'report, a list': {
      path: `${report}?tab=delivered`,
      shown: `${rows('Delivered: profiles')}.length === 25`,
      click: `${link('Report', 2)}.click()`,
      answered: isAt('Report', 2),
    },
    'report, charts': {
      path: `${report}?tab=charts`,
      shown: `document.querySelector('.recharts-line path') !== null && document.querySelector('main table') !== null`,
      click: `document.querySelector('input[type=radio][value=interval]').click()`,
      answered: `location.search.includes('per=interval')`,
    },
    wizard: {
      path: `/w/${workspaceId}/sms/${draftId}/edit/content`,
      shown: `(document.querySelector('textarea')?.value ?? '') !== ''`,
      click: `${link('Steps', 2)}.click()`,
      answered: isAt('Steps', 2),
    },
    profiles: {
      path: `/w/${workspaceId}/profiles`,
      shown: `${rows('Profiles')}.length >= 25`,
      click: `${rows('Profiles')}[0].querySelector('a').click()`,
      answered: `/\\/profiles\\/\\d+$/.test(location.pathname) && document.querySelector('h1')?.textContent !== 'Profiles'`,
    },
    profile: {
      path: `/w/${workspaceId}/profiles/${profileId}`,
      shown: `document.querySelector('article button[aria-expanded]') !== null`,
      click: `document.querySelector('article button[aria-expanded]').click()`,
      answered: `document.querySelector('article button[aria-expanded=false]') !== null`,
    },
  }
}

async function signIn(browser: Browser, { signInLink }: Place) {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(signInLink)
  await page.getByRole('button', { name: 'Accept with a new account' }).click()
  await page.getByRole('heading', { level: 1 }).waitFor()
  const session = await context.storageState()
  await context.close()
  return session
}

interface Took {
  shownMs: number
  interactiveMs: number
  requests: number
  kilobytes: number
}

/** Looks at each frame; what a frame shows has been shown at the next one. */
function stopwatch({ shown, click, answered }: Looked): string {
  return `window.interactive = new Promise(resolve => {
    let shownMs = null
    let isClicked = false
    let isAnswered = false
    const look = () => {
      if (isAnswered) return resolve({ shownMs, interactiveMs: performance.now() })
      if (isClicked && shownMs === null) shownMs = performance.now()
      if (!isClicked && (${shown})) {
        isClicked = true
        ${click}
      } else if (isClicked && (${answered})) isAnswered = true
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })`
}

async function interactive(page: Page, address: string): Promise<Took> {
  await page.goto(address, { waitUntil: 'commit' })
  const late = setTimeout(() => void page.close(), waitMs)
  const took = numbersOf(await page.evaluate('window.interactive'))
  const loaded = numbersOf(
    await page.evaluate(`(() => {
      const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      return { requests: all.length, kilobytes: all.reduce((sum, one) => sum + one.transferSize, 0) / 1000 }
    })()`),
  )
  clearTimeout(late)
  const { shownMs = 0, interactiveMs = 0, requests = 0, kilobytes = 0 } = { ...took, ...loaded }
  return { shownMs, interactiveMs, requests, kilobytes }
}

function numbersOf(value: unknown): Record<string, number> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
}

async function within<Value>(
  fresh: () => Promise<BrowserContext>,
  act: (page: Page) => Promise<Value>,
): Promise<Value> {
  const context = await fresh()
  try {
    return await act(await context.newPage())
  } finally {
    await context.close()
  }
}

async function times<Value>(n: number, act: () => Promise<Value>): Promise<Value[]> {
  const values: Value[] = []
  for (let i = 0; i < n; i++) values.push(await act())
  return values
}

/** Of each page, in whole numbers. */
function statistic(
  all: Readonly<Record<string, readonly Took[]>>,
  share: number,
  of: (took: Took) => number = took => took.interactiveMs,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(all).map(([name, took]) => {
      const sorted = took.map(of).sort((a, b) => a - b)
      return [name, Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)]
    }),
  )
}
