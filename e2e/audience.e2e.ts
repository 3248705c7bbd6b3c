/**
 * What happens around an audience: other SMS that reach the same people, and people who join or leave between a look at it and its scheduling, and
 * between its scheduling and now; and Remind where a reminder is planned already. The tests build on each other, in this order.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../test/browser.ts'
import { violations } from './axe.ts'
import { enter, type Homing, startHoming } from './homing.ts'

let homing: Homing
let browser: Browser
let page: Page
let sale = 0
let draft = 0
let topic = 0
let topicName = ''
let gateway = 0

beforeAll(async () => {
  homing = await startHoming({ small: true })
  browser = await launchBrowser()
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  page.setDefaultTimeout(60_000)
  await enter(page, homing)
  gateway = (await get<{ items: { id: number }[] }>('/gateways')).items[0]?.id ?? 0
  const [first] = (await get<{ items: { id: number; name: string }[] }>('/topics')).items
  topic = first?.id ?? 0
  topicName = first?.name ?? ''
  sale = await made('Autumn sale')
  draft = await made('Spring news')
  await post(`/activities/${sale}/schedule`, { sendAt: inDays(2) })
})

afterAll(async () => {
  await browser?.close()
  await homing?.stop()
})

const inDays = (n: number) => new Date(Date.now() + n * 86_400_000).toISOString()
const api = () => `${homing.url}/api/v1/workspaces/1`
async function get<Answer>(path: string): Promise<Answer> {
  return (await (await page.request.get(api() + path)).json()) as Answer
}
async function post<Answer>(path: string, data: object): Promise<Answer> {
  const answer = await page.request.post(api() + path, { headers: { origin: homing.url }, data })
  expect(answer.ok(), await answer.text()).toBe(true)
  return (await answer.json()) as Answer
}
async function made(name: string): Promise<number> {
  const content = { channel: 'sms', sender: 'Homing', body: 'Look https://shop.example/new ##unsubscribe##' }
  return (await post<{ id: number }>('/activities', { name, content, gatewayId: gateway, sendTo: toOffers() })).id
}
const toOffers = () => ({ topics: [topic], duplicates: 'one_per_number', frequency: null })
/** Of the draft; it is one again where an earlier try has scheduled it. */
async function change(fields: object): Promise<void> {
  const { state } = await get<{ state: string }>(`/activities/${draft}`)
  if (state === 'scheduled') await post(`/activities/${draft}/unschedule`, {})
  const { revision } = await get<{ revision: number }>(`/activities/${draft}`)
  const answer = await page.request.patch(`${api()}/activities/${draft}`, {
    headers: { origin: homing.url },
    data: { revision, ...fields },
  })
  expect(answer.ok(), await answer.text()).toBe(true)
}
interface Changes {
  since: { kind: string } | null
  joined: number
}
const changes = () => post<Changes>(`/activities/${draft}/changes`, {})
// The SMS of the demo brings opt-outs meanwhile.
const joined = (n: number, since: string) =>
  new RegExp(`^${n} (person|people) joined( and [\\d,]+ left)? since ${since}`)
let newcomers = 0
/** People who are new and have consented. */
async function join(people = 1): Promise<void> {
  const profiles = Array.from({ length: people }, () => {
    const n = ++newcomers
    return {
      externalKey: `newcomer-${n}`,
      phone: `+46701740${String(600 + n)}`,
      firstName: 'Nora',
      lastName: `Newcomer ${n}`,
      consents: [{ topic: topicName, channel: 'sms', granted: true, source: 'shop' }],
    }
  })
  await post('/profiles', { profiles, defaultCountry: 'SE' })
}

/** axe and the width, in each of the four looks. */
async function inEachLook(): Promise<void> {
  for (const [width, colorScheme] of [
    [390, 'dark'],
    [390, 'light'],
    [1440, 'dark'],
    [1440, 'light'],
  ] as const) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme })
    expect(await violations(page)).toEqual([])
    const scrolls = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
    expect(scrolls).toBe(false)
  }
}

test('Send to says who also gets another SMS, and offers to leave them out where that can be', async () => {
  await change({ sendAt: null, sendTo: toOffers() })
  await page.goto(`${homing.url}/w/1/sms/${draft}/edit/send-to`)
  const line = page.getByText(/^[\d,]+ of these people also get “Autumn sale”, scheduled for /)
  await line.waitFor()
  await page.getByText('This one is sent first. Turn on Frequency in the other one').waitFor()
  await inEachLook()
  await change({ sendAt: inDays(3) })
  await page.reload()
  await page.getByRole('button', { name: 'Leave out people who were sent another SMS in the last 2 days' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('Frequency leaves them out here when this one starts.').waitFor()
  await page.getByText('Saved', { exact: true }).waitFor()
})

test('the confirmation names who joined since the audience was looked at, and who also gets another SMS', async () => {
  await change({ sendAt: inDays(3) })
  await page.goto(`${homing.url}/w/1/sms/${draft}/edit/overview`)
  const schedule = page.getByRole('button', { name: 'Schedule', exact: true })
  await expect.poll(() => schedule.isEnabled()).toBe(true)
  await expect.poll(async () => (await changes()).since, { timeout: 60_000 }).not.toBeNull()
  const { joined: before } = await changes()
  await join()
  await schedule.click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(joined(before + 1, '(these people were looked at|it was scheduled)')).waitFor()
  await dialog.getByText(/of these people also get “Autumn sale”/).waitFor()
  await dialog.getByRole('button', { name: 'Who joined' }).click()
  await dialog.getByRole('link', { name: /^Nora Newcomer/ }).waitFor()
  await inEachLook()
  await dialog.getByRole('button', { name: 'Schedule', exact: true }).click()
  await page.waitForURL(/\/report$/)
})

test('the scheduled SMS says who has joined since', async () => {
  const note = page.getByRole('alert', { name: 'Scheduled' })
  const { since, joined: before } = await changes()
  expect(since?.kind).toBe('scheduled')
  await page.goto(`${homing.url}/w/1/sms/${draft}/report`)
  await note.getByText(/ (joined|left) .*since it was scheduled/).waitFor()
  await join()
  await page.reload()
  await note.getByText(joined(before + 1, 'it was scheduled')).waitFor()
  await note.getByRole('button', { name: 'Who joined' }).focus()
  await page.keyboard.press('Enter')
  await note.getByRole('link', { name: /^Nora Newcomer/ }).waitFor()
  await inEachLook()
  // All of them, by keyboard.
  await join(30)
  await page.reload()
  await note.getByText(joined(before + 31, 'it was scheduled')).waitFor()
  await note.getByRole('button', { name: 'Who joined' }).focus()
  await page.keyboard.press('Enter')
  const named = note.getByRole('list', { name: 'Who joined' }).getByRole('link')
  await expect.poll(() => named.count()).toBe(25)
  await note.getByRole('button', { name: 'Show more' }).focus()
  await page.keyboard.press('Enter')
  await expect.poll(() => named.count()).toBe(before + 31)
  expect(await note.getByRole('button', { name: 'Show more' }).count()).toBe(0)
  await inEachLook()
})

test('Remind asks what becomes of the reminder that is planned already', async () => {
  const listed = (await get<{ items: { id: number; state: string }[] }>('/activities?tab=sent')).items
  const sent = listed.find(({ state }) => state === 'sending' || state === 'sent')
  const id = sent?.id ?? 0
  const { revision } = await get<{ revision: number }>(`/activities/${id}`)
  const planned = await page.request.put(`${api()}/activities/${id}/reminder`, {
    headers: { origin: homing.url },
    data: { revision, reminder: { after: { n: 30, unit: 'days' }, body: null } },
  })
  expect(planned.ok(), await planned.text()).toBe(true)
  await page.goto(`${homing.url}/w/1/sms/${id}/report`)
  const remind = async () => {
    await page.getByRole('button', { name: 'Actions' }).click()
    await page.getByRole('menuitem', { name: 'Remind', exact: true }).click()
  }
  await remind()
  const dialog = page.getByRole('dialog', { name: 'A reminder is already planned' })
  await dialog.getByText(/people would get both/).waitFor()
  await inEachLook()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await dialog.waitFor({ state: 'detached' })
  await remind()
  await dialog.getByRole('button', { name: 'Replace planned reminder' }).click()
  await page.waitForURL(/\/sms\/\d+\/edit/)
  expect(await get<{ reminder: object | null }>(`/activities/${id}`)).toMatchObject({ reminder: null })

  // The one by hand is planned now: with another one, people would get both, and the person says so.
  const byHand = Number(/\/sms\/(\d+)\/edit/.exec(page.url())?.[1])
  await post(`/activities/${byHand}/schedule`, { sendAt: inDays(60) })
  await page.goto(`${homing.url}/w/1/sms/${id}/report`)
  await page.getByRole('button', { name: 'Actions' }).click()
  await page.getByRole('menuitem', { name: 'Plan a reminder' }).click()
  const plan = page.getByRole('dialog', { name: 'Planned reminder' })
  await plan.getByRole('textbox', { name: 'Time after the last SMS is sent' }).fill('30')
  await plan.getByRole('button', { name: 'Plan reminder' }).click()
  await plan.getByRole('alert', { name: /people would get both/ }).waitFor()
  await inEachLook()
  await plan.getByRole('button', { name: 'Plan both' }).click()
  await plan.waitFor({ state: 'detached' })
  await page.getByRole('alert', { name: 'Reminder planned' }).waitFor()
})
