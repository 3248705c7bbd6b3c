/**
 * What could not be made a fact when it came is looked at again, in a loop of its own: no live record waits for it. One process
 * does this at a time, as with the lanes.
 */

import type { Db } from '../platform/db/database.ts'
import type { Warn } from '../platform/limited-warnings.ts'
import { limitWarnings } from '../platform/limited-warnings.ts'
import type { Log } from '../platform/log.ts'
import { WakeableTimer } from '../platform/wakeable-timer.ts'
import { Turn } from './turn.ts'

const pollMs = 200

export interface LaterInput {
  leases: Db
  log: Log
  /** Each looks at a batch of due records, and tells how many there were. */
  rounds: readonly (() => Promise<number>)[]
}

export class LaterLoop {
  readonly #input: LaterInput
  readonly #warn: Warn
  readonly #turn: Turn
  readonly #timer = new WakeableTimer()
  #stopped = false

  constructor(input: LaterInput) {
    this.#input = input
    this.#warn = limitWarnings(input.log)
    this.#turn = new Turn(input.leases, 'waiting', this.#warn)
  }

  stop(): void {
    this.#stopped = true
    this.#turn.stop()
    this.#timer.wake()
  }

  /** Works until stop(); waits while another process does it. */
  async run(): Promise<void> {
    await this.#turn.run(async lease => {
      while (!this.#stopped && lease.holds) {
        let n = 0
        for (const round of this.#input.rounds)
          try {
            n += await round()
          } catch (error) {
            this.#warn(error, 'records that wait are looked at again in a moment')
            await this.#timer.sleep(500)
          }
        if (n === 0) await this.#timer.sleep(pollMs)
      }
    })
  }
}
