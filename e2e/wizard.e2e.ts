/**
 * The wizard's own ways: typing continues while the draft is saved over a slow line; what a text costs and saves; tags by
 * keyboard; where links lead; the SMS as a recipient gets it; a latest time; the confirmation.
 * The tests build on each other, in this order.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../test/browser.ts'
import { violations } from './axe.ts'
import { type Homing, signedInPage, startHoming } from './homing.ts'

let homing: Homing
let browser: Browser
let page: Page
let draft: number

interface Stored {
  id: number
  name: string
  content: { body: string; utm: Record<string, unknown> }
  revision: number
  latestAt: string | null
  problems: { code: string }[]
}

beforeAll(async () => {
  homing = await startHoming({ small: true })
  browser = await launchBrowser()
  page = await signedInPage(browser, homing)
  await page.getByRole('heading', { level: 1, name: 'SMS' }).waitFor()
  const [gateway] = (await read<{ items: { id: number }[] }>('/gateways')).items
  const [topic] = (await read<{ items: { id: number }[] }>('/topics')).items
  const answer = await page.request.post(`${api()}/activities`, {
    headers: { origin: homing.url },
    data: {
      name: 'Spring sale',
      content: { channel: 'sms', sender: 'Homing' },
      gatewayId: gateway?.id,
      sendTo: { topics: [topic?.id], duplicates: 'one_per_address' },
    },
  })
  draft = ((await answer.json()) as Stored).id
})

afterAll(async () => {
  await browser?.close()
  await homing?.stop()
})

const api = () => `${homing.url}/api/v1/workspaces/1`
async function read<Answer>(path: string): Promise<Answer> {
  return (await (await page.request.get(api() + path)).json()) as Answer
}
/** A popover takes the focus a moment after it opened: what is typed before that goes elsewhere. */
const untilFocused = (label: string) =>
  expect.poll(() => page.evaluate('document.activeElement?.labels?.[0]?.textContent')).toBe(label)
const stored = () => read<Stored>(`/activities/${draft}`)
const open = async (step: string) => {
  await page.goto(`${homing.url}/w/1/sms/${draft}/edit/${step}`)
  await page.getByRole('heading', { level: 1, name: 'Spring sale' }).waitFor()
}
const text = () => page.getByLabel('Text', { exact: true })
const saved = () => page.getByText('Saved', { exact: true }).waitFor()
const phone = () => page.getByRole('figure', { name: 'Preview on a phone' })

test('what is typed while a slow line saves is neither lost nor mixed up', async () => {
  await open('content')
  await page.route('**/activities/*', async route => {
    if (route.request().method() === 'PATCH') await new Promise(resolve => setTimeout(resolve, 900))
    await route.continue()
  })
  // Each piece is typed while the previous one is being saved.
  const pieces = ['Hi there, this is typed ', 'while each save takes ', 'its time: 0123456789']
  for (const piece of pieces) {
    await text().pressSequentially(piece, { delay: 20 })
    await page.getByText('Saving', { exact: true }).waitFor()
  }
  const written = pieces.join('')
  expect(await text().inputValue()).toBe(written)
  await saved()
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  expect(await text().inputValue()).toBe(written)
  expect((await stored()).content.body).toBe(written)
  expect((await stored()).revision).toBeGreaterThan(2)
})

test('the composer says what a quote costs, and what smart encoding saves', async () => {
  await text().fill(`Don’t miss it: ${'a'.repeat(80)} ##unsubscribe##`)
  await page.getByText(/Replaces 1 character: 1 part instead of 2/).waitFor()
  const row = page.getByRole('table', { name: 'Replaced characters' }).getByRole('row').nth(1)
  expect(await row.textContent()).toContain('2 parts instead of 1')
  await page.getByRole('switch', { name: 'Smart encoding' }).press('Space')
  await page.getByText('UCS-2 because of ’: without it 1 part instead of 2.').waitFor()
  await page.getByRole('switch', { name: 'Smart encoding' }).press('Space')
})

test('the composer says that a text has too many parts, by the limit of the settings', async () => {
  await page.goto(`${homing.url}/w/1/settings/general`)
  await page.getByLabel('Maximum parts per SMS').fill('2')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await page.getByText('Saved.', { exact: true }).waitFor()
  await open('content')
  await text().fill(`${'a'.repeat(310)} ##unsubscribe##`)
  await page.getByRole('alert').getByText('3 parts: too long. At most 2 parts are sent.').waitFor()
  expect(await page.getByText(/^room for/).count()).toBe(0)
  await page.getByText('The text needs 3 parts; at most 2 are sent.').first().waitFor()
  await page.request.patch(`${api()}/settings`, { headers: { origin: homing.url }, data: { maxParts: 10 } })
  await open('content')
})

test('a data tag is put in at the caret with the keyboard alone', async () => {
  await text().fill('Hi ! https://example.com/spring?x=1#top ##unsubscribe##')
  await text().press('Home')
  for (let i = 0; i < 3; i++) await text().press('ArrowRight')
  await page.getByRole('button', { name: 'Data tag' }).focus()
  await page.keyboard.press('Enter')
  await untilFocused('Attribute')
  await page.getByLabel('Attribute').selectOption('first_name')
  await page.getByLabel('If empty').fill('there')
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('Enter')
  await expect
    .poll(() => text().inputValue())
    .toBe('Hi ##first_name|there##! https://example.com/spring?x=1#top ##unsubscribe##')

  // With the caret in a tag, the same button changes that tag.
  for (const fallback of ['you', 'there']) {
    await text().press('ArrowLeft')
    await page.getByRole('button', { name: 'Data tag' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Change', exact: true }).waitFor()
    await untilFocused('Attribute')
    await page.getByLabel('If empty').fill(fallback)
    await page.keyboard.press('Enter')
    await expect.poll(() => text().inputValue()).toContain(`Hi ##first_name|${fallback}##! https`)
  }
})

test('a link shows where it leads, with the parameters that are chosen', async () => {
  const addresses = page.getByRole('list', { name: 'Where the links lead' })
  const tail = 'utm_medium=sms&utm_campaign=spring-sale#top'
  await expect.poll(() => addresses.textContent()).toBe(`https://example.com/spring?x=1&utm_source=homing&${tail}`)
  await page.getByLabel('utm_source').fill('crm')
  await expect.poll(() => addresses.textContent()).toBe(`https://example.com/spring?x=1&utm_source=crm&${tail}`)
  await saved()
  expect((await stored()).content.utm).toEqual({ on: true, source: 'crm', medium: '', name: '' })
  await page.getByRole('switch', { name: /^UTM parameters/ }).press('Space')
  await expect.poll(() => addresses.textContent()).toBe('https://example.com/spring?x=1#top')
  await page.getByRole('switch', { name: /^UTM parameters/ }).press('Space')
})

test('the preview shows the defaults, a profile that is looked up, and the longest case', async () => {
  expect(await phone().textContent()).toContain('Hi there!')
  await page.getByText('A profile', { exact: true }).click()
  await page.getByRole('combobox', { name: 'Profile' }).fill('Elin')
  await page.getByRole('option', { name: /^Elin/ }).first().click()
  await expect.poll(() => phone().textContent()).toContain('Hi Elin!')
  await saved()
  await page.getByText('Longest', { exact: true }).click()
  await page.getByText(/^Longest text: /).waitFor()
  await expect.poll(() => phone().textContent()).not.toContain('Hi there!')
  expect(await violations(page)).toEqual([])
})

test('what cannot be sent is shown beside its field, with how to fix it', async () => {
  const body = await text().inputValue()
  for (const [bad, told] of [
    ['Hi \ud83d', 'a broken character'],
    ['Hi ##nick##', 'names no attribute: "nick"'],
    ['Hi {{first_name}}', 'is a data tag of another program'],
    ['Bye ##unsubscribe##Shop', 'Put a space between them.'],
    ['See https://me@evil.example', 'has a user name before its host'],
    ['See javascript:alert(1)', 'begins with "javascript:"'],
    [`See ${homing.url}/abc`, 'leads to the short links themselves'],
    ['x'.repeat(10_000), 'has 10000 characters'],
    ['مرحبا بكم 👍', 'has no way to opt out'],
  ] as const) {
    await text().fill(bad)
    // What is being written is not wrong yet.
    await text().blur()
    await page.getByText(told).first().waitFor()
  }
  await text().fill('Hi\u200e {{first_name}}, see shop.com/a ##unsubscribe##')
  await text().blur()
  await page.getByText('Invisible characters: left-to-right mark at 3.').waitFor()
  await page.getByRole('button', { name: 'Remove it' }).click()
  await page.getByRole('button', { name: 'Use ##first_name##' }).click()
  await page.getByRole('button', { name: 'Add https://' }).click()
  expect(await text().inputValue()).toBe('Hi ##first_name##, see https://shop.com/a ##unsubscribe##')
  await text().fill(body)
  await expect.poll(async () => (await stored()).content.body).toBe(body)
  await open('details')
  await page.getByLabel('Name', { exact: true }).fill('n'.repeat(214))
  await page.getByText('The name has 214 characters; 200 are allowed. Shorten it.').waitFor()
  await page.getByLabel('Name', { exact: true }).fill('Spring sale')
  await expect.poll(async () => (await stored()).problems).toEqual([])
})

test('a latest time before the sending is refused beside the field, a later one is kept', async () => {
  // What was typed before may still be on its way, and makes a revision of its own.
  const change = async () => {
    const { revision } = await stored()
    const data = { revision, latestAt: '2020-01-01T12:00:00Z' }
    return page.request.patch(`${api()}/activities/${draft}`, { headers: { origin: homing.url }, data })
  }
  await expect.poll(async () => (await change()).status()).toBe(200)
  await open('schedule')
  await page.getByText('The latest time is not after the time of sending.').waitFor()
  await page.getByRole('switch', { name: /^Latest time/ }).press('Space')
  await page.getByLabel('Not after').waitFor({ state: 'detached' })
  await page.getByRole('switch', { name: /^Latest time/ }).press('Space')
  await page.getByLabel('Not after').waitFor()
  await expect.poll(async () => Date.parse((await stored()).latestAt ?? '')).toBeGreaterThan(Date.now())
  const latest = page.getByLabel('Not after')
  await latest.fill('some day')
  await latest.blur()
  await page.getByText('This is not a date and time.').waitFor()
  await latest.fill('1 Dec 2031, 14:30')
  await latest.blur()
  await expect.poll(async () => (await stored()).latestAt).toMatch(/^2031-12-01T/)
  expect(await latest.inputValue()).toBe('2031-12-01 14:30')
  await page.getByRole('button', { name: 'Pick a date and time' }).click()
  await page.getByLabel('Time', { exact: true }).waitFor()
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('Escape')
})

test('the overview refuses a text that is too long for some people', async () => {
  await page.route('**/audience', async route => {
    const answer = await route.fetch()
    const tooLong = { people: 3224, parts: 23, profileId: 1 }
    await route.fulfill({ response: answer, json: { ...(await answer.json()), tooLong } })
  })
  await open('overview')
  await page.getByText(/^3,224 people would get more than 10 parts \(up to 23\)/).waitFor()
  await page.getByText('This text is too long for some people: see Audience.').waitFor()
  expect(await page.getByRole('button', { name: 'Send now' }).isDisabled()).toBe(true)
  await page.getByRole('link', { name: /Send to ?, too long for some people/ }).waitFor()
  expect(await violations(page)).toEqual([])
  await page.unrouteAll({ behavior: 'ignoreErrors' })
})

test('the confirmation has people, parts, credits and money; a larger audience is confirmed again', async () => {
  await open('overview')
  const send = page.getByRole('button', { name: 'Send now' })
  await expect.poll(() => send.isEnabled()).toBe(true)
  await send.click()
  const dialog = page.getByRole('dialog')
  expect(await dialog.textContent()).toMatch(/[\d,]+ people in [\d,]+ parts for [\d,.]+ credits, [\d,.]+ SEK/)
  expect(await dialog.textContent()).toContain('Nothing is sent or retried after')
  expect(await violations(page)).toEqual([])
  await page.route('**/schedule', async route => {
    const looked = { people: 10, credits: '10.0000' }
    await route.continue({ postData: JSON.stringify({ ...route.request().postDataJSON(), looked }) })
  })
  await dialog.getByRole('button', { name: 'Send now' }).click()
  await dialog.getByText(/you confirmed 10 people/).waitFor()
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await dialog.getByRole('button', { name: 'Send now' }).click()
  await page.waitForURL(/\/report$/)
})

const testPanel = () => page.getByRole('region', { name: 'Test SMS' })

async function newTestDraft(): Promise<number> {
  const url = `${homing.url}/api/v1/workspaces/1`
  const gateways: { items: { id: number }[] } = await (await page.request.get(`${url}/gateways`)).json()
  const data = { name: 'Try it', content: { channel: 'sms', sender: 'Shop' }, gatewayId: gateways.items[0]?.id }
  const made: { id: number } = await (await page.request.post(`${url}/activities`, { data })).json()
  return made.id
}

test('a test sends the current text and shows its outcome; a fault of the number is shown beside it', async () => {
  const id = await newTestDraft()
  await page.goto(`${homing.url}/w/1/sms/${id}/edit/content`)
  const number = testPanel().getByLabel('Phone number')
  const send = testPanel().getByRole('button', { name: 'Send test' })
  await number.fill('070-174 06 05')
  await send.click()
  await testPanel().getByText('The text is empty').waitFor()

  await page.getByLabel('Text', { exact: true }).fill('Hi ##first_name|there##: https://example.com/a ##unsubscribe##')
  await number.fill('08-123 456 78')
  await send.click()
  await testPanel().getByText('landline').waitFor()
  expect(await number.getAttribute('aria-invalid')).toBe('true')
  const told = page.locator(`[id="${await number.getAttribute('aria-describedby')}"]`)
  expect(await told.textContent()).toMatch(/landline/)
  expect(await violations(page)).toEqual([])

  await number.fill('070-174 06 05')
  await number.press('Enter')
  const fate = testPanel().getByRole('status')
  await fate.getByText(/Delivered|Bounced|Sent/).waitFor()
  await testPanel().getByText('+46701740605, 1 part, 1 credit').waitFor()
  expect(await violations(page)).toEqual([])

  // The number and the last test are still there after coming back.
  await page.reload()
  await fate.getByText(/Delivered|Bounced|Sent/).waitFor()
  expect(await number.inputValue()).toBe('070-174 06 05')

  // Another person of the workspace, in another draft: the recipient is offered, and chosen where nothing was typed.
  const another = await newTestDraft()
  await page.evaluate('localStorage.clear()')
  await page.goto(`${homing.url}/w/1/sms/${another}/edit/content`)
  await expect.poll(() => number.inputValue()).toBe('+46701740605')
  await number.fill('070-1')
  await testPanel().getByRole('button', { name: '+46701740605' }).click()
  expect(await number.inputValue()).toBe('+46701740605')
  expect(await violations(page)).toEqual([])
})
