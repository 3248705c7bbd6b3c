/** Receipts that belong to nobody cost a few statements for hundreds, further and further apart, and hold up nothing that is live. */
import { beforeEach, expect, test } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { type Database, statementName } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { makeSent } from '../report/sent.fixture.ts'
import { retryWaiting } from './waiting.ts'

const now = new Date('2026-11-01T12:00:00Z')
const db = await ownDatabase({ installedAt: now })
const clock = { rate: 1, now: () => now, realMsUntil: () => 0 }
const attempts = [{ n: 1, try: 1, parts: null, at: now }]
const answers = [{ n: 1, part: 1, outcome: 'accepted' as const, counts: false, at: now, code: null }]
const phoneOf = (i: number) => `+4670${1_740_000 + i}`
const sent = await makeSent(
  db,
  Array.from({ length: 20 }, (_, i) => ({ phone: phoneOf(i), facts: { attempts, answers } })),
)
for (const [i, id] of sent.profileIds.entries())
  await db.run(sql`update answers set provider_id = ${`ours-${i}`} where profile_id = ${id}`)

let statements = 0
const counting = (one: Database): Database => {
  const query: Database['query'] = (statement, name) => {
    statements++
    return one.query(statement, name)
  }
  const run: Database['run'] = (statement, name) => {
    statements++
    return one.run(statement, name)
  }
  return {
    ...one,
    query,
    run,
    tx: work => {
      statements += 2
      return one.tx((tx, client) =>
        work(
          {
            query: (statement, name) => {
              statements++
              return tx.query(statement, name)
            },
            run: (statement, name) => {
              statements++
              return tx.run(statement, name)
            },
          },
          client,
        ),
      )
    },
  }
}
const input = { db: counting(db), clock, grouping: { byBucket: false, writer: 0 }, afterDelivered: async () => {} }

beforeEach(async () => {
  statements = 0
  await db.run(sql`delete from waiting`)
})

async function waiting(ids: readonly string[], tries: number, firstNumber = 46_709_000_000): Promise<void> {
  const bodies = ids.map((providerId, i) =>
    JSON.stringify({
      providerId,
      state: 'delivered',
      counts: false,
      code: '',
      number: String(firstNumber + i),
      sender: 'Acme',
    }),
  )
  await db.run(sql`insert into waiting (source, seq, kind, gateway_id, at, body, tries, next_try_at)
    select 1, row_number() over (), 'receipt', ${sent.gatewayId}, ${now}, b::json, ${tries}, ${new Date(0)} from unnest(${bodies}::text[]) b`)
}

const foreign = Array.from({ length: 500 }, (_, i) => `foreign-${i}`)

test('500 receipts of another system: a dozen statements, and as many for 50', async () => {
  await waiting(foreign, 3)
  expect(await retryWaiting(input)).toBe(500)
  expect(statements).toBeLessThan(15)
  const of500 = statements
  await db.run(sql`delete from waiting`)
  statements = 0
  await waiting(foreign.slice(0, 50), 3)
  await retryWaiting(input)
  expect(statements).toBe(of500)
})

test('500 to numbers that we send to as well: the same', async () => {
  await waiting(foreign, 3, Number(phoneOf(0).slice(1)))
  await retryWaiting(input)
  expect(statements).toBeLessThan(15)
})

test('among them ours are found, in the same few statements, and wait no more', async () => {
  const ids = foreign.map((id, i) => (i % 25 === 0 ? `ours-${i / 25}` : id))
  const bodies = ids.map((providerId, i) => {
    const number = i % 25 === 0 ? phoneOf(i / 25).slice(1) : String(46_709_000_000 + i)
    return JSON.stringify({ providerId, state: 'delivered', counts: false, code: '', number, sender: 'Acme' })
  })
  await db.run(sql`insert into waiting (source, seq, kind, gateway_id, at, body, tries, next_try_at)
    select 2, row_number() over (), 'receipt', ${sent.gatewayId}, ${now}, b::json, 5, ${new Date(0)} from unnest(${bodies}::text[]) b`)
  await retryWaiting(input)
  expect(statements).toBeLessThan(40)
  const [row] = await db.query(sql`select (select count(*)::int from waiting) as waiting,
    (select count(*)::int from messages where status = 'delivered') as delivered`)
  expect(row).toEqual({ waiting: 480, delivered: 20 })
})

test('they are looked at further and further apart, for a month, and then given up', async () => {
  await waiting(foreign.slice(0, 1), 0)
  const waits: number[] = []
  for (;;) {
    const before = Date.now()
    expect(await retryWaiting(input)).toBe(1)
    const [row] = await db.query<{ settled: string | null; at: Date }>(
      sql`select settled, next_try_at as at from waiting`,
    )
    if (row?.settled === 'given_up') break
    waits.push(row!.at.getTime() - before)
    await db.run(sql`update waiting set next_try_at = ${new Date(0)}`)
  }
  const rounded = waits.map(ms => Math.round(ms / 100) * 100)
  for (const [i, ms] of rounded.entries()) expect(ms).toBeGreaterThanOrEqual(i === 0 ? 0 : (rounded[i - 1] ?? 0) - 1000)
  const days = waits.reduce((sum, ms) => sum + ms, 0) / (24 * 3_600_000)
  expect(days).toBeGreaterThan(29)
  expect(days).toBeLessThan(31)
  expect(waits.length).toBeLessThan(150)
})

test('a database that fails in the middle of a look costs them nothing', async () => {
  await waiting(foreign.slice(0, 3), 8)
  const failing: Database = {
    ...db,
    query: (statement, name) =>
      statementName(name) === 'unknown-holders' ? Promise.reject(new Error('gone')) : db.query(statement, name),
  }
  await expect(retryWaiting({ ...input, db: failing })).rejects.toThrow('gone')
  const rows = await db.query<{ tries: number; soon: boolean }>(
    sql`select tries, next_try_at < ${new Date(Date.now() + 1_000)} as soon from waiting`,
  )
  expect(rows).toEqual(Array.from({ length: 3 }, () => ({ tries: 8, soon: true })))
})
