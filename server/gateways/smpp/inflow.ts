/**
 * What the gateway delivers to us, gathered into batches, so that one commit and one socket write serve hundreds.
 * Reading never waits for the owner: above `limit` messages without an acknowledgement the next are turned away, and the
 * gateway repeats them (SMPP 3.4 §4.6.2, 0x64).
 */

import type { Timers } from '../timers.ts'
import type { ReceivedMessage } from './short-message.ts'

/** The largest batch; a commit of this number of rows stays short. */
const batchLimit = 1000

export class Inflow {
  readonly #limit: number
  readonly #gatherMs: number
  readonly #timers: Timers
  readonly #hand: (messages: ReceivedMessage[]) => void
  #gathered: ReceivedMessage[] = []
  #cancel: (() => void) | undefined
  #open = 0

  constructor(limit: number, gatherMs: number, timers: Timers, hand: (messages: ReceivedMessage[]) => void) {
    this.#limit = limit
    this.#gatherMs = gatherMs
    this.#timers = timers
    this.#hand = hand
  }

  /** Received and not acknowledged yet. */
  get open(): number {
    return this.#open
  }

  /** False: too many are open, turn it away. */
  take(message: ReceivedMessage): boolean {
    if (this.#open >= this.#limit) return false
    this.#open++
    this.#gathered.push(message)
    if (this.#gathered.length >= batchLimit) this.flush()
    else this.#cancel ??= this.#timers.after(this.#gatherMs, () => this.flush())
    return true
  }

  settled(count: number): void {
    this.#open -= count
  }

  flush(): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#gathered.length === 0) return
    const messages = this.#gathered
    this.#gathered = []
    this.#hand(messages)
  }
}
