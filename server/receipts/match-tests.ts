/**
 * Which test SMS does a receipt belong to, that belongs to no message? By the same rules as match.ts: the gateway's id and
 * the number; and where the id was never heard of, the one test whose outcome is unknown.
 */
import { type NewTestFact, ofGateway } from '../messages/test-sms.ts'
import type { Db } from '../platform/db.ts'
import { pgArray, sql } from '../platform/sql.ts'
import { horizonMs, otherForms, type ToMatch, unknownHorizonMs } from './provider-ids.ts'

export interface TestMatch {
  testId: number
  n: number
  part: number
}

/** A receipt with its place in the inbox. */
export type ReceiptOfTest = ToMatch & { source: number; seq: number; at: Date }

/** A test SMS that a gateway gave this id to. */
export type TestCandidate = TestMatch & { providerId: string; phone: string; gatewayId: number }

/** The newest first. `now`: business time. */
export function readTestCandidates(db: Db, receipts: readonly ToMatch[], now: Date): Promise<TestCandidate[]> {
  const ids = receipts.flatMap(({ body }) => [body.providerId, ...otherForms(body.providerId)])
  return db.query<TestCandidate>(
    sql`select f.test_id as "testId", f.n, f.part, f.provider_id as "providerId", t.phone, t.gateway_id as "gatewayId"
      from test_facts f join test_sms t on t.id = f.test_id
      where f.provider_id = any(${pgArray(ids)}::text[]) and f.at > ${new Date(now.getTime() - horizonMs)} order by f.at desc`,
    'tests-match',
  )
}

export function testExactly(candidates: readonly TestCandidate[], receipt: ToMatch): TestMatch | undefined {
  return bare(fitting(candidates, receipt).find(one => one.providerId === receipt.body.providerId))
}

export function testInOtherForm(candidates: readonly TestCandidate[], receipt: ToMatch): TestMatch | undefined {
  const forms = otherForms(receipt.body.providerId)
  const fits = fitting(candidates, receipt).filter(one => forms.includes(one.providerId))
  return fits.length === 1 ? bare(fits[0]) : undefined
}

function fitting(candidates: readonly TestCandidate[], { gatewayId, body }: ToMatch): TestCandidate[] {
  return candidates.filter(
    one => one.gatewayId === gatewayId && (one.phone === `+${body.number}` || body.number === ''),
  )
}

/** The one test to this number, from this sender, of the last 72 hours, whose outcome is unknown: its first part that no receipt has named. */
export async function matchUnknownTest(
  db: Db,
  { gatewayId, body }: ToMatch,
  now: Date,
): Promise<{ candidates: number; match: TestMatch | undefined }> {
  const rows = await db.query<{ testId: number; n: number; parts: number; unknown: number[]; taken: number[] }>(
    sql`select t.id as "testId", f.n, t.parts, array_agg(f.part::int) as unknown,
        array(select k.part::int from test_facts k where k.test_id = t.id and k.n = f.n and k.outcome = 'accepted') as taken
      from test_sms t join test_facts f on f.test_id = t.id and f.outcome = 'unknown'
      where t.gateway_id = ${gatewayId} and t.phone = ${`+${body.number}`} and f.at > ${new Date(now.getTime() - unknownHorizonMs)}
        and trim(leading '+' from t.sender) = ${body.sender.replace(/^\+/, '')}
      group by t.id, f.n, t.parts`,
    'tests-match-unknown',
  )
  const [one] = rows
  if (one === undefined || rows.length > 1) return { candidates: rows.length, match: undefined }
  const { testId, n, parts, unknown, taken } = one
  for (let part = 1; part <= parts; part++)
    if (!taken.includes(part) && (unknown.includes(0) || unknown.includes(part)))
      return { candidates: 1, match: { testId, n, part } }
  return { candidates: 1, match: undefined }
}

export function testFactOf({ source, seq, at, body }: ReceiptOfTest, match: TestMatch): NewTestFact {
  const { state, counts, code } = body
  return { ...match, source, seq, outcome: state, counts, at, code, providerId: null }
}

/** The gateway's word that it had it after all: later receipts of this part find their way by the id. */
export function acceptedAfterAll({ at, body }: ReceiptOfTest, match: TestMatch): NewTestFact {
  const { providerId } = body
  return { ...match, ...ofGateway, outcome: 'accepted', counts: false, at, code: null, providerId }
}

const bare = (one: TestCandidate | undefined): TestMatch | undefined =>
  one && { testId: one.testId, n: one.n, part: one.part }
