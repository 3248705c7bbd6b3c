/** The worker's rounds cost the same however much was sent before: counted in statements and pages, not in time. */
import { beforeAll, expect, test } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { countReads } from '../../test/reads.ts'
import { AlarmWatch } from '../alarms/watch.ts'
import { postCharges } from '../credits/ledger.ts'
import { record } from '../messages/record.ts'
import { Tallies } from '../messages/tallies.ts'
import { makeClock } from '../platform/clock.ts'
import { sql } from '../platform/db/sql.ts'
import { startDue } from './start-due.ts'
import { Sweeper } from './sweep.ts'

const now = new Date('2026-11-01T12:00:00Z')
const hour = 3_600_000
const later = (hours: number) => new Date(now.getTime() + hours * hour)
const db = await ownDatabase({ max: 4, installedAt: now })
const counted = countReads(db)
const grouping = { byBucket: false, writer: 0 }
/** real time, as the sweep sees it: only a test moves it */
let nowMs = 0
const quiet = () => {}
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
const sweeperAt = (at: Date) =>
  new Sweeper({ db: counted.db, clock: { rate: 1, now: () => at, realMsUntil: () => 0 }, grouping, nowMs: () => nowMs })

beforeAll(async () => {
  await db.run(sql`insert into workspaces (name, created_at) values ('Shop', ${now})`)
  await db.run(sql`insert into gateways (workspace_id, name, kind, settings, account, password, test, created_at)
    values (1, 'G', 'smpp', jsonb_build_object('host', '127.0.0.1', 'port', 2775, 'systemId', 'u'), 'smpp:u@127.0.0.1:2775', 'p', true, ${now})`)
  await db.run(sql`insert into gateway_sessions (gateway_id, bind_no, process, machine, started_at, lease_until, answered_until)
    values (1, 1, 'p', 'm', ${now}, ${new Date(Date.now() + 600_000)}, ${now})`)
})

/** Finished and closed ones, each with 78 tallies of six writers. */
async function finished(n: number): Promise<void> {
  await db.run(sql`with made as (
      insert into activities (workspace_id, name, state, gateway_id, created_at, updated_at, started_at, frozen_at, finished_at, swept_at)
      select 1, 'A', 'sent', 1, ${now}, ${now}, ${now}, ${now}, ${now}, ${now} from generate_series(1, ${n}::int) returning id)
    insert into tallies (bucket, activity_id, figure, n, credits)
    select b, id, f, case when f in ('queued', 'pending', 'bounced_soft_retrying') then 0 else 1 end, 0
    from made, generate_series(0, 5) b, unnest(array['targeted', 'queued', 'pending', 'delivered', 'bounced_hard',
      'bounced_soft_retrying', 'charged', 'clicks', 'unique', 'visited', 'unsubscribed', 'not_sent', 'not_sent:no_consent']) f`)
  await db.run(sql`vacuum analyze tallies`)
  await db.run(sql`vacuum analyze activities`)
}

/** `delivered` messages that are over, and others as they are given, with their tallies. */
async function activity(
  state: string,
  delivered: number,
  others: Record<string, number>,
  latestAt: Date | null = null,
): Promise<number> {
  const [row] = await db.query<{ id: number }>(
    sql`insert into activities (workspace_id, name, state, gateway_id, created_at, updated_at, started_at, frozen_at, latest_at)
      values (1, 'B', ${state}, 1, ${now}, ${now}, ${now}, ${now}, ${latestAt}) returning id`,
  )
  let profile = 1
  for (const [status, n] of Object.entries({ delivered, ...others })) {
    await db.run(sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status, t0, parts, attempts, charged, credits)
      select i & 255, 1, ${row!.id}::bigint, i, ${status}::message_status, ${status === 'queued' ? null : now}::timestamptz, 1,
        ${status === 'queued' ? 0 : 1}::int, ${status !== 'queued'}::bool, 1 from generate_series(${profile}::int, ${profile + n - 1}::int) i`)
    await db.run(sql`insert into tallies (bucket, activity_id, figure, n) values (0, ${row!.id}, ${status}, ${n})`)
    if (status === 'pending') {
      await db.run(sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at)
        select i & 255, ${row!.id}::bigint, i, 1, 1, 1, 1, ${now} from generate_series(${profile}::int, ${profile + n - 1}::int) i`)
      await db.run(sql`insert into answers (bucket, activity_id, profile_id, n, part, outcome, counts, at, gateway_id, provider_id)
        select i & 255, ${row!.id}::bigint, i, 1, 1, 'accepted', false, ${now}, 1, 'id' || i from generate_series(${profile}::int, ${profile + n - 1}::int) i`)
    }
    profile += n
  }
  await db.run(sql`analyze messages`)
  return row!.id
}

const closedAt = async (id: number) =>
  (await db.query<{ at: Date | null }>(sql`select swept_at as at from activities where id = ${id}`))[0]!.at

async function fact(activityId: number, profileId: number, of: Parameters<typeof record>[1][number]): Promise<void> {
  await db.tx(async tx => {
    const tallies = new Tallies()
    await record(tx, [{ ...of, bucket: profileId & 255, activityId, profileId }], tallies)
    await tallies.flush(tx, 3)
  })
}

/** One round of each that looks twice a second or so. */
async function round(at = now): Promise<Record<string, { statements: number; pages: number }>> {
  const rounds = {
    sweep: () => sweeperAt(at).sweep(),
    ledger: () => postCharges(counted.db, at),
    schedules: () =>
      startDue({ db: counted.db, clock: makeClock(1, Date.now(), at.getTime()), log, linkUrl: 'https://l.example' }),
    alarms: () =>
      new AlarmWatch({
        db: counted.db,
        clock: makeClock(1, Date.now(), at.getTime()),
        spoolFolder: '/nonexistent/spool',
        machine: 'here',
      }).look(at),
  }
  const cost: Record<string, { statements: number; pages: number }> = {}
  for (const [name, work] of Object.entries(rounds)) {
    counted.reset()
    await work()
    const { statements, pages } = counted.reads()
    cost[name] = { statements, pages }
  }
  return cost
}

test('a round with nothing to do costs the same after 3,000 activities and 234,000 tallies as after 30', async () => {
  await finished(30)
  await round()
  const few = await round()
  await finished(2_970)
  await round()
  await db.run(sql`vacuum analyze activities`)
  await db.run(sql`vacuum analyze tally_changes`)
  const many = await round()
  for (const [name, { statements, pages }] of Object.entries(many)) {
    expect([name, statements]).toEqual([name, few[name]!.statements])
    // An index of 3,000 may be a level deeper.
    expect([name, pages <= few[name]!.pages + 10, pages]).toEqual([name, true, pages])
    expect([name, pages < 100, pages]).toEqual([name, true, pages])
  }
})

test.each(['sent', 'cancelled'])(
  'an activity (%s) whose latest time has passed is not read again and again while one phone is silent',
  async state => {
    await activity(state, 5_000, { pending: 1 }, later(-1))
    const sweeper = sweeperAt(now)
    await sweeper.sweep()
    counted.reset()
    await sweeper.sweep()
    expect(counted.reads().statements).toBe(2)
    expect(counted.reads().pages).toBeLessThan(40)
  },
)

test('what is queued of a cancelled activity is stopped, some thousands too, and only what is on its way is waited for', async () => {
  const id = await activity('cancelled', 10, { queued: 2_500 })
  await db.run(sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at)
    select profile_id & 255, activity_id, profile_id, 1, 1, 1, 1, ${now} from messages where activity_id = ${id} and status = 'queued' and profile_id > 2500`)
  const sweeper = sweeperAt(now)
  expect(await sweeper.sweep()).toBe(2_490)
  await sweeper.sweep()
  counted.reset()
  await sweeper.sweep()
  expect(counted.reads().statements).toBe(2)
  // Looked at again after 1 s, then after 2 s, …
  const looks: number[] = []
  for (let second = 1; second <= 40; second++) {
    nowMs += 1_000
    counted.reset()
    await sweeper.sweep()
    if (counted.reads().statements > 2) looks.push(second)
  }
  expect(looks).toEqual([1, 3, 7, 15, 31])
  // One answer comes, and moves the sums: it is looked at at once.
  await fact(id, 2_501, {
    bucket: 0, activityId: id, profileId: 0,
    answers: [{ n: 1, part: 0, outcome: 'hard', counts: true, at: now, code: 'smpp:0x0b', gatewayId: 1, providerId: null }],
    parts: 1, creditsE4: 10_000,
  }) // biome-ignore format: one fact
  counted.reset()
  await sweeper.sweep()
  expect(counted.reads().statements).toBeGreaterThan(2)
})

test('three days later a silent phone is given up, and the activity closed for good', async () => {
  const id = await activity('sent', 3, { pending: 1 })
  await sweeperAt(later(71)).sweep()
  expect(await closedAt(id)).toBeNull()
  await sweeperAt(later(73)).sweep()
  await sweeperAt(later(73)).sweep()
  expect(await closedAt(id)).toEqual(later(73))
})

test('a late fact opens a closed activity again where something waits, and what it costs is posted', async () => {
  const id = await activity('sent', 3, { no_receipt: 1 })
  await db.run(sql`update messages set charged = false where activity_id = ${id} and profile_id = 4`)
  await db.run(
    sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at) values (4, ${id}, 4, 1, 1, 1, 1, ${now})`,
  )
  await sweeperAt(later(100)).sweep()
  expect(await closedAt(id)).toEqual(later(100))
  await fact(id, 4, {
    bucket: 0, activityId: id, profileId: 0,
    answers: [{ n: 1, part: 1, outcome: 'accepted', counts: false, at: now, code: null, gatewayId: 1, providerId: 'x' }],
    receipts: [{ n: 1, part: 1, outcome: 'delivered', counts: false, at: later(101), code: null, source: 1, seq: 1 }],
  }) // biome-ignore format: one fact
  await postCharges(counted.db, later(101))
  const [charged] = await db.query(
    sql`select sum(credits) as credits from ledger where activity_id = ${id} and kind = 'charge'`,
  )
  expect(charged).toEqual({ credits: '-1.0000' })
  // Delivered is final: nothing waits, and it stays closed.
  expect(await closedAt(id)).toEqual(later(100))
})

test('whatever makes something wait in a closed activity opens it again; over once more, it is closed once more', async () => {
  const id = await activity('sent', 3, {})
  await sweeperAt(later(1)).sweep()
  expect(await closedAt(id)).toEqual(later(1))
  const move = (n: number) =>
    db.tx(async tx => {
      const tallies = new Tallies()
      tallies.add(id, 'pending', n)
      tallies.add(id, 'delivered', -n)
      await tallies.flush(tx, 2)
    })
  await move(1)
  await postCharges(db, later(2))
  expect(await closedAt(id)).toBeNull()
  await sweeperAt(later(2)).sweep()
  expect(await closedAt(id)).toBeNull()
  await move(-1)
  await sweeperAt(later(3)).sweep()
  expect(await closedAt(id)).toEqual(later(3))
})

test('hundreds that are over are closed together, and what was set aside for them is free again', async () => {
  const made = await db.query<{ id: number }>(sql`
    insert into activities (workspace_id, name, state, gateway_id, created_at, updated_at, started_at, frozen_at)
    select 1, 'C', 'sent', 1, ${now}, ${now}, ${now}, ${now} from generate_series(1, 700) returning id`)
  const ids = made.map(({ id }) => id)
  await db.run(
    sql`insert into tallies (bucket, activity_id, figure, n, credits) select 0, id, 'charged', 2, 3 from unnest(${ids.slice(0, 2)}::bigint[]) id`,
  )
  await db.run(
    sql`insert into ledger (workspace_id, activity_id, kind, credits, at) select 1, id, 'reserve', -5, ${now} from unnest(${ids.slice(1, 3)}::bigint[]) id`,
  )
  counted.reset()
  await sweeperAt(now).sweep()
  expect(counted.reads().statements).toBeLessThan(40)
  const [open] = await db.query(
    sql`select count(*) as n from activities where id = any(${ids}::bigint[]) and swept_at is null`,
  )
  expect(open).toEqual({ n: 0 })
  const rows = await db.query(
    sql`select activity_id - ${ids[0]} as i, kind, credits from ledger where activity_id = any(${ids}::bigint[]) order by 1, id`,
  )
  expect(rows).toEqual([
    { i: 0, kind: 'charge', credits: '-3.0000' },
    { i: 1, kind: 'reserve', credits: '-5.0000' },
    { i: 1, kind: 'charge', credits: '-3.0000' },
    { i: 1, kind: 'release', credits: '3.0000' },
    { i: 1, kind: 'release', credits: '2.0000' },
    { i: 2, kind: 'reserve', credits: '-5.0000' },
    { i: 2, kind: 'release', credits: '5.0000' },
  ])
})

test('a change that is not committed yet when the ledger looks is posted when it is', async () => {
  const id = await activity('sent', 1, {})
  const add = async (tx: Parameters<Parameters<typeof db.tx>[0]>[0], creditsE4: number) => {
    const tallies = new Tallies()
    tallies.add(id, 'charged', 1, creditsE4)
    await tallies.flush(tx, 1)
  }
  await db.tx(tx => add(tx, 10_000))
  let committed = () => {}
  const mayCommit = new Promise<void>(resolve => {
    committed = resolve
  })
  let written = () => {}
  const hasWritten = new Promise<void>(resolve => {
    written = resolve
  })
  const writer = db.tx(async tx => {
    await add(tx, 20_000)
    written()
    await mayCommit
  })
  await hasWritten
  const posting = postCharges(db, now)
  // It waits for the writer, or leaves the mark; it must not take the mark without the sum.
  await db.query(sql`select 1`)
  committed()
  await writer
  await posting
  await postCharges(db, now)
  const [charged] = await db.query(
    sql`select sum(credits) as credits from ledger where activity_id = ${id} and kind = 'charge'`,
  )
  expect(charged).toEqual({ credits: '-3.0000' })
  expect(await db.query(sql`select from tally_changes where activity_id = ${id}`)).toEqual([])
})
