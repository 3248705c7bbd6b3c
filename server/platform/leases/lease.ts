/**
 * Leases: a row that one process owns until a time, and gives signs for. Two sides, which never trust the same clock:
 *
 * - The owner acts only while its trust holds: from before the last renewal was sent, for the length of the lease less a margin,
 *   by its own clocks. A renewal that hangs, fails or comes late never prolongs it. Ask `holds()` right before each act that must
 *   not be done twice.
 * - Others take over only when the end in the row has passed by a margin more, by the clock of the database: machines
 *   whose clocks differ never expire each other's leases.
 *
 * Only this file asks the database for the time. As in river's elector (internal/leadership/elector.go).
 */
import { monotonicMs } from '../clock.ts'
import { type Connection, type Database, openDatabase } from '../db/database.ts'
import { type Sql, sql } from '../db/sql.ts'

export interface Terms {
  /** from a renewal to the end in the row */
  leaseMs: number
  /** the owner stops so long before that end; others take over so long after it */
  marginMs: number
}

/** Both clocks of this machine: the one goes on when somebody sets the time, the other when the machine sleeps. */
export interface Moment {
  monotonicMs: number
  wallMs: number
}

export const momentNow = (): Moment => ({ monotonicMs: monotonicMs(), wallMs: Date.now() })

/** What the owner knows of its lease. */
export class Trust {
  readonly #lengthMs: number
  readonly #now: () => Moment
  #began: Moment | undefined
  #ended = false

  constructor({ leaseMs, marginMs }: Terms, now: () => Moment = momentNow) {
    this.#lengthMs = leaseMs - marginMs
    this.#now = now
  }

  /** A renewal has succeeded that began then: `momentNow()` right before its statement was sent. */
  renewed(began: Moment): void {
    if (this.#began === undefined || began.monotonicMs > this.#began.monotonicMs) this.#began = began
  }

  /** For good: the row is another's, or nobody's. */
  end(): void {
    this.#ended = true
  }

  get ended(): boolean {
    return this.#ended
  }

  /** May the owner act now? After a time of no trust a late renewal of a row that is still its own gives it back. */
  holds(): boolean {
    if (this.#ended || this.#began === undefined) return false
    const now = this.#now()
    const passed = Math.max(now.monotonicMs - this.#began.monotonicMs, now.wallMs - this.#began.wallMs)
    return passed < this.#lengthMs
  }
}

/** What is written into `lease_until` by a renewal. */
export const leaseEnd = ({ leaseMs }: Terms): Sql => sql`clock_timestamp() + ${leaseMs}::int * interval '1 millisecond'`

/** A condition: the lease still runs. */
export const leaseRuns = (until: Sql): Sql => sql`${until} > clock_timestamp()`

/** A condition: its owner has been silent for so long that another may take over. */
export const leaseIsOver = (until: Sql, { marginMs }: Pick<Terms, 'marginMs'>): Sql =>
  sql`${until} < clock_timestamp() - ${marginMs}::int * interval '1 millisecond'`

/** Real time for a row of leases: when it began or ended. Never for a fact. */
export const leaseTime: Sql = sql`clock_timestamp()`

/**
 * The connections that renewals go over: no busy pool holds them up, and a statement or connection that hangs is given up while
 * there is time for another try.
 */
export function openLeases(connection: Connection, timeoutMs = 2000): Database {
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
