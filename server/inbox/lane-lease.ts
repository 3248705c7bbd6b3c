/**
 * Who applies a lane? One process at a time, under a lease with an end: a process that is frozen, or without power, holds a
 * lane for seconds, not for as long as its connection is believed to live.
 * A holder that wakes up too late finds another token: its transaction moves no watermark.
 */

import type { Db } from '../platform/db/database.ts'
import { int, orNull, rowsNamed, text } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { leaseEnd, leaseIsOver, type Moment, momentNow, Trust } from '../platform/leases/lease.ts'

const terms = { leaseMs: 10_000, marginMs: 1_500 }
export const renewMs = 2_500

const takenRows = rowsNamed('lane-take', { token: int, before: orNull(text) })

export class LaneLease {
  readonly lane: string
  readonly token: number
  /** The holder before this one gave the lane back. False: it died, froze, or lost the database. */
  readonly wasReleased: boolean
  readonly #trust = new Trust(terms)

  private constructor(lane: string, token: number, wasReleased: boolean, began: Moment) {
    this.lane = lane
    this.token = token
    this.wasReleased = wasReleased
    this.#trust.renewed(began)
  }

  /** Undefined while another process holds the lane. */
  static async take(db: Db, lane: string, holder: string): Promise<LaneLease | undefined> {
    const began = momentNow()
    const [row] = await db.query<{ token: number; before: string | null }>(
      sql`update inbox_lanes l set token = l.token + 1, holder = ${holder}, lease_until = ${leaseEnd(terms)}
        from (select b.lane, b.holder from inbox_lanes b where b.lane = ${lane}
          and (b.holder is null or b.holder = ${holder} or ${leaseIsOver(sql`b.lease_until`, terms)}) for update) before
        where l.lane = before.lane returning l.token, before.holder as before`,
      takenRows,
    )
    return row && new LaneLease(lane, row.token, row.before === null || row.before === holder, began)
  }

  get holds(): boolean {
    return this.#trust.holds()
  }

  async renew(db: Db): Promise<void> {
    const began = momentNow()
    const kept = await db.run(
      sql`update inbox_lanes set lease_until = ${leaseEnd(terms)} where lane = ${this.lane} and token = ${this.token}`,
      'lane-renew',
    )
    if (kept === 1) this.#trust.renewed(began)
    else this.#trust.end()
  }

  /** The next process need not wait for its end. */
  async release(db: Db): Promise<void> {
    this.#trust.end()
    await db.run(
      sql`update inbox_lanes set holder = null, lease_until = null, doubt = null where lane = ${this.lane} and token = ${this.token}`,
    )
  }
}

/** So long a transaction may wait for its process. */
const silent = { leaseMs: 0, marginMs: 8_000 }

/**
 * A process that froze in the middle of a transaction keeps its locks: what it was about to be told may be stuck in its socket,
 * where no timeout of PostgreSQL ends it. Who takes over a lane that was not given back ends such connections first.
 */
export async function endSilent(db: Db): Promise<void> {
  await db.query(
    sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and usename = current_user and wait_event_type = 'Client' and state <> 'idle'
        and (application_name like 'homing/apply%' or application_name in ('homing/sending', 'homing/keeping'))
        and ${leaseIsOver(sql`greatest(query_start, state_change)`, silent)}`,
  )
}

/** Another process holds the lane, or has moved the mark: what was done under it is rolled back. */
export class LaneLost extends Error {
  constructor(lane: string) {
    super(`the lane ${lane} belongs to another process now`)
  }
}
