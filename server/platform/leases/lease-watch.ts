/**
 * Which leases are over? The database's clock decides, but that clock can be set: forward, and all leases would end at once while their
 * owners continue; back, and a dead owner's lease would last that much longer. So the watcher also uses its own clock:
 *
 * - After the database's clock has jumped ahead of ours, no lease is over by it for the length of a lease: a living owner renews within
 *   that time.
 * - A lease whose end has not changed for that long by our own clock is over, whatever the database's clock says.
 */
import { monotonicMs } from '../clock.ts'
import type { Terms } from './lease.ts'

export interface SeenLease {
  id: number
  /** the end in the row, as text: only changes matter */
  until: string
  /** by the clock of the database */
  over: boolean
}

/** The result of one statement, and when it was sent and answered by monotonicMs(). */
export interface LeaseLook {
  askedMs: number
  answeredMs: number
  databaseMs: number
  leases: readonly SeenLease[]
}

export class LeaseWatch {
  readonly #terms: Terms
  #known = new Map<number, { until: string; sinceMs: number }>()
  #last: LeaseLook | undefined
  #jumpedMs = -Infinity

  constructor(terms: Terms) {
    this.#terms = terms
  }

  /** The leases that others may take over. */
  over(look: LeaseLook): SeenLease[] {
    const { leaseMs, marginMs } = this.#terms
    const longestMs = leaseMs + marginMs
    if (this.#last !== undefined) {
      const ahead = look.databaseMs - this.#last.databaseMs - (look.answeredMs - this.#last.askedMs)
      if (ahead > marginMs / 2) this.#jumpedMs = look.answeredMs
    }
    this.#last = look
    const steady = look.askedMs - this.#jumpedMs > longestMs
    const known = new Map<number, { until: string; sinceMs: number }>()
    const over = look.leases.filter(({ id, until, over }) => {
      const before = this.#known.get(id)
      const sinceMs = before?.until === until ? before.sinceMs : look.answeredMs
      known.set(id, { until, sinceMs })
      return (over && steady) || look.askedMs - sinceMs > longestMs
    })
    this.#known = known
    return over
  }
}

/** Runs the statement and records the times. */
export async function lookAt(ask: () => Promise<{ databaseMs: number; leases: SeenLease[] }>): Promise<LeaseLook> {
  const askedMs = monotonicMs()
  const said = await ask()
  return { ...said, askedMs, answeredMs: monotonicMs() }
}
