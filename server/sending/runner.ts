/**
 * One bind of one gateway in this process: its lease, its connection, its sender, its journal; what the gateway delivers goes
 * to the inbox and is acknowledged when it is durable, a reply when it is applied (reply-intake.ts).
 *
 * Always: signs of life are given until the last answer is committed, also while it closes; they have connections of their own.
 */
import { randomUUID } from 'node:crypto'
import type { Answer, Arrival, Arrivals, Connection, ConnectionEvent } from '../gateways/gateway.ts'
import { kindOf } from '../gateways/kinds.ts'
import type { Inbox } from '../inbox/append.ts'
import type { InboxWatch } from '../inbox/behind.ts'
import type { Grouping } from '../messages/group.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/db/database.ts'
import { momentNow, Trust } from '../platform/leases/lease.ts'
import { type Complain, makeComplaints } from '../platform/limited-warnings.ts'
import type { Log } from '../platform/log.ts'
import type { Reach } from '../platform/reach.ts'
import type { BarredAddresses } from '../suppression/barred.ts'
import type { Submission } from './flights.ts'
import { WriteGate } from './gate.ts'
import { Journal, removeJournal } from './journal.ts'
import type { ReplyIntake } from './reply-intake.ts'
import { Sender } from './sender.ts'
import { endLease, keepLease, type Owner, takeLease, terms } from './session-lease.ts'
import { attemptOf, TestSender, type TestSubmission } from './test-sender.ts'

export interface GatewaySettings {
  id: number
  kind: string
  host: string
  port: number
  systemId: string
  password: string
  binds: number
  window: number
  rate: number
  /** somebody asked to begin again */
  resumedAt: Date | null
}

export interface RunnerInput {
  db: Database
  /** what renewals go over: see openLeases */
  leases: Database
  clock: Clock
  log: Log
  grouping: Grouping
  /** for receipts, and what cannot be read */
  inbox: Inbox
  replies: ReplyIntake
  inboxWatch: InboxWatch
  barred: BarredAddresses
  owner: Owner
  journalFolder: string
  /** it cannot be written, or (undefined) can be again */
  onJournal?: (fault: Error | undefined) => void
  linkUrl: string
  reach: Reach
  gateway: GatewaySettings
  bindNo: number
}

const signMs = 1000

export class GatewayRunner {
  readonly #input: RunnerInput
  readonly #sessionId: number
  readonly #trust: Trust
  readonly #journal: Journal
  readonly #gate: WriteGate
  readonly #sender: Sender
  readonly #tests: TestSender
  readonly #connection: Connection<Submission | TestSubmission>
  readonly #running: Promise<unknown>
  readonly #complain: Complain
  #event: ConnectionEvent = { state: 'connecting', why: '' }
  #sign: NodeJS.Timeout | undefined
  #closed: Promise<void> | undefined
  #signing = true

  private constructor(input: RunnerInput, sessionId: number, trust: Trust, journal: Journal) {
    const { gateway } = input
    this.#input = input
    this.#complain = makeComplaints(input.log)
    this.#sessionId = sessionId
    this.#trust = trust
    this.#journal = journal
    this.#gate = new WriteGate({ ...input, journal, trust })
    this.#tests = new TestSender({ ...input, sessionId, gatewayId: gateway.id })
    this.#sender = new Sender({
      ...input,
      journal: this.#journal,
      gate: this.#gate,
      unansweredBeside: () => this.#tests.unanswered,
      mayClaim: () => !input.replies.behind && !input.inboxWatch.isBehind,
      sessionId,
      gatewayId: gateway.id,
      window: gateway.window,
    })
    this.#connection = kindOf(gateway.kind).open<Submission | TestSubmission>(
      {
        gatewayId: gateway.id,
        settings: gateway,
        now: () => input.clock.now(),
        refuses: address => input.reach(gateway.host, address),
      },
      {
        answered: answers => this.#answered(answers),
        arrived: arrivals => this.#arrived(arrivals),
        beforeWrite: messages =>
          this.#gate.letsPass(messages.map(message => ('test' in message ? attemptOf(message.test) : message.flight))),
        mayStill: message => {
          const { audience, checkedMs } = 'test' in message ? message.test : message.flight
          return input.barred.lets(audience, message.content.channel, message.to, checkedMs)
        },
        ready: () => this.#sender.wake(),
        changed: event => {
          this.#event = event
          input.log.info(
            { gateway: gateway.id, bind: input.bindNo, state: event.state, why: event.why },
            'gateway session',
          )
        },
      },
    )
    this.#running = Promise.all([this.#sender.run(this.#connection), this.#tests.run(this.#connection)])
    this.#sign = setTimeout(() => void this.#giveSign(), signMs)
  }

  /** Undefined where another process holds this bind. */
  static async open(input: RunnerInput): Promise<GatewayRunner | undefined> {
    const { leases, gateway, bindNo, owner, journalFolder, onJournal } = input
    const mark = randomUUID()
    const trust = new Trust(terms)
    const began = momentNow()
    const sessionId = await takeLease(leases, gateway.id, bindNo, owner, mark, input.clock.now())
    if (sessionId === undefined) return undefined
    trust.renewed(began)
    try {
      const journal = new Journal(journalFolder, { sessionId, mark, boot: owner.boot })
      onJournal?.(undefined)
      return new GatewayRunner(input, sessionId, trust, journal)
    } catch (error) {
      onJournal?.(error instanceof Error ? error : new Error(String(error)))
      await endLease(leases, sessionId, true, 'stopped', 'its journal cannot be written')
      throw error
    }
  }

  get settings(): GatewaySettings {
    return this.#input.gateway
  }

  get bindNo(): number {
    return this.#input.bindNo
  }

  /** It is closed, or closes. */
  get ended(): boolean {
    return this.#closed !== undefined
  }

  /** Attempts without a committed answer. */
  get unanswered(): number {
    return this.#sender.unanswered
  }

  /** Claims no more, waits for the window, unbinds, commits all answers: a graceful stop leaves none unknown. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#sender.stop()
    this.#tests.stop()
    await this.#connection.close()
    await this.#running
    this.#signing = false
    clearTimeout(this.#sign)
    const { leases, journalFolder, log } = this.#input
    this.#journal.close()
    try {
      const settled = this.#sender.settled && this.#tests.settled
      await endLease(leases, this.#sessionId, settled, 'stopped', 'stopped')
      if (settled) removeJournal(journalFolder, this.#sessionId)
    } catch (error) {
      log.warn({ err: error }, 'the lease of a gateway session could not be given back: it runs out')
    }
  }

  #answered(answers: readonly Answer<Submission | TestSubmission>[]): void {
    const messages: Answer<Submission>[] = []
    const tests: Answer<TestSubmission>[] = []
    for (const answer of answers)
      if (isOfTest(answer)) tests.push(answer)
      else if (isOfMessage(answer)) messages.push(answer)
    if (messages.length > 0) this.#sender.answered(messages)
    if (tests.length > 0) this.#tests.answered(tests)
  }

  /** Replies on a way of their own: what waits for a STOP to be applied holds up no receipt. */
  #arrived(arrivals: Arrivals): void {
    const { inbox, replies } = this.#input
    const written = arrivals.all.filter(({ record }) => record.kind === 'reply')
    const others = arrivals.all.filter(({ record }) => record.kind !== 'reply')
    void this.#acknowledge(arrivals, others, async () => {
      await inbox.append(others.map(({ record }) => record))
      return true
    })
    void this.#acknowledge(arrivals, written, () => replies.take(written))
  }

  async #acknowledge(arrivals: Arrivals, some: readonly Arrival[], keep: () => Promise<boolean>): Promise<void> {
    if (some.length === 0) return
    try {
      arrivals.ack(some, await keep())
    } catch (error) {
      this.#complain(error, 'what a gateway delivered could not be kept: it will deliver it again')
      arrivals.ack(some, false)
    }
  }

  async #giveSign(): Promise<void> {
    const { leases, log } = this.#input
    const began = momentNow()
    const trusted = this.#trust.holds()
    try {
      const kept = await keepLease(leases, this.#sessionId, {
        answeredUntil: this.#sender.answeredUntil,
        state: this.#event.state,
        detail: this.#event.why,
      })
      if (kept) this.#trust.renewed(began)
      else {
        this.#trust.end()
        this.#signing = false
        void this.close()
      }
    } catch (error) {
      log.warn({ err: error, session: this.#sessionId }, 'no sign of life could be given')
    }
    if (trusted && !this.#trust.holds() && !this.#trust.ended)
      log.warn({ session: this.#sessionId }, 'the lease could not be renewed in time: nothing is sent until it is')
    if (this.#signing) this.#sign = setTimeout(() => void this.#giveSign(), signMs)
  }
}

const isOfTest = (answer: Answer<Submission | TestSubmission>): answer is Answer<TestSubmission> =>
  'test' in answer.message
const isOfMessage = (answer: Answer<Submission | TestSubmission>): answer is Answer<Submission> =>
  'flight' in answer.message
