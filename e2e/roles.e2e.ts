/**
 * What a viewer and an editor meet: on every page they press every button that is offered to them. None leads to a refusal, and each that is
 * disabled says why.
 */
import type { Browser, Locator, Page, Request } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../test/browser.ts'
import { violations } from './axe.ts'
import { newDraft, pages, phone, wide } from './every-page.ts'
import { type Homing, signedInPage, startHoming } from './homing.ts'

let homing: Homing
let browser: Browser
let owner: Page
let draft: number

beforeAll(async () => {
  homing = await startHoming({ small: true })
  browser = await launchBrowser()
  owner = await signedInPage(browser, homing)
  draft = await newDraft(owner, homing.url, 'Half written')
})
afterAll(async () => {
  await browser?.close()
  await homing?.stop()
})

interface Member {
  page: Page
  /** what the server has refused them */
  refused: string[]
  /** requests without an answer; a live stream has no end */
  open: Set<Request>
  /** whether anything was asked for that changes something, since this was set to false */
  hasActed: boolean
  /** the kinds of buttons that they have pressed, by page */
  pressed: Set<string>
}

const openRequests = new Map<Page, Set<Request>>()
let joined = 0

/** Somebody who has accepted an invitation. */
async function join(role: 'viewer' | 'editor'): Promise<Member> {
  const answer = await owner.request.post(`${homing.url}/api/v1/workspaces/1/members`, {
    headers: { origin: homing.url },
    data: { email: `${role}${++joined}@example.com`, role },
  })
  const { link } = (await answer.json()) as { link: string }
  const page = await (await browser.newContext({ viewport: wide })).newPage()
  page.setDefaultTimeout(30_000)
  await page.goto(link)
  await page.getByRole('button').click()
  await page.getByRole('heading', { level: 1 }).waitFor()
  const refused: string[] = []
  page.on('response', response => {
    if (response.status() === 403) refused.push(`${response.request().method()} ${new URL(response.url()).pathname}`)
  })
  const open = new Set<Request>()
  openRequests.set(page, open)
  const member: Member = { page, refused, open, hasActed: false, pressed: new Set() }
  page.on('request', request => {
    if (request.resourceType() === 'eventsource') return
    open.add(request)
    if (request.method() !== 'GET') member.hasActed = true
  })
  page.on('requestfinished', request => open.delete(request))
  page.on('requestfailed', request => open.delete(request))
  return member
}

/** Until everything that the page asked for is there: buttons that are replaced meanwhile cannot be pressed. */
async function open(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.waitForFunction('document.readyState === "complete"')
  await expect.poll(() => page.locator('[aria-busy=true]').count()).toBe(0)
  await expect.poll(() => openRequests.get(page)?.size ?? 0).toBe(0)
}

const layers = (page: Page) => page.locator('[role=dialog]:visible, [role=menu]:visible')

/**
 * Back to the page as it was: Escape closes what a button has opened. What does not close, led elsewhere, or changed something and
 * may lead elsewhere in a moment, is loaded again.
 */
async function leave({ page, hasActed }: Member, address: string): Promise<void> {
  const isHere = !hasActed && page.url() === address
  if (isHere && (await layers(page).count()) > 0) {
    await page.keyboard.press('Escape')
    await layers(page)
      .first()
      .waitFor({ state: 'hidden', timeout: 2_000 })
      .catch(() => {})
  }
  if (!isHere || (await layers(page).count()) > 0) await open(page, address)
}

const nextFrames = 'new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))'

/** Each of them acts, or leads out of the workspace. */
const notPressed = /^(Sign out everywhere|Leave workspace)$/

interface Offered {
  at: number
  name: string
  /** by its own state: it says why */
  isExplained: boolean
  /** as a part of a form that may only be read, or a browser's own state */
  isDisabled: boolean
}
// A tab is a page of its own.
const buttons = (page: Page) => page.locator('main button:not([role=tab]):visible')
const offered = (page: Page): Promise<Offered[]> =>
  buttons(page).evaluateAll(all =>
    all.map((button, at) => ({
      at,
      name: button.getAttribute('aria-label') ?? button.textContent ?? '',
      isExplained: button.getAttribute('aria-disabled') === 'true',
      isDisabled: button.matches(':disabled'),
    })),
  )

async function whyOf(page: Page, button: Locator): Promise<string> {
  const tip = page.getByRole('tooltip').first()
  const isShown = () =>
    tip.waitFor({ timeout: 2_000 }).then(
      () => true,
      () => false,
    )
  // What is drawn late moves a button from under the pointer.
  for (let time = 0; time < 5; time++) {
    await page.mouse.move(0, 0)
    await button.hover()
    if (await isShown()) break
  }
  if (!(await tip.isVisible()))
    throw new Error(`${page.url()}: no tooltip over ${await button.evaluate(one => one.outerHTML.slice(0, 500))}`)
  const words = await tip.textContent()
  await page.mouse.move(0, 0)
  await tip.waitFor({ state: 'detached' })
  return words ?? ''
}

const items = (page: Page) => page.locator('[role=menuitem]:visible')

/** “Create segment: Sent” and “Create segment: Delivered” are of one kind, as are the buttons that sort a list. */
async function kindOf(button: Locator, name: string): Promise<string> {
  if (await button.evaluate(one => one.closest('thead') !== null)) return 'sort'
  return name.split(':')[0] ?? name
}

/** What is wrong with a page for this role. Of the buttons of a kind, the first is pressed. */
async function walk(member: Member, address: string): Promise<string[]> {
  const { page, refused, open: requests } = member
  const wrong: string[] = []
  const told = (what: string) => wrong.push(`${new URL(address).pathname}: ${what}`)
  const press = async (button: Locator, name: string) => {
    member.hasActed = false
    await button.click()
    await page.evaluate(nextFrames)
    await expect.poll(() => requests.size).toBe(0)
    await page.evaluate(nextFrames)
    if (refused.length > 0) told(`“${name}” is offered and refused: ${refused.splice(0).join(', ')}`)
  }
  await open(page, address)
  if (refused.length > 0) told(`opening it is refused: ${refused.splice(0).join(', ')}`)
  for (const { at, name, isExplained, isDisabled } of await offered(page)) {
    const button = buttons(page).nth(at)
    // A press before may have changed the page.
    if ((await offered(page))[at]?.name !== name) await open(page, address)
    if (isExplained) {
      if ((await whyOf(page, button)).trim() === '') told(`“${name}” is disabled and does not say why`)
    } else if (isDisabled) {
      const isOfForm = await button.evaluate(one => one.closest('fieldset:disabled') !== null)
      const note = page.getByText("Your role doesn't allow this.")
      if (isOfForm && (await note.count()) === 0) told(`“${name}” is disabled, and the form does not say why`)
    } else if (!notPressed.test(name)) {
      const kind = `${new URL(address).pathname} ${await kindOf(button, name)}`
      if (member.pressed.has(kind)) continue
      member.pressed.add(kind)
      await press(button, name)
      for (let item = 0; item < (await items(page).count()); item++) {
        const one = items(page).nth(item)
        const words = (await one.innerText()).trim()
        if ((await one.getAttribute('aria-disabled')) === 'true') {
          if (!words.includes('\n')) told(`“${words}” is disabled and does not say why`)
          continue
        }
        await press(one, words)
        await leave(member, address)
        if ((await offered(page))[at]?.name !== name) await open(page, address)
        await buttons(page).nth(at).click()
      }
      await leave(member, address)
    }
  }
  return wrong
}

/** Lists of the report, whose buttons are those of its other lists. */
const sameButtons = ['sent', 'delivered', 'unsubscribed', 'clicks with bots'].map(list => `report, ${list}`)

test('a viewer meets no button that is refused, and each disabled one says why', { timeout: 600_000 }, async () => {
  const viewer = await join('viewer')
  const { page } = viewer
  const wrong: string[] = []
  for (const [name, path] of Object.entries(pages))
    if (!sameButtons.includes(name)) wrong.push(...(await walk(viewer, homing.url + path(draft))))
  expect(wrong).toEqual([])

  // The selection bar: what reads is offered, what changes says why not.
  await open(page, `${homing.url}/w/1/sms?tab=sent`)
  await page.getByRole('checkbox').nth(1).check()
  const bar = page.getByLabel('Actions on the selection')
  await bar.getByRole('button', { name: 'Report' }).waitFor()
  for (const name of ['Edit', 'Duplicate', 'Pause', 'Cancel', 'Delete'])
    expect(await whyOf(page, bar.getByRole('button', { name }))).toBe("Your role doesn't allow this.")

  // Their wizard, and a page that only admins read, on a phone and dark.
  for (const path of [`/w/1/sms/${draft}/edit/content`, '/w/1/settings/audit', '/w/1/settings/gateways']) {
    await page.setViewportSize(phone)
    await page.emulateMedia({ colorScheme: 'dark' })
    await open(page, homing.url + path)
    expect(await violations(page), path).toEqual([])
  }
  await page.context().close()
})

const ofEditor = [
  'the start page',
  'wizard, details',
  'wizard, overview',
  'a profile',
  'profiles',
  'imports',
  'a new import',
  'report',
  'general settings',
  'gateways',
  'topics',
  'members',
  'audit',
]

test('an editor meets no button that is refused, and each disabled one says why', { timeout: 600_000 }, async () => {
  const editor = await join('editor')
  const { page } = editor
  const wrong: string[] = []
  for (const name of ofEditor) wrong.push(...(await walk(editor, homing.url + pages[name]!(draft))))
  expect(wrong).toEqual([])

  // The workspace may let only admins send.
  const sends = { headers: { origin: homing.url }, data: { sendRole: 'admin' } }
  expect((await owner.request.patch(`${homing.url}/api/v1/workspaces/1/settings`, sends)).status()).toBe(200)
  await open(page, `${homing.url}/w/1/sms/${draft}/edit/overview`)
  await page.getByText('Only admins and owners may send in this workspace.').waitFor()
  await page.context().close()
})
