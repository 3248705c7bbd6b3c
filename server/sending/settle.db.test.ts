/** What a session that died leaves: what it surely never wrote is free, all else is unknown, and nothing of it holds up anything else. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { countReads, scansOf } from '../../test/reads.ts'
import { slow } from '../../test/slow.ts'
import { makeTestSms } from '../activities/test-sms.fixture.ts'
import { readGrouping } from '../messages/group.ts'
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { LeaseWatch } from '../platform/leases/lease-watch.ts'
import { checkClaimed, claimQueued } from './claim.ts'
import { Journal } from './journal.ts'
import { endExpired, keepLease, type SessionOwner, takeLease, terms } from './session-lease.ts'
import { forgetJournals, settleDeadSessions } from './settle.ts'

const now = new Date('2026-11-01T12:00:00Z')
const db = await ownDatabase({ max: 6, installedAt: now })
const folder = mkdtempSync(join(tmpdir(), 'homing-settle-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const boot = '07a32fcc-1d23-4159-ab95-377c6ea193da'
const owner: SessionOwner = { process: 'host:1', machine: 'host:/data', boot, life: 'pid:[1] 1 1' }
const said: string[] = []
let gatewayId = 0
let activityId = 0

const settle = async (here: string | null = boot, database: Database = db) =>
  settleDeadSessions({
    db: database,
    grouping: await readGrouping(db, 0),
    journalFolder: folder,
    boot: here,
    linkUrl: 'https://l.example',
    log: { info: () => {} },
    warn: (_, sentence) => void said.push(sentence),
    watch: new LeaseWatch(terms),
    now: () => now,
  })

beforeEach(async () => {
  said.length = 0
  await db.run(
    sql`truncate workspaces, prices, messages, attempts, answers, gateway_sessions, tallies restart identity cascade`,
  )
  await db.run(sql`insert into workspaces (name, created_at) values ('Shop', ${now})`)
  await db.run(sql`insert into prices (workspace_id, prefix, valid_from, credits) values (1, '+46', ${now}, 1)`)
  const [gateway] = await db.query<{
    id: number
  }>(sql`insert into gateways (workspace_id, name, kind, settings, account, password, test, created_at)
    values (1, 'G', 'smpp', jsonb_build_object('host', '127.0.0.1', 'port', 2775, 'systemId', 'u'), 'smpp:u@127.0.0.1:2775', 'p', true, ${now}) returning id`)
  const [activity] = await db.query<{ id: number }>(sql`
    insert into activities (workspace_id, name, state, gateway_id, version, created_at, updated_at, started_at, frozen_at)
    values (1, 'A', 'sending', ${gateway!.id}, 1, ${now}, ${now}, ${now}, ${now}) returning id`)
  gatewayId = gateway!.id
  activityId = activity!.id
  const settings = {
    name: 'A',
    gatewayId,
    sender: 'Shop',
    body: 'Hi',
    smart: true,
    sendTo: { topics: [{ id: 1, name: 'x' }], duplicates: 'all' },
  }
  await db.run(sql`insert into activity_versions (activity_id, version, settings, created_at)
    values (${activityId}, 1, ${JSON.stringify(settings)}::jsonb, ${now})`)
})

/** Its owner has given no sign of life for a minute. */
async function deadSession(bindNo: number, mark: string): Promise<number> {
  const id = await takeLease(db, gatewayId, bindNo, owner, mark, now)
  await db.run(sql`update gateway_sessions set lease_until = lease_until - interval '1 minute' where id = ${id}`)
  return id!
}

async function attempts(sessionId: number, from: number, to: number): Promise<void> {
  await db.run(sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status, address)
    select i & 255, 1, ${activityId}::bigint, i, 'queued', '+46701' || (700000 + i) from generate_series(${from}::int, ${to}::int) i`)
  await db.run(sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at)
    select i & 255, ${activityId}::bigint, i, 1, 1, ${gatewayId}::int, ${sessionId}::bigint, ${now}::timestamptz from generate_series(${from}::int, ${to}::int) i`)
  await db.run(sql`analyze messages`)
}

const journalOf = (sessionId: number, mark: string, ...profiles: number[]) => {
  const journal = new Journal(folder, { sessionId, mark, boot })
  journal.write(profiles.map(profileId => ({ activityId, profileId, n: 1 })))
  journal.close()
}

async function outcomes(): Promise<Record<number, string>> {
  const rows = await db.query<{ id: number; outcome: string; status: string }>(sql`
    select m.profile_id as id, coalesce(a.outcome, 'none') as outcome, m.status from messages m
    left join answers a using (bucket, activity_id, profile_id) order by 1`)
  return Object.fromEntries(rows.map(({ id, outcome, status }) => [id, `${outcome}, ${status}`]))
}
const unsettled = () => db.query(sql`select id from gateway_sessions where not settled order by id`)

test('what the journal of a dead session has is unknown, and what it has not is free', async () => {
  const session = await deadSession(1, 'mark')
  await attempts(session, 1, 2)
  journalOf(session, 'mark', 2)
  expect(await settle()).toBe(2)
  expect(await outcomes()).toEqual({ 1: 'refused, queued', 2: 'unknown, pending' })
})

test('after a power cut nothing in the journal is believed: all of it is unknown', async () => {
  const session = await deadSession(1, 'mark')
  await attempts(session, 1, 2)
  journalOf(session, 'mark', 2)
  expect(await settle('bb7d6ec5-9f8f-4a4c-9f0e-2f1d4b1f7f11')).toBe(2)
  expect(await outcomes()).toEqual({ 1: 'unknown, pending', 2: 'unknown, pending' })
})

test('with a journal that is cut, of another session, or not there, all of it is unknown', async () => {
  const [cut, foreign, none, old] = [
    await deadSession(1, 'a'),
    await deadSession(2, 'b'),
    await deadSession(3, 'c'),
    await deadSession(4, 'd'),
  ]
  for (const [i, session] of [cut, foreign, none, old].entries()) await attempts(session, i + 1, i + 1)
  journalOf(cut, 'a', 99)
  const path = join(folder, `session-${cut}.written`)
  writeFileSync(path, readFileSync(path).subarray(0, -1))
  journalOf(foreign, 'of another database', 99)
  journalOf(old, 'd', 99)
  await db.run(sql`update gateway_sessions set boot = null, life = null, journal = null where id = ${old}`)
  expect(await settle()).toBe(4)
  const unknown = 'unknown, pending'
  expect(await outcomes()).toEqual({ 1: unknown, 2: unknown, 3: unknown, 4: unknown })
})

test('who was erased meanwhile is settled as the others are, with a price list too', async () => {
  const session = await deadSession(1, 'mark')
  await attempts(session, 1, 2)
  await db.run(sql`update messages set address = null, vars = null where profile_id = 1`)
  expect(await settle()).toBe(2)
  expect(await outcomes()).toEqual({ 1: 'unknown, pending', 2: 'unknown, pending' })
  expect(await db.query(sql`select profile_id as id, credits::text, parts from messages order by 1`)).toMatchObject([
    { id: 1 },
    { id: 2, parts: 1 },
  ])
  expect([await unsettled(), said]).toEqual([[], []])
})

test('an attempt that cannot be settled holds up no other one and no other session, and is settled once it can be', async () => {
  const [bad, good] = [await deadSession(1, 'a'), await deadSession(2, 'b')]
  await attempts(bad, 1, 40)
  await attempts(good, 41, 50)
  await db.run(sql`alter table answers add constraint no_thirteen check (profile_id <> 13)`)
  expect(await settle()).toBe(49)
  expect(await unsettled()).toEqual([{ id: bad }])
  expect(Object.entries(await outcomes()).filter(([, one]) => one !== 'unknown, pending')).toEqual([
    ['13', 'none, queued'],
  ])
  expect(said.at(-1)).toContain(`session ${bad}`)
  await db.run(sql`alter table answers drop constraint no_thirteen`)
  expect(await settle()).toBe(1)
  expect(await unsettled()).toEqual([])
})

test('what is left here of a session that another machine has settled is removed, and nothing else', async () => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name))
  const [elsewhere, foreign, alive] = [await deadSession(1, 'a'), await deadSession(2, 'b'), await deadSession(3, 'c')]
  journalOf(elsewhere, 'a', 1)
  journalOf(foreign, 'of another database', 1)
  journalOf(alive, 'c', 1)
  writeFileSync(join(folder, 'session-9.written'), 'x')
  await db.run(sql`update gateway_sessions set ended_at = clock_timestamp(), settled = true where id <> ${alive}`)
  await forgetJournals(db, folder)
  expect(readdirSync(folder).sort()).toEqual(['session-2.written', 'session-3.written', 'session-9.written'])
  await forgetJournals(db, '/nonexistent')
})

test('thousands of attempts are settled in batches', async () => {
  const session = await deadSession(1, 'mark')
  await attempts(session, 1, 3500)
  expect(await settle()).toBe(3500)
  expect(await unsettled()).toEqual([])
})

test('only the attempts of the session are looked at, however many others were sent since', async () => {
  const [session, other] = [await deadSession(1, 'mark'), (await takeLease(db, gatewayId, 2, owner, 'other', now))!]
  await attempts(session, 1, 10)
  await attempts(other, 1001, 60_000)
  await db.run(sql`vacuum analyze attempts`)
  const counted = countReads(db)
  expect(await settle(boot, counted.db)).toBe(10)
  const pages = scansOf(counted.reads().plans, 'attempts').map(
    node => (node['Shared Hit Blocks'] ?? 0) + (node['Shared Read Blocks'] ?? 0),
  )
  expect(Math.max(...pages)).toBeLessThan(100)
})

const isOpen = async (id: number) =>
  (await db.query(sql`select from gateway_sessions where id = ${id} and ended_at is null`)).length === 1
const endsIn = (id: number, seconds: number) =>
  db.run(
    sql`update gateway_sessions set lease_until = clock_timestamp() + ${seconds} * interval '1 second' where id = ${id}`,
  )

test('a session is ended a margin after its lease, by the clock of the database: those of the processes may be wrong', async () => {
  const session = (await takeLease(db, gatewayId, 1, owner, 'mark', now))!
  await endsIn(session, -1)
  await endExpired(db)
  expect(await isOpen(session)).toBe(true)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
  try {
    await endExpired(db)
    expect(await isOpen(session)).toBe(true)
    vi.setSystemTime(Date.now() - 7_200_000)
    expect(await keepLease(db, session, { answeredUntil: now, state: 'bound', detail: '' })).toBe(true)
  } finally {
    vi.useRealTimers()
  }
  await endExpired(db)
  expect(await isOpen(session)).toBe(true)
  await endsIn(session, -2.5)
  await endExpired(db)
  expect(await isOpen(session)).toBe(false)
  expect(await keepLease(db, session, { answeredUntil: now, state: 'bound', detail: '' })).toBe(false)
})

test('nobody ends a session in the middle of its claim, and its renewals continue meanwhile; an ended one claims nothing', async () => {
  const session = (await takeLease(db, gatewayId, 1, owner, 'mark', now))!
  await db.run(
    sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status, address) values (1, 1, ${activityId}, 1, 'queued', '+46701700001')`,
  )
  const claim = { activityId, route: null, gatewayId, sessionId: session, limit: 10, now }
  // It waits between its look at the session and the insert.
  const claiming = claimQueued(slow(db, 'claim-ahead', 1500), claim, [1], undefined)
  await vi.waitFor(async () => {
    const open = await db.query(
      sql`select from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`,
    )
    expect(open.length).toBe(1)
  })
  expect(await keepLease(db, session, { answeredUntil: now, state: 'bound', detail: '' })).toBe(true)
  await endsIn(session, -60)
  await settle()
  expect(await isOpen(session)).toBe(true)
  expect(await claiming).toHaveLength(1)
  expect(await settle()).toBe(1)
  expect(await isOpen(session)).toBe(false)
  expect(await claimQueued(db, claim, [1], undefined)).toEqual([])
})

test('a business clock that was set back claims nothing that would lie before what is said to be answered', async () => {
  const session = (await takeLease(db, gatewayId, 1, owner, 'mark', now))!
  await db.run(
    sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status, address) values (1, 1, ${activityId}, 1, 'queued', '+46701700001')`,
  )
  const before = new Date(now.getTime() - 600_000)
  const claim = { activityId, route: null, gatewayId, sessionId: session, limit: 10, now: before }
  expect(await claimQueued(db, claim, [1], undefined)).toEqual([])
  await keepLease(db, session, { answeredUntil: before, state: 'bound', detail: '' })
  expect(await claimQueued(db, claim, [1], undefined)).toHaveLength(1)
})

test('a test SMS of a dead session is settled as any message is', async () => {
  const session = (await takeLease(db, gatewayId, 1, owner, 'mark', now))!
  const tests = [
    await makeTestSms(db, { workspaceId: 1, gatewayId, now }),
    await makeTestSms(db, { workspaceId: 1, gatewayId, now }),
  ]
  const [free, written] = tests
  for (const id of tests) {
    const claim = { activityId: id, route: null, gatewayId, sessionId: session, limit: 10, now }
    expect(await claimQueued(db, claim, [0], undefined)).toMatchObject([{ bucket: 0, profileId: 0, n: 1 }])
    expect(
      await checkClaimed(db, { activityId: id, channel: 'sms', topics: [] }, [{ bucket: 0, profileId: 0 }]),
    ).toMatchObject([{ barred: null }])
  }
  const journal = new Journal(folder, { sessionId: session, mark: 'mark', boot })
  journal.write([{ activityId: written!, profileId: 0, n: 1 }])
  journal.close()
  await endsIn(session, -60)
  expect(await settle()).toBe(2)
  const rows = await db.query(
    sql`select m.activity_id as id, a.outcome, m.status from messages m join answers a using (bucket, activity_id, profile_id) order by 1`,
  )
  expect(rows).toEqual([
    { id: free, outcome: 'refused', status: 'queued' },
    { id: written, outcome: 'unknown', status: 'pending' },
  ])
})
