/**
 * Is the inbox behind? Then nobody is sent to: a STOP that came in may not be applied yet, or a "delivered" that ends a retry.
 * Asked once a second by each worker, for all its sessions.
 */
import { type Clock, monotonicMs } from '../platform/clock.ts'
import type { Db } from '../platform/db/database.ts'
import { oneOf, orNull, rowsNamed, text, time } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { type Lane, laneSettings, lanes } from './lanes.ts'

/** An answer older than this says nothing: the database may be away. */
const staleMs = 10_000

export interface LaneState {
  lane: Lane
  /** the oldest record that is not applied; null: none */
  oldest: Date | null
  /** how long it has waited, in real time */
  ageMs: number
  /** HOST:PID:… of the process that has the lane, or had it last; null: nobody has it */
  holder: string | null
}

const laneRows = rowsNamed('inbox-lanes', { lane: oneOf(lanes), holder: orNull(text), oldest: orNull(time) })

/** `clock`: arrivals are in business time. */
export async function readLanes(db: Db, clock: Clock): Promise<LaneState[]> {
  const rows = await db.query<{ lane: Lane; holder: string | null; oldest: Date | null }>(
    sql`select l.lane, l.holder, (
        select min(w.at) from inbox_sources s,
          lateral (select i.at from inbox i where i.source = s.id and i.seq > s.watermark order by i.seq limit 1) w
        where s.lane = l.lane and not s.applied) as oldest
      from inbox_lanes l where l.lane = any(${lanes}::text[])`,
    laneRows,
  )
  const nowMs = clock.now().getTime()
  return rows.map(row => ({
    ...row,
    ageMs: row.oldest === null ? 0 : Math.max(0, nowMs - row.oldest.getTime()) / clock.rate,
  }))
}

export class InboxWatch {
  #behind = true
  #readMs = Number.NEGATIVE_INFINITY

  async look(db: Db, clock: Clock): Promise<void> {
    const began = monotonicMs()
    const states = await readLanes(db, clock)
    this.#behind = states.some(({ lane, ageMs }) => ageMs > laneSettings[lane].barsSendingMs)
    this.#readMs = began
  }

  /** True too while nobody knows. */
  get isBehind(): boolean {
    return this.#behind || monotonicMs() - this.#readMs > staleMs
  }
}
