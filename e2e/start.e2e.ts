/**
 * The start page by mouse and keyboard: choose, act, undo; page on and back, into an SMS and back to the same place; the
 * alarms above the pages; the first steps; a gateway that is corrected.
 */
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { launchBrowser } from '../test/browser.ts'
import { startSmsc } from '../test/smsc.ts'
import { violations } from './axe.ts'
import { allLooks, looksRight, twoLooks } from './every-page.ts'
import { type Homing, signedInPage, startHoming } from './homing.ts'
import { takeScreenshot } from './screenshots.ts'

let homing: Homing
let browser: Browser
let page: Page

beforeAll(async () => {
  homing = await startHoming()
  browser = await launchBrowser()
  page = await signedInPage(browser, homing)
  await page.getByRole('heading', { level: 1, name: 'SMS' }).waitFor()
  for (let i = 1; i <= 30; i++) await newDraft(`Draft ${String(i).padStart(2, '0')}`)
})

afterAll(async () => {
  await browser?.close()
  await homing?.stop()
})

const row = (name: string) => page.getByRole('row').filter({ hasText: name })
const bar = () => page.getByLabel('Actions on the selection')
const drafts = (search = '') => `${homing.url}/w/1/sms?tab=drafts&sort=name${search}`

test('the first start shows a past to compare with, and an SMS that is sent from when the owner signs in', async () => {
  await page.goto(`${homing.url}/w/1/sms?tab=sent`)
  const live = row('Autumn collection')
  // On its way for some two minutes, and retried for two days.
  await live.getByText(/^(Sending|Sent, retrying)/).waitFor()
  const past = [
    'Jackets, 20% off',
    'Club evening, first look',
    'New opening hours',
    'Free delivery this week',
    'Outdoor week',
  ]
  for (const name of past) await row(name).getByText('Sent', { exact: true }).waitFor()
  await row('Club: winter preview').getByText('Scheduled').waitFor()
  await takeScreenshot(page, 'start')
  await looksRight(page, twoLooks)
  await live.getByRole('link').click()
  await page.getByRole('heading', { level: 1, name: 'Autumn collection' }).waitFor()
  await page
    .getByText(/^usually /)
    .first()
    .waitFor()
  await looksRight(page, twoLooks, `${homing.url}/w/1/sms/5/report`)
  await page.goto(`${homing.url}/w/1/sms/compare?ids=1,2,3,4,5`)
  await page.getByText(/“Club evening, first look” did better/).waitFor()
  await page.getByRole('img', { name: /^CTR over time, since sending: / }).waitFor()
  await takeScreenshot(page, 'compare')
  await looksRight(page, twoLooks)
  await page.goto(`${homing.url}/w/1/imports`)
  await page.getByRole('link', { name: 'club-members.csv' }).click()
  await page.getByRole('heading', { name: /people can get an SMS about Club/ }).waitFor()
})

test('chosen by click, Shift and Space; deleted at once, and brought back from the message', async () => {
  await page.goto(drafts())
  await row('Draft 02').getByRole('cell').last().click()
  await row('Draft 04')
    .getByRole('cell')
    .last()
    .click({ modifiers: ['Shift'] })
  await bar().getByText('3 selected').waitFor()
  await row('Draft 06').focus()
  await page.keyboard.press('Space')
  await bar().getByText('4 selected').waitFor()
  expect(await violations(page)).toEqual([])
  await takeScreenshot(page, 'start-selection')

  await bar().getByRole('button', { name: 'Delete' }).click()
  const message = page.getByRole('status').filter({ hasText: 'Deleted 4 SMS.' })
  await message.waitFor()
  await row('Draft 03').waitFor({ state: 'detached' })
  expect(await violations(page)).toEqual([])
  await message.getByRole('button', { name: 'Undo' }).click()
  await row('Draft 03').waitFor()
  await row('Draft 06').waitFor()
})

test('one checkbox selects the whole page, and Escape clears the selection', async () => {
  await page.goto(drafts())
  await row('Draft 01').waitFor()
  await page.getByRole('checkbox', { name: 'Select all on this page' }).check()
  await bar().getByText('25 selected').waitFor()
  await page.keyboard.press('Escape')
  await bar().waitFor({ state: 'detached' })
})

test('an action that is not possible says why, also to the keyboard', async () => {
  await page.goto(drafts())
  await row('Draft 01').getByRole('checkbox').check()
  const report = bar().getByRole('button', { name: 'Report' })
  expect(await report.getAttribute('aria-disabled')).toBe('true')
  // By the keyboard: a tooltip does not open for a focus that no key gave.
  await report.focus()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Shift+Tab')
  await page.getByRole('tooltip').getByText('A draft has no report yet.').waitFor()
})

test('Next and Previous, and from an SMS back to the same page of the list', async () => {
  await page.goto(drafts())
  await row('Draft 01').waitFor()
  await page.getByRole('link', { name: 'Next', exact: true }).click()
  await row('Draft 30').waitFor()
  await row('Draft 27').focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Draft 27' }).waitFor()
  expect(await page.title()).toContain('Draft 27')
  await page.getByRole('link', { name: 'Back to Drafts' }).click()
  await row('Draft 30').waitFor()
  // By its bare address as well: nothing of the way there is remembered.
  await page.goto(page.url())
  await row('Draft 30').waitFor()
  await page.getByRole('link', { name: 'Previous' }).click()
  await row('Draft 01').waitFor()
  expect(await page.getByRole('link', { name: 'Previous' }).isDisabled()).toBe(true)
})

test('a search that finds nothing offers a way on', async () => {
  await page.goto(drafts('&search=nowhere'))
  await page.getByText('No SMS matches “nowhere”').waitFor()
  await page.getByRole('link', { name: 'Clear search' }).click()
  await row('Draft 30').waitFor()
})

test('scheduled and sent SMS are narrowed by state and period, and exported as they are shown', async () => {
  const activities = `${homing.url}/api/v1/workspaces/1/activities`
  const headers = { origin: homing.url }
  const made = await page.request.post(`${activities}/1/duplicate`, { headers, data: {} })
  const { id, revision } = (await made.json()) as { id: number; revision: number }
  await page.request.patch(`${activities}/${id}`, { headers, data: { revision, name: 'Planned' } })
  const audience = (await (await page.request.post(`${activities}/${id}/audience`, { headers, data: {} })).json()) as {
    queued: number
    credits: string
  }
  const scheduled = await page.request.post(`${activities}/${id}/schedule`, {
    headers,
    data: { sendAt: '2099-03-01T10:00:00Z', looked: { people: audience.queued, credits: audience.credits } },
  })
  expect(scheduled.status()).toBe(200)
  onTestFinished(async () => {
    await page.request.post(`${activities}/${id}/cancel`, { headers, data: {} })
  })

  await page.goto(`${homing.url}/w/1/sms?tab=sent`)
  // The SMS that is being sent brings opt-outs, so the number was counted once more.
  const estimate = await row('Planned')
    .getByText(/^about [\d,]{5}$/)
    .first()
    .innerText()
  const people = Number(estimate.replace(/\D/g, ''))
  expect(people).toBeLessThanOrEqual(audience.queued)
  expect(people).toBeGreaterThan(audience.queued * 0.98)
  await page.getByRole('combobox', { name: 'State' }).click()
  await page.getByRole('option', { name: 'Scheduled' }).click()
  await page.waitForURL(/state=scheduled/)
  await row('Autumn collection').waitFor({ state: 'detached' })
  await looksRight(page, allLooks)
  await page.getByRole('button', { name: 'Export' }).click()
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: /^CSV/ }).click(),
  ])
  const lines = (await readFile(await file.path(), 'utf8')).trimEnd().split('\n')
  // The demo has a scheduled SMS of its own.
  expect(lines).toHaveLength(3)
  expect(lines[0]).toContain('cost,currency')
  expect(lines.filter(line => line.includes('Planned'))).toHaveLength(1)

  await page.getByRole('button', { name: /^Period/ }).click()
  await page.getByRole('button', { name: 'Last 7 days' }).click()
  await page.waitForURL(/from=\d{4}-\d{2}-\d{2}&to=|to=\d{4}-\d{2}-\d{2}&from=/)
  await page.getByText('No SMS with this state in this period').waitFor()
  await page.reload()
  await page.getByText('No SMS with this state in this period').waitFor()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await row('Planned').waitFor()
})

test('a pause is confirmed, and a mixed selection says what it left out', async () => {
  await page.goto(`${homing.url}/w/1/sms?tab=sent`)
  await page.getByText(/spent this month, no limit set/).waitFor()
  await page.getByRole('checkbox', { name: 'Select all on this page' }).check()
  const pause = bar().getByRole('button', { name: 'Pause' })
  // The demo may be through already: then the button says that there is nothing to pause.
  if ((await pause.getAttribute('aria-disabled')) === null) {
    await pause.click()
    await page.getByText(/^Paused “/).waitFor()
  }
})

test('an alarm says what is wrong and what to do, shows technical details, and can be hidden until it changes', async () => {
  let sentence = 'The gateway “Operator” does not answer. One SMS waits for it.'
  await page.route('**/api/v1/workspaces/1/alarms', route =>
    route.fulfill({
      json: {
        items: [
          {
            id: 7,
            kind: 'gateway_down',
            sentence,
            fix: 'Nothing is lost.',
            detail: 'lost: ECONNREFUSED',
            raisedAt: new Date().toISOString(),
            gatewayId: 1,
            activityId: null,
          },
        ],
        next: null,
        previous: null,
        total: { n: 1, exact: true },
      },
    }),
  )
  await page.goto(drafts())
  const alarm = page.getByRole('alert').filter({ hasText: 'does not answer' })
  await alarm.waitFor()
  await alarm.getByRole('button', { name: 'Technical details' }).click()
  await alarm.getByText('lost: ECONNREFUSED').waitFor()
  expect(await violations(page)).toEqual([])
  await alarm.getByRole('button', { name: 'Hide this alarm until it changes' }).click()
  await alarm.waitFor({ state: 'detached' })
  await page.reload()
  await row('Draft 01').waitFor()
  expect(await alarm.count()).toBe(0)
  sentence = 'The gateway “Operator” does not answer. 2 SMS wait for it.'
  await page.reload()
  await alarm.waitFor()
  // When it ends, what is below stays where it is.
  const list = page.getByRole('table')
  const before = await list.boundingBox()
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await alarm.getByText('This is over.').waitFor()
  expect((await list.boundingBox())?.y).toBe(before?.y)
  expect(await violations(page)).toEqual([])
  await alarm.getByRole('button', { name: 'Hide this alarm', exact: true }).click()
  await alarm.waitFor({ state: 'detached' })
})

test('held sending is resumed only after a confirmation that says what to check first', async () => {
  let held: string | null = 'This database is a copy.'
  await page.route('**/api/v1/installation', async route => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, json: { ...(await answer.json()), sendingHeld: held } })
  })
  await page.route('**/api/v1/installation/release-sending', route => {
    held = null
    return route.fulfill({ status: 204 })
  })
  await page.goto(drafts())
  const alert = page.getByRole('alert').filter({ hasText: 'Sending is held' })
  await alert.getByRole('button', { name: 'Resume sending' }).click()
  const question = page.getByRole('dialog', { name: 'Resume sending?' })
  await question.getByText(/no other copy of this installation/).waitFor()
  expect(await violations(page)).toEqual([])
  await question.getByRole('button', { name: 'Cancel' }).click()
  await question.waitFor({ state: 'detached' })
  expect(held).not.toBeNull()
  await alert.getByRole('button', { name: 'Resume sending' }).click()
  await question.getByRole('button', { name: 'Resume sending' }).click()
  await alert.waitFor({ state: 'detached' })
  expect(held).toBeNull()
  await page.unrouteAll({ behavior: 'ignoreErrors' })
})

test('a new user is led to the first SMS', async () => {
  const answer = await page.request.post(`${homing.url}/api/v1/workspaces`, {
    headers: { origin: homing.url },
    data: { name: 'Begins here' },
  })
  const { id } = await answer.json()
  await page.goto(`${homing.url}/w/${id}/sms`)
  await page.getByText('Three steps to your first SMS').waitFor()
  await page.getByRole('link', { name: 'Import profiles' }).waitFor()
  await page.getByText('It is a test gateway: it reaches no phones.').waitFor()
  expect(await violations(page)).toEqual([])
})

test('a topic without consents says so where it is chosen', async () => {
  const headers = { origin: homing.url }
  const api = `${homing.url}/api/v1/workspaces/1`
  await page.request.post(`${api}/topics`, { headers, data: { name: 'Empty' } })
  const made = await page.request.post(`${api}/activities`, { headers, data: { name: 'To nobody yet' } })
  const { id } = (await made.json()) as { id: number }
  await page.goto(`${homing.url}/w/1/sms/${id}/edit/send-to`)
  await page.getByLabel('Empty').check()
  await page.getByText('No one has consented to the selected topics yet.').waitFor()
  expect(await violations(page)).toEqual([])
})

test('an SMS that no one could get says so in its report, and links to the reasons', async () => {
  const api = `${homing.url}/api/v1/workspaces/1`
  const post = async (path: string, data: object) => {
    const answer = await page.request.post(api + path, { headers: { origin: homing.url }, data })
    return (await answer.json()) as { id: number; revision: number }
  }
  const consents = [{ topic: 'Landlines', channel: 'sms', granted: true, source: 'form' }]
  await post('/profiles', { profiles: [{ externalKey: 'L-1', phone: '08-684 20 00', consents }] })
  const { items: topics } = (await (await page.request.get(`${api}/topics`)).json()) as {
    items: { id: number; name: string }[]
  }
  const topic = topics.find(({ name }) => name === 'Landlines')?.id
  const body = 'Hi ##unsubscribe##'
  const sendTo = { topics: [topic], duplicates: 'one_per_address' }
  const { id, revision } = await post('/activities', {
    name: 'For nobody',
    content: { channel: 'sms', sender: 'Homing', body },
    sendTo,
    gatewayId: 1,
  })
  await post(`/activities/${id}/schedule`, { sendAt: null, revision })
  await page.goto(`${homing.url}/w/1/sms/${id}/report`)
  const note = page.getByRole('alert').filter({ hasText: 'No one got this SMS' })
  await note.waitFor({ timeout: 30_000 })
  expect(await violations(page)).toEqual([])
  await note.getByRole('link', { name: 'Not sent' }).click()
  await page.getByRole('table', { name: 'Not sent: profiles' }).getByText('Landline').waitFor()
})

test('a file without column names is warned about before the import, an empty one is refused', async () => {
  await page.goto(`${homing.url}/w/1/imports/new`)
  const choose = (text: string) =>
    page.getByLabel('CSV file').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
  await choose('')
  await page.getByRole('alert').getByText('The file is empty.').waitFor()
  await choose('K1;Ann;+46765850564\nK2;Li;+46765850565\n')
  await page.getByRole('alert').getByText('The first line looks like data').waitFor()
  expect(await violations(page)).toEqual([])
})

test('a page that does not exist says so, within the frame too, and in its title', async () => {
  for (const path of ['/w/1/nowhere', '/w/999/sms']) {
    await page.goto(homing.url + path)
    await page.getByRole('heading', { name: 'Page not found' }).waitFor()
    expect(await page.title()).toContain('Page not found')
    expect(await violations(page), path).toEqual([])
  }
})

test('a gateway whose password is refused is corrected in the settings, and is not added a second time', async () => {
  const smsc = await startSmsc({ bind: (_, password) => (password === 'right' ? 0 : 0x0e) })
  await page.goto(`${homing.url}/w/1/settings/gateways`)
  await page.getByRole('button', { name: 'Add gateway' }).click()
  const adding = page.getByRole('dialog', { name: 'Add gateway' })
  await adding.getByLabel('Name').fill('Operator')
  await adding.getByLabel('Host').fill('smpp://127.0.0.1')
  await adding.getByLabel('Port').fill('')
  await adding.getByRole('button', { name: 'Save gateway' }).click()
  await adding.getByText("Enter only the host's name, without smpp://").waitFor()
  await adding.getByText('Enter a port from 1 to 65535.').waitFor()
  await adding.getByLabel('Host').fill('127.0.0.1')
  await adding.getByLabel('Port').fill(String(smsc.port))
  await adding.getByLabel('User (system id)').fill('acct')
  await adding.getByRole('textbox', { name: 'Password' }).fill('wrong')
  await adding.getByRole('button', { name: 'Save gateway' }).click()

  const panel = page.getByRole('region', { name: 'Operator' })
  await panel.getByText('Credentials refused').first().waitFor()
  expect(await violations(page)).toEqual([])

  await panel.getByRole('button', { name: 'Change Operator' }).click()
  const changing = page.getByRole('dialog', { name: 'Change “Operator”' })
  expect(await changing.getByLabel('Host').inputValue()).toBe('127.0.0.1')
  expect(await changing.getByRole('textbox', { name: 'Password' }).inputValue()).toBe('')
  expect(await violations(page)).toEqual([])
  await changing.getByRole('textbox', { name: 'Password' }).fill('right')
  await changing.getByRole('button', { name: 'Connections and rate' }).click()
  await changing.getByLabel('SMS per second').fill('50')
  await changing.getByRole('button', { name: 'Save changes' }).click()
  await panel.getByText('Connected').first().waitFor()
  expect(smsc.binds).toHaveLength(1)
  const gateways = await (await page.request.get(`${homing.url}/api/v1/workspaces/1/gateways`)).json()
  expect(gateways.items).toContainEqual(expect.objectContaining({ name: 'Operator', rate: 50, binds: 1, window: 100 }))

  await page.getByRole('button', { name: 'Add gateway' }).click()
  await adding.getByLabel('Name').fill('Again')
  await adding.getByLabel('Host').fill('127.0.0.1')
  await adding.getByLabel('Port').fill(String(smsc.port))
  await adding.getByLabel('User (system id)').fill('acct')
  await adding.getByRole('textbox', { name: 'Password' }).fill('right')
  await adding.getByRole('button', { name: 'Save gateway' }).click()
  await adding.getByText('The gateway "Operator" of this workspace already has the account').waitFor()
  await smsc.close()
})

async function newDraft(name: string): Promise<void> {
  const answer = await page.request.post(`${homing.url}/api/v1/workspaces/1/activities`, {
    headers: { origin: homing.url },
    data: { name },
  })
  expect(answer.status()).toBe(201)
}
