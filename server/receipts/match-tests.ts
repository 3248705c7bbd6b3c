/**
 * Which test SMS does a receipt belong to, that belongs to no message? By the same rules as match.ts: the gateway's id over
 * the account, then the number; and where the id was never heard of, the one test whose outcome is unknown.
 */
import { withPrefix } from '../../core/gateways/codes.ts'
import { type NewTestFact, ofGateway } from '../messages/test-sms.ts'
import type { Db } from '../platform/db/database.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import type { Candidate, Found } from './candidate.ts'
import { partOrWhole, plainSenderSql, unknownOf } from './match-unknown.ts'
import { keyOf, speaksForAll, type ToMatch } from './provider-ids.ts'

export interface TestMatch {
  testId: number
  n: number
  /** 0: the receipt is about all parts */
  part: number
  /** the person was erased: their number must not come in again with the receipt */
  erased?: boolean
}

/** A receipt with its place in the inbox. */
export type ReceiptOfTest = ToMatch & { source: number; seq: number; at: Date }

/** A test SMS that a gateway gave an id to. */
export type TestCandidate = Candidate & TestMatch & { parts: number }

export function readTestCandidates(db: Db, keys: readonly string[]): Promise<TestCandidate[]> {
  return db.query<TestCandidate>(
    sql`select f.test_id as "testId", f.n, f.part, f.provider_id as "providerId", f.at, nullif(t.phone, '') as address, t.parts, t.gateway_id as "gatewayId"
      from test_facts f join test_sms t on t.id = f.test_id
      where ${keyOf('f.provider_id')} = any(${pgArray(keys)}::text[])`,
    'tests-match',
  )
}

export function testMatchOf(found: Found<TestCandidate> | undefined, { body }: ToMatch): TestMatch | undefined {
  if (found === undefined) return undefined
  const { testId, n, part, parts, address } = found.one
  return {
    testId,
    n,
    part: found.whole || speaksForAll(body, parts) ? 0 : part,
    ...(address === null ? { erased: true } : {}),
  }
}

/** The one test to this number, from this sender, of the last 72 hours, whose outcome is unknown: its first part that no receipt has named. */
export async function matchUnknownTest(
  db: Db,
  receipt: ToMatch,
  now: Date,
): Promise<{ candidates: number; match: TestMatch | undefined }> {
  const { gateways, phones, senders, since } = await unknownOf(db, receipt, now)
  const rows = await db.query<{ testId: number; n: number; part: number; parts: number }>(
    sql`select t.id as "testId", f.n, f.part, t.parts
      from test_sms t join test_facts f on f.test_id = t.id and f.outcome = 'unknown'
      where t.gateway_id = any(${pgArray(gateways)}::int[]) and t.phone = any(${pgArray(phones)}::text[]) and f.at > ${since}
        and ${plainSenderSql} = any(${pgArray(senders)}::text[])`,
    'tests-match-unknown',
  )
  const tests = new Set(rows.map(({ testId }) => testId))
  const [one] = rows
  if (one === undefined || tests.size > 1) return { candidates: tests.size, match: undefined }
  const taken = await db.query<{ part: number }>(
    sql`select part from test_facts where test_id = ${one.testId} and outcome = 'accepted'`,
    'tests-unknown-taken',
  )
  const free = rows
    .flatMap(({ testId, n, part, parts }) =>
      (part === 0 ? Array.from({ length: parts }, (_, i) => i + 1) : [part]).map(each => ({ testId, n, part: each })),
    )
    .filter(({ part }) => !taken.some(row => row.part === part || row.part === 0))
    .sort((a, b) => a.part - b.part || a.n - b.n)
  return { candidates: 1, match: partOrWhole(free, receipt, one.parts) }
}

export function testFactOf({ source, seq, at, body }: ReceiptOfTest, { testId, n, part }: TestMatch): NewTestFact {
  const { state, counts, code } = body
  return { testId, n, part, source, seq, outcome: state, counts, at, code: withPrefix(code), providerId: null }
}

/** The gateway's word that it had it after all: later receipts of this part find their way by the id. */
export function acceptedAfterAll({ at, body }: ReceiptOfTest, match: TestMatch): NewTestFact {
  const { providerId } = body
  return { ...match, ...ofGateway, outcome: 'accepted', counts: false, at, code: null, providerId }
}
