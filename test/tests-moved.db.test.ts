/** Test SMS of the last version become ended activities: whatever their facts, `verify` finds nothing wrong afterwards. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { testSmsState } from '../core/messages/test-sms.ts'
import { listTestSms } from '../server/activities/test-sms.ts'
import { postCharges } from '../server/credits/ledger.ts'
import { makeLinkRanges } from '../server/links/range.ts'
import { openDatabase } from '../server/platform/db/database.ts'
import { migrate } from '../server/platform/db/migrate.ts'
import { sql } from '../server/platform/db/sql.ts'
import { matchReceipts } from '../server/receipts/match.ts'
import { verify } from '../server/verify/verify.ts'
import { freshDatabase } from './database.ts'

const asked = new Date('2026-11-01T12:00:00Z')
const after = (seconds: number) => new Date(asked.getTime() + seconds * 1000)
const folder = mkdtempSync(join(tmpdir(), 'homing-migrations-'))
const database = await freshDatabase({ template: false })
const db = openDatabase({ connection: database.connection, lane: 'test' })
afterAll(async () => {
  await db.end()
  await database.drop()
  rmSync(folder, { recursive: true })
})

const answers = ['accepted', 'soft', 'hard', 'refused', 'dropped', 'unknown'] as const
const receipts = ['pending', 'delivered', 'soft', 'hard'] as const
const anyTest = fc.record({
  parts: fc.integer({ min: 1, max: 3 }),
  attempts: fc.array(fc.option(fc.integer({ min: 1, max: 7 })), { maxLength: 3 }),
  facts: fc.array(
    fc.record({
      n: fc.integer({ min: 1, max: 3 }),
      part: fc.integer({ min: 0, max: 3 }),
      outcome: fc.constantFrom(...answers, ...receipts),
      isReceipt: fc.boolean(),
      second: fc.integer({ min: 1, max: 100_000 }),
      counts: fc.boolean(),
    }),
    { maxLength: 6 },
  ),
  stop: fc.option(fc.constantFrom('opted_out', 'given_up', 'erased')),
})

const fact = { n: 1, part: 1, second: 5, counts: false }
const arrived = {
  parts: 1,
  attempts: [null],
  facts: [
    { ...fact, outcome: 'accepted' as const, isReceipt: false },
    { ...fact, outcome: 'delivered' as const, isReceipt: true },
  ],
  stop: null,
}

test('whatever their facts: status and sums follow, charges, links and ids stay, and the audit names the same test', async () => {
  const own = readdirSync('migrations')
    .filter(name => name.endsWith('.sql') && name !== 'schema.sql')
    .sort()
  const last = own.findIndex(name => name.endsWith('_tests_as_activities.sql'))
  for (const name of own.slice(0, last)) cpSync(join('migrations', name), join(folder, name))
  await migrate(database.connectionString, folder)
  await db.run(sql`insert into workspaces (name, created_at) values ('Shop', ${asked})`)
  await db.run(
    sql`insert into gateways (workspace_id, name, kind, settings, account, password, test, created_at) values (1, 'G', 'smpp', '{"host": "h", "port": 1, "systemId": "u"}', 'smpp:u@h:1', 'p', true, ${asked})`,
  )
  await db.run(
    sql`insert into activities (workspace_id, name, created_at, updated_at) values (1, 'Draft', ${asked}, ${asked})`,
  )
  let id = 0
  for (const made of [arrived, ...fc.sample(anyTest, 80)]) {
    id++
    await db.run(sql`insert into test_sms (id, workspace_id, activity_id, gateway_id, phone, sender, text, parts, credits, topics, code_base, urls, asked_by, asked_at, made_at, stop_reason, stop_at)
      overriding system value values (${id}, 1, ${id % 10 === 0 ? null : 1}, 1, '+4670', 'Shop', 'Hi', ${made.parts}, ${id % 7 === 0 ? 0 : made.parts}, '{1}', ${id * 10}, '{https://shop.example/a?x=1,NULL}', 'test', ${asked}, ${asked},
        ${made.stop}, ${made.stop === null ? null : after(60)})`)
    for (const [i, parts] of made.attempts.entries())
      await db.run(
        sql`insert into test_attempts (test_id, n, try, parts, session_id, at) values (${id}, ${i + 1}, ${i + 1}, ${parts}, 1, ${after(i + 0.25)})`,
      )
    for (const [i, { n, part, outcome, isReceipt, second, counts }] of made.facts.entries()) {
      if (isReceipt ? !receipts.some(one => one === outcome) : !answers.some(one => one === outcome)) continue
      await db.run(sql`insert into test_facts (test_id, n, part, source, seq, outcome, counts, at, provider_id, code) values
        (${id}, ${n}, ${Math.min(part, made.parts)}, ${isReceipt ? 9 : 0}, ${isReceipt ? id * 100 + i : 0}, ${outcome}, ${counts}, ${after(second + 0.123)},
         ${!isReceipt && outcome === 'accepted' ? `P${id}-${i}` : null}, ${`dlr:c${second % 5}`}) on conflict do nothing`)
    }
    await db.run(
      sql`insert into audit (workspace_id, at, actor, action, subject, details) values (1, ${asked}, 'test', 'activity.test', 'activity 1', ${JSON.stringify({ test: id, profile: 3 })}::jsonb)`,
    )
  }
  await db.run(sql`insert into ledger (workspace_id, kind, credits, at, note, test_id)
    select t.workspace_id, 'charge', -t.credits, ${asked}, 'test SMS', t.id from test_sms t where t.credits > 0 and t.id % 5 <> 0
      and exists (select from test_facts f where f.test_id = t.id and (f.source <> 0 or f.outcome in ('accepted', 'soft', 'hard')))`)
  await db.run(
    sql`insert into audit (workspace_id, at, actor, action, subject, details) values (1, ${asked}, 'test', 'activity.test', 'activity 1', '{"test": 99999, "profile": 3}')`,
  )
  const [was] = await db.query(sql`select sum(credits) as credits, count(*) as n from ledger`)
  await migrate(database.connectionString)
  expect(await db.query(sql`select sum(credits) as credits, count(*) as n from ledger`)).toEqual([was])
  const marked = sql`insert into tally_changes (bucket, activity_id) select 0, id from activities where kind = 'test' on conflict do nothing`
  await db.run(marked)
  await postCharges(db, asked)
  const { checked, differences } = await verify(db, { ledgerWaitMs: 0 })
  expect(differences).toEqual([])
  expect(checked).toBe(81)
  const states = await db.query<{ status: 'queued'; charged: boolean }>(sql`select status, charged from messages`)
  expect(new Set(states.map(testSmsState))).toEqual(new Set(['sent', 'delivered', 'bounced', 'unknown', 'not_sent']))
  expect(
    await db.query(sql`select from audit u where u.action = 'activity.test' and not exists (
    select from activities a where a.kind = 'test' and a.id = (u.details->>'test')::bigint)`),
  ).toHaveLength(1)
  expect(await makeLinkRanges(db).resolve(30)).toMatchObject({ profileId: 0, location: 'https://shop.example/a?x=1' })
  expect(await makeLinkRanges(db).resolve(31)).toMatchObject({ profileId: 0, kind: 'unsubscribe' })
  expect(await makeLinkRanges(db).resolve(100)).toBeUndefined()
  expect(await listTestSms(db, 1, 1)).toHaveLength(20)
  const [answer] = await db.query<{ providerId: string; activityId: number }>(
    sql`select provider_id as "providerId", activity_id as "activityId" from answers where provider_id is not null limit 1`,
  )
  const body = {
    providerId: answer!.providerId,
    state: 'delivered' as const,
    counts: false,
    code: '',
    number: '4670',
    sender: 'Shop',
  }
  expect(await matchReceipts(db, [{ gatewayId: 1, body, at: asked }], asked)).toMatchObject([
    { activityId: answer!.activityId, profileId: 0 },
  ])
})
