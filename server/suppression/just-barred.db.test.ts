import { afterAll, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { until } from '../../test/processes.ts'
import { monotonicMs } from '../platform/clock.ts'
import { openDatabase } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { BarredAddresses, passed, tellBarred, trustMs } from './just-barred.ts'

const database = await freshDatabase()
const db = openDatabase({ connection: database.connection, lane: 'test', max: 3 })
const complaints: string[] = []
const barred = new BarredAddresses(database.connection, (_, what) => complaints.push(what))
afterAll(async () => {
  await barred.stop()
  await db.end()
  await database.drop()
})

const address = '+46701740605'
const lets = (checkedMs: number, { workspaceId = 1, topics = [1], to = address } = {}) =>
  barred.lets({ workspaceId, topics }, 'sms', to, checkedMs)
const tell = (topicIds: number[] | null, who = address) =>
  db.tx(tx => tellBarred(tx, [{ workspaceId: 1, channel: 'sms' as const, address: who, topicIds }]))
const later = (ms: number) => {
  const began = monotonicMs()
  return until('time passes', () => monotonicMs() - began >= ms, { everyMs: 10 })
}

test('a number that was barred after it was checked is left out, whatever was checked before; a later check lets it through', async () => {
  await barred.caughtUp()
  const checked = monotonicMs()
  expect(lets(checked)).toBe(true)
  await tell([1])
  await passed(db, { barred, process: 'this one' })
  expect(lets(checked)).toBe(false)
  expect(lets(checked, { topics: [2] })).toBe(true)
  expect(lets(checked, { workspaceId: 2 })).toBe(true)
  expect(lets(checked, { to: '+46701740606' })).toBe(true)
  expect(lets(monotonicMs())).toBe(true)
})

test('an address that was barred on one channel is let through on another', async () => {
  await barred.caughtUp()
  const checked = monotonicMs()
  await db.tx(tx => tellBarred(tx, [{ workspaceId: 1, channel: 'email', address, topicIds: null }]))
  await barred.caughtUp()
  expect(barred.lets({ workspaceId: 1, topics: [1] }, 'email', address, checked)).toBe(false)
  expect(lets(checked)).toBe(true)
})

test('thousands at once are all heard of', async () => {
  await barred.caughtUp()
  const checked = monotonicMs()
  const numbers = Array.from({ length: 3000 }, (_, n) => ({
    workspaceId: 1,
    channel: 'sms' as const,
    address: `+4670${n}`,
    topicIds: null,
  }))
  await db.tx(tx => tellBarred(tx, numbers))
  await barred.caughtUp()
  expect(numbers.filter(one => lets(checked, { to: one.address, topics: [9] }))).toEqual([])
})

test('what is taken back with its transaction bars nobody', async () => {
  await barred.caughtUp()
  const checked = monotonicMs()
  await db
    .tx(async tx => {
      await tellBarred(tx, [{ workspaceId: 1, channel: 'sms' as const, address: '+46701740699', topicIds: null }])
      throw new Error('changed its mind')
    })
    .catch(() => {})
  await barred.caughtUp()
  expect(lets(checked, { to: '+46701740699' })).toBe(true)
})

test('a check from before the last gap in listening is trusted for a moment only; then listening continues', async () => {
  const checked = monotonicMs()
  await db.query(
    sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'homing/barred' and datname = current_database()`,
  )
  await until('the gap is noticed', () => complaints.length > 0)
  await later(Math.max(0, trustMs + 50 - (monotonicMs() - checked)))
  expect(lets(checked)).toBe(false)
  await barred.caughtUp()
  expect(lets(checked)).toBe(false)
  const recheckedMs = monotonicMs()
  await later(trustMs + 50)
  expect(lets(recheckedMs)).toBe(true)
})

test('who has no sessions beside waits for nothing; where others send, it waits until they trust nothing older', async () => {
  const timed = async () => {
    const began = monotonicMs()
    await passed(db, { barred, process: 'this one' })
    return monotonicMs() - began
  }
  expect(await timed()).toBeLessThan(trustMs)
  await db.run(sql`insert into workspaces (name, created_at) values ('Shop', ${new Date()})`)
  await db.run(sql`insert into gateways (workspace_id, name, kind, settings, account, password, test, created_at)
    values (1, 'G', 'smpp', jsonb_build_object('host', '127.0.0.1', 'port', 1, 'systemId', 's'), 'smpp:s@127.0.0.1:1', 'p', true, ${new Date()})`)
  await db.run(sql`insert into gateway_sessions (gateway_id, bind_no, process, machine, started_at, lease_until, answered_until)
    values (1, 1, 'another one', 'm', ${new Date()}, ${new Date()}, ${new Date()})`)
  expect(await timed()).toBeGreaterThan(trustMs)
})
