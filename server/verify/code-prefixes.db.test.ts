/** Codes of versions without prefixes: the migration gives each its prefix, as core/gateways/codes.ts does, and leaves nothing for `verify` to tell. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formerCodes } from '../../core/gateways/former-codes.fixture.ts'
import { ownDatabase } from '../../test/database.ts'
import { MIGRATIONS, readMigrations } from '../platform/db/migrate.ts'
import { raw, sql } from '../platform/db/sql.ts'
import { anyPeople } from '../report/any-people.fixture.ts'
import { later, makeSent, START } from '../report/sent.fixture.ts'
import { verify } from './verify.ts'

const db = await ownDatabase()
const statements = readMigrations(MIGRATIONS).find(({ name }) => name.endsWith('code_prefixes'))!.statements
const withCodes = ['answers', 'receipts', 'messages'] as const

async function migrate(): Promise<void> {
  // Test SMS had facts of their own in a table that may be gone.
  for (const { text } of statements) if (!text.includes('update test_facts')) await db.run(sql([text]))
}

test('each code gets the prefix that the program gives it', async () => {
  for (const [i, [before]] of formerCodes.entries())
    await db.run(sql`insert into receipts (bucket, activity_id, profile_id, n, part, outcome, counts, at, source, seq, code)
      values (1, 999, 1, 1, 1, 'pending', false, ${START}, 1, ${i}, ${before})`)
  await migrate()
  const rows = await db.query<{ code: string }>(sql`select code from receipts where activity_id = 999 order by seq`)
  expect(rows.map(({ code }) => code)).toEqual(formerCodes.map(([, now]) => now))
  await db.run(sql`delete from receipts where activity_id = 999`)
})

test('whatever was sent, its codes and sums follow from its facts after the migration', async () => {
  await fc.assert(
    fc.asyncProperty(anyPeople, fc.integer({ min: 1, max: 3 }), async (people, tallyBuckets) => {
      const { activityId } = await makeSent(db, people, { tallyBuckets })
      const before = sql`case code when 'smpp:0x0b' then '0x0B' when 'gsm:27' then 'UNDELIV/gsm:27' when 'dlr:expired' then 'EXPIRED' end`
      for (const table of withCodes) await db.run(sql`update ${raw(table)} set code = ${before} where code is not null`)
      await db.run(sql`update breakdowns set key = upper(key) where kind = 'code'`)
      await migrate()
      const { differences } = await verify(db, { activityId, ledgerWaitMs: 0 })
      expect(differences.filter(({ what }) => !what.includes('ledger'))).toEqual([])
    }),
    { numRuns: 8, endOnFailure: true },
  )
})

test('of two codes of one time the message keeps the one that the fold takes', async () => {
  const bounce = { n: 1, part: 1, outcome: 'soft', counts: false, at: later(5_000) } as const
  const attempts = [{ n: 1, try: 1, parts: null, at: START }]
  const receipts = [{ ...bounce, code: 'dlr:unknown' } as const, { ...bounce, code: 'gsm:27' } as const]
  const { activityId } = await makeSent(db, [{ facts: { attempts, receipts } }])
  await db.run(
    sql`update receipts set code = case code when 'gsm:27' then 'UNDELIV/gsm:27' else 'UNKNOWN' end where activity_id = ${activityId}`,
  )
  await db.run(sql`update messages set code = 'UNKNOWN' where activity_id = ${activityId}`)
  await migrate()
  const { differences } = await verify(db, { activityId, ledgerWaitMs: 0 })
  expect(differences.filter(({ what }) => !what.includes('ledger'))).toEqual([])
})
