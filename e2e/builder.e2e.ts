/** The builder of segments by pointer, and what it keeps when its page is gone. */
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { looksRight, twoLooks } from './every-page.ts'
import { type Homing, openHoming } from './homing.ts'

let homing: Homing
let page: Page

beforeAll(async () => {
  const opened = await openHoming()
  ;({ homing, page } = opened)
  return opened.close
})

const address = () => `${homing.url}/w/1/segments/new`
const sentence = (words: string) => page.locator('main').getByText(words).filter({ visible: true }).first().waitFor()
const box = async (selector: string) => {
  const found = await page.locator(selector).boundingBox()
  if (found === null) throw new Error(`${selector} is not on the page`)
  return found
}
const choose = (name: string) =>
  page.getByRole('complementary', { name: 'Conditions' }).getByRole('button', { name, exact: true }).click()

test('a row is dragged to another place, and stays where Escape ends it', async () => {
  await page.goto(address())
  await choose('Delivered')
  await choose('Clicked')
  const both = 'People who got any SMS, and who clicked in any SMS.'
  await sentence(both)
  const drag = async () => {
    const handle = await box('[data-handle="root.items[1]"]')
    const first = await box('[data-place="root.items[0]"]')
    await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2)
    await page.mouse.down()
    await page.mouse.move(first.x + 60, first.y + 6, { steps: 5 })
    await page.locator('[data-place="root.items[0]"][data-drop=before]').waitFor()
  }
  await drag()
  await page.keyboard.press('Escape')
  await page.mouse.up()
  await page.locator('[data-drop]').waitFor({ state: 'detached' })
  await sentence(both)
  await drag()
  await page.mouse.up()
  await sentence('People who clicked in any SMS, and who got any SMS.')
  expect(await page.locator('[data-said]').innerText()).toContain('Move. Row 1, place 1 of 2.')
})

test('what was not saved is offered after a reload, restored with undo, and gone when it is discarded', async () => {
  await page.getByLabel('Name of the segment').fill('Half done')
  page.once('dialog', dialog => void dialog.accept())
  await page.reload()
  const offer = page.getByRole('alert', { name: 'There are changes that were not saved' })
  await offer.getByText('“Half done”').waitFor()
  await looksRight(page, twoLooks)
  await offer.getByRole('button', { name: 'Restore' }).click()
  await sentence('People who clicked in any SMS, and who got any SMS.')
  expect(await page.getByLabel('Name of the segment').inputValue()).toBe('Half done')
  page.once('dialog', dialog => void dialog.accept())
  await page.reload()
  await offer.getByRole('button', { name: 'Discard' }).click()
  await page.reload()
  await sentence('Everybody in this workspace.')
  expect(await offer.count()).toBe(0)
})
