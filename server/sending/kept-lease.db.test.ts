/** Leases of binds in the database: taken by one, renewed, lost, given back. */
import { beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { sql } from '../platform/db/sql.ts'
import { KeptLease } from './kept-lease.ts'
import { endExpired, placeAmong } from './session-lease.ts'

const now = new Date('2026-11-28T12:00:00Z')
const db = await ownDatabase({ max: 4, installedAt: now })
const until = (check: () => unknown) => vi.waitFor(check, { interval: 5, timeout: 20_000 })
const owner = { process: 'host:1', machine: 'host:/data', boot: 'boot', life: 'life' }
const warnings: string[] = []
const log = { warn: (...words: unknown[]) => void warnings.push(String(words.at(-1))) }
const take = (bindNo = 1, leases = db) => KeptLease.take({ leases, log, owner, gatewayId: 1, bindNo, renewMs: 5 }, now)
const status = () => ({ answeredUntil: now, state: 'bound', detail: 'as a test says' })
const row = async (id: number) =>
  (
    await db.query<{ state: string; detail: string; isOver: boolean; settled: boolean; until: string }>(
      sql`select state, detail, ended_at is not null as "isOver", settled, lease_until::text as until from gateway_sessions where id = ${id}`,
    )
  )[0]!

beforeAll(async () => {
  await db.run(sql`insert into workspaces (name, created_at) values ('Shop', ${now})`)
  await db.run(
    sql`insert into gateways (workspace_id, name, kind, settings, account, test, created_at)
    values (1, 'G', 'smpp', '{"host": "127.0.0.1", "port": 2775, "systemId": "u"}', 'smpp:u@127.0.0.1:2775', true, ${now})`,
  )
})
beforeEach(async () => {
  warnings.length = 0
  await db.run(sql`update gateway_sessions set ended_at = started_at where ended_at is null`)
})

test('a bind has one owner until it is given back', async () => {
  const first = (await take())!
  expect(first.trust.holds()).toBe(true)
  expect(await take()).toBeUndefined()
  expect(await take(2)).toBeDefined()
  await first.end(true)
  expect(await row(first.sessionId)).toMatchObject({ isOver: true, settled: true, state: 'stopped', detail: 'stopped' })
  const next = (await take())!
  expect(next.mark).not.toBe(first.mark)
})

test('each renewal writes the state of the session and prolongs the lease', async () => {
  const lease = (await take())!
  const { until: before } = await row(lease.sessionId)
  lease.keep(status, () => {})
  await until(async () => expect((await row(lease.sessionId)).until > before).toBe(true))
  expect(await row(lease.sessionId)).toMatchObject({ state: 'bound', detail: 'as a test says', isOver: false })
  await lease.end(false)
  expect(await row(lease.sessionId)).toMatchObject({ isOver: true, settled: false })
})

test('an owner whose session was ended by others learns it once, and is trusted no more', async () => {
  const lease = (await take())!
  let lost = 0
  lease.keep(status, () => lost++)
  await db.run(sql`update gateway_sessions set ended_at = started_at where id = ${lease.sessionId}`)
  await until(() => expect(lost).toBe(1))
  expect(lease.trust.holds()).toBe(false)
})

test('a renewal that fails is tried again, and prolongs nothing', async () => {
  let isAway = true
  const away = {
    ...db,
    run: (...args: Parameters<typeof db.run>) => (isAway ? Promise.reject(new Error('away')) : db.run(...args)),
  }
  const lease = (await take(1, away))!
  lease.keep(status, () => {})
  await until(() => expect(warnings).toContain('lease renewal failed'))
  isAway = false
  await until(async () => expect((await row(lease.sessionId)).state).toBe('bound'))
  await lease.end(true)
})

test('the sessions of a gateway share its buckets in the order of their ids; one whose lease is over has no share', async () => {
  const [first, second] = [(await take(1))!, (await take(2))!]
  expect(await placeAmong(db, 1, first.sessionId)).toEqual({ place: 0, count: 2 })
  expect(await placeAmong(db, 1, second.sessionId)).toEqual({ place: 1, count: 2 })
  await db.run(
    sql`update gateway_sessions set lease_until = started_at - interval '1 hour' where id = ${first.sessionId}`,
  )
  expect(await placeAmong(db, 1, second.sessionId)).toEqual({ place: 0, count: 1 })
})

test('a lease that is over is ended by others, one that runs is not', async () => {
  const [over, runs] = [(await take(1))!, (await take(2))!]
  await db.run(
    sql`update gateway_sessions set lease_until = started_at - interval '1 hour' where id = ${over.sessionId}`,
  )
  await until(async () => {
    await endExpired(db)
    expect(await row(over.sessionId)).toMatchObject({ isOver: true, state: 'lost' })
  })
  expect(await row(runs.sessionId)).toMatchObject({ isOver: false })
})
