/** What a person decides, and what goes wrong, while the worker is at work: both hold from the next statement on. */
import { beforeAll, describe, expect, test } from 'vitest'
import { problem } from '../../core/problems.ts'
import { ownDatabase } from '../../test/database.ts'
import { changeDraft, getActivity } from '../activities/draft.ts'
import { listActivities } from '../activities/list-activities.ts'
import { cancelActivity, pauseActivity, resumeActivity } from '../activities/schedule.ts'
import { makeClock } from '../platform/clock.ts'
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { getReport } from '../report/overview.ts'
import { claimDue, claimQueued } from './claim.ts'
import { readPlanOrPause } from './plan.ts'
import { mostTries, startDue } from './start-due.ts'
import { Sweeper } from './sweep.ts'

const now = new Date('2026-11-01T12:00:00Z')
const linkUrl = 'https://l.example'
const buckets = Array.from({ length: 256 }, (_, bucket) => bucket)
const db = await ownDatabase({ max: 4, installedAt: now })
let workspaceId: number
let gatewayId: number
let sessionId: number

beforeAll(async () => {
  const id = async (statement: Parameters<Database['query']>[0]) => (await db.query<{ id: number }>(statement))[0]!.id
  workspaceId = await id(sql`insert into workspaces (name, created_at) values ('Shop', ${now}) returning id`)
  gatewayId =
    await id(sql`insert into gateways (workspace_id, name, kind, settings, account, password, test, created_at)
    values (${workspaceId}, 'G', 'smpp', jsonb_build_object('host', '127.0.0.1', 'port', 2775, 'systemId', 'u'), 'smpp:u@127.0.0.1:2775', 'p', true, ${now}) returning id`)
  sessionId =
    await id(sql`insert into gateway_sessions (gateway_id, bind_no, process, machine, started_at, lease_until, answered_until)
    values (${gatewayId}, 1, 'p', 'm', ${new Date()}, ${new Date(Date.now() + 60_000)}, ${now}) returning id`)
})

const context = () => ({ workspaceId, actor: 'test', url: linkUrl, linkUrl, now })

/** Under way, with queued messages and one whose retry is due. */
async function sendingActivity(queued: number): Promise<number> {
  const [row] = await db.query<{ id: number }>(sql`
    insert into activities (workspace_id, name, state, gateway_id, created_at, updated_at, started_at, frozen_at)
    values (${workspaceId}, 'A', 'sending', ${gatewayId}, ${now}, ${now}, ${now}, ${now}) returning id`)
  for (let profile = 1; profile <= queued; profile++)
    await db.run(sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status)
      values (${profile}, ${workspaceId}, ${row!.id}, ${profile}, 'queued')`)
  await db.run(sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status, attempts, t0, due)
    values (200, ${workspaceId}, ${row!.id}, 200, 'bounced_soft_retrying', 1, ${now}, ${now})`)
  return row!.id
}

test('a pause holds from the next claim on, for the queued and for the retries; resumed, it continues where it was', async () => {
  const activityId = await sendingActivity(3)
  const input = { activityId, route: null, gatewayId, sessionId, limit: 1, now }
  const queued = () => claimQueued(db, input, buckets, undefined)
  const profiles = (claimed: { profileId: number }[]) => claimed.map(({ profileId }) => profileId)
  expect(profiles(await queued())).toEqual([1])
  await pauseActivity(db, context(), activityId)
  expect(await queued()).toEqual([])
  expect(await claimDue(db, input, buckets, 'retry')).toEqual([])
  await resumeActivity(db, context(), activityId)
  expect(profiles(await queued())).toEqual([2])
  expect(profiles(await claimDue(db, input, buckets, 'retry'))).toEqual([200])
  await cancelActivity(db, context(), activityId)
  expect(await queued()).toEqual([])
})

test('a pause waits for the claim that is being committed, and none comes after it', async () => {
  const activityId = await sendingActivity(40)
  const input = { activityId, route: null, gatewayId, sessionId, limit: 1, now }
  const claims = Array.from({ length: 20 }, () => claimQueued(db, input, buckets, undefined))
  await pauseActivity(db, context(), activityId)
  const [before] = await db.query<{ n: number }>(
    sql`select count(*) as n from attempts where activity_id = ${activityId}`,
  )
  const committedLater = (await Promise.all(claims)).flat().length - before!.n
  expect(committedLater).toBeLessThanOrEqual(0)
})

describe('what cannot be started', () => {
  const good = { gatewayId: 1, sender: 'Shop', body: 'Hi', smart: true, sendTo: { topics: [], duplicates: 'all' } }
  const faults: unknown[] = []
  const quiet = () => {}
  const log = { debug: quiet, info: quiet, warn: quiet, error: (...fault: unknown[]) => void faults.push(fault) }
  let realMs = Date.UTC(2026, 10, 1)
  const input = () => ({
    db,
    clock: makeClock(1, Date.now(), now.getTime()),
    log,
    linkUrl,
    realNow: () => new Date(realMs),
  })
  let fault: Error | undefined
  const faulty: Database = { ...db, tx: work => (fault ? Promise.reject(fault) : db.tx(work)) }
  const pass = (seconds: number) => {
    realMs += seconds * 1000
    return startDue({ ...input(), db: faulty })
  }
  const bug = new TypeError('nothing is not a thing')

  /** Due now; what else its settings say. */
  async function due(settings: object = good): Promise<number> {
    const [row] = await db.query<{ id: number }>(sql`
      insert into activities (workspace_id, name, state, gateway_id, send_at, version, created_at, updated_at)
      values (${workspaceId}, 'B', 'scheduled', ${gatewayId}, ${now}, 1, ${now}, ${now}) returning id`)
    await db.run(sql`insert into activity_versions (activity_id, version, settings, created_at)
      values (${row!.id}, 1, ${JSON.stringify(settings)}::jsonb, ${now})`)
    faults.length = 0
    return row!.id
  }
  const stateOf = async (id: number) =>
    (
      await db.query<{ state: string; detail: string | null; tries: number }>(
        sql`select state, state_detail as detail, start_tries as tries from activities where id = ${id}`,
      )
    )[0]

  test('says why, and is started as soon as it can be', async () => {
    const id = await due()
    fault = bug
    await pass(0)
    expect(faults).toHaveLength(1)
    expect(await stateOf(id)).toEqual({ state: 'starting', detail: expect.stringContaining('TypeError'), tries: 1 })
    fault = undefined
    await pass(1)
    expect(await stateOf(id)).toEqual({ state: 'sending', detail: null, tries: 0 })
  })

  test('is tried again later each time, across restarts, and then given up with its reason', async () => {
    const id = await due()
    fault = bug
    const tries: number[] = []
    for (let second = 0; second < 600; second++) {
      await pass(1)
      const at = (await stateOf(id))!.tries
      if (at !== tries.length) tries.push(second)
    }
    expect(tries).toEqual([0, 1, 3, 7, 15, 31, 63, 127])
    expect(faults).toHaveLength(mostTries)
    expect(await stateOf(id)).toEqual({
      state: 'failed',
      detail: expect.stringContaining('TypeError'),
      tries: mostTries,
    })

    await resumeActivity(db, context(), id)
    expect(await stateOf(id)).toEqual({ state: 'starting', detail: null, tries: 0 })
    fault = undefined
    await pass(0)
    expect(await stateOf(id)).toMatchObject({ state: 'sending' })
  })

  test.each([
    ['that lacks its topics', { ...good, sendTo: {} }, 'settings.sendTo.topics is missing'],
    ['of an unknown channel', { ...good, shape: 1, content: { channel: 'fax' } }, 'content.channel is “fax”'],
    ['of a newer version', { ...good, shape: 2 }, 'settings.shape is 2'],
    ['that is no object', [], 'settings is not an object'],
  ])(
    'because of a settings document %s says so at once, and every other activity starts',
    async (_, settings, what) => {
      const id = await due(settings)
      const other = await due()
      await pass(0)
      expect(await stateOf(id)).toMatchObject({ state: 'failed', detail: expect.stringContaining(what) })
      expect(await stateOf(other)).toMatchObject({ state: 'sending' })
      const { items } = await listActivities(db, workspaceId, { tab: 'sent' })
      expect(items.map(item => item.id)).toEqual(expect.arrayContaining([id, other]))
      expect((await getReport(db, workspaceId, id, now))?.overview.stateDetail).toContain(what)
    },
  )

  test('is paused with the reason where it is found while it is being sent', async () => {
    const id = await due()
    await pass(0)
    await db.run(sql`update activity_versions set settings = '{}' where activity_id = ${id}`)
    const warned: string[] = []
    expect(await readPlanOrPause(db, id, linkUrl, now, (_, sentence) => warned.push(sentence))).toBeUndefined()
    expect(warned).toEqual([`activity ${id} is paused: its settings cannot be read`])
    expect(await stateOf(id)).toMatchObject({
      state: 'paused',
      detail: expect.stringContaining('settings.sender is missing'),
    })
  })

  test('with a problem that no second try solves is given up at once, and can be edited and scheduled again', async () => {
    const id = await due()
    const never = {
      ...input(),
      db: { ...db, tx: () => Promise.reject(problem('conflict', { what: 'No codes are left.' })) },
    }
    await startDue(never)
    expect(await stateOf(id)).toMatchObject({ state: 'failed', detail: expect.stringContaining('No codes are left.') })
    expect((await getActivity(db, context(), id)).problems.length).toBeGreaterThan(0)
    const [{ revision }] = (await db.query<{ revision: number }>(
      sql`select revision from activities where id = ${id}`,
    )) as [{ revision: number }]
    const draft = await changeDraft(db, context(), id, revision, { name: 'Better' })
    expect(draft).toMatchObject({ state: 'draft', name: 'Better', stateDetail: null })
  })

  test('because the database is full or away is tried for as long as it takes', async () => {
    const id = await due()
    const full = Object.assign(new Error('could not extend file'), { code: '53100' })
    let times = 0
    const never = () => {
      times++
      return Promise.reject(full)
    }
    for (let minute = 0; minute < 60; minute++) {
      realMs += 60_000
      await startDue({ ...input(), db: { ...db, tx: never } })
    }
    expect(await stateOf(id)).toMatchObject({ state: 'starting', detail: 'the database said 53100' })
    // Every five minutes at last.
    expect(times).toBeLessThan(25)
    await pass(300)
    expect(await stateOf(id)).toMatchObject({ state: 'sending', detail: null })
  })

  test('because it ends its process each time is given up too', async () => {
    const id = await due()
    await db.run(sql`update activities set state = 'starting', start_tries = 20 where id = ${id}`)
    await pass(0)
    expect(await stateOf(id)).toMatchObject({ state: 'failed', detail: expect.stringContaining('20 times') })
  })
})

test('an activity that had nobody to send to, or only such as were left out, is over with the next sweep', async () => {
  const ids: number[] = []
  for (const leftOut of [0, 3]) {
    const [row] = await db.query<{ id: number }>(sql`
      insert into activities (workspace_id, name, state, gateway_id, created_at, updated_at, started_at, frozen_at)
      values (${workspaceId}, 'Nobody', 'sending', ${gatewayId}, ${now}, ${now}, ${now}, ${now}) returning id`)
    ids.push(row!.id)
    for (const figure of leftOut > 0 ? ['targeted', 'not_sent', 'not_sent:no_address'] : [])
      await db.run(
        sql`insert into tallies (bucket, activity_id, figure, n) values (0, ${row!.id}, ${figure}, ${leftOut})`,
      )
  }
  const clock = makeClock(1, Date.now(), now.getTime())
  await new Sweeper({ db, clock, grouping: { byBucket: false, writer: 0 } }).sweep()
  const states = await db.query<{ state: string }>(
    sql`select state from activities where id = any(${ids}::bigint[]) and finished_at is not null`,
  )
  expect(states).toEqual([{ state: 'sent' }, { state: 'sent' }])
})
