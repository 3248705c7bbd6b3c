/**
 * May these attempts go out now? The last look before the socket write, for messages and test SMS alike: only while the session
 * trusts its lease, not later than 5 s after it was read that each may be sent, and only when the journal has them. All or
 * nothing, since one write carries them.
 *
 * Always: the lease is asked for after the journal was written too. Whoever thinks this session dead reads its journal after the
 * end of its trust: what is not in it by then is never written.
 */
import { monotonicMs } from '../platform/clock.ts'
import type { Trust } from '../platform/leases/lease.ts'
import type { Log } from '../platform/log.ts'
import type { Journal, JournalEntry } from './journal.ts'

export interface CheckedAttempt extends JournalEntry {
  /** monotonicMs() when it was read that it may be sent */
  checkedMs: number
}

const staleMs = 5000
/** After a journal that could not be written: nothing is claimed only to be turned back. Doubling. */
const pauseMs = 500
const longestPauseMs = 30_000

export interface GateInput {
  journal: Pick<Journal, 'write'>
  trust: Pick<Trust, 'holds'>
  log: Pick<Log, 'error'>
  /** undefined: it can be written again */
  onJournal?: (fault: Error | undefined) => void
}

export class WriteGate {
  readonly #input: GateInput
  #faults = 0
  #pausedUntilMs = 0

  constructor(input: GateInput) {
    this.#input = input
  }

  /** Is there any sense in claiming? */
  get leased(): boolean {
    return this.#input.trust.holds() && monotonicMs() >= this.#pausedUntilMs
  }

  /** False: nothing is written. */
  letsPass(attempts: readonly CheckedAttempt[]): boolean {
    return this.#mayGo(attempts) && this.#noted(attempts) && this.#mayGo(attempts)
  }

  #mayGo(attempts: readonly CheckedAttempt[]): boolean {
    const now = monotonicMs()
    return this.#input.trust.holds() && attempts.every(({ checkedMs }) => now - checkedMs <= staleMs)
  }

  #noted(attempts: readonly CheckedAttempt[]): boolean {
    const { journal, log, onJournal } = this.#input
    try {
      journal.write(attempts)
      if (this.#faults > 0) onJournal?.(undefined)
      this.#faults = 0
      return true
    } catch (error) {
      const fault = error instanceof Error ? error : new Error(String(error))
      if (this.#faults === 0)
        log.error({ err: fault }, 'the journal of written windows cannot be written: nothing is sent')
      this.#pausedUntilMs = monotonicMs() + Math.min(longestPauseMs, pauseMs * 2 ** this.#faults++)
      onJournal?.(fault)
      return false
    }
  }
}
