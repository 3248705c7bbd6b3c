/**
 * The facts of test SMS: what was answered and received, in tables of their own, so that no figure, list or sum knows of
 * them. Nothing stands beside them: what became of a test is folded when somebody asks (core/messages/test-sms.ts).
 */
import type { Code } from '../../core/gateways/code.ts'
import type { AnswerFact, AnswerOutcome, AttemptFact, MessageFacts, ReceiptFact } from '../../core/messages/facts.ts'
import type { Db } from '../platform/db/database.ts'
import { pgArray, sql } from '../platform/db/sql.ts'

export interface NewTestFact {
  testId: number
  n: number
  /** from 1; 0: every part of the attempt */
  part: number
  /** an answer, or (with its inbox key) a receipt */
  outcome: AnswerOutcome | ReceiptFact['outcome']
  counts: boolean
  at: Date
  code: Code | null
  providerId: string | null
  source: number
  seq: number
}

/** What the gateway itself answered carries no inbox key. */
export const ofGateway = { source: 0, seq: 0 } as const

/** A repeat changes nothing. */
export async function insertTestFacts(tx: Db, facts: readonly NewTestFact[]): Promise<void> {
  if (facts.length === 0) return
  await tx.run(
    sql`insert into test_facts (test_id, n, part, source, seq, outcome, counts, at, provider_id, code)
      select u.* from unnest(${pgArray(facts.map(fact => fact.testId))}::bigint[], ${pgArray(facts.map(fact => fact.n))}::smallint[],
        ${pgArray(facts.map(fact => fact.part))}::smallint[], ${pgArray(facts.map(fact => fact.source))}::bigint[],
        ${pgArray(facts.map(fact => fact.seq))}::bigint[], ${pgArray(facts.map(fact => fact.outcome))}::text[],
        ${pgArray(facts.map(fact => fact.counts))}::bool[], ${pgArray(facts.map(fact => fact.at))}::timestamptz[],
        ${pgArray(facts.map(fact => fact.providerId))}::text[], ${pgArray(facts.map(fact => fact.code))}::text[])
        as u (test_id, n, part, source, seq, outcome, counts, at, provider_id, code)
      where exists (select from test_sms t where t.id = u.test_id)
      on conflict (test_id, n, part, source, seq, outcome) do nothing`,
    'test-facts-insert',
  )
}

/** Why it is not to be submitted (any more): set once. */
export async function stopTestSms(tx: Db, testId: number, reason: string, at: Date): Promise<void> {
  await tx.run(
    sql`update test_sms set stop_reason = ${reason}, stop_at = ${at} where id = ${testId} and stop_reason is null`,
  )
}

/** By id; of those that exist. */
export async function readTestFacts(db: Db, ids: readonly number[]): Promise<Map<number, MessageFacts>> {
  if (ids.length === 0) return new Map()
  const tests = await db.query<{ id: number; parts: number; stopReason: string | null; stopAt: Date | null }>(
    sql`select id, parts, stop_reason as "stopReason", stop_at as "stopAt" from test_sms where id = any(${pgArray(ids)}::bigint[])`,
    'test-facts-tests',
  )
  const attempts = await db.query<AttemptFact & { testId: number }>(
    sql`select test_id as "testId", n, try, parts, at from test_attempts where test_id = any(${pgArray(ids)}::bigint[]) order by n`,
    'test-facts-attempts',
  )
  const answers = await db.query<AnswerFact & { testId: number }>(
    sql`select test_id as "testId", n, part, outcome, counts, at, code from test_facts
      where test_id = any(${pgArray(ids)}::bigint[]) and source = ${ofGateway.source}`,
    'test-facts-answers',
  )
  const receipts = await db.query<ReceiptFact & { testId: number }>(
    sql`select test_id as "testId", n, part, outcome, counts, at, code from test_facts
      where test_id = any(${pgArray(ids)}::bigint[]) and source <> ${ofGateway.source}`,
    'test-facts-receipts',
  )
  const attemptsOf = Map.groupBy(attempts, row => row.testId)
  const answersOf = Map.groupBy(answers, row => row.testId)
  const receiptsOf = Map.groupBy(receipts, row => row.testId)
  return new Map(
    tests.map(({ id, parts, stopReason, stopAt }) => {
      const facts: MessageFacts = {
        parts,
        excluded: null,
        stop: stopReason === null || stopAt === null ? null : { reason: stopReason, at: stopAt },
        windowOverAt: null,
        noReceiptAt: null,
        attempts: attemptsOf.get(id) ?? [],
        answers: answersOf.get(id) ?? [],
        receipts: receiptsOf.get(id) ?? [],
      }
      return [id, facts]
    }),
  )
}
