/**
 * Keeps a session to a gateway: opens the next one when a connection is lost, later and later while it fails. A connection that
 * answered submits did not fail; one that took messages and answered none did, however long it was bound, and the next one
 * begins with a single message. Gives up when the gateway has refused user name or password three times in a row (more tries lock accounts).
 */

import { realTimers, type Timers } from '../timers.ts'
import { status } from './pdu.ts'
import {
  openSession,
  type SessionConfig,
  type SessionEvent,
  type SessionHandlers,
  type SmppSession,
  type Submit,
} from './session.ts'

export type KeepConfig = SessionConfig & {
  /** The first wait, doubling at each failure; 1 s. */
  readonly reconnectMs?: number
  /** The longest wait; 5 minutes. */
  readonly reconnectMaxMs?: number
  /** A session that was bound this long without work starts the waits again at the first; 10 s. */
  readonly stableMs?: number
}

const credentialTries = 3

/**
 * A session that comes back. Its handlers see every change; after `lost` the next `connecting` follows automatically, after
 * `stopped` and `refused_credentials` nothing does. `random` (0 … 1) spreads the waits of many processes.
 */
export function keepSession<Item extends Submit>(
  config: KeepConfig,
  handlers: SessionHandlers<Item>,
  timers: Timers = realTimers,
  random: () => number = Math.random,
): SmppSession<Item> {
  return new KeptSession(config, handlers, timers, random)
}

class KeptSession<Item extends Submit> implements SmppSession<Item> {
  readonly #config: KeepConfig
  readonly #handlers: SessionHandlers<Item>
  readonly #timers: Timers
  readonly #random: () => number
  #session: SmppSession<Item>
  #state: SessionEvent['state'] = 'connecting'
  #failures = 0
  #refusals = 0
  #silent = false
  #boundAt: number | undefined
  #waiting = false
  #closing = false
  #cancelWait: (() => void) | undefined

  constructor(config: KeepConfig, handlers: SessionHandlers<Item>, timers: Timers, random: () => number) {
    this.#config = config
    this.#handlers = handlers
    this.#timers = timers
    this.#random = random
    this.#session = this.#open()
  }

  get state(): SessionEvent['state'] {
    return this.#state
  }
  get room(): number {
    return this.#session.room
  }
  get ready(): boolean {
    return this.#session.ready
  }
  get pausedUntil(): number {
    return this.#session.pausedUntil
  }
  get rate(): number {
    return this.#session.rate
  }
  get answered(): number {
    return this.#session.answered
  }
  get silent(): boolean {
    return this.#silent
  }

  submit(items: readonly Item[]): void {
    this.#session.submit(items)
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#cancelWait?.()
    const waiting = this.#waiting
    await this.#session.close()
    if (waiting) this.#change({ state: 'stopped', why: 'closed while it was not connected' })
  }

  #open(): SmppSession<Item> {
    this.#boundAt = undefined
    const config = { ...this.#config, silent: this.#silent }
    return openSession(config, { ...this.#handlers, changed: event => this.#changed(event) }, this.#timers)
  }

  #changed(event: SessionEvent): void {
    if (event.state === 'bound' || event.state === 'silent') this.#boundAt ??= this.#timers.now()
    if (event.state !== 'lost') {
      // To a reader of the list it is the same gateway that does not answer, until it does.
      if (event.state !== 'connecting' || this.#state !== 'silent') this.#change(event)
      return
    }
    const refused = event.code === status.invalidPassword || event.code === status.invalidSystemId
    this.#refusals = refused ? this.#refusals + 1 : 0
    if (this.#refusals >= credentialTries) {
      this.#change({ ...event, state: 'refused_credentials' })
      return
    }
    const { answered, silent } = this.#session
    const boundMs = this.#boundAt === undefined ? 0 : this.#timers.now() - this.#boundAt
    if (!silent && (answered > 0 || boundMs >= (this.#config.stableMs ?? 10_000))) this.#failures = 0
    this.#silent = silent
    this.#change(silent && this.#boundAt !== undefined ? { ...event, state: 'silent' } : event)
    if (!this.#closing) this.#openLater()
  }

  #openLater(): void {
    const longest = this.#config.reconnectMaxMs ?? 300_000
    const wait = Math.min(longest, (this.#config.reconnectMs ?? 1000) * 2 ** Math.min(20, this.#failures++))
    // Between half and all of it, so that processes that lost the same gateway do not come back in step.
    this.#waiting = true
    this.#cancelWait = this.#timers.after(wait * (0.5 + this.#random() / 2), () => {
      this.#waiting = false
      this.#session = this.#open()
    })
  }

  #change(event: SessionEvent): void {
    this.#state = event.state
    this.#handlers.changed?.(event)
  }
}
