/**
 * Messages over one connection to an SMSC, from its bind to its end: submits are sent in windows, deliveries come in.
 * It lives once; keep.ts opens the next one.
 *
 * Always holds: never more than `window` submits without an answer; each submitted item gets exactly one result (a second
 * one, marked `late`, only when its answer comes after its time-out); what was handed to the socket and not answered is
 * `unknown`, what was not is `refused`; a delivery is acknowledged only by its owner; what waits to be written is written or
 * answered by a timer, an answer, a drained socket or the tick. SMPP 3.4 §2.9, §4.4, §4.6.
 *
 * A new connection begins with a few messages in flight and takes one more with each answer. A gateway that answers nothing in
 * time gets one message at a time until it answers (`silent`): what it swallows is never sent again.
 */
import type { LocalCode } from '../../../core/gateways/homing.ts'
import { commandStatus } from '../../../core/gateways/smpp.ts'
import type { ConnectionEvent, ConnectionState } from '../gateway.ts'
import { Pace } from '../pace.ts'
import { Refusals } from '../refusals.ts'
import { realTimers, type Timers } from '../timers.ts'
import { Inflow } from './inflow.ts'
import { type LinkConfig, SmppLink, statusText } from './link.ts'
import { command, readMessageId, status, writeIdResp } from './pdu.ts'
import {
  type ReceivedMessage,
  readDelivery,
  type ShortMessage,
  shortMessageSize,
  writeSubmitSm,
} from './short-message.ts'
import { SendWindow, type Waiting } from './window.ts'

export type SessionConfig = LinkConfig & {
  /** Submits without an answer, 1–2,000; 100 by default. */
  readonly window?: number
  /** Messages a second, 0 (the default): no limit. */
  readonly rate?: number
  /** How long deliveries are gathered before they are handed over; 20. */
  readonly gatherMs?: number
  /** Deliveries without an acknowledgement, above which the next are turned away; 5,000. */
  readonly deliverLimit?: number
  /** How long close() waits for answers and acknowledgements; 15 s. */
  readonly closeTimeoutMs?: number
  /** The last connection got no answers: one message at a time until there is one. */
  readonly silent?: boolean
}

/** `again`: it was submitted before, and refused or bounced. `bounced`: it is the retry of a soft bounce. */
export type Submit = ShortMessage & { readonly again?: boolean; readonly bounced?: boolean }

export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly providerId: string }
  | { readonly kind: 'soft' | 'hard'; readonly code: number; readonly counts: boolean }
  /** No submission: free to be tried again. `local`: it never left us. `counts`: the gateway takes others, so it concerns this message. */
  | {
      readonly kind: 'refused'
      readonly code: number | LocalCode
      readonly reason: 'throttle' | 'fault' | 'local'
      readonly counts: boolean
    }
  /** Handed to the socket, and nobody knows more. Never to be sent again blindly. */
  | { readonly kind: 'unknown'; readonly code: LocalCode }

export type SubmitResult<Item> = { readonly item: Item; readonly outcome: SubmitOutcome; readonly late: boolean }

export type DeliverBatch = {
  readonly messages: readonly ReceivedMessage[]
  /**
   * Each message once, after it is safe (0), or 0x64 where it is to be delivered again; all that are left, or these. After the
   * connection's end it does nothing.
   */
  ack(commandStatus?: number, some?: readonly ReceivedMessage[]): void
}

export type SessionEvent = ConnectionEvent & {
  /** The gateway's command_status, where there is one. */
  readonly code?: number
}

export type SessionHandlers<Item> = {
  answered(results: SubmitResult<Item>[]): void
  delivered(batch: DeliverBatch): void
  /** Called right before the one socket write that carries these; false: nothing is written, they are answered refused. */
  beforeWrite?(items: readonly Item[]): boolean
  /** The last word on each of them after that; false: it alone is not written, and answered refused. */
  mayStill?(item: Item): boolean
  changed?(event: SessionEvent): void
  /** There may be room again: bound, or the end of a pause. */
  ready?(): void
  /** A PDU that could not be read (theirs, handed over raw) or written (ours, answered refused). */
  malformed?(what: string): void
}

export type SmppSession<Item> = {
  readonly state: ConnectionState
  /**
   * How many items to prepare now: enough that the connection is never without work, and that none waits longer than about a
   * second. 0 where there are few: they are not worth the round trips of a claim.
   */
  readonly room: number
  /** Bound, not closing, and not paused. */
  readonly ready: boolean
  /** See Timers.now. */
  readonly pausedUntil: number
  /** Messages a second that hold now; Infinity: no limit. */
  readonly rate: number
  /** Submits that this connection has answered. */
  readonly answered: number
  /** It took messages and answered none of them in time. */
  readonly silent: boolean
  /** As many as there is room for, and the last message whole. Above twice the window all are answered refused. Never calls back while it runs. */
  submit(items: readonly Item[]): void
  /** Submits no more, waits for the window and the acknowledgements (bounded), unbinds. */
  close(): Promise<void>
}

export function openSession<Item extends Submit>(
  config: SessionConfig,
  handlers: SessionHandlers<Item>,
  timers: Timers = realTimers,
): SmppSession<Item> {
  return new OpenedSession(config, handlers, timers)
}

/** In flight before the first answer. */
const firstInFlight = 10
/** Above this time to an answer nothing is prepared ahead: it would be too old when its turn comes. */
const slowAnswerMs = 2000

/** What a gateway said to a submit, judged when all that was read with it is known. */
type Judged<Item> = Waiting<Item> & { readonly late: boolean; readonly code: number }

class OpenedSession<Item extends Submit> implements SmppSession<Item> {
  readonly #handlers: SessionHandlers<Item>
  readonly #timers: Timers
  readonly #link: SmppLink
  readonly #window: SendWindow<Item>
  readonly #pace: Pace
  readonly #inflow: Inflow
  readonly #ended = Promise.withResolvers<void>()
  readonly #closeTimeoutMs: number
  #state: ConnectionState = 'connecting'
  #closeBy: number | undefined
  readonly #refusals = new Refusals()
  #queue: Item[] = []
  #results: (SubmitResult<Item> | Judged<Item>)[] = []
  #resultsScheduled = false
  #timeoutsInARow = 0
  #answered = 0
  #answeredAt: number
  #answerMs = 0
  #silent: boolean
  #cancelWake: (() => void) | undefined
  #cancelPause: (() => void) | undefined

  constructor(config: SessionConfig, handlers: SessionHandlers<Item>, timers: Timers) {
    this.#handlers = handlers
    this.#timers = timers
    this.#closeTimeoutMs = config.closeTimeoutMs ?? 15_000
    this.#answeredAt = timers.now()
    this.#silent = config.silent ?? false
    this.#window = new SendWindow(Math.min(2000, Math.max(1, config.window ?? 100)))
    this.#pace = new Pace(config.rate ?? 0, timers.now())
    this.#inflow = new Inflow(config.deliverLimit ?? 5000, config.gatherMs ?? 20, timers, m => this.#hand(m))
    this.#change('connecting', `connecting to ${config.host}:${config.port}`)
    const hooks = {
      bound: () => this.#bound(),
      pdu: this.#pdu.bind(this),
      read: () => this.#afterRead(),
      drained: () => this.#pumpAndFlush(),
      tick: (now: number) => this.#tick(now),
      ended: this.#linkEnded.bind(this),
    }
    this.#link = new SmppLink(config, hooks, timers)
  }

  get state(): ConnectionState {
    return this.#state
  }
  get room(): number {
    if (!this.#open) return 0
    const inFlight = this.#mostInFlight
    const ahead = this.#probing || this.#answerMs > slowAnswerMs ? 0 : inFlight
    const perSecond = this.#probing ? 1 : Math.max(1, Math.ceil(this.#pace.rate))
    const most = Math.min(inFlight, perSecond)
    const waiting = this.#queue.length
    const room = Math.min(most, inFlight + ahead - this.#window.size - waiting, perSecond - waiting)
    return room >= Math.max(1, Math.floor(most / 2)) ? room : 0
  }
  get ready(): boolean {
    return this.#open && this.#timers.now() >= this.#pace.pausedUntil
  }
  get pausedUntil(): number {
    return this.#pace.pausedUntil
  }
  get rate(): number {
    return this.#pace.rate
  }
  get answered(): number {
    return this.#answered
  }
  get silent(): boolean {
    return this.#silent
  }
  get #probing(): boolean {
    return this.#silent || this.#pace.probing
  }
  get #mostInFlight(): number {
    return this.#probing ? 1 : Math.min(this.#window.limit, firstInFlight + this.#answered)
  }
  get #open(): boolean {
    return this.#link.phase === 'bound' && this.#closeBy === undefined
  }

  submit(items: readonly Item[]): void {
    const full = this.#queue.length + this.#window.size >= 2 * this.#window.limit
    const code = this.#open
      ? full
        ? 'session_full'
        : undefined
      : this.#closeBy === undefined
        ? 'not_bound'
        : 'closing'
    for (const item of items) {
      if (code) this.#refuse(item, code)
      else this.#queue.push(item)
    }
    this.#pumpAndFlush()
  }

  close(): Promise<void> {
    const phase = this.#link.phase
    if (phase === 'connecting' || phase === 'binding') this.#link.end('stopped', 'closed before it was bound')
    else if (phase === 'bound' && this.#closeBy === undefined) {
      this.#closeBy = this.#timers.now() + this.#closeTimeoutMs
      this.#cancelWake?.()
      for (const item of this.#queue.splice(0)) this.#refuse(item, 'closing')
      this.#inflow.flush()
      this.#scheduleResults()
      this.#unbindWhenQuiet()
    }
    return this.#ended.promise
  }

  #bound(): void {
    if (this.#silent) this.#change('silent', 'bound; one message at a time until one is answered')
    else this.#change('bound', 'bound')
    this.#handlers.ready?.()
  }

  #pdu(id: number, code: number, sequence: number, buffer: Buffer, start: number, end: number): void {
    if (id === command.submitSmResp) {
      this.#submitted(sequence, code, code === status.ok ? readMessageId(buffer, start, end) : '')
    } else if (id === command.deliverSm || id === command.dataSm) this.#deliver(buffer.subarray(start, end))
    else this.#nacked(sequence, code)
  }

  #afterRead(): void {
    this.#giveResults()
    this.#pump()
    this.#unbindWhenQuiet()
  }

  #submitted(sequence: number, code: number, providerId: string | undefined): void {
    const found = this.#answer(sequence)
    if (!found) return
    const { item, late } = found
    if (code !== status.ok) this.#results.push({ ...found, code })
    else {
      const now = this.#link.lastReceived
      this.#pace.accepted(1, now)
      this.#refusals.add('taken', now)
      // Without an id no receipt can be matched by it; unknown lets a receipt settle it by number and sender.
      if (providerId) this.#results.push({ item, late, outcome: { kind: 'accepted', providerId } })
      else if (!late) this.#results.push({ item, late, outcome: { kind: 'unknown', code: 'unreadable_answer' } })
      if (this.#timers.now() >= this.#pace.pausedUntil) this.#proceed()
    }
  }

  #answer(sequence: number): (Waiting<Item> & { late: boolean }) | undefined {
    const found = this.#window.take(sequence)
    if (!found) return undefined
    this.#timeoutsInARow = 0
    this.#answered++
    this.#answeredAt = this.#link.lastReceived
    this.#answerMs = this.#answeredAt - found.writtenAt
    if (this.#silent) {
      this.#silent = false
      this.#change('bound', 'the gateway answers again')
    }
    return found
  }

  /** What a refusal means depends on what became of the others: all that was read together is counted first. */
  #judge(): SubmitResult<Item>[] {
    const now = this.#link.lastReceived
    for (const result of this.#results)
      if (!('outcome' in result)) this.#refusals.add(kindOf(result.code), now, result.item.again)
    return this.#results.map(result => {
      if ('outcome' in result) return result
      const { item, late } = result
      return { item, late, outcome: this.#failure(result, now) }
    })
  }

  #failure({ item, code, writtenAt }: Judged<Item>, now: number): SubmitOutcome {
    const { class: kind, counts, name, scope } = commandStatus(code)
    if (kind === 'hard') return { kind, code, counts }
    const others = this.#refusals.takesOthers(now)
    const congested = this.#refusals.congested(now)
    // A phone that was full an hour ago, and still is.
    const full = code === status.queueFull && item.bounced === true
    if ((kind === 'soft' || full) && !congested) return { kind: 'soft', code, counts }
    if (kind === 'soft' || kind === 'throttle') {
      const personal = item.again === true && this.#refusals.personal(now)
      // A number that is always full is refused however slowly the others are sent.
      const old = item.again === true && this.#refusals.takesFirst(now)
      const helps = congested && this.#refusals.helpedBySlowness && !old
      const slowDown = code === status.throttled ? !personal : !others || helps
      if (slowDown && this.#pace.throttled(now, writtenAt))
        this.#pause(this.#pace.probing, now, `the gateway asks to slow down: ${name}`, code)
      return { kind: 'refused', code, reason: 'throttle', counts: code === status.throttled ? personal : others }
    }
    // A fault of one message or one sender says nothing of the others; any other would only come again at once.
    const general = !others && scope !== 'message' && scope !== 'sender'
    if (general && this.#pace.faulted(now, writtenAt))
      this.#pause(true, now, `the gateway refuses messages: ${name}`, code)
    return { kind: 'refused', code, reason: 'fault', counts: others }
  }

  /** §4.3: our PDU was not even looked at, so nothing was submitted. */
  #nacked(sequence: number, code: number): void {
    const found = this.#answer(sequence)
    if (!found) {
      this.#handlers.malformed?.(`the gateway could not read a PDU of ours: ${statusText(code)}`)
      return
    }
    const { item, late } = found
    const now = this.#link.lastReceived
    this.#refusals.add('other', now, item.again)
    const outcome = this.#failure({ ...found, code }, now)
    const counts = this.#refusals.takesOthers(now)
    this.#results.push({
      item,
      late,
      outcome: outcome.kind === 'refused' ? outcome : { kind: 'refused', code, reason: 'fault', counts },
    })
  }

  #deliver(pdu: Buffer): void {
    const message = readDelivery(pdu)
    if (message.malformed !== undefined) this.#handlers.malformed?.(`a delivery: ${message.malformed}`)
    if (this.#link.phase !== 'bound' || !this.#inflow.take(message))
      this.#answerDeliver(status.temporaryAppError, message)
  }

  #answerDeliver(code: number, { raw, sequence }: ReceivedMessage): void {
    const answer = raw.readUInt32BE(4) === command.dataSm ? command.dataSmResp : command.deliverSmResp
    this.#link.outbox.add(17, (buffer, at) => writeIdResp(buffer, at, answer, code, sequence, ''))
  }

  #hand(messages: ReceivedMessage[]): void {
    const open = new Set(messages)
    const ack = (code: number = status.ok, some: readonly ReceivedMessage[] = messages) => {
      const now = some.filter(message => open.delete(message))
      if (now.length === 0) return
      this.#inflow.settled(now.length)
      if (this.#link.phase === 'ended') return
      for (const message of now) this.#answerDeliver(code, message)
      this.#link.flush()
      this.#unbindWhenQuiet()
    }
    this.#handlers.delivered({ messages, ack })
  }

  /** Puts as many of the queue into the outbox as window, pace and socket allow; they leave in one write. */
  #pump(): void {
    const now = this.#timers.now()
    while (this.#queue.length > 0 && this.#open && !this.#link.full) {
      const count = Math.min(this.#queue.length, this.#free, this.#pace.allowance(now))
      if (count <= 0) break
      const items = this.#queue.splice(0, count)
      const may = this.#handlers.beforeWrite?.(items) ?? true
      let written = 0
      for (const item of items) {
        if (may) written += Number(this.#write(item, now))
        else this.#refuse(item, 'not_written')
      }
      // What may not be written (its check is too old) spends nothing: the next ones follow at once.
      this.#pace.spend(written, now)
    }
    if (this.#queue.length > 0 && this.#open && this.#free > 0) this.#wakeWhenPaceAllows(now)
  }

  get #free(): number {
    return this.#mostInFlight - this.#window.size
  }

  #pumpAndFlush(): void {
    this.#pump()
    this.#link.flush()
    this.#scheduleResults()
  }

  #write(item: Item, now: number): boolean {
    if (this.#handlers.mayStill?.(item) === false) {
      this.#refuse(item, 'not_written')
      return false
    }
    const sequence = this.#link.next()
    try {
      this.#link.outbox.add(shortMessageSize(item), (buffer, at) => writeSubmitSm(buffer, at, sequence, item))
      this.#window.add(sequence, item, now)
      return true
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#handlers.malformed?.(`submit_sm: ${error.message}`)
      this.#refuse(item, 'invalid_item')
      return false
    }
  }

  #wakeWhenPaceAllows(now: number): void {
    this.#cancelWake ??= this.#timers.after(Math.max(1, this.#pace.waitMs(now)), () => {
      this.#cancelWake = undefined
      this.#pumpAndFlush()
    })
  }

  #pause(refused: boolean, now: number, why: string, code: number): void {
    this.#change(refused && !this.#refusals.takenLately(now) ? 'refusing' : 'throttled', why, code)
    this.#cancelPause?.()
    this.#cancelPause = this.#timers.after(this.#pace.pausedUntil - this.#timers.now(), () => this.#pauseOver())
  }

  #pauseOver(): void {
    const rest = this.#pace.pausedUntil - this.#timers.now()
    // Timers may run a moment early.
    if (rest > 0) {
      this.#cancelPause = this.#timers.after(Math.max(1, rest), () => this.#pauseOver())
      return
    }
    if (!this.#open) return
    // Everything was refused lately: it stays so until a message is taken.
    if (!this.#pace.probing) this.#proceed()
    this.#pumpAndFlush()
    this.#handlers.ready?.()
  }

  #proceed(): void {
    if (this.#state === 'throttled' || this.#state === 'refusing') this.#change('bound', 'going on after a pause')
  }

  #tick(now: number): void {
    const expired = this.#window.expire(now - this.#link.responseMs)
    for (const { item } of expired)
      this.#results.push({ item, late: false, outcome: { kind: 'unknown', code: 'no_answer' } })
    this.#timeoutsInARow += expired.length
    const oldest = expired[0]
    const unheard = oldest !== undefined && this.#answeredAt <= oldest.writtenAt
    const again = unheard && this.#silent && this.#window.size === 0
    if (unheard && !this.#silent) {
      this.#silent = true
      this.#change('silent', `the gateway takes messages and does not answer: ${this.#timeoutsInARow} in a row`)
    }
    if (again || this.#timeoutsInARow >= this.#window.limit) this.#link.end('lost', 'the gateway answers no submits')
    else if (this.#closeBy !== undefined && now >= this.#closeBy) this.#link.unbind()
    else {
      this.#pumpAndFlush()
      this.#unbindWhenQuiet()
    }
  }

  #unbindWhenQuiet(): void {
    if (this.#closeBy !== undefined && this.#window.size === 0 && this.#inflow.open === 0) this.#link.unbind()
  }

  #linkEnded(how: 'lost' | 'stopped', why: string, code?: number): void {
    this.#cancelWake?.()
    this.#cancelPause?.()
    const unanswered = this.#window.drain()
    // It broke before it answered anything: the next connection asks with one message.
    if (unanswered.length > 0 && this.#answered === 0) this.#silent = true
    for (const item of unanswered) {
      this.#results.push({ item, late: false, outcome: { kind: 'unknown', code: 'connection_lost_after_write' } })
    }
    for (const item of this.#queue.splice(0)) this.#refuse(item, 'connection_lost')
    this.#inflow.flush()
    this.#giveResults()
    this.#change(this.#closeBy === undefined ? how : 'stopped', why, code)
    this.#ended.resolve()
  }

  #refuse(item: Item, code: LocalCode): void {
    this.#results.push({ item, late: false, outcome: { kind: 'refused', code, reason: 'local', counts: false } })
  }

  #giveResults(): void {
    if (this.#results.length === 0) return
    const results = this.#judge()
    this.#results = []
    this.#handlers.answered(results)
  }

  /** Outside of reading, results wait for the end of the turn. */
  #scheduleResults(): void {
    if (this.#results.length === 0 || this.#resultsScheduled) return
    this.#resultsScheduled = true
    queueMicrotask(() => {
      this.#resultsScheduled = false
      this.#giveResults()
    })
  }

  #change(state: ConnectionState, why: string, code?: number): void {
    this.#state = state
    this.#handlers.changed?.(code === undefined ? { state, why } : { state, why, code })
  }
}

function kindOf(code: number): 'taken' | 'temporary' | 'slow-down' | 'other' {
  const { class: kind } = commandStatus(code)
  if (kind === 'hard') return 'taken'
  if (code === status.throttled) return 'slow-down'
  return kind === 'soft' || code === status.queueFull ? 'temporary' : 'other'
}
