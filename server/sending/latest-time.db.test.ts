/** Nothing is sent or tried again after the latest time of an activity: not by a claim, and the sweep says so. */
import { beforeAll, expect, test } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { record } from '../messages/record.ts'
import { Tallies } from '../messages/tallies.ts'
import { sql } from '../platform/db/sql.ts'
import { claimDue, claimQueued } from './claim.ts'
import { Sweeper } from './sweep.ts'

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 1, 12, minutes))
const latest = at(90)
const db = await ownDatabase({ max: 4, installedAt: at(0) })

beforeAll(async () => {
  await db.run(sql`insert into workspaces (id, name, created_at) overriding system value values (1, 'W', ${at(0)})`)
  await db.run(sql`insert into gateways (id, workspace_id, name, kind, settings, account, password, test, created_at)
    overriding system value values (1, 1, 'G', 'smpp', jsonb_build_object('host', '127.0.0.1', 'port', 1, 'systemId', 's'), 'smpp:s@127.0.0.1:1', 'p', true, ${at(0)})`)
  const lease = new Date(Date.now() + 600_000)
  await db.run(sql`insert into gateway_sessions (id, gateway_id, bind_no, process, machine, started_at, lease_until, answered_until)
    overriding system value values (1, 1, 1, 'p', 'm', ${at(0)}, ${lease}, ${at(0)})`)
})

/** Four queued messages, and one (profile 5) that bounced softly at 12:01: its next slot is 13:01. */
async function sending(latestAt: Date | null): Promise<number> {
  const [row] = await db.query<{ id: number }>(
    sql`insert into activities (workspace_id, name, state, gateway_id, latest_at, frozen_at, created_at, updated_at)
      values (1, 'A', 'sending', 1, ${latestAt}, ${at(0)}, ${at(0)}, ${at(0)}) returning id`,
  )
  const { id } = row!
  await db.run(
    sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status, address, country)
      select i, 1, ${id}::bigint, i, 'queued', '+467017406' || i, 'SE' from generate_series(1, 5) i`,
  )
  await db.run(
    sql`insert into tallies (bucket, activity_id, figure, n) values (0, ${id}, 'targeted', 5), (0, ${id}, 'queued', 5)`,
  )
  await db.run(sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at)
    values (5, ${id}, 5, 1, 1, 1, 1, ${at(1)})`)
  const soft = {
    n: 1,
    part: 0,
    outcome: 'soft' as const,
    counts: false,
    at: at(1),
    code: 'smpp:0x14' as const,
    gatewayId: 1,
    providerId: null,
  }
  await db.tx(async tx => {
    const tallies = new Tallies()
    await record(
      tx,
      [{ bucket: 5, activityId: id, profileId: 5, answers: [soft], parts: 1, creditsE4: 10_000 }],
      tallies,
    )
    await tallies.flush(tx, 0)
  })
  return id
}

const buckets = Array.from({ length: 256 }, (_, bucket) => bucket)
const input = (activityId: number, now: Date, limit = 10) => ({
  activityId,
  route: null,
  gatewayId: 1,
  sessionId: 1,
  limit,
  now,
})
const sweep = (now: Date) =>
  new Sweeper({
    db,
    clock: { rate: 1, now: () => now, realMsUntil: () => 0 },
    grouping: { byBucket: false, writer: 0 },
  }).sweep()
const statuses = async (id: number) =>
  (
    await db.query<{ status: string; stop: string | null }>(
      sql`select status, stop_reason as stop from messages where activity_id = ${id} order by profile_id`,
    )
  ).map(({ status, stop }) => [status, stop])

test('until then queued messages and retries are claimed; after it none is', async () => {
  const id = await sending(latest)
  expect(await claimQueued(db, input(id, at(2), 2), buckets, undefined)).toHaveLength(2)
  expect(await claimQueued(db, input(id, new Date(latest.getTime() + 1)), buckets, undefined)).toEqual([])
  expect(await claimDue(db, input(id, at(91)), buckets, 'retry')).toEqual([])
  expect(await claimDue(db, input(id, at(89)), buckets, 'retry')).toHaveLength(1)
})

test('the sweep ends what waits, as too late; what was sent keeps its status', async () => {
  const id = await sending(latest)
  await sweep(at(89))
  expect((await statuses(id)).map(([status]) => status)).toEqual([...Array(4).fill('queued'), 'bounced_soft_retrying'])
  await sweep(at(91))
  expect(await statuses(id)).toEqual([...Array(4).fill(['not_sent', 'too_late']), ['bounced_soft_final', 'too_late']])
  const [activity] = await db.query<{ state: string }>(sql`select state from activities where id = ${id}`)
  await sweep(at(92))
  const [later] = await db.query<{ state: string }>(sql`select state from activities where id = ${id}`)
  expect([activity!.state, later!.state]).toContain('sent')
  const [reason] = await db.query<{ n: number }>(
    sql`select sum(n)::int as n from tallies where activity_id = ${id} and figure = 'not_sent:too_late'`,
  )
  expect(reason!.n).toBe(4)
})

test('without a latest time everything is sent', async () => {
  const id = await sending(null)
  await sweep(at(600))
  expect(await claimQueued(db, input(id, at(600)), buckets, undefined)).toHaveLength(4)
  expect(await claimDue(db, input(id, at(600)), buckets, 'retry')).toHaveLength(1)
})
