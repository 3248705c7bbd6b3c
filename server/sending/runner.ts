/**
 * One bind of one gateway in this process: its lease, its journal, its connection, its session. What the gateway delivers is kept by arrivals.ts.
 *
 * Always: the lease is renewed until the last answer is committed, also while it closes.
 */

import { kindOf } from '../gateways/find-kind.ts'
import type { ConnectionEvent, GatewayConnection, GatewayKind, Handlers } from '../gateways/gateway.ts'
import type { Entered } from '../gateways/kind.ts'
import { webhookUrlOf } from '../gateways/webhooks.ts'
import type { Inbox } from '../inbox/append.ts'
import type { InboxWatch } from '../inbox/behind.ts'
import type { Grouping } from '../messages/group.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/db/database.ts'
import { limitWarnings } from '../platform/limited-warnings.ts'
import type { Log } from '../platform/log.ts'
import type { ReachCheck } from '../platform/reach.ts'
import type { BarredAddresses } from '../suppression/just-barred.ts'
import { keepArrivals } from './arrivals.ts'
import type { Submission } from './flights.ts'
import { Journal, removeJournal } from './journal.ts'
import { KeptLease } from './kept-lease.ts'
import type { ReplyIntake } from './reply-intake.ts'
import { SendingSession } from './sending-session.ts'
import type { SessionOwner } from './session-lease.ts'
import { SubmitGuard } from './submit-guard.ts'

export interface GatewaySettings {
  id: number
  kind: string
  host: string
  /** of its kind, with its secrets */
  settings: Entered
  binds: number
  window: number
  rate: number
  /** somebody asked to begin again */
  resumedAt: Date | null
}

type Opens = Pick<GatewayKind<Entered>, 'open'>

export interface RunnerInput {
  db: Database
  /** what renewals go over: see openLeases */
  leases: Database
  clock: Clock
  log: Log
  grouping: Grouping
  /** for receipts, and what cannot be read */
  inbox: Pick<Inbox, 'append'>
  replies: Pick<ReplyIntake, 'take' | 'behind'>
  inboxWatch: Pick<InboxWatch, 'isBehind'>
  barred: Pick<BarredAddresses, 'lets'>
  owner: SessionOwner
  journalFolder: string
  /** it cannot be written, or (undefined) can be again */
  onJournal?: (fault: Error | undefined) => void
  /** where people and providers find this installation */
  url: string
  linkUrl: string
  reach: ReachCheck
  gateway: GatewaySettings
  bindNo: number
  /** default: those of gateways/kinds.ts */
  kindOf?: (name: string) => Opens
}

export class GatewayRunner {
  readonly #input: RunnerInput
  readonly #lease: KeptLease
  readonly #journal: Journal
  readonly #session: SendingSession
  readonly #connection: GatewayConnection<Submission>
  readonly #running: Promise<void>
  #event: ConnectionEvent = { state: 'connecting', why: '' }
  #closed: Promise<void> | undefined

  private constructor(input: RunnerInput, kind: Opens, lease: KeptLease, journal: Journal) {
    const { gateway } = input
    const { sessionId, trust } = lease
    this.#input = input
    this.#lease = lease
    this.#journal = journal
    const guard = new SubmitGuard({ ...input, journal, trust })
    this.#session = new SendingSession({
      ...input,
      journal,
      guard,
      mayClaim: () => !input.replies.behind && !input.inboxWatch.isBehind,
      sessionId,
      gatewayId: gateway.id,
      window: gateway.window,
    })
    this.#connection = kind.open<Submission>(
      {
        gatewayId: gateway.id,
        settings: gateway.settings,
        window: gateway.window,
        rate: gateway.rate,
        webhookUrl: webhookUrlOf(input.url, gateway.id),
        now: () => input.clock.now(),
        refuses: address => input.reach(gateway.host, address),
      },
      this.#handlers(guard),
    )
    this.#running = this.#session.run(this.#connection)
    lease.keep(
      () => ({ answeredUntil: this.#session.answeredUntil, state: this.#event.state, detail: this.#event.why }),
      () => void this.close(),
    )
  }

  /** Undefined where another process holds this bind. Throws for a kind that this version does not know, before it takes the bind. */
  static async open(input: RunnerInput): Promise<GatewayRunner | undefined> {
    const { gateway, owner, clock, journalFolder, onJournal } = input
    const kind = (input.kindOf ?? kindOf)(gateway.kind)
    const lease = await KeptLease.take({ ...input, gatewayId: gateway.id }, clock.now())
    if (lease === undefined) return undefined
    let journal: Journal
    try {
      journal = new Journal(journalFolder, { sessionId: lease.sessionId, mark: lease.mark, boot: owner.boot })
    } catch (error) {
      onJournal?.(error instanceof Error ? error : new Error(String(error)))
      await lease.end(true, 'its journal cannot be written')
      throw error
    }
    onJournal?.(undefined)
    return new GatewayRunner(input, kind, lease, journal)
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
    return this.#session.unanswered
  }

  /** Claims no more, waits for the window, disconnects, commits all answers: a graceful stop leaves none unknown. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#session.stop()
    await this.#connection.close()
    await this.#running
    this.#journal.close()
    const { settled } = this.#session
    try {
      await this.#lease.end(settled)
      if (settled) removeJournal(this.#input.journalFolder, this.#lease.sessionId)
    } catch (error) {
      this.#input.log.warn({ err: error }, 'the lease of a gateway session could not be given back: it runs out')
    }
  }

  #handlers(guard: SubmitGuard): Handlers<Submission> {
    const { gateway, bindNo, barred, log } = this.#input
    const keepers = { ...this.#input, warn: limitWarnings(log) }
    return {
      answered: answers => this.#session.answered(answers),
      arrived: arrivals => void keepArrivals(arrivals, keepers),
      beforeWrite: messages => guard.allows(messages.map(message => message.flight)),
      mayStill: ({ flight, content, to }) => barred.lets(flight.audience, content.channel, to, flight.checkedMs),
      ready: () => this.#session.wake(),
      changed: event => {
        this.#event = event
        log.info({ gateway: gateway.id, bind: bindNo, state: event.state, why: event.why }, 'gateway session')
      },
    }
  }
}
