/**
 * Which test SMS wait for this gateway, and are ours? As for messages: the intent is committed before anything is written,
 * and its key (test, n) keeps two sessions from sending the same thing.
 */
import { homingCode } from '../../core/gateways/homing.ts'
import { foldTestSms } from '../../core/messages/test-sms.ts'
import { insertTestFacts, ofGateway, readTestFacts } from '../messages/test-sms.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { leaseRuns } from '../platform/leases/lease.ts'

/** Business time after which a test that no gateway took is not sent any more. */
export const patienceMs = 15 * 60_000
/** In real time it gets at least this long, also where business time runs fast. */
export const leastPatienceMs = 60_000
/** Number and text of a test are kept for 30 days (real time); its links work as long. */
const keptMs = 30 * 24 * 3_600_000
/** Business time never runs slower than real time: what was asked for longer ago has been given up. */
const longestOpenMs = patienceMs + leastPatienceMs

export interface WaitingTest {
  id: number
  workspaceId: number
  phone: string
  sender: string
  text: string
  topics: number[]
  /** the next attempt: its number, the first of the same try, and the parts that it carries (null: all) */
  n: number
  try: number
  resend: number | null
}

/** Those that are to be submitted now, in the order in which they were asked for. `now`: business time. */
export async function readWaitingTests(db: Db, gatewayId: number, now: Date): Promise<WaitingTest[]> {
  const realMs = Date.now()
  const rows = await db.query<Omit<WaitingTest, 'n' | 'try' | 'resend'>>(
    sql`select id, workspace_id as "workspaceId", phone, sender, text, topics from test_sms
      where gateway_id = ${gatewayId} and made_at > ${new Date(realMs - longestOpenMs)} and stop_reason is null
        and (asked_at > ${new Date(now.getTime() - patienceMs)} or made_at > ${new Date(realMs - leastPatienceMs)})
      order by id limit 100`,
    'tests-waiting',
  )
  const known = await readTestFacts(
    db,
    rows.map(row => row.id),
  )
  return rows.flatMap(row => {
    const facts = known.get(row.id)
    const resend = facts && foldTestSms(facts).resend
    if (facts === undefined || resend === undefined) return []
    const n = facts.attempts.reduce((most, attempt) => Math.max(most, attempt.n), 0) + 1
    return [{ ...row, n, try: resend === null ? n : (facts.attempts.at(-1)?.try ?? n), resend }]
  })
}

/** Commits the intent while session and lease are as they should be. False: it is another's, or nothing may be sent. */
export async function claimTest(
  db: Db,
  test: WaitingTest,
  { gatewayId, sessionId, now }: { gatewayId: number; sessionId: number; now: Date },
): Promise<boolean> {
  const claimed = await db.run(
    sql`insert into test_attempts (test_id, n, try, parts, session_id, at)
      select t.id, ${test.n}::smallint, ${test.try}::smallint, ${test.resend}::int, s.id, ${now}::timestamptz
      from test_sms t, gateway_sessions s, installation i
      where t.id = ${test.id} and t.stop_reason is null and s.id = ${sessionId} and s.gateway_id = ${gatewayId}
        and s.ended_at is null and ${leaseRuns(sql`s.lease_until`)} and i.sending_held is null
      for key share of s
      on conflict (test_id, n) do nothing`,
    'tests-claim',
  )
  return claimed === 1
}

export interface UnansweredTest {
  testId: number
  n: number
}

/** The intents of a session that have no answer. */
export function readUnansweredTests(db: Db, sessionId: number): Promise<UnansweredTest[]> {
  return db.query<UnansweredTest>(
    sql`select a.test_id as "testId", a.n from test_attempts a where a.session_id = ${sessionId}
      and not exists (select from test_facts f where f.test_id = a.test_id and f.n = a.n and f.source = ${ofGateway.source})`,
    'tests-unanswered',
  )
}

/** What became of a dead session's tests: refused where they never reached the socket, else unknown, for good or until a receipt. */
export async function settleTests(
  db: Db,
  sessionId: number,
  wasWritten: (test: UnansweredTest) => boolean,
  at: Date,
): Promise<number> {
  const unanswered = await readUnansweredTests(db, sessionId)
  await insertTestFacts(
    db,
    unanswered.map(test => {
      const written = wasWritten(test)
      const outcome = written ? ('unknown' as const) : ('refused' as const)
      const code = homingCode(written ? 'process_died' : 'never_written')
      return { ...test, ...ofGateway, part: 0, outcome, counts: false, at, code, providerId: null }
    }),
  )
  return unanswered.length
}

/** Gives up those that no gateway took in time; forgets those of long ago. How many were given up. */
export async function sweepTests(db: Db, now: Date): Promise<number> {
  const givenUp = await db.run(
    sql`update test_sms t set stop_reason = 'given_up', stop_at = ${now}
      where t.stop_reason is null and t.asked_at <= ${new Date(now.getTime() - patienceMs)}
        and t.made_at <= ${new Date(Date.now() - leastPatienceMs)}
        and not exists (select from test_facts f where f.test_id = t.id and f.outcome not in ('refused', 'dropped'))
        and not exists (select from test_attempts a where a.test_id = t.id
          and not exists (select from test_facts f where f.test_id = a.test_id and f.n = a.n))`,
    'tests-give-up',
  )
  await db.run(sql`delete from test_sms where made_at < ${new Date(Date.now() - keptMs)}`, 'tests-forget')
  return givenUp
}
