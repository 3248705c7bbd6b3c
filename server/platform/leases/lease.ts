/**
 * Leases: a row that one process owns until a time and renews. Owner and others never rely on the same clock:
 *
 * - The owner acts only while it trusts its lease: from before the last renewal was sent, for the length of the lease less a margin, by
 *   its own clocks. A renewal that hangs, fails or is late never prolongs the trust. Call `holds()` right before each act that must not
 *   happen twice.
 * - Others take over only when the end in the row has passed by another margin, by the database's clock: machines whose clocks differ
 *   never expire each other's leases.
 *
 * Only this file reads the database's time. Modelled on river's elector (internal/leadership/elector.go).
 */
import { monotonicMs } from '../clock.ts'
import { type ConnectionConfig, type Database, openDatabase } from '../db/database.ts'
import { type Sql, sql } from '../db/sql.ts'

export interface Terms {
  /** from a renewal to the end in the row */
  leaseMs: number
  /** the owner stops this long before that end; others take over this long after it */
  marginMs: number
}

/** Both clocks of this machine: one continues when somebody sets the time, the other while the machine sleeps. */
export interface Moment {
  monotonicMs: number
  wallMs: number
}

export const momentNow = (): Moment => ({ monotonicMs: monotonicMs(), wallMs: Date.now() })

/** What the owner knows about its lease. */
export class Trust {
  readonly #lengthMs: number
  readonly #now: () => Moment
  #began: Moment | undefined
  #ended = false

  constructor({ leaseMs, marginMs }: Terms, now: () => Moment = momentNow) {
    this.#lengthMs = leaseMs - marginMs
    this.#now = now
  }

  /** A renewal that began then has succeeded: `momentNow()` right before its statement was sent. */
  renewed(began: Moment): void {
    if (this.#began === undefined || began.monotonicMs > this.#began.monotonicMs) this.#began = began
  }

  /** Permanently: another process owns the row, or no one. */
  end(): void {
    this.#ended = true
  }

  get ended(): boolean {
    return this.#ended
  }

  /** May the owner act now? A late renewal of a row that it still owns restores its trust. */
  holds(): boolean {
    if (this.#ended || this.#began === undefined) return false
    const now = this.#now()
    const passed = Math.max(now.monotonicMs - this.#began.monotonicMs, now.wallMs - this.#began.wallMs)
    return passed < this.#lengthMs
  }
}

/** The value that a renewal writes into `lease_until`. */
export const leaseEnd = ({ leaseMs }: Terms): Sql => sql`clock_timestamp() + ${leaseMs}::int * interval '1 millisecond'`

/** A condition: the lease still runs. */
export const leaseRuns = (until: Sql): Sql => sql`${until} > clock_timestamp()`

/** A condition: its owner has been silent for so long that another process may take over. */
export const leaseIsOver = (until: Sql, { marginMs }: Pick<Terms, 'marginMs'>): Sql =>
  sql`${until} < clock_timestamp() - ${marginMs}::int * interval '1 millisecond'`

/** Real time for a row of leases: its begin or end. Never for a fact. */
export const leaseTime: Sql = sql`clock_timestamp()`

/**
 * The connections of renewals: no busy pool delays them, and a statement or connection that hangs is given up while there is time for
 * another attempt.
 */
export function openLeases(connection: ConnectionConfig, timeoutMs = 2000): Database {
  return openDatabase({
    connection: {
      ...connection,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      statement_timeout: timeoutMs,
      keepAlive: true,
    },
    lane: 'lease',
    max: 4,
  })
}
