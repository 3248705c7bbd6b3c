/**
 * The story of the SMS report, on a real list of 10,000 with real processes: an SMS is sent, people click; who clicked becomes a segment; the next
 * SMS excludes it and reaches exactly those of the audience who did not click. The same by Remind, and by a reminder that was planned with the
 * first SMS and is made and sent once, though the worker is killed at each of its steps.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { setClockRate } from '../server/platform/installation/business-clock.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import {
  type Child,
  countsOf,
  type Env,
  freePort,
  homing,
  homingJson,
  killAll,
  root,
  startProcess,
  temporaryFolder,
  until,
} from './processes.ts'

const list = join(root, 'test', 'data', 'profiles-10k.csv')
const facts = JSON.parse(readFileSync(join(root, 'test', 'data', 'profiles-10k.facts.json'), 'utf8')) as {
  consentYes: number
}
const map = 'external_key=Kundnr,first_name=Förnamn,phone=Mobil,sms_consent=Samtycke SMS'
const text = 'Hej ##first_name|du##! https://example.com/host Avsluta: ##unsubscribe##'
/** Four hours of business in a second. */
const rate = 14_400
const days = 15

let place: ReturnType<typeof temporaryFolder>
let database: FreshDatabase
let db: Database
let env: Env
let folder: string
let base: string
let key: string
let worker: Child
let first: number

beforeAll(async () => {
  place = temporaryFolder('story')
  folder = join(place.path, 'simulator')
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test', max: 2 })
  const port = await freePort()
  env = {
    DATABASE_URL: database.connectionString,
    HOMING_DATA: place.path,
    HOMING_PORT: String(port),
    HOMING_GATEWAY_PASSWORD: 'homing',
    HOMING_LINK_URL: `http://127.0.0.1:${port}`,
    HOMING_SIMULATOR_LINK_ORIGINS: `http://127.0.0.1:${port}`,
    HOMING_CLOCK_RATE: String(rate),
  }
  base = `http://localhost:${port}/api/v1/workspaces/1`
  writeFileSync(join(place.path, 'text.txt'), text)
  await homingJson(['workspace', 'create', 'Shop'], env)
  await homingJson(['import', list, '--workspace', 'Shop', '--country', 'SE', '--map', map], env)
  const simulator = await startProcess(['simulator', '--folder', folder, '--seed', '11'], env)
  const at = `smpp://homing@127.0.0.1:${simulator.info.port}`
  await homingJson(['gateway', 'add', at, '--workspace', 'Shop', '--name', 'sim', '--window', '500'], env)
  key = (
    await homingJson<{ key: string }>(
      ['api-key', 'create', '--workspace', 'Shop', '--name', 'k', '--role', 'editor'],
      env,
    )
  ).key
  await setClockRate(db, rate)
  await startProcess(['web'], env)
  worker = await startProcess(['worker'], env)
})
afterAll(async () => {
  await killAll()
  await db.end()
  await database.drop()
  place.remove()
})

async function call<Answer>(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
  const answer = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const said = (await answer.json()) as Answer
  expect(answer.status, JSON.stringify(said)).toBeLessThan(300)
  return said
}

/** Nobody receives, clicks or writes any more, and all that they did is in the figures. */
async function settled(activity: number): Promise<void> {
  await until(
    'the simulator is quiet',
    () => countsOf(folder)?.receiptsOpen === 0 && countsOf(folder)?.visitsOpen === 0,
    {
      timeoutMs: 120_000,
      seen: () => countsOf(folder),
    },
  )
  await until('the inbox is empty', async () => {
    const [behind] = await db.query<{ n: number }>(
      sql`select count(*) as n from inbox i join inbox_sources s on s.id = i.source where i.seq > s.watermark`,
    )
    return behind?.n === 0
  })
  await until(
    'it is sent',
    async () => (await call<{ state: string }>('GET', `/activities/${activity}`)).state === 'sent',
    {
      timeoutMs: 120_000,
    },
  )
}

async function idsOf(statement: ReturnType<typeof sql>): Promise<number[]> {
  return (await db.query<{ id: number }>(statement)).map(({ id }) => id).toSorted((a, b) => a - b)
}
/** Those whom it selected, and of them those who are sent it. */
const targeted = (activity: number) => idsOf(sql`select profile_id as id from messages where activity_id = ${activity}`)
const reached = (activity: number) =>
  idsOf(sql`select profile_id as id from messages where activity_id = ${activity} and excluded is null`)
const delivered = () =>
  idsOf(sql`select profile_id as id from messages where activity_id = ${first} and status = 'delivered'`)
/** From the clicks themselves: a person's, on a link of the first SMS. */
const clicked = () =>
  idsOf(sql`select distinct profile_id as id from clicks where activity_id = ${first} and verdict = 'human'`)
const consenting = () => idsOf(sql`select profile_id as id from current_consents where granted and channel = 'sms'`)
/** By now, by whatever SMS. */
const optedOut = () =>
  idsOf(
    sql`select distinct p.profile_id as id from profiles p join opt_outs o on o.address = p.phone where o.released_at is null`,
  )
/** Of those whom it selected everybody is sent it but who opted out: before it was scheduled, or while it was frozen. */
async function reachesAllBut(before: readonly number[], activity: number, expected: readonly number[]): Promise<void> {
  const sent = await reached(activity)
  expect(sent.filter(id => before.includes(id))).toEqual([])
  expect(less(sent, expected)).toEqual([])
  expect(less(less(expected, sent), await optedOut())).toEqual([])
}
const less = (all: readonly number[], some: readonly number[]) => {
  const left = new Set(some)
  return all.filter(id => !left.has(id))
}

async function frozen(activity: number): Promise<number> {
  await until('it is frozen', async () => {
    const [row] = await db.query<{ at: Date | null }>(
      sql`select frozen_at as at from activities where id = ${activity}`,
    )
    return row?.at !== null
  })
  return activity
}

/** They build on each other. */
const once = { retry: 0 }

test('the first SMS is sent to everybody who consents, with a reminder that is planned with it', once, async () => {
  const words = ['--workspace', 'Shop', '--gateway', 'sim', '--topic', 'Offers', '--name', 'Autumn', '--sender', 'Shop']
  const after = ['--remind-after', `${days}d`]
  const sent = await homingJson<{ activity: string; targeted: number }>(
    ['send', ...words, '--text-file', join(place.path, 'text.txt'), ...after],
    env,
  )
  first = Number(sent.activity)
  expect(sent.targeted).toBe(facts.consentYes)
  await settled(first)
  // Out of the way of the two SMS of the next test, until its time has come.
  expect((await clicked()).length).toBeGreaterThan(300)
  expect(await call('GET', `/activities/${first}`)).toMatchObject({ reminderStatus: { state: 'planned' } })
})

test('who clicked becomes a segment, and the next SMS excludes it', once, async () => {
  const event = { kind: 'event', event: 'clicked', of: [first] }
  const definition = { v: 1, root: { kind: 'group', match: 'all', items: [event] } }
  const { id: segment } = await call<{ id: number }>('POST', '/segments', { name: 'Clicked in Autumn', definition })
  expect(await call('POST', '/segments/count', { definition })).toMatchObject({ n: (await clicked()).length })
  const { figures } = await call<{ figures: { unique: number } }>('GET', `/activities/${first}/report`)
  expect(figures.unique).toBe((await clicked()).length)

  const { content, sendTo, gatewayId } = await call<{ content: object; sendTo: object; gatewayId: number }>(
    'GET',
    `/activities/${first}`,
  )
  const excluding = { ...sendTo, exclude: { match: 'any', segments: [segment] } }
  const made = { name: 'Autumn, once more', content, sendTo: excluding, gatewayId, quietHours: false }
  const before = await optedOut()
  const { id } = await call<{ id: number }>('POST', '/activities', made)
  await call('POST', `/activities/${id}/schedule`, { sendAt: null })
  await frozen(id)
  expect(await targeted(id)).toEqual(less(await consenting(), await clicked()))
  const sent = await reached(id)
  expect(sent.filter(profile => before.includes(profile))).toEqual([])
  expect(less(sent, less(await consenting(), await clicked()))).toEqual([])
  // Left out besides: numbers that get no SMS, and all but one of those who share one.
  const others = less(await targeted(id), [...sent, ...(await optedOut())])
  const reasons = await db.query<{ excluded: string }>(
    sql`select distinct excluded from messages where activity_id = ${id} and excluded is not null and profile_id = any(${others}::bigint[])`,
  )
  for (const { excluded } of reasons)
    expect(['no_address', 'invalid_address', 'landline', 'number_type', 'duplicate_address', 'hard_bounces']).toContain(
      excluded,
    )
})

test('Remind reaches those who got it and did not click', once, async () => {
  const before = await optedOut()
  const { id } = await call<{ id: number }>('POST', `/activities/${first}/remind`, { planned: 'keep' })
  await call('POST', `/activities/${id}/schedule`, { sendAt: null })
  await frozen(id)
  const expected = less(await delivered(), await clicked())
  expect(await targeted(id)).toEqual(expected)
  await reachesAllBut(before, id, expected)
})

test('the planned reminder reaches them too, once, though the worker is killed at each of its steps', {
  retry: 0,
}, async () => {
  const status = async () =>
    (
      await call<{ reminderStatus: { state: string; at: string; activityId: number | null } }>(
        'GET',
        `/activities/${first}`,
      )
    ).reminderStatus
  const { at } = await status()
  const reminders = () =>
    db.query<{ id: number; state: string; messages: number; attempts: number }>(sql`
      select a.id, a.state, (select count(*) from messages m where m.activity_id = a.id) as messages,
        (select count(*) from attempts t where t.activity_id = a.id) as attempts
      from activities a where a.name = 'Reminder: Autumn' and a.id in (select reminder_id from activities where id = ${first}) `)
  // The steps: nothing, the reminder, its messages, the first of them sent.
  const steps: [string, () => Promise<boolean>][] = [
    ['the worker is there', async () => true],
    ['the reminder is made', async () => (await reminders()).length > 0],
    ['its audience is frozen', async () => (await reminders())[0]!.messages > 0],
    ['some of it is sent', async () => (await reminders())[0]!.attempts > 0],
  ]
  await worker.kill()
  const before = await optedOut()
  await until('it is due', async () => (await call<{ asOf: string }>('GET', '/activities?tab=sent')).asOf > at, {
    timeoutMs: 240_000,
  })
  for (const [what, isThere] of steps) {
    worker = await startProcess(['worker'], env)
    await until(what, isThere, { everyMs: 1 })
    await worker.kill()
    expect((await reminders()).length).toBeLessThanOrEqual(1)
  }
  worker = await startProcess(['worker'], env)
  const { state, activityId } = await status()
  expect(state).toBe('made')
  const id = activityId ?? 0
  await settled(id)
  // With the one of Remind.
  const all = await db.query(sql`select from activities where send_to ->> 'reminds' = ${String(first)}`)
  expect(all).toHaveLength(2)
  const expected = less(await delivered(), await clicked())
  expect(await targeted(id)).toEqual(expected)
  await reachesAllBut(before, id, expected)
  expect(countsOf(folder)).toMatchObject({ doubles: 0, deadLinks: 0 })
  for (const activity of [first, id]) {
    const verified = await homing(['verify', String(activity), '--json'], env)
    expect(JSON.parse(verified.out)).toMatchObject({ toJudge: 0, differences: [] })
  }
})
