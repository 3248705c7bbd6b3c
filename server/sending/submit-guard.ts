/**
 * The last check before the socket write: may these attempts be submitted? Only while the session trusts its lease, at most 5 s after the
 * check that each may be sent, and only when the journal has them. One write carries all of them, so all pass or none.
 *
 * Always: the lease is checked again after the journal was written. A process that takes this session for dead reads its journal after
 * the lease has ended; an attempt that is not in it by then is never submitted.
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

export interface SubmitGuardInput {
  journal: Pick<Journal, 'write'>
  trust: Pick<Trust, 'holds'>
  log: Pick<Log, 'error'>
  /** undefined: it can be written again */
  onJournal?: (fault: Error | undefined) => void
}

export class SubmitGuard {
  readonly #input: SubmitGuardInput
  #faults = 0
  #pausedUntilMs = 0

  constructor(input: SubmitGuardInput) {
    this.#input = input
  }

  /** Is there any sense in claiming? */
  get leased(): boolean {
    return this.#input.trust.holds() && monotonicMs() >= this.#pausedUntilMs
  }

  /** False: nothing is written. */
  allows(attempts: readonly CheckedAttempt[]): boolean {
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
