/**
 * What a saved segment shows beside its conditions, as a marketer uses it: compared with another, and with a frozen list of itself. The
 * tests build on each other; each makes segments of its own names where it runs a second time.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../test/browser.ts'
import { allLooks, looksRight, phone, wide } from './every-page.ts'
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

const api = async <Answer>(method: 'GET' | 'POST' | 'PATCH', path: string, data?: object) => {
  const answer = await page.request.fetch(`${homing.url}/api/v1/workspaces/1${path}`, {
    method,
    headers: { origin: homing.url },
    ...(data && { data }),
  })
  expect(answer.ok(), `${method} ${path}: ${await answer.text()}`).toBe(true)
  return (await answer.json()) as Answer
}
const all = (...items: object[]) => ({ v: 1, root: { kind: 'group', match: 'all', items } })
const targeted = { kind: 'event', event: 'targeted', of: 'any' }
const firstHalf = { kind: 'text', field: 'phone', op: 'contains', value: '1' }
const shoot = async (name: string) => {
  const folder = process.env.SHOTS
  if (!folder) return
  for (const size of [wide, phone])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(size)
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: `${folder}/${name}-${size.width}-${colorScheme}.png`, fullPage: true })
    }
  await page.setViewportSize(wide)
  await page.emulateMedia({ colorScheme: 'light' })
}
const unique = () => Math.random().toString(36).slice(2, 7)
const make = (name: string, definition: object, path = '/segments') =>
  api<{ id: number; name: string; size: number }>('POST', path, { name, definition })
const open = (id: number) => page.goto(`${homing.url}/w/1/segments/${id}`)
const number = (text: string | null) => Number((text ?? '').replace(/[^\d]/g, ''))
const compare = async (name: string) => {
  await page.getByRole('combobox', { name: 'With' }).focus()
  await page.keyboard.type(name)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.locator('[data-compared]').waitFor()
}
const cell = async (label: string) => number(await page.getByRole('row', { name: label }).getByRole('link').innerText())

test('two segments are compared by keyboard alone, and each number opens exactly its people', async () => {
  const tail = unique()
  const [first, second] = [await make(`Targeted ${tail}`, all(targeted)), await make(`Ones ${tail}`, all(firstHalf))]
  const { n } = await api<{ n: number }>('POST', '/segments/count', { definition: all(targeted, firstHalf) })
  await open(first.id)
  await compare(second.name)
  expect(await cell('In both')).toBe(n)
  await shoot('compare')
  await looksRight(page, allLooks)
  const alone = await cell(`Only in “${first.name}”`)
  await page
    .getByRole('row', { name: `Only in “${first.name}”` })
    .getByRole('link')
    .press('Enter')
  await page.waitForURL(/segments\/new/)
  await page.locator('[data-count=exact]').waitFor()
  expect(number((await page.locator('[data-count=exact]').innerText()).split(' ')[0] ?? '')).toBe(alone)
  expect(await page.getByLabel('Name of the segment').inputValue()).toBe(`${first.name}, not ${second.name}`)
})

test('a frozen list says who came and who left since, from the page of the segment and from its own', async () => {
  const tail = unique()
  const tagged = all({ kind: 'text', field: 'attr:mark', op: 'is', value: tail })
  const people = (key: string, mark: string) =>
    api('POST', '/profiles', { profiles: [{ externalKey: `${key} ${tail}`, attributes: { mark } }] })
  await people('stays', tail)
  await people('leaves', tail)
  const live = await make(`Marked ${tail}`, tagged)
  await open(live.id)
  await page.getByText(/freeze it now and compare it with the list then/).waitFor()
  const list = await make(`Before ${tail}`, tagged, '/segments/frozen')
  await people('leaves', 'none')
  await people('comes', tail)
  await people('comes too', tail)
  await open(live.id)
  await compare(list.name)
  expect([await cell('Came since'), await cell('Still in it'), await cell('Left since')]).toEqual([2, 1, 1])
  await page.getByRole('columnheader', { name: /^Since \d/ }).waitFor()
  await open(list.id)
  await compare(live.name)
  expect([await cell('Came since'), await cell('Still in it'), await cell('Left since')]).toEqual([2, 1, 1])
  await looksRight(page, allLooks)
})
