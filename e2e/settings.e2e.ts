/** The settings as an admin uses them: a gateway is paused, resumed and removed, and what waits for it says so. */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { violations } from './axe.ts'
import { type Homing, openHoming } from './homing.ts'

let homing: Homing
let browser: Browser
let page: Page

beforeAll(async () => {
  const opened = await openHoming()
  ;({ homing, browser, page } = opened)
  await page.getByRole('heading', { level: 1, name: 'SMS' }).waitFor()
  return opened.close
})

const post = async (path: string, data: object) => {
  const answer = await page.request.post(`${homing.url}/api/v1${path}`, { headers: { origin: homing.url }, data })
  expect(answer.status()).toBeLessThan(300)
  return (await answer.json()) as { id: number }
}
const settings = (section: string, workspace = 1) => page.goto(`${homing.url}/w/${workspace}/settings/${section}`)
const panel = () => page.getByRole('region', { name: 'Simulator' })

test('a paused gateway says so where it is, on the start page, in the report and in the wizard, until it is resumed', async () => {
  await settings('gateways')
  await panel().getByRole('button', { name: 'Pause Simulator' }).click()
  await page.getByRole('status').getByText('Nothing more is sent over it.').waitFor()
  await panel().getByText('Receipts still come.').waitFor()
  expect(await violations(page)).toEqual([])

  await page.goto(`${homing.url}/w/1/sms?tab=sent`)
  await page.getByText('Gateway Simulator is paused').first().waitFor()
  await page.getByRole('row').filter({ hasText: 'Gateway Simulator is paused' }).getByRole('link').first().click()
  await page.getByRole('alert').filter({ hasText: 'Gateway Simulator is paused' }).waitFor()
  expect(await violations(page)).toEqual([])
  const { id } = await post('/workspaces/1/activities', { name: 'Waits', gatewayId: 1 })
  await page.goto(`${homing.url}/w/1/sms/${id}/edit/details`)
  await page.getByText('Gateway Simulator is paused. The SMS waits until somebody resumes it.').waitFor()

  await settings('gateways')
  await panel().getByRole('button', { name: 'Remove Simulator' }).click()
  const dialog = page.getByRole('dialog', { name: 'Remove “Simulator”?' })
  await dialog.getByText('It cannot be removed yet, because 1 SMS uses it.').waitFor()
  expect(await dialog.getByRole('button', { name: 'Remove gateway' }).count()).toBe(0)
  expect(await violations(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await panel().getByRole('button', { name: 'Resume Simulator' }).click()
  await panel().getByRole('button', { name: 'Pause Simulator' }).waitFor()
})

test('a gateway is removed after its page has said what follows, and drafts ask for another one', async () => {
  const { id: workspace } = await post('/workspaces', { name: 'Fresh' })
  await settings('gateways', workspace)
  await panel().waitFor()
  const { items } = await (await page.request.get(`${homing.url}/api/v1/workspaces/${workspace}/gateways`)).json()
  const { id: draft } = await post(`/workspaces/${workspace}/activities`, { name: 'Orphan', gatewayId: items[0].id })
  await panel().getByRole('button', { name: 'Remove Simulator' }).click()
  const dialog = page.getByRole('dialog', { name: 'Remove “Simulator”?' })
  await dialog.getByText('It is the only gateway of this workspace.').waitFor()
  await dialog.getByText('1 draft needs another gateway.').waitFor()
  expect(await violations(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Remove gateway' }).click()
  await page.getByText('No gateway yet').waitFor()
  await page.goto(`${homing.url}/w/${workspace}/sms/${draft}/edit/details`)
  await page.getByText('This workspace has no gateway yet.').waitFor()
  await page.getByText('The gateway "Simulator" was removed. Choose another gateway.').waitFor()
  await settings('audit', workspace)
  await page.getByRole('row').filter({ hasText: 'removed a gateway: Simulator' }).waitFor()
})

test('what the simulator sends costs simulated money, wherever an amount is shown', async () => {
  await page.goto(`${homing.url}/w/1/sms?tab=sent`)
  await page.getByText(/spent this month, no limit set \(all simulated\)/).waitFor()
  await page.getByRole('row').filter({ hasText: '(simulated)' }).first().getByRole('link').first().click()
  await page.locator('[data-headline=cost]').getByText('(simulated)').waitFor()
  expect(await violations(page)).toEqual([])
})

test('the audit is filtered by action, by who did it and by day, and a filter can be cleared', async () => {
  await settings('audit')
  const rows = page.getByRole('table', { name: 'Audit' }).getByRole('row')
  await rows.filter({ hasText: 'created the workspace' }).waitFor()
  await page.getByLabel('Action', { exact: true }).selectOption({ label: 'Paused a gateway' })
  await rows.filter({ hasText: 'created the workspace' }).waitFor({ state: 'detached' })
  await rows.filter({ hasText: 'paused a gateway: Simulator' }).waitFor()
  await page.getByRole('button', { name: 'Show only actions of Owner' }).first().click()
  expect(new URL(page.url()).searchParams.get('actor')).toMatch(/^user /)
  expect(await violations(page)).toEqual([])
  await page.getByLabel('To', { exact: true }).fill('2020-01-01')
  await page.getByText('No action matches the filters.').waitFor()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await rows.filter({ hasText: 'created the workspace' }).waitFor()
})

test('a role is changed with Undo, a member is removed, and the last owner stays', async () => {
  const { link } = (await post('/workspaces/1/members', { email: 'ada@example.com', role: 'viewer' })) as unknown as {
    link: string
  }
  const ada = await (await browser.newContext()).newPage()
  await ada.goto(link)
  await ada.getByRole('button').click()
  await ada.getByRole('heading', { level: 1, name: 'SMS' }).waitFor()
  await settings('members')
  const row = page.getByRole('row').filter({ hasText: 'ada@example.com' })
  await row.getByRole('combobox').selectOption('editor')
  const told = page.getByRole('status').filter({ hasText: 'is now editor: may also import, write and send.' })
  await told.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(() => row.getByRole('combobox').inputValue()).toBe('viewer')
  await row.getByRole('combobox').selectOption('owner')
  await page.getByText('The last owner stays owner').waitFor()
  const remove = row.getByRole('button', { name: /^Remove/ })
  expect(await remove.getAttribute('aria-disabled')).toBe('true')
  await remove.hover()
  await page.getByRole('tooltip').getByText('The last owner stays. Make somebody else an owner first.').waitFor()
  await page.mouse.move(0, 0)
  await page.getByRole('tooltip').waitFor({ state: 'detached' })
  expect(await violations(page)).toEqual([])
})
