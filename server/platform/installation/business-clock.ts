/** The clock of an installation. Origin and rate of business time are in its row, so that all processes agree. */
import { type Clock, makeClock } from '../clock.ts'
import type { Db } from '../db/database.ts'
import { sql } from '../db/sql.ts'

/** A heartbeat further ahead than this came from a wrong clock and is ignored. */
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
 * Sets the rate of business time. Business time never jumps: it continues from its current value. A database that once ran fast is marked
 * permanently and refuses gateways that reach real people.
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
