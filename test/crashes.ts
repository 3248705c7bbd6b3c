/**
 * kill -9 of the worker, web and PostgreSQL in the middle of a send, at steps between the intent and the mark, and at random
 * moments. Nothing is sent twice or lost, and the final report agrees with the simulator.
 *
 * The product has no hooks for this test. It stops the processes at a step from outside, by a lock on a table that the next step
 * needs, or by a wire that withholds the gateway's answers, and observes that they wait there before it kills them. All tests of a file
 * share one send.
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../server/platform/db/sql.ts'
import { type Campaign, lock, openCampaign, openOf, parts, waitingFor } from './crash-campaign.ts'
import { expectTheTruth, stateOf } from './crash-end.ts'
import { until } from './processes.ts'

const window = 40
const seed = Number(process.env.HOMING_TEST_SEED)

let campaign: Campaign

type Reached = { release(): Promise<void> }
interface Point {
  name: PointName
  reach(): Promise<Reached>
  /** kill -9 of the worker leaves attempts whose outcome nobody knows */
  leavesUnknown: boolean
}

export type PointName =
  | 'before the intent'
  | 'after the intent'
  | 'after the socket write'
  | "before the answers' commit"
  | 'before the mark'

const points: Point[] = [
  {
    name: 'before the intent',
    leavesUnknown: false,
    async reach() {
      const held = await locked('lock table attempts in exclusive mode')
      await waits('sending', 'insert into attempts%')
      await until('what was claimed before is answered', async () => (await openOf(campaign)).attempts === 0)
      return held
    },
  },
  {
    name: 'after the intent',
    leavesUnknown: false,
    async reach() {
      // The claim waits for longer than a heartbeat takes: its time is older than the heartbeat.
      const claim = await locked('lock table attempts in exclusive mode')
      await waits('sending', 'insert into attempts%')
      const before = await leasedUntil()
      await until('a heartbeat was recorded meanwhile', async () => (await leasedUntil()) > before)
      await until('what was claimed before is answered', async () => (await openOf(campaign)).attempts === 0)
      const held = await locked('lock table current_consents in access exclusive mode')
      await claim.release()
      await waits('sending', '%as settled%')
      const { attempts } = await openOf(campaign)
      expect(attempts).toBeGreaterThan(0)
      return held
    },
  },
  {
    name: 'after the socket write',
    leavesUnknown: true,
    async reach() {
      await continues()
      campaign.wire.withhold()
      let seen = -1
      let same = 0
      await until('the window is full, and more is prepared', async () => {
        const { submits } = campaign.simulator()
        same = submits === seen ? same + 1 : 0
        seen = submits
        return same >= 15 && (await openOf(campaign)).attempts * parts > window
      })
      return { release: async () => campaign.wire.release() }
    },
  },
  {
    name: "before the answers' commit",
    leavesUnknown: true,
    async reach() {
      const held = await locked('lock table answers in exclusive mode')
      await waits('sending', 'insert into answers%')
      expect((await openOf(campaign)).attempts).toBeGreaterThan(0)
      return held
    },
  },
  {
    name: 'before the mark',
    leavesUnknown: false,
    async reach() {
      const held = await locked('select from inbox_sources for update')
      await waits('apply', 'update inbox_sources%')
      return held
    },
  },
]

export interface Crashes {
  /** how many are sent to; the send has to last until the last crash */
  profiles: number
  /** where worker and web are killed, and where PostgreSQL is */
  ofProcesses: readonly PointName[]
  ofPostgres: readonly PointName[]
  /** kills at random moments */
  shots: number
}

/** The tests of a file. */
export function testCrashes({ profiles, ofProcesses, ofPostgres, shots }: Crashes): void {
  beforeAll(async () => {
    // 20 messages on their way for 400 ms: the send lasts as long as the test needs it. 48 hours are 8 minutes.
    campaign = await openCampaign({ profiles, window, clockRate: 360, latencyMs: 400, seed: 5 })
  }, 300_000)
  afterAll(() => campaign?.close())

  for (const { name, reach, leavesUnknown } of pointsOf(ofProcesses)) {
    test(`worker and web, ${name}`, async () => {
      expect((await openOf(campaign)).queued).toBeGreaterThan(0)
      const { release } = await reach()
      const session = await newestSession()
      await Promise.all([campaign.worker.kill(), campaign.web.kill()])
      await release()
      await Promise.all([campaign.startWorker(), campaign.startWeb()])
      await until('the dead session is settled', () => isSettled(session))
      const unknown = await unknownOf(session)
      if (leavesUnknown) {
        expect(unknown).toBeGreaterThan(0)
        expect(unknown).toBeLessThanOrEqual(2 * window)
      } else if (name !== 'before the mark')
        expect({ unknown, unanswered: await unansweredOf(session) }).toEqual({ unknown: 0, unanswered: 0 })
    }, 300_000)
  }

  for (const { name, reach } of pointsOf(ofPostgres))
    test(`PostgreSQL, ${name}`, async () => {
      expect((await openOf(campaign)).queued).toBeGreaterThan(0)
      const { release } = await reach()
      const session = await newestSession()
      await campaign.killPostgres()
      await release()
      await campaign.postgresIsBack()
      await continues()
      // The worker has lived on and knows what it did: nothing of it is unknown.
      expect(await unknownOf(session)).toBe(0)
    }, 300_000)

  test('PostgreSQL, when the intent is durable and nobody was told', async () => {
    const held = await locked('lock table attempts in exclusive mode')
    await waits('sending', 'insert into attempts%')
    await until('what was claimed before is answered', async () => (await openOf(campaign)).attempts === 0)
    // A standby that is not there: commits are written and wait for it, until the server is killed.
    await campaign.db.run(sql`alter system set synchronous_standby_names = 'nobody'`)
    try {
      await campaign.db.run(sql`select pg_reload_conf()`)
      await commitsWait()
      await held.release()
      await until('an intent waits for the standby', async () => {
        const [row] = await campaign.db.query<{ n: number }>(
          sql`select count(*) as n from pg_stat_activity s join pg_locks l on l.pid = s.pid
            where s.application_name = 'homing/sending' and s.wait_event = 'SyncRep' and l.relation = 'attempts'::regclass and l.mode = 'RowExclusiveLock'`,
        )
        return (row?.n ?? 0) > 0
      })
    } finally {
      await campaign.db.run(sql`alter system reset synchronous_standby_names`)
    }
    await campaign.killPostgres()
    await campaign.postgresIsBack()
    await continues()
  }, 300_000)

  test('worker and web, when clicks and receipts are acknowledged and only in the spool', async () => {
    const held = await locked('lock table inbox in exclusive mode')
    const before = campaign.simulator()
    await until('people have clicked, and receipts were taken', () => {
      const now = campaign.simulator()
      return now.clicks > before.clicks && now.delivered > before.delivered && spoolBytes() > 0
    })
    await Promise.all([campaign.worker.kill(), campaign.web.kill()])
    expect(spoolBytes()).toBeGreaterThan(0)
    await held.release()
    await Promise.all([campaign.startWorker(), campaign.startWeb()])
  }, 300_000)

  test(`${shots} shots at random moments (seed ${seed})`, async () => {
    const next = randomFrom(seed)
    const victims = ['worker', 'web', 'PostgreSQL'] as const
    for (let shot = 0; shot < shots; shot++) {
      const victim = victims[Math.floor(next() * victims.length)]!
      const submits = campaign.simulator().submits + Math.floor(next() * 160)
      await until(`the gateway has ${submits} submits`, () => campaign.simulator().submits >= submits, {
        everyMs: 1 + Math.floor(next() * 40),
      })
      expect((await openOf(campaign)).queued).toBeGreaterThan(0)
      console.log(`shot ${shot + 1} of seed ${seed}: ${victim} at ${submits} submits`)
      if (victim === 'PostgreSQL') {
        await campaign.killPostgres()
        await campaign.postgresIsBack()
      } else if (victim === 'web') {
        await campaign.web.kill()
        await campaign.startWeb()
      } else {
        await campaign.worker.kill()
        await campaign.startWorker()
      }
    }
    await continues()
  }, 300_000)

  test('nothing was sent twice, nothing is lost, and the report agrees with the simulator', async () => {
    // A process that is killed takes seconds to come back, as a pause does.
    await expectTheTruth(campaign, profiles, { hurriedPeople: 0.05 })
  }, 660_000)
}

const pointsOf = (names: readonly PointName[]) => points.filter(({ name }) => names.includes(name))
const state = () => stateOf(campaign)
const locked = (statement: string) => lock(campaign.env.HOMING_CONNECTION!, statement)
const waits = (lane: string, statement: string) =>
  until(`${lane} waits in ${statement}`, async () => (await waitingFor(campaign.db, lane, statement)) > 0, {
    everyMs: 20,
    seen: state,
  })

/**
 * The server reads its settings again in its own time. Until it has, the claim that the lock releases commits without a wait, and
 * the wait of its answers then keeps the sender from claiming more. So a commit of the test has to wait first.
 */
async function commitsWait(): Promise<void> {
  const probe = new pg.Client({ connectionString: campaign.env.HOMING_CONNECTION!, application_name: 'test probe' })
  probe.on('error', () => {})
  await probe.connect()
  let running = false
  await until('a commit waits for the standby', async () => {
    if (!running) {
      running = true
      // Writes to the log and takes a transaction id: both are needed for a commit to wait. It ends with the server.
      const commit = probe.query(`select pg_logical_emit_message(true, 'test', '')`)
      void commit
        .catch(() => {})
        .finally(() => {
          running = false
        })
    }
    const [row] = await campaign.db.query<{ n: number }>(
      sql`select count(*) as n from pg_stat_activity where application_name = 'test probe' and wait_event = 'SyncRep'`,
    )
    return row?.n === 1
  })
}

/** What was under way is answered, and more was submitted since. */
async function continues(): Promise<void> {
  const before = campaign.simulator().submits
  await until('sending continues', () => campaign.simulator().submits > before + window, { seen: state })
}

async function newestSession(): Promise<number> {
  const [row] = await campaign.db.query<{ id: number }>(sql`select max(id) as id from gateway_sessions`)
  return row!.id
}

async function leasedUntil(): Promise<Date> {
  const [row] = await campaign.db.query<{ at: Date }>(
    sql`select lease_until as at from gateway_sessions order by id desc limit 1`,
  )
  return row!.at
}

async function isSettled(session: number): Promise<boolean> {
  const [row] = await campaign.db.query<{ settled: boolean }>(
    sql`select settled from gateway_sessions where id = ${session}`,
  )
  return row?.settled === true
}

async function unknownOf(session: number): Promise<number> {
  const [row] = await campaign.db.query<{ n: number }>(
    sql`select count(distinct (a.profile_id, a.n)) as n from attempts a join answers b on b.bucket = a.bucket and b.activity_id = a.activity_id
        and b.profile_id = a.profile_id and b.n = a.n where a.session_id = ${session} and b.outcome = 'unknown'`,
  )
  return row!.n
}

async function unansweredOf(session: number): Promise<number> {
  const [row] = await campaign.db.query<{ n: number }>(
    sql`select count(*) as n from attempts a where a.session_id = ${session} and not exists (select from answers b where b.bucket = a.bucket
        and b.activity_id = a.activity_id and b.profile_id = a.profile_id and b.n = a.n)`,
  )
  return row!.n
}

function spoolBytes(): number {
  const folder = join(campaign.data, 'spool')
  return readdirSync(folder).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}

/** mulberry32 */
function randomFrom(start: number): () => number {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
