/**
 * One bind of one gateway in this process: its lease, its connection, its sender, its journal; what the gateway delivers goes
 * to the inbox and is acknowledged when it is durable, a reply when it is applied (reply-intake.ts).
 */
import { keepSession } from '../gateways/smpp/keep.ts'
import type { DeliverBatch, Session, SessionEvent, SubmitResult } from '../gateways/smpp/session.ts'
import type { Inbox } from '../inbox/append.ts'
import type { Grouping } from '../messages/group.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'
import { recordOf } from '../receipts/inbound.ts'
import type { BarredNumbers } from '../suppression/barred.ts'
import { WriteGate } from './gate.ts'
import { Journal, removeJournal } from './journal.ts'
import { endLease, keepLease, type Owner, takeLease } from './lease.ts'
import type { Reply, ReplyIntake } from './reply-intake.ts'
import { type Item, Sender } from './sender.ts'
import { attemptOf, type TestItem, TestSender } from './test-sender.ts'

export interface GatewaySettings {
  id: number
  host: string
  port: number
  systemId: string
  password: string
  binds: number
  window: number
  rate: number
}

export interface RunnerInput {
  db: Database
  clock: Clock
  log: Log
  grouping: Grouping
  /** for receipts, and what cannot be read */
  inbox: Inbox
  replies: ReplyIntake
  barred: BarredNumbers
  owner: Owner
  journalFolder: string
  linkUrl: string
  gateway: GatewaySettings
  bindNo: number
}

const signMs = 1000
/** ESME_RX_T_APPN: the gateway is to deliver it again. SMPP 3.4 §5.1.3 */
const tryAgainLater = 0x64

export class GatewayRunner {
  readonly #input: RunnerInput
  readonly #sessionId: number
  readonly #journal: Journal
  readonly #gate: WriteGate
  readonly #sender: Sender
  readonly #tests: TestSender
  readonly #session: Session<Item | TestItem>
  readonly #running: Promise<unknown>
  #event: SessionEvent = { state: 'connecting', why: '' }
  #sign: NodeJS.Timeout | undefined
  #ended = false

  private constructor(input: RunnerInput, sessionId: number) {
    const { gateway } = input
    this.#input = input
    this.#sessionId = sessionId
    this.#journal = new Journal(input.journalFolder, sessionId)
    this.#gate = new WriteGate(this.#journal, input.log)
    this.#tests = new TestSender({ ...input, sessionId, gatewayId: gateway.id })
    this.#sender = new Sender({
      ...input,
      journal: this.#journal,
      gate: this.#gate,
      unansweredBeside: () => this.#tests.unanswered,
      mayClaim: () => !input.replies.behind,
      sessionId,
      gatewayId: gateway.id,
      window: gateway.window,
    })
    this.#session = keepSession<Item | TestItem>(
      {
        host: gateway.host,
        port: gateway.port,
        systemId: gateway.systemId,
        password: gateway.password,
        window: gateway.window,
        rate: gateway.rate,
      },
      {
        answered: results => this.#answered(results),
        delivered: batch => this.#deliver(batch),
        beforeWrite: items =>
          this.#gate.letsPass(items.map(item => ('test' in item ? attemptOf(item.test) : item.flight))),
        mayStill: item => {
          const { audience, checkedMs } = 'test' in item ? item.test : item.flight
          return input.barred.lets({ ...audience, phone: `+${item.dest}`, checkedMs })
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
    this.#sender.use(this.#session)
    this.#running = Promise.all([this.#sender.run(), this.#tests.run(this.#session)])
    this.#sign = setTimeout(() => this.#giveSign(), signMs)
  }

  /** Undefined where another process holds this bind. */
  static async open(input: RunnerInput): Promise<GatewayRunner | undefined> {
    const sessionId = await takeLease(input.db, input.gateway.id, input.bindNo, input.owner, input.clock.now())
    return sessionId === undefined ? undefined : new GatewayRunner(input, sessionId)
  }

  get settings(): GatewaySettings {
    return this.#input.gateway
  }

  get bindNo(): number {
    return this.#input.bindNo
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Attempts without a committed answer. */
  get unanswered(): number {
    return this.#sender.unanswered
  }

  /** Claims no more, waits for the window, unbinds, commits all answers: a graceful stop leaves none unknown. */
  async close(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    this.#sender.stop()
    this.#tests.stop()
    await this.#session.close()
    await this.#running
    clearTimeout(this.#sign)
    const { db, journalFolder, log } = this.#input
    this.#journal.close()
    try {
      const settled = this.#sender.settled && this.#tests.settled
      await endLease(db, this.#sessionId, settled, 'stopped', 'stopped')
      if (settled) removeJournal(journalFolder, this.#sessionId)
    } catch (error) {
      log.warn({ err: error }, 'the lease of a gateway session could not be given back; it runs out by itself')
    }
  }

  #answered(results: readonly SubmitResult<Item | TestItem>[]): void {
    const messages: SubmitResult<Item>[] = []
    const tests: SubmitResult<TestItem>[] = []
    for (const { item, outcome, late } of results)
      if ('test' in item) tests.push({ item, outcome, late })
      else messages.push({ item, outcome, late })
    if (messages.length > 0) this.#sender.answers(messages)
    if (tests.length > 0) this.#tests.answers(tests)
  }

  /** Replies on a way of their own: what waits for a STOP to be applied holds up no receipt. */
  #deliver(batch: DeliverBatch): void {
    const { clock, gateway, inbox, replies } = this.#input
    const at = clock.now()
    const all = batch.messages.map(message => ({ message, record: recordOf(message, gateway.id, at) }))
    const written = all.filter(({ record }) => record.kind === 'reply')
    const others = all.filter(({ record }) => record.kind !== 'reply')
    void this.#acknowledge(batch, others, async () => {
      await inbox.append(others.map(({ record }) => record))
      return true
    })
    void this.#acknowledge(batch, written, () => replies.take(written))
  }

  async #acknowledge(batch: DeliverBatch, some: readonly Reply[], keep: () => Promise<boolean>): Promise<void> {
    if (some.length === 0) return
    const messages = some.map(({ message }) => message)
    try {
      batch.ack((await keep()) ? 0 : tryAgainLater, messages)
    } catch (error) {
      this.#input.log.warn(
        { err: error, count: messages.length },
        'what a gateway delivered could not be kept: it will deliver it again',
      )
      batch.ack(tryAgainLater, messages)
    }
  }

  #giveSign(): void {
    const { db } = this.#input
    keepLease(db, this.#sessionId, {
      answeredUntil: this.#sender.answeredUntil,
      state: this.#event.state,
      detail: this.#event.why,
    })
      .then(kept => {
        if (kept) return
        this.#gate.lostLease()
        if (!this.#ended) void this.close()
      })
      .catch(error => this.#input.log.warn({ err: error }, 'no sign of life could be given'))
      .finally(() => {
        if (!this.#ended) this.#sign = setTimeout(() => this.#giveSign(), signMs)
      })
  }
}
