/**
 * What saved segments show beside their conditions, as a marketer uses it: compared with another, and with a frozen list of itself; the size by day;
 * the list in each order. Each test makes segments of names of its own, so that it can run a second time.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { launchBrowser } from '../test/browser.ts'
import { allLooks, looksRight, phone, wide } from './every-page.ts'
import { type Homing, signedInPage, startHoming } from './homing.ts'

let homing: Homing
let browser: Browser
let page: Page

let db: Database

beforeAll(async () => {
  homing = await startHoming({ small: true })
  browser = await launchBrowser()
  page = await signedInPage(browser, homing)
  db = openDatabase({ connection: { connectionString: homing.connectionString }, lane: 'test' })
})
afterAll(async () => {
  await db?.end()
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

const daysAgo = (n: number) => new Date(Date.now() - n * 86_400_000).toISOString().slice(0, 10)
const keepSizes = async (
  id: number,
  sizes: readonly (readonly [ago: number, size: number | null, conditions?: string])[],
) => {
  for (const [ago, size, conditions = ''] of sizes)
    await db.run(sql`insert into segment_sizes (segment_id, workspace_id, day, size, why, conditions, claimed_at, counted_at)
      values (${id}, 1, ${daysAgo(ago)}::date, ${size}, ${size === null ? 'slow' : null}, ${conditions}, now(), now())
      on conflict (segment_id, day) do nothing`)
}

test('the size by day is a line with gaps and a table, and a shape in the list', async () => {
  const tail = unique()
  const made = await make(`Grows ${tail}`, all(targeted))
  await open(made.id)
  await page.getByRole('heading', { name: 'Size by day' }).waitFor()
  await keepSizes(made.id, [
    [20, 900],
    [19, 1000],
    [15, 1250],
    [14, null],
    [13, 1200],
    [3, 2100, 'other'],
    [2, 2200, 'other'],
  ])
  await open(made.id)
  await page.locator('[data-trend]').waitFor()
  const table = page.getByRole('table', { name: `Size of “Grows ${tail}” by day` })
  await page.getByRole('button', { name: /^Show figures: Size of/ }).press('Enter')
  await table.waitFor()
  await table.getByText('Not counted: it took longer than a minute.').waitFor()
  await table.getByText('The conditions changed.').waitFor()
  expect(await table.getByRole('row').filter({ hasText: '+250' }).count()).toBe(1)
  expect(
    await table
      .getByRole('row')
      .filter({ hasText: /Not counted\.$/ })
      .count(),
  ).toBe(2)
  await shoot('trend')
  await looksRight(page, allLooks)
  await page.goto(`${homing.url}/w/1/segments?search=${tail}`)
  await page.getByRole('img', { name: new RegExp(`^Size of Grows ${tail}: 900 on `) }).waitFor()
  await shoot('list')
  await looksRight(page, allLooks)
})

test('the list is sorted by name, size, change and use, searched, and turned both ways in each order', async () => {
  const tail = unique()
  // Frozen: the daily count leaves their sizes alone.
  await db.run(sql`insert into segments (workspace_id, name, definition, frozen, size, created_at, updated_at)
    select 1, ${`List ${tail} `} || n, ${JSON.stringify(all(targeted))}::jsonb, true, 1000 - n, now(), now() - n * interval '1 minute'
    from generate_series(0, 51) n`)
  await page.goto(`${homing.url}/w/1/segments?search=${`List ${tail}`}`)
  const names = async () => {
    await expect.poll(() => page.locator('table [aria-busy=true]').count()).toBe(0)
    return page.getByRole('table', { name: 'Segments' }).getByRole('link').allInnerTexts()
  }
  const first = `List ${tail} 0`
  await page.getByRole('link', { name: first, exact: true }).waitFor()
  expect((await names()).slice(0, 3)).toEqual([0, 1, 2].map(n => `List ${tail} ${n}`))
  for (const [column, order] of [
    ['Size', 'descending'],
    ['Size', 'ascending'],
    ['Changed', 'descending'],
    ['Used in', 'descending'],
    ['Name', 'ascending'],
    ['Name', 'descending'],
  ] as const) {
    await page.getByRole('columnheader', { name: column }).getByRole('button').press('Enter')
    await page.locator(`th[aria-sort=${order}]`, { hasText: column }).waitFor()
    await page.getByText('52 segments').waitFor()
    const pages = page.getByRole('navigation', { name: 'Pages' })
    await expect.poll(async () => (await names()).length).toBe(50)
    const before = await names()
    await pages.getByRole('link', { name: 'Next' }).press('Enter')
    await expect.poll(async () => (await names()).length).toBe(2)
    const rest = await names()
    expect(new Set([...before, ...rest]).size).toBe(52)
    await pages.getByRole('link', { name: 'Previous' }).press('Enter')
    await expect.poll(names).toEqual(before)
  }
  expect((await names())[0]).toBe(`List ${tail} 51`)
  expect(await page.getByLabel('Search segments by name or conditions').inputValue()).toBe(`List ${tail}`)
  await page.getByLabel('Search segments by name or conditions').fill(`list ${tail} 51`)
  await expect.poll(names).toEqual([`List ${tail} 51`])
  await db.run(sql`delete from segments where name like ${`List ${tail} %`}`)
})

test('each row of a segment has its own number', async () => {
  const tail = unique()
  const made = await make(`Rows ${tail}`, all(targeted, { ...firstHalf, exclude: true }))
  await open(made.id)
  const row = (at: number) => page.locator(`[data-place="root.items[${at}]"] [data-people]`)
  const { n } = await api<{ n: number }>('POST', '/segments/count', { definition: all(targeted) })
  await expect.poll(() => row(0).getAttribute('data-people')).toBe(String(n))
  await row(1).waitFor()
  await page.locator('[data-place="root.items[1]"]').getByRole('switch').press('Space')
  const half = await api<{ n: number }>('POST', '/segments/count', { definition: all(firstHalf) })
  await expect.poll(() => row(1).getAttribute('data-people')).toBe(String(half.n))
  await shoot('rows')
  await looksRight(page, allLooks)
})

/** Each read of a profile takes 10 ms meanwhile: 25 s for all of them. */
async function whileSlow(work: () => Promise<void>): Promise<void> {
  await db.run(sql`alter table profiles rename to quick_profiles`)
  await db.run(sql`create view profiles as select * from quick_profiles where pg_sleep(0.01) is not null`)
  try {
    await work()
  } finally {
    await db.run(sql`drop view profiles`)
    await db.run(sql`alter table quick_profiles rename to profiles`)
  }
}

test('a count that takes long continues in the background, and is cancelled by keyboard', async () => {
  const tail = unique()
  const made = await make(`Slow ${tail}`, all({ kind: 'filled', field: 'last_name' }, firstHalf))
  await whileSlow(async () => {
    await open(made.id)
    await page.getByText(/^Counting in the background, /).waitFor()
    await page.locator('[data-count=moving]').getByText('about').waitFor()
    await shoot('background')
    await looksRight(page, allLooks)
    await page.getByRole('button', { name: 'Cancel exact count' }).press('Enter')
    await page.getByText('The exact count is cancelled.').waitFor()
    const unfinished = () => db.query(sql`select from segment_counts where state in ('waiting', 'running')`)
    await expect.poll(async () => (await unfinished()).length).toBe(0)
  })
  await page.getByRole('button', { name: 'Count again' }).press('Enter')
  await page.locator('[data-count=exact]').waitFor()
  await page.getByText(/^Exact, as of/).waitFor()
})
