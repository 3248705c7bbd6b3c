/** Activities that the real worker sends to the test's SMSC: the submits of the gateway, and the status of the messages. */

import { monotonicMs } from '../server/platform/clock.ts'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { setClockRate } from '../server/platform/installation/business-clock.ts'
import { identityOf } from '../server/platform/installation/evidence.ts'
import { ensureInstallation } from '../server/platform/installation/installation.ts'
import { verify } from '../server/verify/verify.ts'
import { freshDatabase } from './database.ts'
import { type Child, startProcess, temporaryFolder } from './processes.ts'
import { type Smsc, type SmscInput, type Submitted, startSmsc } from './smsc.ts'

const now = () => new Date()

export interface Taken extends Submitted {
  /** monotonicMs() */
  atMs: number
  /** The gateway took it: its answer is status 0. */
  accepted: boolean
}

export interface Sending {
  db: Database
  smsc: Smsc
  /** every submit, in order, with its time */
  submits: readonly Taken[]
  worker: Child
  /** Messages of an activity by status. */
  statuses(activityId: number): Promise<Record<string, number>>
  /** Kinds of the shown alarms. */
  alarms(): Promise<string[]>
  /** The last reported states of the gateway's sessions. */
  states(): Promise<string[]>
  /** What `verify` finds. */
  differences(activityId: number): Promise<unknown[]>
  /** Starts sending to `people` new profiles. The number of profile n is numberOf(n). */
  send(input: { people: number; body?: string; sender?: string }): Promise<number>
  close(): Promise<void>
}

export const numberOf = (profile: number): string => `4670${1_740_000 + profile}`
export const profileOf = (number: string): number => Number(number) - 46_701_740_000

export async function openSending(input: {
  window: number
  rate?: number
  binds?: number
  /** seconds of business time per second; 1 */
  clockRate?: number
  react?: SmscInput['react']
}): Promise<Sending> {
  const submits: Taken[] = []
  const smsc = await startSmsc({
    react: sms => {
      const reaction = input.react?.(sms) ?? {}
      const { status = 0, silent = false } = reaction.answer ?? {}
      submits.push({ ...sms, atMs: monotonicMs(), accepted: status === 0 && !silent })
      return reaction
    },
  })
  const database = await freshDatabase()
  const folder = temporaryFolder('difficult')
  const db = openDatabase({ connection: database.connection, lane: 'test', max: 3 })
  await ensureInstallation(db, { identity: await identityOf(db), now: now() })
  const { clockRate = 1 } = input
  if (clockRate > 1) await setClockRate(db, clockRate)
  await db.run(sql`insert into workspaces (name, created_at) values ('Shop', ${now()})`)
  await db.run(sql`insert into topics (workspace_id, name, created_at) values (1, 'Offers', ${now()})`)
  await db.run(sql`insert into gateways (workspace_id, name, kind, settings, account, password, window_size, rate, binds, test, created_at)
    values (1, 'Operator', 'smpp', jsonb_build_object('host', '127.0.0.1', 'port', ${smsc.port}::int, 'systemId', 'u'), 'smpp:' || 'u' || '@127.0.0.1:' || ${smsc.port}::text, 'p', ${input.window}, ${input.rate ?? 0}, ${input.binds ?? 1}, true, ${now()})`)
  const worker = await startProcess(['worker'], {
    HOMING_DATA: folder.path,
    HOMING_CONNECTION: database.connectionString,
    HOMING_LINK_URL: 'http://localhost',
    HOMING_CLOCK_RATE: String(clockRate),
  })
  let people = 0
  return {
    db,
    smsc,
    submits,
    worker,
    async statuses(activityId) {
      const rows = await db.query<{ status: string; n: number }>(
        sql`select status::text, count(*) as n from messages where activity_id = ${activityId} group by 1 order by 1`,
      )
      return Object.fromEntries(rows.map(({ status, n }) => [status, n]))
    },
    async alarms() {
      const rows = await db.query<{ kind: string }>(
        sql`select kind from alarms where cleared_at is null and shown_at <= ${new Date()} order by kind`,
      )
      return rows.map(({ kind }) => kind)
    },
    async states() {
      const rows = await db.query<{ state: string }>(sql`select state from gateway_sessions where ended_at is null`)
      return rows.map(({ state }) => state)
    },
    async differences(activityId) {
      return (await verify(db, { activityId })).differences
    },
    async send({ people: count, body = 'Hi', sender = 'Shop' }) {
      const from = people + 1
      people += count
      await db.run(sql`insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, created_at, updated_at)
        select i & 255, i, 1, '+4670' || (1740000 + i), 'mobile', ${now()}::timestamptz, ${now()}::timestamptz from generate_series(${from}::int, ${people}::int) i`)
      await db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
        select i & 255, i, 1, 1, 'sms', ${now()}::timestamptz, true from generate_series(${from}::int, ${people}::int) i`)
      const [row] = await db.query<{
        id: number
      }>(sql`insert into activities (workspace_id, name, state, gateway_id, version, created_at, updated_at, started_at, frozen_at)
        values (1, ${sender}, 'scheduled', 1, 1, ${now()}, ${now()}, ${now()}, ${now()}) returning id`)
      const activityId = row!.id
      const settings = {
        gatewayId: 1,
        sender,
        body,
        smart: true,
        sendTo: { topics: [{ id: 1, name: 'Offers' }], duplicates: 'all' },
      }
      await db.run(
        sql`insert into activity_versions (activity_id, version, settings, created_at) values (${activityId}, 1, ${JSON.stringify(settings)}::jsonb, ${now()})`,
      )
      await db.run(sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status, address, country)
        select i & 255, 1, ${activityId}::bigint, i, 'queued', '+4670' || (1740000 + i), 'SE' from generate_series(${from}::int, ${people}::int) i`)
      await db.run(
        sql`insert into tallies (bucket, activity_id, figure, n) values (0, ${activityId}, 'queued', ${count}), (0, ${activityId}, 'targeted', ${count})`,
      )
      await db.run(sql`update activities set state = 'sending' where id = ${activityId}`)
      return activityId
    },
    async close() {
      await worker.stop()
      await smsc.close()
      await db.end()
      await database.drop()
      folder.remove()
    },
  }
}

/** The longest time between two submits. */
export function longestGapMs(submits: readonly Taken[]): number {
  return submits.slice(1).reduce((longest, { atMs }, i) => Math.max(longest, atMs - submits[i]!.atMs), 0)
}

/** The rate of the fastest `n` submits in a row, per second. Pauses of a busy machine do not lower it. */
export function fastestPerSecond(submits: readonly Taken[], n: number): number {
  const tookMs = submits.slice(n).map(({ atMs }, i) => atMs - submits[i]!.atMs)
  return n / (Math.min(...tookMs) / 1000)
}

/** The most submits in a row that are so, up to the last one that is not: how long the others waited for them, whatever the time it took. */
export function mostInARow(submits: readonly Taken[], isSo: (submit: Taken) => boolean): number {
  let most = 0
  let run = 0
  for (const submit of submits) {
    if (!isSo(submit)) most = Math.max(most, run)
    run = isSo(submit) ? run + 1 : 0
  }
  return most
}
