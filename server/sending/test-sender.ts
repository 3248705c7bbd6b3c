/**
 * The test SMS of one gateway session, sent among its windows: commit the intent, read whether the number may still be sent
 * to, hand over, keep the answers until they are committed. One by one: a few an hour are no work for sets.
 *
 * Always, as in sender.ts: nothing is written without a committed intent, and only through the gate (gate.ts); what was written is never written again unless the gateway has refused it.
 */
import type { Code } from '../../core/gateways/code.ts'
import { droppedCode, homingCode } from '../../core/gateways/homing.ts'

import { countCarried } from '../../core/messages/facts.ts'
import { splitIntoParts } from '../../core/sms/split.ts'
import { barredAddress } from '../audience/barred.ts'
import type { Answer, Connection, Outgoing } from '../gateways/gateway.ts'
import { insertTestFacts, type NewTestFact, ofGateway, stopTestSms } from '../messages/test-sms.ts'
import { type Clock, monotonicMs } from '../platform/clock.ts'
import type { Database } from '../platform/db/database.ts'
import type { Log } from '../platform/log.ts'
import { Nap } from '../platform/wakeable-timer.ts'
import type { CheckedAttempt } from './gate.ts'
import type { JournalEntry } from './journal.ts'
import { referenceOf } from './plan.ts'
import { claimTest, readUnansweredTests, readWaitingTests, type WaitingTest } from './test-claim.ts'

export type TestSubmission = Outgoing & { readonly test: TestFlight }

interface TestFlight {
  testId: number
  n: number
  /** parts that have no answer yet */
  open: number
  /** monotonicMs() when it was read that it may be sent */
  checkedMs: number
  audience: { workspaceId: number; topics: readonly number[] }
}

export interface TestSenderInput {
  db: Database
  clock: Clock
  log: Log
  sessionId: number
  gatewayId: number
}

const pollMs = 250
/** After a refusal, doubling to half a minute: in real time. */
const againMs = 1000
const longestAgainMs = 30_000
/** What a gateway could not deliver by then is no test any more. */
const validityMinutes = 60

export class TestSender {
  readonly #input: TestSenderInput
  readonly #flights = new Set<TestFlight>()
  readonly #notBefore = new Map<number, number>()
  #facts: NewTestFact[] = []
  #answered: TestSubmission[] = []
  readonly #nap = new Nap()
  #stopped = false
  /** a claim broke off, and may have been committed all the same */
  #inDoubt = false

  constructor(input: TestSenderInput) {
    this.#input = input
  }

  /** Their lines must stay in the journal. */
  get unanswered(): JournalEntry[] {
    return [...this.#flights].map(attemptOf)
  }

  get settled(): boolean {
    return this.#flights.size === 0 && !this.#inDoubt
  }

  answered(answers: readonly Answer<TestSubmission>[]): void {
    const at = this.#input.clock.now()
    for (const { message, part, outcome, counts, providerId, code, late } of answers) {
      const { test } = message
      this.#facts.push({ testId: test.testId, n: test.n, ...ofGateway, part, at, outcome, counts, providerId, code })
      if (late) continue
      test.open = part === 0 ? 0 : test.open - 1
      if (test.open === 0) this.#answered.push(message)
    }
    this.#nap.wake()
  }

  /** Works until stop(). */
  async run(connection: Connection<TestSubmission>): Promise<void> {
    while (!this.#stopped || this.#facts.length > 0) {
      try {
        await this.#commit(connection)
        if (!this.#stopped && connection.ready) await this.#step(connection)
      } catch (error) {
        this.#input.log.warn({ err: error }, 'test SMS wait: the database does not answer')
      }
      if (this.#facts.length === 0 && !this.#stopped) await this.#nap.take(pollMs)
    }
  }

  /** Claims no more. The owner closes the session, then awaits run(). */
  stop(): void {
    this.#stopped = true
    this.#nap.wake()
  }

  async #step(connection: Connection<TestSubmission>): Promise<void> {
    const { db, clock, gatewayId, sessionId } = this.#input
    if (this.#inDoubt) await this.#takeBack()
    for (const test of await readWaitingTests(db, gatewayId, clock.now())) {
      if (this.#stopped || !connection.ready) return
      if ((this.#notBefore.get(test.id) ?? 0) > monotonicMs()) continue
      this.#inDoubt = true
      const ours = await claimTest(db, test, { gatewayId, sessionId, now: clock.now() })
      if (ours) await this.#submit(test, connection)
      this.#inDoubt = false
    }
  }

  async #submit(test: WaitingTest, connection: Connection<TestSubmission>): Promise<void> {
    const { db, clock } = this.#input
    const checkedMs = monotonicMs()
    const barred = await barredAddress(
      db,
      { workspaceId: test.workspaceId, channel: 'sms', address: test.phone },
      test.topics,
    )
    if (barred !== null) {
      await stopTestSms(db, test.id, barred, clock.now())
      await insertTestFacts(db, [wholeFact(test.id, test.n, 'dropped', droppedCode(barred), clock.now())])
      return
    }
    this.#notBefore.set(test.id, monotonicMs() + Math.min(longestAgainMs, againMs * 2 ** (test.n - 1)))
    const flight: TestFlight = { testId: test.id, n: test.n, open: 0, checkedMs, audience: test }
    // By its id instead of an activity's: two tests to one number get different references for their parts.
    const reference = referenceOf(test.id, 0, test.try)
    const split = splitIntoParts(test.text)
    flight.open = countCarried(test.resend, split.parts.length)
    this.#flights.add(flight)
    connection.submit([
      {
        key: `test/${test.id}/${test.n}`,
        n: test.n,
        to: test.phone,
        from: test.sender,
        content: { channel: 'sms', text: test.text, split },
        parts: test.resend,
        reference,
        validMinutes: validityMinutes,
        again: test.n > 1,
        bounced: false,
        test: flight,
      },
    ])
  }

  /** Intents of this session that never came near a socket. */
  async #takeBack(): Promise<void> {
    const { db, clock, sessionId } = this.#input
    const flying = new Set([...this.#flights].map(({ testId, n }) => `${testId}/${n}`))
    const unheard = (await readUnansweredTests(db, sessionId)).filter(({ testId, n }) => !flying.has(`${testId}/${n}`))
    await insertTestFacts(
      db,
      unheard.map(({ testId, n }) => wholeFact(testId, n, 'refused', homingCode('claim_broke_off'), clock.now())),
    )
    this.#inDoubt = false
  }

  /** The answers are true whatever the database does: they are kept until they are in it. A repeat changes nothing. */
  async #commit(connection: Connection<TestSubmission>): Promise<void> {
    if (this.#facts.length === 0) return
    const count = this.#facts.length
    const answered = this.#answered.length
    await insertTestFacts(this.#input.db, this.#facts)
    this.#facts.splice(0, count)
    const messages = this.#answered.splice(0, answered)
    for (const { test } of messages) this.#flights.delete(test)
    connection.committed(messages)
  }
}

/** Its line in the journal: by the id of the test, and profile 0, which no message has. */
export const attemptOf = ({ testId, n, checkedMs }: TestFlight): CheckedAttempt => ({
  activityId: testId,
  profileId: 0,
  n,
  checkedMs,
})

function wholeFact(testId: number, n: number, outcome: 'refused' | 'dropped', code: Code, at: Date): NewTestFact {
  return { testId, n, ...ofGateway, part: 0, outcome, counts: false, at, code, providerId: null }
}
