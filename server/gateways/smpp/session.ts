/**
 * Messages over one connection to an SMSC, from its bind to its end: submits go out in windows, deliveries come in.
 * It lives once; keep.ts opens the next one.
 *
 * Always holds: never more than `window` submits without an answer; each submitted item gets exactly one result (a second
 * one, marked `late`, only when its answer comes after its time-out); what was handed to the socket and not answered is
 * `unknown`, what was not is `refused`; a delivery is acknowledged only by its owner. SMPP 3.4 §2.9, §4.4, §4.6.
 */
import { commandStatus, type LocalCode } from '../../../core/messages/outcomes.ts'
import { Inflow } from './inflow.ts'
import { Link, type LinkConfig, statusText } from './link.ts'
import { Pace } from './pace.ts'
import { command, readMessageId, status, writeIdResp } from './pdu.ts'
import {
  type ReceivedMessage,
  readDelivery,
  type ShortMessage,
  shortMessageSize,
  writeSubmitSm,
} from './short-message.ts'
import { realTimers, type Timers } from './timers.ts'
import { Window } from './window.ts'

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
}

export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly providerId: string }
  | { readonly kind: 'soft' | 'hard'; readonly code: number; readonly counts: boolean }
  /** No submission: free to be tried again. `local`: it never left us. */
  | { readonly kind: 'refused'; readonly code: number | LocalCode; readonly reason: 'throttle' | 'fault' | 'local' }
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

export type SessionState = 'connecting' | 'bound' | 'throttled' | 'lost' | 'stopped' | 'refused_credentials'
export type SessionEvent = {
  readonly state: SessionState
  /** For the operator's list, a short sentence without secrets. */
  readonly why: string
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

export type Session<Item> = {
  readonly state: SessionState
  /** Items that can be submitted and written at once, as far as the window goes; 0 unless bound. */
  readonly room: number
  /** Bound, not closing, and not paused. */
  readonly ready: boolean
  /** Real milliseconds, see Timers.now. */
  readonly pausedUntil: number
  /** Messages a second that hold now; Infinity: no limit. */
  readonly rate: number
  /** At most twice the window may be without an answer, written or not; more is answered refused. Never calls back while it runs. */
  submit(items: readonly Item[]): void
  /** Submits no more, waits for the window and the acknowledgements (bounded), unbinds. */
  close(): Promise<void>
}

export function openSession<Item extends ShortMessage>(
  config: SessionConfig,
  handlers: SessionHandlers<Item>,
  timers: Timers = realTimers,
): Session<Item> {
  return new SmppSession(config, handlers, timers)
}

class SmppSession<Item extends ShortMessage> implements Session<Item> {
  readonly #handlers: SessionHandlers<Item>
  readonly #timers: Timers
  readonly #link: Link
  readonly #window: Window<Item>
  readonly #pace: Pace
  readonly #inflow: Inflow
  readonly #ended = Promise.withResolvers<void>()
  readonly #closeTimeoutMs: number
  #state: SessionState = 'connecting'
  #closeBy: number | undefined
  #queue: Item[] = []
  #results: SubmitResult<Item>[] = []
  #resultsScheduled = false
  #timeoutsInARow = 0
  #cancelWake: (() => void) | undefined
  #cancelPause: (() => void) | undefined

  constructor(config: SessionConfig, handlers: SessionHandlers<Item>, timers: Timers) {
    this.#handlers = handlers
    this.#timers = timers
    this.#closeTimeoutMs = config.closeTimeoutMs ?? 15_000
    this.#window = new Window(Math.min(2000, Math.max(1, config.window ?? 100)))
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
    this.#link = new Link(config, hooks, timers)
  }

  get state(): SessionState {
    return this.#state
  }
  get room(): number {
    return this.#open ? Math.max(0, this.#window.room - this.#queue.length) : 0
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
  get #open(): boolean {
    return this.#link.phase === 'bound' && this.#closeBy === undefined
  }

  submit(items: readonly Item[]): void {
    const code = this.#open ? undefined : this.#closeBy === undefined ? 'not_bound' : 'closing'
    for (const item of items) {
      if (code) this.#refuse(item, code)
      else if (this.#queue.length + this.#window.size >= 2 * this.#window.limit) this.#refuse(item, 'session_full')
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
    this.#change('bound', 'bound')
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

  #submitted(sequence: number, code: number, providerId: string): void {
    const found = this.#window.take(sequence)
    if (!found) return
    this.#timeoutsInARow = 0
    const { item, late } = found
    if (code !== status.ok) this.#results.push({ item, late, outcome: this.#failure(code) })
    else {
      this.#pace.accepted(1, this.#link.lastReceived)
      // Without an id no receipt can be matched by it; unknown lets a receipt settle it by number and sender.
      if (providerId !== '') this.#results.push({ item, late, outcome: { kind: 'accepted', providerId } })
      else if (!late) this.#results.push({ item, late, outcome: { kind: 'unknown', code: 'unreadable_answer' } })
    }
  }

  #failure(code: number): SubmitOutcome {
    const row = commandStatus(code)
    if (row.class === 'soft' || row.class === 'hard') return { kind: row.class, code, counts: row.counts }
    if (row.class === 'throttle') {
      if (this.#pace.throttled(this.#link.lastReceived)) this.#pause(`the gateway asks to slow down: ${row.name}`, code)
      return { kind: 'refused', code, reason: 'throttle' }
    }
    // A fault of one message or one sender says nothing about the others; any other would only come again at once.
    const general = row.scope !== 'message' && row.scope !== 'sender'
    if (general && this.#pace.faulted(this.#link.lastReceived)) {
      this.#pause(`the gateway refuses messages: ${row.name}`, code)
    }
    return { kind: 'refused', code, reason: 'fault' }
  }

  /** §4.3: our PDU was not even looked at, so nothing was submitted. */
  #nacked(sequence: number, code: number): void {
    const found = this.#window.take(sequence)
    if (!found) {
      this.#handlers.malformed?.(`the gateway could not read a PDU of ours: ${statusText(code)}`)
      return
    }
    this.#timeoutsInARow = 0
    const failure = this.#failure(code)
    const outcome: SubmitOutcome = failure.kind === 'refused' ? failure : { kind: 'refused', code, reason: 'fault' }
    this.#results.push({ item: found.item, late: found.late, outcome })
  }

  /** What cannot be read is handed over too: refused, it would be lost or come for ever. */
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
    if (this.#queue.length === 0 || !this.#open || this.#link.full) return
    const now = this.#timers.now()
    const count = Math.min(this.#queue.length, this.#window.room, this.#pace.allowance(now))
    if (count > 0) {
      const all = count === this.#queue.length
      const items = all ? this.#queue : this.#queue.slice(0, count)
      this.#queue = all ? [] : this.#queue.slice(count)
      const may = this.#handlers.beforeWrite?.(items) ?? true
      for (const item of items) {
        if (may) this.#write(item, now)
        else this.#refuse(item, 'not_written')
      }
      if (may) this.#pace.spend(count)
    }
    if (this.#queue.length > 0 && this.#window.room > 0) this.#wakeWhenPaceAllows(now)
  }

  #pumpAndFlush(): void {
    this.#pump()
    this.#link.flush()
    this.#scheduleResults()
  }

  #write(item: Item, now: number): void {
    if (this.#handlers.mayStill?.(item) === false) {
      this.#refuse(item, 'not_written')
      return
    }
    const sequence = this.#link.next()
    try {
      this.#link.outbox.add(shortMessageSize(item), (buffer, at) => writeSubmitSm(buffer, at, sequence, item))
      this.#window.add(sequence, item, now)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#handlers.malformed?.(`submit_sm: ${error.message}`)
      this.#refuse(item, 'invalid_item')
    }
  }

  #wakeWhenPaceAllows(now: number): void {
    const wait = this.#pace.waitMs(now)
    if (wait === 0) return
    this.#cancelWake ??= this.#timers.after(wait, () => {
      this.#cancelWake = undefined
      this.#pumpAndFlush()
    })
  }

  #pause(why: string, code: number): void {
    this.#change('throttled', why, code)
    this.#cancelPause?.()
    this.#cancelPause = this.#timers.after(this.#pace.pausedUntil - this.#timers.now(), () => {
      if (!this.ready || this.#state !== 'throttled') return
      this.#change('bound', 'going on after a pause')
      this.#pumpAndFlush()
      this.#handlers.ready?.()
    })
  }

  #tick(now: number): void {
    const expired = this.#window.expire(now - this.#link.responseMs)
    for (const item of expired)
      this.#results.push({ item, late: false, outcome: { kind: 'unknown', code: 'no_answer' } })
    this.#timeoutsInARow += expired.length
    if (this.#timeoutsInARow >= this.#window.limit) this.#link.end('lost', 'the gateway answers no submits')
    else if (this.#closeBy !== undefined && now >= this.#closeBy) this.#link.unbind()
    else {
      if (expired.length > 0) this.#pumpAndFlush()
      this.#unbindWhenQuiet()
    }
  }

  #unbindWhenQuiet(): void {
    if (this.#closeBy !== undefined && this.#window.size === 0 && this.#inflow.open === 0) this.#link.unbind()
  }

  #linkEnded(how: 'lost' | 'stopped', why: string, code?: number): void {
    this.#cancelWake?.()
    this.#cancelPause?.()
    for (const item of this.#window.drain()) {
      this.#results.push({ item, late: false, outcome: { kind: 'unknown', code: 'connection_lost_after_write' } })
    }
    for (const item of this.#queue.splice(0)) this.#refuse(item, 'connection_lost')
    this.#inflow.flush()
    this.#giveResults()
    this.#change(this.#closeBy === undefined ? how : 'stopped', why, code)
    this.#ended.resolve()
  }

  #refuse(item: Item, code: LocalCode): void {
    this.#results.push({ item, late: false, outcome: { kind: 'refused', code, reason: 'local' } })
  }

  #giveResults(): void {
    if (this.#results.length === 0) return
    const results = this.#results
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

  #change(state: SessionState, why: string, code?: number): void {
    this.#state = state
    this.#handlers.changed?.(code === undefined ? { state, why } : { state, why, code })
  }
}
