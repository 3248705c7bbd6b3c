/** A reminder that is planned with an activity goes once, to those who got it and did not click by then, or says why it does not go. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { settingsFrom } from '../../core/activities/settings.ts'
import { testApp } from '../access/app.fixture.ts'
import { countActivityAudience } from '../activities/activity-audience.ts'
import { makeDueReminders } from '../activities/planned-reminders.ts'
import { scheduleActivity, unscheduleActivity } from '../activities/schedule.ts'
import { makeShop, type Shop } from '../activities/shop.fixture.ts'
import { AlarmWatch } from '../alarms/watch.ts'
import { fromMembers, membersOf } from '../audience/audience-members.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { checkFrequency } from './check-frequency.ts'
import { checkClaimed } from './claim.ts'
import { readPlan } from './plan.ts'
import { startActivity, startDue } from './start-due.ts'

const app = testApp()
let shop: Shop['shop']
let topic: number
let gateway: number
let spoolFolder: string

const log = { debug() {}, info() {}, warn() {}, error() {} }
const hour = 3_600_000
const people = Array.from({ length: 40 }, (_, i) => i + 1)

beforeAll(async () => {
  spoolFolder = mkdtempSync(join(tmpdir(), 'homing-reminders-'))
  ;({ shop, topic, gateway } = await makeShop(app))
  for (const id of people) {
    await app.db.run(sql`insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, country, first_name, created_at, updated_at)
      values (${id & 255}, ${id}, ${shop.id}, ${`+4670${String(id).padStart(7, '0')}`}, 'mobile', 'SE', 'Åsa', now(), now())`)
    await app.db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
      values (${id & 255}, ${id}, ${shop.id}, ${topic}, 'sms', now(), true)`)
  }
  await app.db.run(sql`select setval('profile_ids', ${people.length})`)
})
afterAll(() => rmSync(spoolFolder, { recursive: true }))
// What one test leaves behind is not due in the next.
beforeEach(() => app.db.run(sql`update activities set reminder = null, reminder_state = null, reminder_fault = null`))

interface View {
  id: number
  name: string
  state: string
  revision: number
  content: { body: string }
  reminder: object | null
  reminderStatus: { state: string; at: string | null; activityId: number | null; fault: string | null } | null
  problems: { step: string; code: string; sentence: string }[]
}
type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
const call = (method: Method, path: string, body?: object) =>
  app.call(method, `${shop.base}${path}`, { key: shop.key, ...(body && { body }) })
async function view(method: Method, path: string, body?: object): Promise<View> {
  const answer = await call(method, path, body)
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
  return answer.body as View
}
const get = (id: number) => view('GET', `/activities/${id}`)
const body = 'Hi ##first_name|there##! https://shop.example/spring ##unsubscribe##'
const twoDays = { after: { n: 2, unit: 'days' }, body: null }

async function draft(reminder: object | null = twoDays, more: object = {}): Promise<number> {
  const content = { channel: 'sms', sender: 'Shop', body }
  const sendTo = { topics: [topic], duplicates: 'all' }
  return (await view('POST', '/activities', { name: 'Spring', content, sendTo, gatewayId: gateway, reminder, ...more }))
    .id
}

const clockAt = (at: Date) => ({ ...app.deps.clock, now: () => at })
const input = (at: Date, db: Database = app.db) => ({
  db,
  clock: clockAt(at),
  log,
  url: 'http://localhost',
  linkUrl: 'https://l.example',
})
const make = (at: Date, db?: Database) => makeDueReminders(input(at, db))

/** Everybody is sent to; all but every eighth get it, and every fourth of those clicks. Returns the time of its start. */
async function sent(id: number): Promise<{ start: Date; delivered: number[]; clicked: number[] }> {
  await view('POST', `/activities/${id}/schedule`, { sendAt: null })
  await startActivity(input(app.deps.clock.now()), id)
  const [row] = await app.db.query<{ at: Date }>(sql`select frozen_at as at from activities where id = ${id}`)
  const start = row!.at
  const delivered = people.filter(person => person % 8 !== 0)
  const clicked = delivered.filter(person => person % 4 === 1)
  await app.db.run(
    sql`update messages set status = 'delivered', t0 = ${start}, status_at = ${start} where activity_id = ${id} and profile_id = any(${delivered}::bigint[])`,
  )
  await app.db.run(
    sql`update messages set first_click_at = ${start}, first_visit_at = ${start} where activity_id = ${id} and profile_id = any(${clicked}::bigint[])`,
  )
  await allSent(id)
  return { start, delivered, clicked }
}
/** Nobody waits for the first SMS any more. */
const allSent = (id: number) =>
  app.db.run(sql`update tallies set n = 0 where activity_id = ${id} and figure = 'queued'`)
const later = (from: Date, ms: number) => new Date(from.getTime() + ms)
const reachedBy = async (id: number | null | undefined) =>
  (
    await app.db.query<{ id: number }>(
      sql`select profile_id as id from messages where activity_id = ${id} and excluded is null order by 1`,
    )
  ).map(row => row.id)
const reminders = (of: number) =>
  app.db.query<{ id: number; state: string }>(
    sql`select id, state from activities where send_to ->> 'reminds' = ${String(of)} order by id`,
  )

test('it goes when it is due, to those who got the first and neither clicked nor opted out by then, and once', async () => {
  const id = await draft()
  expect((await get(id)).reminderStatus).toEqual({ state: 'planned', at: null, activityId: null, fault: null })
  const { start, delivered, clicked } = await sent(id)
  expect((await get(id)).reminderStatus).toMatchObject({ state: 'planned', at: later(start, 48 * hour).toISOString() })
  expect(await make(later(start, 48 * hour - 1))).toBe(0)

  // Meanwhile one more clicks, one opts out, one is erased and one takes back the consent.
  const [clicker, stopped, erased, withdrawn] = delivered.filter(person => !clicked.includes(person)) as [
    number,
    number,
    number,
    number,
  ]
  await app.db.run(
    sql`update messages set first_click_at = ${start} where activity_id = ${id} and profile_id = ${clicker}`,
  )
  await app.db.run(sql`insert into opt_outs (id, workspace_id, channel, address, at, source)
    select nextval('opt_out_ids'), workspace_id, 'sms', phone, ${start}, 'keyword' from profiles where profile_id = ${stopped}`)
  await app.db.run(sql`update profiles set erased_at = ${start}, phone = null where profile_id = ${erased}`)
  await app.db.run(sql`update current_consents set granted = false where profile_id = ${withdrawn}`)

  const due = later(start, 48 * hour)
  expect(await make(due)).toBe(1)
  expect(await make(due)).toBe(0)
  await startDue(input(due))
  const { reminderStatus } = await get(id)
  expect(reminderStatus).toMatchObject({ state: 'made', fault: null })
  const reminder = await get(reminderStatus?.activityId ?? 0)
  expect(reminder).toMatchObject({ name: 'Reminder: Spring', state: 'sending', content: { body } })
  const left = [clicker, stopped, erased, withdrawn]
  expect(await reachedBy(reminder.id)).toEqual(
    delivered.filter(person => !clicked.includes(person) && !left.includes(person)),
  )
  expect((await reminders(id)).map(one => one.id)).toEqual([reminder.id])

  // The report and the list tell of it; it is changed no more.
  expect(await call('GET', `/activities/${id}/report`)).toMatchObject({
    body: { overview: { reminder: { state: 'made', activityId: reminder.id, after: { n: 2, unit: 'days' } } } },
  })
  expect(await call('GET', '/activities?tab=sent')).toMatchObject({
    body: {
      items: expect.arrayContaining([
        expect.objectContaining({ id, reminder: { state: 'made', after: twoDays.after, at: due.toISOString() } }),
      ]),
    },
  })
  const { revision } = await get(id)
  expect(await call('PUT', `/activities/${id}/reminder`, { revision, reminder: twoDays })).toMatchObject({
    status: 409,
  })
  expect(await call('DELETE', `/activities/${id}/reminder`)).toMatchObject({ status: 409 })
  await app.db.run(sql`delete from opt_outs`)
  await app.db.run(sql`update current_consents set granted = true`)
  await app.db.run(
    sql`update profiles set erased_at = null, phone = ${`+4670${String(erased).padStart(7, '0')}`} where profile_id = ${erased}`,
  )
})

/** Its n-th statement fails, in whatever transaction. */
function failingAt(n: number): Database {
  let left = n
  const cut = () => (--left === 0 ? Promise.reject(new Error('the line is cut')) : undefined)
  const over = (one: Db): Db => ({
    query: (statement, name) => cut() ?? one.query(statement, name),
    run: (statement, name) => cut() ?? one.run(statement, name),
  })
  return { ...app.db, ...over(app.db), tx: work => app.db.tx((tx, client) => work(over(tx), client)) }
}

test('wherever it is interrupted, and by however many workers it is looked for, there is one', async () => {
  for (let n = 1; ; n++) {
    const id = await draft()
    const { start } = await sent(id)
    const due = later(start, 48 * hour)
    const before = await make(due, failingAt(n)).catch(() => 0)
    expect(await reminders(id)).toHaveLength(before)
    await make(due)
    expect(await reminders(id)).toHaveLength(1)
    if (before === 1) break
    expect(n).toBeLessThan(60)
  }
  const id = await draft()
  const { start } = await sent(id)
  const due = later(start, 48 * hour)
  const made = await Promise.all(Array.from({ length: 4 }, () => make(due)))
  expect(made.reduce((a, b) => a + b)).toBe(1)
  expect(await reminders(id)).toHaveLength(1)
})

test('a text of its own is checked, changed while the first is sent, and sent in any script', async () => {
  const own = (text: string) => ({ ...twoDays, body: text })
  const id = await draft(own('No way out https://shop.example/spring'))
  expect((await get(id)).problems).toMatchObject([{ step: 'schedule', code: 'reminder_text' }])
  await view('PATCH', `/activities/${id}`, { revision: (await get(id)).revision, reminder: own(body) })
  expect((await get(id)).problems).toEqual([])
  const { start } = await sent(id)
  const { revision } = await get(id)
  const arabic = 'تذكير ##first_name|صديق## 🎁 https://shop.example/spring ##unsubscribe##'
  expect(await call('PUT', `/activities/${id}/reminder`, { revision, reminder: own('Bye') })).toMatchObject({
    status: 409,
    body: { code: 'reminder_not_ready' },
  })
  expect(
    await call('PUT', `/activities/${id}/reminder`, { revision: revision - 1, reminder: own(arabic) }),
  ).toMatchObject({
    status: 409,
    body: { code: 'conflict' },
  })
  await view('PUT', `/activities/${id}/reminder`, {
    revision,
    reminder: { after: { n: 6, unit: 'hours' }, body: arabic },
  })
  expect(await make(later(start, 6 * hour))).toBe(1)
  const { reminderStatus } = await get(id)
  expect((await get(reminderStatus?.activityId ?? 0)).content.body).toBe(arabic)
})

test('without a link, or with a time that has passed, there is none', async () => {
  const id = await draft(twoDays, { content: { channel: 'sms', sender: 'Shop', body: 'Hi ##unsubscribe##' } })
  expect((await get(id)).problems).toMatchObject([{ step: 'schedule', code: 'reminder_without_link' }])
  const other = await draft(null)
  const { start } = await sent(other)
  await app.db.run(sql`update activities set frozen_at = ${later(start, -72 * hour)} where id = ${other}`)
  const { revision } = await get(other)
  expect(await call('PUT', `/activities/${other}/reminder`, { revision, reminder: twoDays })).toMatchObject({
    status: 400,
    body: { code: 'reminder_past' },
  })
  for (const after of [
    { n: 31, unit: 'days' },
    { n: 0, unit: 'hours' },
    { n: 1, unit: 'weeks' },
  ])
    expect(
      await call('PUT', `/activities/${other}/reminder`, { revision, reminder: { after, body: null } }),
    ).toMatchObject({
      status: 400,
    })
})

test('it is removed, or cancelled with its activity, and goes with a copy and not with what it reminds of', async () => {
  const removed = await draft()
  const first = await sent(removed)
  await view('DELETE', `/activities/${removed}/reminder`)
  expect(await get(removed)).toMatchObject({ reminder: null, reminderStatus: null })
  const cancelled = await draft()
  const second = await sent(cancelled)
  await view('POST', `/activities/${cancelled}/cancel`, {})
  expect((await get(cancelled)).reminderStatus).toMatchObject({ state: 'cancelled' })
  expect(await call('DELETE', `/activities/${cancelled}/reminder`)).toMatchObject({ status: 409 })
  for (const { start } of [first, second]) expect(await make(later(start, 100 * hour))).toBe(0)
  expect([...(await reminders(removed)), ...(await reminders(cancelled))]).toEqual([])

  const copy = await view('POST', `/activities/${cancelled}/duplicate`, {})
  expect(copy).toMatchObject({ reminder: twoDays, reminderStatus: { state: 'planned' } })
  const reminder = await view('POST', `/activities/${cancelled}/remind`, {})
  expect(reminder.reminder).toBeNull()
})

test('Remind by hand says that one is planned, and replaces it or keeps both', async () => {
  const id = await draft()
  const { start } = await sent(id)
  const asked = await call('POST', `/activities/${id}/remind`, {})
  expect(asked).toMatchObject({ status: 409, body: { code: 'reminder_planned' } })
  expect((asked.body as { title: string }).title).toContain('2 days after the last SMS is sent')
  expect(await reminders(id)).toEqual([])
  expect(await get(id)).toMatchObject({ reminderStatus: { state: 'planned' } })

  await view('POST', `/activities/${id}/remind`, { planned: 'keep' })
  expect(await get(id)).toMatchObject({ reminderStatus: { state: 'planned' } })
  expect(await call('POST', `/activities/${id}/remind`, { planned: 'both' })).toMatchObject({ status: 400 })
  await view('POST', `/activities/${id}/remind`, { planned: 'replace' })
  expect(await get(id)).toMatchObject({ reminder: null, reminderStatus: null })
  expect(await make(later(start, 100 * hour))).toBe(0)
  expect(await reminders(id)).toHaveLength(2)
  // None is planned any more: there is nothing to ask.
  await view('POST', `/activities/${id}/remind`)

  const second = await draft()
  const { start: begun } = await sent(second)
  expect(await make(later(begun, 48 * hour))).toBe(1)
  expect(await call('POST', `/activities/${second}/remind`, { planned: 'replace' })).toMatchObject({ status: 409 })
  expect(await reminders(second)).toHaveLength(1)
})

test('a reminder by hand that was sent is named before another one is planned', async () => {
  const id = await draft(null)
  await sent(id)
  const byHand = await view('POST', `/activities/${id}/remind`, {})
  const plan = async (more: object = {}) =>
    call('PUT', `/activities/${id}/reminder`, { revision: (await get(id)).revision, reminder: twoDays, ...more })
  // A draft reaches nobody yet.
  expect(await plan()).toMatchObject({ status: 200 })
  await view('DELETE', `/activities/${id}/reminder`)
  await view('POST', `/activities/${byHand.id}/schedule`, { sendAt: null })
  const asked = await plan()
  expect(asked).toMatchObject({ status: 409, body: { code: 'reminder_exists' } })
  expect((asked.body as { title: string }).title).toContain('“Reminder: Spring”')
  expect((await get(id)).reminderStatus).toBeNull()
  expect(await plan({ others: 'all' })).toMatchObject({ status: 400 })
  expect(await plan({ others: 'keep' })).toMatchObject({ status: 200 })
  // Nobody is asked twice.
  expect(await plan()).toMatchObject({ status: 200 })
})

test('it waits while the first is paused, and until everybody has been sent it', async () => {
  const id = await draft()
  const { start } = await sent(id)
  const due = later(start, 48 * hour)
  await view('POST', `/activities/${id}/pause`, {})
  expect(await make(due)).toBe(0)
  await view('POST', `/activities/${id}/resume`, {})
  await app.db.run(sql`insert into tallies (bucket, activity_id, figure, n, credits) values (7, ${id}, 'queued', 1, 0)
    on conflict (bucket, activity_id, figure) do update set n = 1`)
  expect(await make(due)).toBe(0)
  expect((await get(id)).reminderStatus).toMatchObject({ state: 'planned', fault: null })
  await allSent(id)
  expect(await make(later(due, hour))).toBe(1)
})

test('clicks and opt-outs count until each is sent to, in the sums as well', async () => {
  const id = await draft()
  const { start, delivered, clicked } = await sent(id)
  const due = later(start, 48 * hour)
  expect(await make(due)).toBe(1)
  await startDue(input(due))
  const reminder = (await get(id)).reminderStatus?.activityId ?? 0
  const [clicker, leaver, stays] = delivered.filter(person => !clicked.includes(person)) as [number, number, number]
  await app.db.run(
    sql`update messages set first_click_at = ${due} where activity_id = ${id} and profile_id = ${clicker}`,
  )
  await app.db.run(
    sql`update messages set unsubscribed_at = ${due} where activity_id = ${id} and profile_id = ${leaver}`,
  )
  const plan = (await readPlan(app.db, reminder, 'https://l.example', due))!
  const claimed = [clicker, leaver, stays].map(profileId => ({ bucket: profileId & 255, profileId }))
  const checked = await checkClaimed(app.db, plan, claimed)
  expect(new Map(checked.map(({ profileId, barred }) => [profileId, barred]))).toEqual(
    new Map([
      [clicker, 'clicked_before'],
      [leaver, 'clicked_before'],
      [stays, null],
    ]),
  )
})

test('the last of a slow sending have as much time as the first, and who got it late gets no reminder', async () => {
  const id = await draft({ after: { n: 1, unit: 'hours' }, body: null })
  const { start, delivered, clicked } = await sent(id)
  const last = new Date(Math.floor(later(start, 5 * hour).getTime() / 60_000) * 60_000)
  await app.db.run(
    sql`insert into series (bucket, activity_id, minute, event, n) values (7, ${id}, ${last}, 'sent', 1)`,
  )
  const due = later(last, hour)
  // The API, the report and the list say the time by which it is made, and none while somebody still waits for the first SMS.
  const times = async () => {
    const report = await call('GET', `/activities/${id}/report`)
    const list = await call('GET', '/activities?tab=sent&limit=100')
    const { overview } = report.body as { overview: { reminder: { at: string | null } } }
    const { items } = list.body as { items: { id: number; reminder: object | null }[] }
    const listed = items.find(item => item.id === id)?.reminder
    return [(await get(id)).reminderStatus?.at, overview.reminder.at, listed]
  }
  const after = { n: 1, unit: 'hours' }
  expect(await times()).toEqual([
    due.toISOString(),
    due.toISOString(),
    { state: 'planned', after, at: due.toISOString() },
  ])
  await app.db.run(sql`insert into tallies (bucket, activity_id, figure, n, credits) values (7, ${id}, 'queued', 1, 0)
    on conflict (bucket, activity_id, figure) do update set n = 1`)
  expect(await times()).toEqual([null, null, { state: 'planned', after, at: null }])
  await allSent(id)
  expect(await make(later(due, -1))).toBe(0)
  // A retry brought it to one of them a moment ago.
  const [late, early] = delivered.filter(person => !clicked.includes(person)) as [number, number]
  await app.db.run(
    sql`update messages set status_at = ${later(due, -2000)} where activity_id = ${id} and profile_id = ${late}`,
  )
  await app.db.run(sql`update messages set status_at = ${last} where activity_id = ${id} and profile_id = ${early}`)
  expect(await make(due)).toBe(1)
  await startDue(input(due))
  expect(await reachedBy((await get(id)).reminderStatus?.activityId)).toEqual(
    delivered.filter(person => !clicked.includes(person) && person !== late),
  )
})

test('moved to the drafts and scheduled again, it leaves out who got the first shortly before it is sent, in its count as well', async () => {
  const id = await draft()
  const { start, delivered, clicked } = await sent(id)
  const due = later(start, 48 * hour)
  const [late] = delivered.filter(person => !clicked.includes(person)) as [number]
  await app.db.run(
    sql`update messages set status_at = ${later(due, -2000)} where activity_id = ${id} and profile_id = ${late}`,
  )
  expect(await make(due)).toBe(1)
  const reminder = (await get(id)).reminderStatus?.activityId ?? 0
  const context = { workspaceId: shop.id, actor: 'Åsa', url: 'http://localhost', linkUrl: 'https://l.example' }
  const reached = async (sendAt: Date) => {
    await unscheduleActivity(app.db, { ...context, now: due }, reminder)
    const { targeted } = await countActivityAudience(app.db, { ...context, now: sendAt }, reminder)
    await scheduleActivity(app.db, { ...context, now: due }, reminder, { sendAt })
    const [row] = await app.db.query<{ settings: unknown }>(
      sql`select settings from activity_versions where activity_id = ${reminder}`,
    )
    const members = await membersOf(app.db, settingsFrom(row?.settings).sendTo.selection, {
      workspaceId: shop.id,
      now: sendAt,
    })
    const { from, where } = fromMembers(shop.id, 'sms', [topic], members)
    const who = await app.db.query<{ id: number }>(sql`select p.profile_id as id ${from} ${where} order by 1`)
    expect(targeted).toBe(who.length)
    return who.map(row => row.id)
  }
  const unclicked = delivered.filter(person => !clicked.includes(person))
  expect(await reached(later(due, hour))).toEqual(unclicked.filter(person => person !== late))
  // Half of the two days later, they have had time to click.
  expect(await reached(later(due, 24 * hour))).toEqual(unclicked)
})

test('what it reminds of does not count for its frequency, neither at the start nor at a claim', async () => {
  const sendTo = { topics: [topic], duplicates: 'all', frequency: { hours: 24 } }
  const id = await draft({ after: { n: 25, unit: 'hours' }, body: null }, { sendTo })
  expect((await get(id)).problems).toEqual([])
  await app.db.run(
    sql`update activities set state = 'cancelled', swept_at = frozen_at, finished_at = frozen_at where id <> ${id}`,
  )
  const { start, delivered, clicked } = await sent(id)
  await app.db.run(sql`update messages set t0 = ${later(start, 2 * hour)} where activity_id = ${id} and t0 is not null`)
  const due = later(start, 25 * hour)
  expect(await make(due)).toBe(1)
  await startDue(input(due))
  const reminder = (await get(id)).reminderStatus?.activityId ?? 0
  const reached = delivered.filter(person => !clicked.includes(person))
  expect(await reachedBy(reminder)).toEqual(reached)
  const plan = (await readPlan(app.db, reminder, 'https://l.example', due))!
  const claimed = reached.map(profileId => ({ bucket: profileId & 255, profileId }))
  const checked = await checkFrequency(app.db, plan, await checkClaimed(app.db, plan, claimed), due)
  expect(checked.map(({ barred }) => barred)).toEqual(reached.map(() => null))
})

test.each(['scheduled', 'starting', 'failed'])(
  'cancelled with its activity also when it is made and %s',
  async state => {
    const id = await draft()
    const { start } = await sent(id)
    expect(await make(later(start, 48 * hour))).toBe(1)
    const reminder = (await get(id)).reminderStatus?.activityId ?? 0
    await app.db.run(sql`update activities set state = ${state} where id = ${reminder}`)
    await view('POST', `/activities/${id}/cancel`, {})
    expect(await get(reminder)).toMatchObject({ state: 'cancelled' })
    expect((await get(id)).reminderStatus).toMatchObject({ state: 'cancelled', activityId: reminder })
    await startDue(input(later(start, 49 * hour)))
    expect(await reachedBy(reminder)).toEqual([])

    // One that has started is an SMS of its own.
    const second = await draft()
    const { start: begun } = await sent(second)
    expect(await make(later(begun, 48 * hour))).toBe(1)
    await startDue(input(later(begun, 48 * hour)))
    await view('POST', `/activities/${second}/cancel`, {})
    expect(await get((await get(second)).reminderStatus?.activityId ?? 0)).toMatchObject({ state: 'sending' })
  },
)

test('whom the first leaves out, its reminder leaves out as well, planned or by hand', async () => {
  const tags = { include: { match: 'any', tags: [] }, exclude: { match: 'any', tags: ['complained'] } }
  const id = await draft(twoDays, { sendTo: { topics: [topic], duplicates: 'all', tags } })
  const { start, delivered, clicked } = await sent(id)
  const [complains] = delivered.filter(person => !clicked.includes(person)) as [number]
  await app.db.run(sql`update profiles set tags = '{complained}' where profile_id = ${complains}`)
  const byHand = await view('POST', `/activities/${id}/remind`, { planned: 'keep' })
  expect(byHand).toMatchObject({ sendTo: { reminds: id, tags } })
  const due = later(start, 48 * hour)
  expect(await make(due)).toBe(1)
  await startDue(input(due))
  expect(await reachedBy((await get(id)).reminderStatus?.activityId)).toEqual(
    delivered.filter(person => !clicked.includes(person) && person !== complains),
  )
})

describe('one that cannot be sent', () => {
  const alarms = async (at: Date) => {
    await new AlarmWatch({ db: app.db, clock: clockAt(at), spoolFolder, machine: 'here' }).look(at)
    await app.db.run(sql`update alarms set shown_at = shown_at - interval '1 minute'`)
    const { items } = (await call('GET', '/alarms')).body as {
      items: { kind: string; sentence: string; activityId: number }[]
    }
    return items.filter(({ kind }) => kind === 'reminder_not_sent')
  }
  afterEach(() => archive(null))
  const archive = (at: Date | null) => app.db.run(sql`update topics set archived_at = ${at} where id = ${topic}`)

  test('says why, raises an alarm, and goes as soon as it can', async () => {
    const id = await draft()
    const { start } = await sent(id)
    const due = later(start, 48 * hour)
    await archive(start)
    expect(await make(due)).toBe(0)
    expect(await reminders(id)).toEqual([])
    expect((await get(id)).reminderStatus).toMatchObject({ state: 'planned', fault: expect.stringContaining('Offers') })
    expect(await alarms(due)).toMatchObject([
      { sentence: expect.stringContaining('“Spring” cannot be sent yet.'), activityId: id },
    ])
    await archive(null)
    expect(await make(later(due, hour))).toBe(1)
    expect(await alarms(later(due, hour))).toEqual([])
  })

  test('is given up after a day, until somebody plans it again', async () => {
    const id = await draft()
    const { start } = await sent(id)
    const due = later(start, 48 * hour)
    await archive(start)
    for (const waited of [0, 12, 25]) expect(await make(later(due, waited * hour))).toBe(0)
    await archive(null)
    expect(await make(later(due, 26 * hour))).toBe(0)
    expect((await get(id)).reminderStatus).toMatchObject({ state: 'late' })
    expect(await alarms(later(due, 26 * hour))).toMatchObject([{ sentence: expect.stringContaining('was not sent') }])
    const { revision } = await get(id)
    await view('PUT', `/activities/${id}/reminder`, {
      revision,
      reminder: { after: { n: 4, unit: 'days' }, body: null },
    })
    expect(await alarms(later(due, 26 * hour))).toEqual([])
    expect(await make(later(start, 96 * hour))).toBe(1)
  })

  test('stops no other one because its plan cannot be read, and is planned again', async () => {
    const unread = await draft()
    const { start } = await sent(unread)
    const other = await draft()
    await sent(other)
    await app.db.run(sql`update activities set reminder = '{"v": 2, "when": "2d"}' where id = ${unread}`)
    const due = later(start, 49 * hour)
    expect(await make(due)).toBe(1)
    expect(await reminders(other)).toHaveLength(1)
    expect((await get(unread)).reminderStatus).toMatchObject({
      state: 'planned',
      fault: expect.stringContaining('reminder'),
    })
    expect(await alarms(due)).toMatchObject([{ activityId: unread }])
    const { revision } = await get(unread)
    const plan = { after: { n: 3, unit: 'days' }, body: null }
    await view('PUT', `/activities/${unread}/reminder`, { revision, reminder: plan })
    expect(await make(later(start, 73 * hour))).toBe(1)
  })

  test('is not sent more than a day after its time, however long it could not be tried', async () => {
    const id = await draft()
    const { start } = await sent(id)
    await view('POST', `/activities/${id}/pause`, {})
    await view('POST', `/activities/${id}/resume`, {})
    const muchLater = later(start, 20 * 24 * hour)
    expect(await make(muchLater)).toBe(0)
    expect(await reminders(id)).toEqual([])
    expect((await get(id)).reminderStatus).toMatchObject({ state: 'late', fault: expect.stringContaining('a day') })
    expect(await alarms(muchLater)).toMatchObject([
      { sentence: expect.stringContaining('was not sent'), activityId: id },
    ])
  })

  test('counts no fault that is over, and its log has a line where the fault changes', async () => {
    const id = await draft()
    const { start } = await sent(id)
    const due = later(start, 48 * hour)
    await archive(start)
    const lines: string[] = []
    const noting = { ...log, error: (...[, line]: unknown[]) => void lines.push(String(line)) }
    const look = (ms: number) => makeDueReminders({ ...input(later(due, ms)), log: noting })
    for (const ms of [0, 2000, 4000]) expect(await look(ms)).toBe(0)
    expect(lines).toHaveLength(1)
    await archive(null)
    await view('POST', `/activities/${id}/pause`, {})
    expect((await get(id)).reminderStatus).toMatchObject({ state: 'planned', fault: null })
    expect(await alarms(due)).toEqual([])
    await view('POST', `/activities/${id}/resume`, {})
    expect(await look(20 * hour)).toBe(1)
  })

  test('hides no newer alarm once it is given up, and is shown for a week', async () => {
    const old = await draft()
    const { start } = await sent(old)
    await app.db.run(sql`insert into activities (workspace_id, name, state, frozen_at, reminder, reminder_state, reminder_fault, reminder_fault_at, created_at, updated_at)
      select ${shop.id}, 'Late', 'sent', ${start}, '{}', 'late', 'Too late.', ${start}, ${start}, ${start} from generate_series(1, 120)`)
    const id = await draft()
    await sent(id)
    await archive(start)
    const due = later(start, 49 * hour)
    expect(await make(due)).toBe(0)
    expect((await alarms(due)).map(({ activityId }) => activityId)).toContain(id)
    const week = later(start, 8 * 24 * hour)
    expect((await alarms(week)).map(({ sentence }) => sentence).filter(one => one.includes('“Late”'))).toEqual([])
    await app.db.run(sql`delete from activities where name = 'Late'`)
  })

  test('keeps its gateway from being removed', async () => {
    const id = await draft()
    await sent(id)
    await app.db.run(sql`update activities set state = 'sent' where id <> ${id} and state <> 'draft'`)
    await app.db.run(sql`update activities set state = 'sent' where id = ${id}`)
    expect(await call('DELETE', `/gateways/${gateway}`)).toMatchObject({
      status: 409,
      body: { code: 'gateway_in_use' },
    })
  })
})

test('of another workspace there is nothing to plan, and a viewer plans none', async () => {
  const id = await draft()
  const { revision } = await get(id)
  const stranger = await app.workspace('Other', 'editor')
  const viewer = await app.member(shop.id, 'viewer')
  for (const [method, given] of [
    ['PUT', { revision, reminder: twoDays }],
    ['DELETE', undefined],
  ] as const) {
    const path = `/activities/${id}/reminder`
    const sentBody = given && { body: given }
    expect(await app.call(method, stranger.base + path, { key: stranger.key, ...sentBody })).toMatchObject({
      status: 404,
    })
    expect(await app.call(method, shop.base + path, { key: stranger.key, ...sentBody })).toMatchObject({
      status: expect.toSatisfy((status: number) => status === 403 || status === 404),
    })
    expect(await app.call(method, shop.base + path, { cookie: viewer.cookie, ...sentBody })).toMatchObject({
      status: 403,
    })
  }
  expect(await get(id)).toMatchObject({ revision, reminder: twoDays })
})
