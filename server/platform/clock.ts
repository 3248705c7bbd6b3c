/**
 * Two clocks. Business time (facts, due times, 48 and 72 hours) is always an argument and comes from here; its origin and
 * rate stand in the database, so that all processes agree and a test can live 48 hours in seconds. Real time is for leases,
 * timeouts, back-off and rates; within a process it is `monotonicMs()`, which no change of the machine's clock moves.
 *
 * Business time never goes back, also where somebody sets the machine's clock back: what is due now would wait until the clock has come as
 * far again. It goes on at half the speed until the machine's clock has caught up (as adjtime(3) does), in all processes alike.
 */
import type { Db } from './db/database.ts'
import { sql } from './db/sql.ts'

export interface Clock {
  readonly rate: number
  /** Business time now. */
  now(): Date
  /** Real milliseconds until a business time; 0 if it has passed. */
  realMsUntil(at: Date): number
}

export interface RealTime {
  /** what the machine's clock says */
  wallMs?: () => number
  monotonicMs?: () => number
  /** it was at least so late before: the last sign of life of the installation */
  notBeforeMs?: number
}

export function makeClock(rate: number, realOriginMs: number, businessOriginMs: number, real: RealTime = {}): Clock {
  const steadyMs = makeSteady(real)
  const nowMs = () => businessOriginMs + (steadyMs() - realOriginMs) * rate
  return {
    rate,
    now: () => new Date(nowMs()),
    realMsUntil: at => Math.max(0, (at.getTime() - nowMs()) / rate),
  }
}

/** The machine's clock as long as it goes forward. */
function makeSteady({
  wallMs = Date.now,
  monotonicMs: passedMs = monotonicMs,
  notBeforeMs = 0,
}: RealTime): () => number {
  let steady = Math.max(wallMs(), notBeforeMs)
  let seen = passedMs()
  return () => {
    const passed = passedMs() - seen
    seen += passed
    steady = Math.max(wallMs(), steady + passed / 2)
    return steady
  }
}

/**
 * Real milliseconds since an arbitrary moment, never going back: for every wait, timeout and age within one process. It goes on
 * while the process is stopped (SIGSTOP). Only a time that another process or the database reads is a `Date`.
 */
export const monotonicMs = (): number => performance.now()

/** A clock that was wrong by more than this, and gave a sign of life then, is not followed. */
const farthestMs = 60 * 60 * 1000

/** The clock of this database. */
export async function readClock(db: Db): Promise<Clock> {
  const [row] = await db.query<{ rate: number; real: Date; business: Date; seen: Date | null }>(
    sql`select clock_rate as rate, clock_real_origin as real, clock_business_origin as business, signed_life_at as seen
      from installation where id = 1`,
  )
  if (row === undefined) throw new Error('the installation row is missing: migrate first')
  const seenMs = row.seen?.getTime() ?? 0
  const notBeforeMs = seenMs - Date.now() > farthestMs ? 0 : seenMs
  return makeClock(row.rate, row.real.getTime(), row.business.getTime(), { notBeforeMs })
}

/**
 * Sets how fast business time runs from now on. Business time never jumps: it goes on from where it is. A database that
 * once ran fast is marked for good: it refuses gateways that reach real people.
 */
export async function setClockRate(db: Db, rate: number): Promise<Clock> {
  const clock = await readClock(db)
  if (clock.rate === rate) return clock
  const real = new Date()
  const business = clock.now()
  await db.run(sql`
    update installation set clock_rate = ${rate}, clock_real_origin = ${real}, clock_business_origin = ${business},
      ran_fast = ran_fast or ${rate > 1} where id = 1`)
  return makeClock(rate, real.getTime(), business.getTime())
}
