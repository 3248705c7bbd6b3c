/**
 * SMTP as a kind of gateway: a message is a transaction of its own, with one recipient, on one of as many connections as the window has places.
 *
 * Always: what broke before the server asked for the body is refused, what broke after it is unknown, and is never sent again by this
 * connection. "Slow down" and "too many connections" bounce nobody. User and password are tried three times in a row (more tries lock accounts).
 */
import type { Code, CodeRow } from '../../../core/gateways/code.ts'
import { homingCode, type LocalCode } from '../../../core/gateways/homing.ts'
import { smtpCode, smtpRow } from '../../../core/gateways/smtp-codes.ts'
import { readSmtpReply } from '../../../core/gateways/smtp-reply.ts'
import type {
  ConnectionState,
  GatewayAnswer,
  GatewayConnection,
  Handlers,
  OpenInput,
  Outgoing,
  RenderedEmail,
} from '../gateway.ts'
import { Pace } from '../pace.ts'
import { Refusals } from '../refusals.ts'
import { realTimers } from '../timers.ts'
import { type Composed, compose } from './compose.ts'
import { type LineFailure, type LineOutcome, SmtpLine } from './smtp-line.ts'
import type { SmtpLogin } from './smtp-settings.ts'

export interface SmtpTimes {
  /** after it a message without an answer is unknown; RFC 5321 §4.5.3.2.6 */
  answerMs: number
  /** how long a late answer is waited for, and the connection kept for it */
  lateMs: number
  /** no connection, greeting or login within it: it failed */
  openMs: number
  reconnectMs: number
  reconnectMaxMs: number
  closeMs: number
  /** servers drop idle connections after a few minutes, some after seconds */
  idleMs: number
}

const usual: SmtpTimes = {
  answerMs: 600_000,
  lateMs: 300_000,
  openMs: 60_000,
  reconnectMs: 1000,
  reconnectMaxMs: 300_000,
  closeMs: 30_000,
  idleMs: 30_000,
}
const credentialTries = 3
/** How many messages are taken before one connection more is opened again. */
const growAfter = 50

interface Flight<O> {
  readonly message: O
  readonly line: SmtpLine
  readonly writtenAt: number
  timer: NodeJS.Timeout | undefined
  /** it was answered `unknown` */
  late: boolean
}

export class SmtpGateway<O extends Outgoing<RenderedEmail>> implements GatewayConnection<O> {
  readonly #input: OpenInput<SmtpLogin>
  readonly #handlers: Handlers<O>
  readonly #times: SmtpTimes
  readonly #ca: string | undefined
  readonly #pace: Pace
  readonly #refusals = new Refusals()
  readonly #lines = new Set<SmtpLine>()
  /** open, with nothing under way */
  readonly #idle = new Map<SmtpLine, NodeJS.Timeout>()
  readonly #flights = new Set<Flight<O>>()
  #queue: O[] = []
  /** taken from the queue and being composed */
  #composing = 0
  #answers: GatewayAnswer<O>[] = []
  #uncommitted = 0
  #state: ConnectionState = 'connecting'
  /** how many connections the server lets us have */
  #most: number
  #takenSince = 0
  #failures = 0
  #credentialFailures = 0
  #again: NodeJS.Timeout | undefined
  #wake: NodeJS.Timeout | undefined
  #ended = false

  constructor(input: OpenInput<SmtpLogin>, handlers: Handlers<O>, times: Partial<SmtpTimes> & { ca?: string } = {}) {
    const { ca, ...own } = times
    this.#input = input
    this.#handlers = handlers
    this.#times = { ...usual, ...own }
    this.#ca = ca
    this.#pace = new Pace(input.rate, realTimers.now())
    this.#most = input.window
    this.#open()
  }

  get ready(): boolean {
    return !this.#ended && !['connecting', 'lost', 'stopped', 'refused_credentials'].includes(this.#state)
  }

  room(): number {
    if (!this.ready) return 0
    const now = realTimers.now()
    if (this.#state === 'silent' || this.#pace.probing)
      return this.#underWay === 0 && now >= this.#pace.pausedUntil ? 1 : 0
    const perSecond = Math.max(1, Math.ceil(this.#pace.rate))
    return Math.max(0, Math.min(2 * this.#input.window - this.#uncommitted, perSecond - this.#queue.length))
  }

  submit(messages: readonly O[]): void {
    for (const message of messages) {
      this.#uncommitted++
      if (this.#ended) this.#refuse(message, 'closing')
      else if (!this.ready) this.#refuse(message, 'not_bound')
      else if (this.#uncommitted > 2 * this.#input.window + messages.length) this.#refuse(message, 'session_full')
      else this.#queue.push(message)
    }
    this.#pump()
  }

  committed(messages: readonly O[]): void {
    this.#uncommitted -= messages.length
  }

  async close(): Promise<void> {
    if (this.#ended) return
    this.#end('closing')
    const deadline = realTimers.now() + this.#times.closeMs
    while (this.#underWay > 0 && realTimers.now() < deadline) await new Promise(resolve => setTimeout(resolve, 5))
    for (const line of [...this.#lines]) {
      if (line.isBusy || !line.isOpen) line.destroy('sending was stopped')
      else line.quit()
    }
    this.#flush()
    this.#change('stopped', 'closed')
  }

  get #underWay(): number {
    return this.#composing + [...this.#flights].filter(({ late }) => !late).length
  }

  /** One connection, where there may be one more. The first after a failure is alone: it tells whether the server lets us in. */
  #open(): void {
    if (this.#ended || this.#lines.size >= this.#most) return
    const { settings, refuses, webhookUrl } = this.#input
    const line = new SmtpLine(
      {
        settings,
        refuses,
        helloName: settings.helloName ?? new URL(webhookUrl).hostname,
        openMs: this.#times.openMs,
        ca: this.#ca,
      },
      {
        opened: () => this.#opened(line),
        failed: failure => this.#failed(line, failure),
        ended: why => this.#lost(line, why),
      },
    )
    this.#lines.add(line)
  }

  #opened(line: SmtpLine): void {
    this.#failures = 0
    this.#credentialFailures = 0
    if (this.#ended) {
      line.quit()
      return
    }
    if (!this.ready) this.#change('bound', 'the mail server lets us in')
    this.#rest(line)
    this.#pump()
    this.#handlers.ready()
  }

  #failed(line: SmtpLine, { why, reply, isCredentials }: LineFailure): void {
    this.#lines.delete(line)
    if (this.#ended) return
    if (this.#lines.size > 0) {
      // It takes no more connections than these.
      this.#most = Math.max(1, this.#lines.size)
      return
    }
    this.#credentialFailures = isCredentials ? this.#credentialFailures + 1 : 0
    if (this.#credentialFailures >= credentialTries) {
      this.#end('not_bound')
      this.#change('refused_credentials', 'the mail server refuses the user or the password')
      return
    }
    this.#refuseQueue('not_bound')
    this.#change('lost', reply === undefined ? why : `the mail server refuses us: ${inOneLine(reply)}`)
    const wait = Math.min(this.#times.reconnectMaxMs, this.#times.reconnectMs * 2 ** Math.min(20, this.#failures++))
    clearTimeout(this.#again)
    this.#again = setTimeout(
      () => {
        this.#change('connecting', '')
        this.#open()
      },
      wait * (0.5 + Math.random() / 2),
    )
  }

  /** It was open. Its message has its outcome already. */
  #lost(line: SmtpLine, why: string): void {
    clearTimeout(this.#idle.get(line))
    this.#idle.delete(line)
    this.#lines.delete(line)
    if (this.#ended) return
    // A server that has gone is found out at once; one that only closes what is idle is left alone until there is work.
    if (![...this.#lines].some(({ isOpen }) => isOpen) && line.sent > 0) {
      this.#refuseQueue('not_bound')
      this.#change('lost', why)
      this.#change('connecting', '')
      if (this.#lines.size === 0) this.#open()
    } else this.#pump()
  }

  #rest(line: SmtpLine): void {
    if (line.sent >= this.#input.settings.perConnection) {
      this.#lines.delete(line)
      line.quit()
      return
    }
    const timer = setTimeout(() => {
      this.#idle.delete(line)
      this.#lines.delete(line)
      line.quit()
    }, this.#times.idleMs)
    this.#idle.set(line, timer)
  }

  #pump(): void {
    if (this.#ended || !this.ready) return
    while (this.#queue.length > this.#composing && this.#idle.size > this.#composing) {
      const now = realTimers.now()
      if (this.#pace.probing && this.#underWay > 0) return
      if (this.#pace.allowance(now) < 1) {
        clearTimeout(this.#wake)
        this.#wake = setTimeout(
          () => {
            this.#pump()
            this.#handlers.ready()
          },
          Math.max(1, this.#pace.waitMs(now)),
        )
        return
      }
      this.#pace.spend(1, now)
      this.#compose(this.#queue.shift()!)
    }
    const opening = [...this.#lines].filter(line => !line.isOpen).length
    const wanted = this.#pace.probing ? 1 : this.#queue.length
    for (let n = opening; n < wanted && this.#lines.size < this.#most; n++) this.#open()
  }

  async #compose(message: O): Promise<void> {
    this.#composing++
    const { settings, now } = this.#input
    const { dkimDomain: domain, dkimSelector: selector, dkimKey: key, bounceDomain } = settings
    const signing = domain === undefined || key === undefined || key === '' ? undefined : { domain, selector, key }
    const composed = await compose(message, { bounceDomain, signing, date: now() }).catch(() => undefined)
    this.#composing--
    if (composed === undefined) this.#refuse(message, 'invalid_item', true)
    else if (this.#ended) this.#refuse(message, 'closing')
    else this.#write(message, composed)
    this.#pump()
  }

  /** From `beforeWrite` to the first octet nothing is awaited. */
  #write(message: O, composed: Composed): void {
    const line = [...this.#idle.keys()].find(one => one.isOpen)
    if (line === undefined) {
      // Its connection was lost meanwhile.
      if (this.ready) this.#queue.unshift(message)
      else this.#refuse(message, 'connection_lost')
      return
    }
    if (composed.needsUtf8 && !line.takesUtf8) {
      this.#tell({ ...refusal(message, smtpCode('no_utf8')), outcome: 'hard' })
      return
    }
    if (!this.#handlers.beforeWrite([message]) || !this.#handlers.mayStill(message)) {
      this.#refuse(message, 'not_written')
      return
    }
    clearTimeout(this.#idle.get(line))
    this.#idle.delete(line)
    const flight: Flight<O> = { message, line, writtenAt: realTimers.now(), late: false, timer: undefined }
    flight.timer = setTimeout(() => this.#timedOut(flight), this.#times.answerMs)
    this.#flights.add(flight)
    line.send(composed, outcome => this.#settle(flight, outcome))
  }

  #timedOut(flight: Flight<O>): void {
    if (!flight.line.isBodyWanted) {
      flight.line.destroy('the mail server did not answer in time')
      return
    }
    flight.late = true
    this.#tell({ ...refusal(flight.message, homingCode('no_answer')), outcome: 'unknown' })
    this.#change('silent', 'the mail server takes e-mails and does not answer')
    flight.timer = setTimeout(() => flight.line.destroy('the mail server did not answer in time'), this.#times.lateMs)
    this.#pump()
  }

  #settle(flight: Flight<O>, outcome: LineOutcome): void {
    const { message, line, late, writtenAt } = flight
    clearTimeout(flight.timer)
    this.#flights.delete(flight)
    if (outcome.kind === 'cut') {
      if (!late) this.#cut(message, outcome.bodyWanted)
      return
    }
    if (outcome.kind === 'accepted') this.#accepted(message, outcome.providerId, late)
    else {
      const row = outcome.kind === 'too_large' ? smtpRow(smtpCode('too_large')) : readSmtpReply(outcome.stage, outcome)
      this.#tell({ ...this.#judged(message, row, writtenAt), late })
    }
    if (line.isOpen) this.#afterAnswer(line, outcome)
  }

  #cut(message: O, bodyWanted: boolean): void {
    if (bodyWanted) this.#tell({ ...refusal(message, homingCode('connection_lost_after_write')), outcome: 'unknown' })
    else this.#refuse(message, 'connection_lost')
  }

  #accepted(message: O, providerId: string | null, late: boolean): void {
    const now = realTimers.now()
    this.#pace.accepted(1, now)
    this.#refusals.add('taken', now)
    if (++this.#takenSince % growAfter === 0) this.#most = Math.min(this.#input.window, this.#most + 1)
    this.#change('bound', 'the mail server takes e-mails')
    this.#tell({ ...refusal(message, null), outcome: 'accepted', providerId, late })
  }

  /** A connection takes the next message after the server has forgotten the refused one. */
  #afterAnswer(line: SmtpLine, outcome: LineOutcome): void {
    const again = () => {
      if (this.#ended) {
        line.quit()
        return
      }
      this.#rest(line)
      this.#pump()
      this.#handlers.ready()
    }
    if (outcome.kind === 'accepted' || outcome.kind === 'too_large') again()
    else line.reset(again)
  }

  /** What a refusal means for its message, and for the pace. */
  #judged(message: O, row: CodeRow | undefined, writtenAt: number): GatewayAnswer<O> {
    const now = realTimers.now()
    const answer = refusal(message, row?.code ?? null)
    const { class: kind, counts = false, scope } = row ?? {}
    if (kind === 'hard' || kind === 'soft') {
      this.#refusals.add('taken', now, message.again)
      this.#pace.accepted(1, now)
      return { ...answer, outcome: kind, counts }
    }
    const personal = scope === 'message' || scope === 'sender'
    this.#refusals.add(kind === 'throttle' ? 'slow-down' : 'other', now, message.again)
    const others = this.#refusals.takesOthers(now)
    const why = row?.words ?? 'it gave no reason'
    if (kind === 'throttle') {
      this.#most = Math.max(1, Math.ceil(Math.min(this.#most, this.#lines.size || 1) / 2))
      if (this.#pace.throttled(now, writtenAt)) this.#change('throttled', why)
    } else if (!personal && this.#pace.faulted(now, writtenAt)) this.#change('refusing', why)
    return { ...answer, personal, counts: personal && others }
  }

  #refuse(message: O, code: LocalCode, personal = false): void {
    this.#tell({ ...refusal(message, homingCode(code)), personal })
  }

  #refuseQueue(code: LocalCode): void {
    for (const message of this.#queue.splice(0)) this.#refuse(message, code)
  }

  /** Never within a call of `submit`. */
  #tell(answer: GatewayAnswer<O>): void {
    if (this.#answers.length === 0) setImmediate(() => this.#flush())
    this.#answers.push(answer)
  }

  #flush(): void {
    const answers = this.#answers
    this.#answers = []
    if (answers.length > 0) this.#handlers.answered(answers)
  }

  #end(code: LocalCode): void {
    this.#ended = true
    clearTimeout(this.#again)
    clearTimeout(this.#wake)
    this.#refuseQueue(code)
    for (const [line, timer] of this.#idle) {
      clearTimeout(timer)
      line.quit()
    }
    this.#idle.clear()
    for (const line of this.#lines) if (!line.isOpen) line.destroy('sending was stopped')
    for (const { line, late } of this.#flights) if (late) line.destroy('sending was stopped')
  }

  #change(state: ConnectionState, why: string): void {
    if (this.#state === state || this.#state === 'refused_credentials') return
    this.#state = state
    this.#handlers.changed({ state, why })
  }
}

const inOneLine = (text: string) => text.replace(/[^\p{L}\p{N}\p{P}\p{S}]+/gu, ' ').slice(0, 200)

const refusal = <O extends Outgoing<RenderedEmail>>(message: O, code: Code | null): GatewayAnswer<O> => ({
  message,
  part: 0,
  outcome: 'refused',
  counts: false,
  personal: false,
  providerId: null,
  code,
  late: false,
})
