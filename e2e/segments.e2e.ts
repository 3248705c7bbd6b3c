/**
 * Segments, as a marketer builds them: by keyboard, counted, checked on a person, saved, listed, frozen, used, and not deleted while they are
 * used; from a report; by two people at once; and as a viewer sees them. The tests build on each other.
 */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { looksRight, phone, twoLooks, wide } from './every-page.ts'
import { type Homing, openHoming } from './homing.ts'
import { takeScreenshot } from './screenshots.ts'

let homing: Homing
let browser: Browser
let page: Page

beforeAll(async () => {
  const opened = await openHoming()
  ;({ homing, browser, page } = opened)
  return opened.close
})

const segments = () => `${homing.url}/w/1/segments`
const counted = (on = page) => on.locator('[data-count=exact]').waitFor()
const people = async (on = page) => {
  await counted(on)
  return Number((await on.locator('[data-count=exact]').innerText()).replace(/,/g, '').match(/^\d+/)?.[0])
}
const sentence = (words: string | RegExp, on = page) =>
  on.locator('main').getByText(words).filter({ visible: true }).first().waitFor()
const place = (where: string) => page.locator(`[data-place="${where}"]`)
const focused = () => page.evaluate('document.activeElement?.getAttribute("data-place")')
const said = () => page.locator('[data-said]').innerText()
const post = async (path: string, data: object) => {
  const answer = await page.request.post(`${homing.url}/api/v1${path}`, { headers: { origin: homing.url }, data })
  return (await answer.json()) as { id: number; link: string; revision: number }
}
const pressOn = async (name: RegExp | string, key: string) => {
  await page.getByRole('button', { name }).first().focus()
  await page.keyboard.press(key)
}

test('the empty list explains segments and offers ten to begin with, as far as the workspace has what they ask', async () => {
  await page.goto(segments())
  await page.getByText('No segments yet').waitFor()
  await looksRight(page, twoLooks)
  await page.getByRole('link', { name: /^Clicked in 3 SMS or more/ }).click()
  await sentence('People who clicked in at least 3 SMS.')
  expect(await page.getByLabel('Name of the segment').inputValue()).toBe('Clicked in 3 SMS or more')
  await counted()
})

test('a segment is built, moved and undone by keyboard alone, and the sentence and the number follow', async () => {
  await page.goto(`${segments()}/new`)
  await sentence('Everybody in this workspace.')
  const everybody = await people()
  const find = page.getByRole('complementary', { name: 'Conditions' }).getByLabel('Find a condition')
  await find.focus()
  await page.keyboard.type('delivered')
  await page.keyboard.press('Enter')
  expect(await focused()).toBe('root.items[0]')
  await sentence('People who got any SMS.')
  await find.focus()
  await page.keyboard.type('click')
  await page.keyboard.press('Enter')
  await expect.poll(focused).toBe('root.items[1]')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await sentence('People who got any SMS, and who did not click in any SMS.')
  const silent = await people()
  expect(silent).toBeGreaterThan(0)
  expect(silent).toBeLessThan(everybody)

  // The focus stays on what is moved, and what happened is said.
  await place('root.items[1]').focus()
  await page.keyboard.press('Alt+ArrowUp')
  await expect.poll(focused).toBe('root.items[0]')
  await expect.poll(said).toContain('Move up. Row 1, place 1 of 2.')
  await sentence('People who did not click in any SMS, and who got any SMS.')
  await page.keyboard.press('Control+z')
  await sentence('People who got any SMS, and who did not click in any SMS.')
  await page.keyboard.press('Control+Shift+z')
  await sentence('People who did not click in any SMS, and who got any SMS.')
  await page.keyboard.press('Control+z')

  await pressOn(/^Move or remove: who got any SMS/, 'Enter')
  await page.getByRole('menuitem', { name: 'Group with the next' }).waitFor()
  await page.getByRole('menuitem', { name: 'Group with the next' }).press('Enter')
  await sentence('People who got any SMS, or who did not click in any SMS.')
  expect(await focused()).toBe('root.items[0]')
  await page.keyboard.press('Control+z')
  await sentence('People who got any SMS, and who did not click in any SMS.')
  expect(await people()).toBe(silent)
})

test('what is missing is said at its place, and is not counted', async () => {
  await page.getByRole('complementary', { name: 'Conditions' }).getByRole('button', { name: 'Tags' }).click()
  await place('root.items[2]').getByText('Enter at least one tag.').waitFor()
  await page.getByText('Of the version before. Finish it to count.').waitFor()
  await page.getByRole('button', { name: 'Save', exact: true }).hover()
  await page.getByRole('tooltip', { name: 'Finish the marked conditions first.' }).waitFor()
  await page.mouse.move(0, 0)
  await page.getByRole('tooltip').waitFor({ state: 'detached' })
  await looksRight(page, twoLooks)
  await page.getByRole('combobox', { name: 'Tags', exact: true }).fill('nobody has it')
  await page.getByRole('combobox', { name: 'Tags', exact: true }).press('Enter')
  await sentence(/who have the tag “nobody has it”/)
  expect(await people()).toBe(0)
  await pressOn('Move or remove: who have the tag “nobody has it”', 'Enter')
  await page.getByRole('menuitem', { name: 'Remove' }).press('Enter')
  await expect.poll(focused).toBe('root.items[1]')
  await counted()
})

test('its profiles are listed, and a person is checked condition by condition', async () => {
  await page.getByRole('button', { name: 'Show profiles' }).click()
  const table = page.getByRole('table', { name: 'Profiles in this segment' })
  await expect.poll(() => table.locator('tbody tr').count()).toBe(25)
  const first = await table.locator('tbody tr').first().innerText()
  await page.getByRole('navigation', { name: 'Pages of profiles' }).getByRole('button', { name: 'Next' }).click()
  await expect.poll(() => table.locator('tbody tr').first().innerText()).not.toBe(first)
  const number = (await table.locator('tbody tr').first().innerText()).match(/\+\d+/)?.[0] ?? ''
  await page.getByRole('combobox', { name: 'Check a person' }).fill(number)
  await page.getByRole('option').first().click()
  await page.getByRole('option').first().waitFor({ state: 'hidden' })
  await page.getByText(/is in this segment\.$/).waitFor()
  await expect.poll(() => page.locator('[data-holds=true]').count()).toBe(3)
  await takeScreenshot(page, 'segment')
  await place('root.items[0]').getByRole('switch').click()
  await page.getByText(/is not in this segment/).waitFor()
  await page.mouse.move(0, 0)
  expect(await page.locator('[data-holds=false]').count()).toBe(2)
  await looksRight(page, twoLooks)
  await place('root.items[0]').getByRole('switch').click()
})

test('it is saved, asked about before unsaved changes are left, listed and counted', async () => {
  await page.getByLabel('Name of the segment').fill('Silent')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.waitForURL(/segments\/\d+$/)
  await page.getByRole('heading', { level: 1, name: 'Silent' }).waitFor()
  const size = await people()
  await place('root.items[1]').getByRole('switch').click()
  await page.getByRole('link', { name: 'Back to Segments' }).click()
  await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Stay' }).click()
  await place('root.items[1]').getByRole('switch').click()
  await page.getByRole('link', { name: 'Back to Segments' }).click()
  const row = page.getByRole('row', { name: /Silent/ })
  await row.getByRole('button', { name: 'Count Silent' }).click()
  await row.getByText(size.toLocaleString('en-GB'), { exact: true }).waitFor()
  await row.getByText('People who got any SMS, and who did not click in any SMS.').waitFor()
  await looksRight(page, twoLooks)
})

test('it is frozen and used; while it is used it is not deleted, and says why', async () => {
  await page.goto(segments())
  await page.getByRole('button', { name: 'Actions for Silent' }).click()
  await page.getByRole('menuitem', { name: 'Freeze' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Freeze' }).click()
  await page.getByRole('link', { name: 'Silent, frozen' }).click()
  await page.getByText(/^A frozen list of/).waitFor()
  await page.getByRole('table', { name: 'Profiles in this segment' }).waitFor()
  await page.getByRole('link', { name: 'New segment from it' }).click()
  await sentence(/People who are in “Silent, frozen”/)
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.waitForURL(/segments\/\d+$/)
  await page.getByRole('link', { name: 'Back to Segments' }).click()

  await page.getByRole('button', { name: 'Actions for Silent, frozen' }).click()
  const remove = page.getByRole('menuitem', { name: /^Delete/ })
  await remove.getByText('1 segment or SMS use it: open it to see which.').waitFor()
  expect(await remove.getAttribute('aria-disabled')).toBe('true')
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: 'Silent, frozen', exact: true }).click()
  await page.getByText('Used in').waitFor()
  await page.getByRole('link', { name: 'From Silent, frozen' }).waitFor()
  await page.goto(segments())
  await page.getByRole('button', { name: 'Actions for From Silent, frozen' }).click()
  await page.getByRole('menuitem', { name: /^Delete/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect.poll(() => page.getByRole('link', { name: 'From Silent, frozen' }).count()).toBe(0)
})

test('of two people who save at once the second sees both versions, can load the newest and bring back the own', async () => {
  const made = await post('/workspaces/1/segments', {
    name: 'Shared',
    definition: { v: 1, root: { kind: 'group', match: 'all', items: [{ kind: 'tag', match: 'any', tags: ['mine'] }] } },
  })
  await page.goto(`${segments()}/${made.id}`)
  await sentence('People who have the tag “mine”.')
  const theirs = {
    definition: {
      v: 1,
      root: { kind: 'group', match: 'all', items: [{ kind: 'tag', match: 'any', tags: ['theirs'] }] },
    },
  }
  await page.request.patch(`${homing.url}/api/v1/workspaces/1/segments/${made.id}`, {
    headers: { origin: homing.url },
    data: theirs,
  })
  await place('root.items[0]').getByRole('switch').click()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  const alert = page.getByRole('alert').filter({ hasText: 'Somebody else has changed this segment' })
  await alert.getByText('Theirs, “Shared”: People who have the tag “theirs”.').waitFor()
  await alert.getByRole('button', { name: 'Load the newest' }).click()
  await sentence('People who have the tag “theirs”.')
  await page.getByRole('button', { name: 'Undo: Load the newest version' }).click()
  await sentence('People who do not have the tag “mine”.')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('“Shared” is saved.').waitFor()
})

test('a figure of a report opens its people, and those who did not, one click apart', async () => {
  await page.goto(`${homing.url}/w/1/sms/1/report`)
  const unique = page.locator('[data-figure=unique]')
  const shown = Number((await unique.locator('> div').first().innerText()).replace(/,/g, ''))
  await page.getByRole('button', { name: 'Create segment: Unique' }).click()
  await takeScreenshot(page, 'create-segment')
  await page.getByRole('menuitem').first().click()
  await sentence(/^People who clicked in/)
  expect(await people()).toBe(shown)
  expect(await page.getByLabel('Name of the segment').inputValue()).toMatch(/^Clicked in /)
  await page.getByRole('button', { name: 'Those who did not' }).click()
  await sentence(/and who did not click in/)
  await page.getByRole('button', { name: 'Those who did' }).click()
  expect(await people()).toBe(shown)

  await page.goto(`${homing.url}/w/1/sms/1/report?tab=clicks`)
  await page.getByRole('button', { name: 'Create segment', exact: true }).click()
  await page.getByRole('menuitem').first().click()
  expect(await people()).toBe(shown)
})

test('on a phone conditions are chosen in a dialog', async () => {
  await page.setViewportSize(phone)
  await page.goto(`${segments()}/new`)
  await page.getByRole('button', { name: 'Add a condition' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add a condition' })
  await dialog.getByLabel('Find a condition').fill('country')
  await dialog.getByLabel('Find a condition').press('Enter')
  await expect.poll(focused).toBe('root.items[0]')
  await place('root.items[0]').getByText('Choose at least one country.').waitFor()
  await page.setViewportSize(wide)
})

test('a viewer reads, counts and checks, and sees why the rest is disabled', async () => {
  const { link } = await post('/workspaces/1/members', { email: 'viewer@example.com', role: 'viewer' })
  const viewer = await (await browser.newContext({ viewport: wide })).newPage()
  viewer.setDefaultTimeout(60_000)
  await viewer.goto(link)
  await viewer.getByRole('button').click()
  await viewer.getByRole('heading', { level: 1 }).waitFor()
  await viewer.goto(segments())
  await viewer.getByRole('link', { name: 'Silent', exact: true }).click()
  await viewer.getByText("Your role doesn't allow this.").waitFor()
  expect(await people(viewer)).toBeGreaterThan(0)
  for (const control of await viewer.locator('[data-place] input:visible, [data-place] button:visible').all())
    expect(await control.isDisabled()).toBe(true)
  for (const name of ['Save', 'Save as', 'Freeze']) {
    const button = viewer.getByRole('button', { name, exact: true })
    expect(await button.getAttribute('aria-disabled')).toBe('true')
    await button.hover()
    await viewer.getByRole('tooltip', { name: "Your role doesn't allow this." }).waitFor()
  }
  await viewer.context().close()
})
