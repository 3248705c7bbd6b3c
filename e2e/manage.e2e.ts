/**
 * What a marketer does with the people of a list as a whole: tags them and undoes it, from a report, a search and a segment; renames a tag;
 * downloads a segment. The tests build on each other.
 */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { allLooks, looksRight, twoLooks } from './every-page.ts'
import { type Homing, openHoming } from './homing.ts'

let homing: Homing
let page: Page

beforeAll(async () => {
  const opened = await openHoming()
  ;({ homing, page } = opened)
  return opened.close
})

const at = (path: string) => `${homing.url}/w/1${path}`
const dialog = () => page.getByRole('dialog')
const get = async (path: string) => (await page.request.get(`${homing.url}/api/v1/workspaces/1${path}`)).json()
const tags = async () => {
  const { items } = (await get('/tags')) as { items: { tag: string; profiles: number }[] }
  return Object.fromEntries(items.map(({ tag, profiles }) => [tag, profiles]))
}
/** In the open dialog. */
async function changeTags(act: 'Add tags' | 'Remove tags', ...names: string[]) {
  if (act === 'Remove tags') await dialog().getByText('Remove tags').first().click()
  for (const name of names) {
    await dialog().getByRole('combobox', { name: 'Tags' }).fill(name)
    await page.keyboard.press('Enter')
  }
  await page.keyboard.press('Tab')
  await dialog().getByRole('button', { name: act }).click()
}

test('everybody in a list of a report is tagged, and undo takes the tag away again', async () => {
  await page.goto(at('/sms/1/report?tab=delivered'))
  await page.getByRole('button', { name: 'Tag', exact: true }).click()
  await looksRight(page, twoLooks)
  await changeTags('Add tags', 'Got it')
  await dialog()
    .getByText(/^[\d,]+ profiles? changed/)
    .waitFor()
  const { 'Got it': tagged = 0 } = await tags()
  expect(tagged).toBeGreaterThan(100)
  await looksRight(page, twoLooks)
  await dialog().getByRole('button', { name: 'Undo: add Got it' }).click()
  await dialog()
    .getByText(`Undone: ${tagged.toLocaleString('en')} profiles as before`)
    .waitFor()
  expect(await tags()).toEqual({})
  await dialog().getByRole('button', { name: 'Close' }).last().click()
})

test('those whom a search finds are tagged, and the others are not', async () => {
  await page.goto(at('/profiles?search=a'))
  await page.getByRole('button', { name: 'Tag', exact: true }).click()
  await dialog()
    .getByText(/found by “a”/)
    .waitFor()
  await changeTags('Add tags', 'Begins with a', 'Second')
  await dialog()
    .getByText(/^[\d,]+ profiles? changed/)
    .waitFor()
  const { 'Begins with a': found = 0, Second: second } = await tags()
  expect(found).toBeGreaterThan(0)
  expect(second).toBe(found)
  const all = (await get('/profiles?limit=1')) as { total: { n: number } }
  expect(found).toBeLessThan(all.total.n)
})

test('a tag is renamed for all who have it, and one that a segment names says so first', async () => {
  await page.goto(at('/settings/tags'))
  await page.getByRole('button', { name: 'Rename Second' }).click()
  await dialog().getByLabel('New name').fill('=Zweite')
  await dialog().getByRole('button', { name: 'Rename', exact: true }).click()
  await dialog()
    .getByText(/^[\d,]+ profiles? changed/)
    .waitFor()
  await dialog().getByRole('button', { name: 'Close' }).last().click()
  await page.getByRole('button', { name: 'Rename =Zweite' }).waitFor()
  const definition = {
    v: 1,
    root: { kind: 'group', match: 'all', items: [{ kind: 'tag', match: 'any', tags: ['=Zweite'] }] },
  }
  await page.request.post(`${homing.url}/api/v1/workspaces/1/segments`, {
    headers: { origin: homing.url },
    data: { name: 'Zweite', definition },
  })
  await page.getByRole('button', { name: 'Remove =Zweite' }).click()
  await dialog().getByRole('link', { name: 'Zweite', exact: true }).waitFor()
  expect(await dialog().getByRole('button', { name: 'Remove from all' }).isDisabled()).toBe(true)
  await looksRight(page, twoLooks)
  await page.keyboard.press('Escape')
  await looksRight(page, allLooks)
})

test('a segment is downloaded from its page, live and frozen', async () => {
  await page.goto(at('/segments'))
  await page.getByRole('link', { name: 'Zweite', exact: true }).click()
  const rows = async () => {
    await page.getByRole('button', { name: 'Export' }).click()
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: /^CSV/ }).click(),
    ])
    expect(file.suggestedFilename()).toMatch(/^Zweite.*\.csv$/)
    return (await readFile(await file.path(), 'utf8')).trim().split('\n').length - 1
  }
  const { '=Zweite': tagged } = await tags()
  expect(await rows()).toBe(tagged)
  await page.getByRole('button', { name: 'Freeze' }).click()
  await dialog().getByRole('button', { name: 'Freeze' }).click()
  await page.goto(at('/segments'))
  await page.getByRole('link', { name: 'Zweite, frozen' }).click()
  await page.getByText('Made from').waitFor()
  expect(await rows()).toBe(tagged)
  await looksRight(page, twoLooks)
})
