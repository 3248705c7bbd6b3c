import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { settleAlarms } from './alarms.ts'
import { AlarmWatch } from './watch.ts'

const app = testApp()
const now = new Date('2026-11-01T12:00:00Z')
let shop: { id: number; key: string; base: string }
let other: { id: number; key: string; base: string }
let gateway: number
let spoolFolder: string
let watch: AlarmWatch

beforeAll(async () => {
  shop = await app.workspace('Shop')
  other = await app.workspace('Other')
  spoolFolder = mkdtempSync(join(tmpdir(), 'homing-alarms-'))
})
afterAll(() => rmSync(spoolFolder, { recursive: true }))
beforeEach(async () => {
  await app.db.run(sql`delete from alarms`)
  await app.db.run(sql`delete from activities`)
  await app.db.run(sql`delete from gateways`)
  await app.db.run(sql`update installation set sending_held = null`)
  const [row] = await app.db.query<{ id: number }>(
    sql`insert into gateways (workspace_id, name, kind, settings, account, password, test, created_at)
      values (${shop.id}, 'Operator', 'smpp', jsonb_build_object('host', 'smpp.example', 'port', 2775, 'systemId', 'u'), 'smpp:u@smpp.example:2775', 'p', false, ${now}) returning id`,
  )
  gateway = row!.id
  watch = new AlarmWatch({ db: app.db, clock: app.deps.clock, spoolFolder, machine: 'here' })
})

interface Shown {
  kind: string
  sentence: string
  fix: string
  detail: string
  raisedAt: string
  gatewayId: number | null
  activityId: number | null
}

/** What the page shows, after everything has held for as long as it must. */
async function shown({ base, key } = shop, waited = true): Promise<Shown[]> {
  if (waited) await app.db.run(sql`update alarms set shown_at = shown_at - interval '1 minute'`)
  return ((await app.call('GET', `${base}/alarms`, { key })).body as { items: Shown[] }).items
}
const kinds = (alarms: Shown[]) => alarms.map(({ kind }) => kind)

async function session(state: string, detail = ''): Promise<void> {
  await app.db.run(sql`delete from gateway_sessions`)
  await app.db.run(sql`
    insert into gateway_sessions (gateway_id, bind_no, process, machine, started_at, lease_until, answered_until, state, detail)
    values (${gateway}, 1, 'p', 'm', ${new Date()}, ${new Date(Date.now() + 60_000)}, ${now}, ${state}, ${detail})`)
}

test('a gateway whose settings cannot be read raises one alarm, with what to do; the others raise none', async () => {
  await activity('sending')
  await app.db.run(sql`insert into gateways (workspace_id, name, kind, settings, password, test, created_at)
    values (${other.id}, 'Newer', 'twilio', '{}', '', false, ${now})`)
  await app.db.run(sql`update gateways set settings = '{"host": "smpp.example"}' where id = ${gateway}`)
  await watch.look(now)
  expect(await shown()).toMatchObject([
    { kind: 'gateway_unreadable', gatewayId: gateway, sentence: expect.stringContaining('“Operator” is not opened') },
  ])
  expect(await shown(other)).toMatchObject([
    { kind: 'gateway_unreadable', sentence: expect.stringContaining('kind “twilio”') },
  ])
  await app.db.run(sql`delete from gateways where workspace_id = ${other.id}`)
  await app.db.run(
    sql`update gateways set settings = settings || '{"port": 2775, "systemId": "u"}' where id = ${gateway}`,
  )
  await watch.look(now)
  expect(kinds(await shown())).toEqual(['gateway_down'])
})

/** With this number of SMS queued. */
async function activity(state: string, detail: string | null = null, queued = 1): Promise<number> {
  const [row] = await app.db.query<{ id: number }>(
    sql`insert into activities (workspace_id, name, state, state_detail, gateway_id, created_at, updated_at)
      values (${shop.id}, 'Spring', ${state}, ${detail}, ${gateway}, ${now}, ${now}) returning id`,
  )
  await app.db.run(
    sql`insert into tallies (bucket, activity_id, figure, n) values (7, ${row!.id}, 'queued', ${queued})`,
  )
  return row!.id
}

describe('a gateway', () => {
  test('that does not answer raises an alarm while something waits for it, from when it was first seen, and cleared when it is back', async () => {
    await session('lost', 'connect ECONNREFUSED')
    await watch.look(now)
    expect(await shown()).toEqual([])

    await activity('sending')
    await watch.look(now)
    expect(await shown(shop, false)).toEqual([])
    await watch.look(new Date(now.getTime() + 60_000))
    const [down] = await shown()
    expect(down).toMatchObject({
      kind: 'gateway_down',
      sentence: 'The gateway “Operator” does not answer. One SMS waits for it.',
      detail: `Gateway ${gateway}, lost: connect ECONNREFUSED`,
      raisedAt: now.toISOString(),
      gatewayId: gateway,
      activityId: null,
    })

    await session('bound')
    await watch.look(now)
    expect(await shown()).toEqual([])
    const [kept] = await app.db.query(sql`select cleared_at as at from alarms`)
    expect(kept).toEqual({ at: now })
  })

  test('that is away for a moment only has never raised an alarm', async () => {
    await activity('sending')
    await session('connecting')
    await watch.look(now)
    await session('bound')
    await watch.look(now)
    expect(await app.db.query(sql`select from alarms`)).toEqual([])
  })

  test('that refuses its password raises an alarm at once, whatever waits', async () => {
    await session('refused_credentials', 'bind refused 0x0E')
    await watch.look(now)
    const [refused] = await shown(shop, false)
    expect(refused).toMatchObject({
      kind: 'gateway_credentials',
      sentence: 'The gateway “Operator” does not accept its credentials.',
    })
  })

  test('that is away says how many SMS wait for it, not how many activities; what is paused does not wait', async () => {
    const id = await activity('sending', null, 1_200)
    await app.db.run(
      sql`insert into tallies (bucket, activity_id, figure, n) values (8, ${id}, 'queued', 34), (8, ${id}, 'bounced_soft_retrying', 1), (8, ${id}, 'pending', 500)`,
    )
    await activity('paused', null, 70)
    await watch.look(now)
    expect(await shown()).toMatchObject([
      { sentence: 'The gateway “Operator” does not answer. 1,235 SMS wait for it.' },
    ])
    await app.db.run(sql`update activities set state = 'paused'`)
    await watch.look(now)
    expect(await shown()).toEqual([])
  })

  test.each(['bound', 'throttled'])('that is there (%s) raises no alarm, however many wait', async state => {
    await activity('sending', null, 300)
    await session(state, 'the gateway asks to slow down: ESME_RTHROTTLED')
    await watch.look(now)
    expect(await shown()).toEqual([])
  })

  test('of another workspace is none of ours', async () => {
    await activity('sending')
    await watch.look(now)
    expect(kinds(await shown())).toEqual(['gateway_down'])
    expect(await shown(other)).toEqual([])
  })

  test('that was removed is not missed', async () => {
    await activity('sending')
    await app.db.run(sql`update gateways set removed_at = ${now}`)
    await watch.look(now)
    expect(await shown()).toEqual([])
  })
})

test('sending that is held raises an alarm in every workspace', async () => {
  await app.db.run(sql`update installation set sending_held = 'moved or copied'`)
  await watch.look(now)
  for (const workspace of [shop, other])
    expect(await shown(workspace, false)).toMatchObject([{ kind: 'sending_held', detail: 'moved or copied' }])
})

test('an activity that could not be started raises an alarm with its name until it has', async () => {
  const id = await activity('starting', 'the database said 57014')
  await watch.look(now)
  expect(await shown()).toMatchObject([{ kind: 'activity_not_started', activityId: id }])
  await app.db.run(sql`update activities set state = 'sending' where id = ${id}`)
  await session('bound')
  await watch.look(now)
  expect(await shown()).toEqual([])
})

test('an activity that was given up says so at once, with the reason and what to do, until a person has decided', async () => {
  const id = await activity('failed', 'the database said 22P02')
  await watch.look(now)
  const [alarm] = await shown(shop, false)
  expect(alarm).toMatchObject({ kind: 'activity_failed', activityId: id })
  // A code of the database is no word for a marketer.
  expect(alarm!.fix).not.toContain('22P02')
  expect(alarm!.detail).toContain('22P02')
  expect((await app.call('POST', `${shop.base}/activities/${id}/cancel`, { key: shop.key })).status).toBe(200)
  await watch.look(now)
  expect(await shown()).toEqual([])
})

test('an activity that was paused because it cannot be read says so at once, until a person resumes or cancels it', async () => {
  await session('bound')
  const id = await activity('paused', 'settings.sender is missing')
  await activity('paused')
  await watch.look(now)
  expect(await shown(shop, false)).toMatchObject([
    { kind: 'activity_unreadable', activityId: id, detail: expect.stringContaining('settings.sender is missing') },
  ])
  expect((await app.call('POST', `${shop.base}/activities/${id}/resume`, { key: shop.key })).status).toBe(200)
  await watch.look(now)
  expect(await shown()).toEqual([])
  expect((await app.call('POST', `${shop.base}/activities/${id}/pause`, { key: shop.key })).status).toBe(200)
  await watch.look(now)
  expect(await shown()).toEqual([])
})

test('a message waits for the gateway of its route, not for that of its activity', async () => {
  const [other] = await app.db.query<{ id: number }>(
    sql`insert into gateways (workspace_id, name, kind, settings, account, test, created_at)
      values (${shop.id}, 'Second', 'smpp', '{"host": "second.example", "port": 2775, "systemId": "u"}', 'smpp:u@second.example:2775', false, ${now}) returning id`,
  )
  const id = await activity('sending', null, 5)
  await app.db.run(sql`insert into activity_routes (activity_id, route, gateway_id) values (${id}, 1, ${other!.id})`)
  await app.db.run(
    sql`insert into breakdowns (bucket, activity_id, kind, key, figure, n) values (7, ${id}, 'route', '1', 'queued', 3)`,
  )
  await watch.look(now)
  expect((await shown()).map(({ sentence }) => sentence)).toEqual([
    'The gateway “Operator” does not answer. 2 SMS wait for it.',
    'The gateway “Second” does not answer. 3 SMS wait for it.',
  ])
})

test('records that wait on disk for over a minute raise an alarm, from their own machine only', async () => {
  const file = join(spoolFolder, 'inbox-000000000001-000001-abcd.spool')
  writeFileSync(file, 'x')
  await watch.look(now)
  expect(await shown()).toEqual([])
  const patient = new AlarmWatch({ db: app.db, clock: app.deps.clock, spoolFolder, machine: 'here', spoolOldMs: 0 })
  await patient.look(now)
  expect(kinds(await shown())).toEqual(['spool_in_use'])
  await new AlarmWatch({
    db: app.db,
    clock: app.deps.clock,
    spoolFolder: '/nonexistent/spool',
    machine: 'elsewhere',
  }).look(now)
  expect(kinds(await shown())).toEqual(['spool_in_use'])
  rmSync(file)
  await patient.look(now)
  expect(await shown()).toEqual([])
})

test('where the journal of sending cannot be written, its machine says so until it can', async () => {
  let fault: string | undefined = 'ENOSPC: no space left on device, write'
  const full = new AlarmWatch({
    db: app.db,
    clock: app.deps.clock,
    spoolFolder,
    machine: 'here',
    journalFault: () => fault,
  })
  await full.look(now)
  expect(await shown(shop, false)).toMatchObject([
    { kind: 'journal_failed', detail: expect.stringContaining('no space left') },
  ])
  fault = undefined
  await full.look(now)
  expect(await shown()).toEqual([])
})

test('a session that ended over a minute ago and cannot be settled raises an alarm until it is', async () => {
  await session('lost')
  await app.db.run(sql`update gateway_sessions set ended_at = clock_timestamp() - interval '50 seconds'`)
  await watch.look(now)
  expect(await shown(shop, false)).toEqual([])
  await app.db.run(sql`update gateway_sessions set ended_at = clock_timestamp() - interval '61 seconds'`)
  await watch.look(now)
  expect(await shown(shop, false)).toMatchObject([{ kind: 'attempts_unsettled' }])
  await app.db.run(sql`update gateway_sessions set settled = true`)
  await watch.look(now)
  expect(await shown()).toEqual([])
})

test('looked at again and again by several, there is one alarm; other words are other words of the same', async () => {
  await activity('sending')
  const watches = Array.from(
    { length: 4 },
    () => new AlarmWatch({ db: app.db, clock: app.deps.clock, spoolFolder, machine: 'here' }),
  )
  await Promise.all(watches.map(one => one.look(now)))
  expect(await shown()).toHaveLength(1)
  await activity('sending')
  await watch.look(new Date(now.getTime() + 1000))
  expect(await shown()).toMatchObject([
    { sentence: 'The gateway “Operator” does not answer. 2 SMS wait for it.', raisedAt: now.toISOString() },
  ])
})

test('a watcher clears only what it answers for', async () => {
  await activity('sending')
  await watch.look(now)
  await settleAlarms(app.db, { kinds: ['database_slow'] }, [], now)
  expect(kinds(await shown())).toEqual(['gateway_down'])
})

test('no fault of the server was logged', () => expect(app.faults).toEqual([]))
