/**
 * May these attempts go out now? The last look before the socket write, for messages and test SMS alike: only while the session
 * holds its lease, not later than 5 s after it was read that each may be sent, and only when the journal has them. All or nothing,
 * since one write carries them.
 */
import { monotonicMs } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import type { Journal, JournalEntry } from './journal.ts'

export interface CheckedAttempt extends JournalEntry {
  /** monotonicMs() when it was read that it may be sent */
  checkedMs: number
}

const staleMs = 5000

export class WriteGate {
  readonly #journal: Pick<Journal, 'write'>
  readonly #log: Log
  #leased = true

  constructor(journal: Pick<Journal, 'write'>, log: Log) {
    this.#journal = journal
    this.#log = log
  }

  get leased(): boolean {
    return this.#leased
  }

  /** For good: a lease that was lost is another's. */
  lostLease(): void {
    this.#leased = false
  }

  /** False: nothing is written. */
  letsPass(attempts: readonly CheckedAttempt[]): boolean {
    const now = monotonicMs()
    if (!this.#leased || attempts.some(({ checkedMs }) => now - checkedMs > staleMs)) return false
    try {
      this.#journal.write(attempts)
      return true
    } catch (error) {
      this.#log.error({ err: error }, 'the journal of written windows cannot be written: nothing is sent')
      return false
    }
  }
}
