/**
 * Times in the time zone of a workspace, with their offset. Once per export, the zone is cut into stretches of one offset each: neither
 * PostgreSQL nor Node looks up the zone for each time, and the zone of the connection does not matter.
 */
import { isZone, offsetAt } from '../../core/zones.ts'
import { join, raw, type Sql, sql } from '../platform/db/sql.ts'

/** A stretch of time in which a zone keeps one offset. */
export interface ZoneStretch {
  /** when it ends; null: the last one */
  until: Date | null
  offsetMinutes: number
}

const DAY_MS = 86_400_000

/**
 * The stretches of a zone (IANA) between two times; times outside of them keep the nearest offset. As few as possible: each is a branch of
 * every time in a statement, which PostgreSQL plans for every part.
 */
export function stretchesOf(zone: string, from: Date, to: Date): ZoneStretch[] {
  const known = isZone(zone)
  const at = (ms: number) => (known ? Math.round(offsetAt(zone, ms) / 60_000) : 0)
  const stretches: ZoneStretch[] = []
  let offset = at(from.getTime())
  for (let day = from.getTime(); day < to.getTime(); day += DAY_MS) {
    if (at(day + DAY_MS) === offset) continue
    let [before, after] = [day, day + DAY_MS]
    while (after - before > 1000) {
      const middle = Math.floor((before + after) / 2000) * 1000
      if (at(middle) === offset) before = Math.max(middle, before + 1)
      else after = middle
    }
    stretches.push({ until: new Date(after), offsetMinutes: offset })
    offset = at(after)
  }
  return [...stretches, { until: null, offsetMinutes: offset }]
}

/**
 * A time with the offset of its zone, to the second, in PostgreSQL's format: 2026-11-01 13:00:00+01:00 (RFC 3339, whose section 5.6 allows
 * the space; a T instead would cost a quarter more). The offsets are in the statement: the zone of the connection does not matter, and
 * asking PostgreSQL for the offset of each time would cost five times as much.
 */
export function timeWithOffset(time: Sql, stretches: readonly ZoneStretch[]): Sql {
  const shown = ({ offsetMinutes }: ZoneStretch) => {
    // Half a second less, rounded, is the time without its fraction: a third of the cost of date_trunc. Not as part of the zone's
    // interval, in which PostgreSQL only accepts whole seconds.
    const zoned = sql`${time} at time zone interval '${raw(String(offsetMinutes * 60))} seconds'`
    const local = sql`((${zoned}) - interval '0.5 seconds')::timestamp(0)`
    return sql`${local}::text || ${offsetText(offsetMinutes)}`
  }
  const [only] = stretches
  if (stretches.length === 1 && only !== undefined) return shown(only)
  const branches = stretches.map(stretch =>
    stretch.until === null ? sql`else ${shown(stretch)}` : sql`when ${time} < ${stretch.until} then ${shown(stretch)}`,
  )
  // First: a null would be compared with each end.
  return sql`case when ${time} is null then null ${join(branches, ' ')} end`
}

/** 330 -> "+05:30" */
export function offsetText(offsetMinutes: number): string {
  const [hours, minutes] = [Math.floor(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60]
  return `${offsetMinutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
}

/** The offset at a time. Fast for neighbouring times, as those of an activity are. */
export function offsetsAt(stretches: readonly ZoneStretch[]): (ms: number) => number {
  let [from, until, offset] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  return ms => {
    if (ms >= from && ms < until) return offset
    const i = stretches.findIndex(stretch => stretch.until === null || ms < stretch.until.getTime())
    from = i > 0 ? (stretches[i - 1]?.until?.getTime() ?? Number.NEGATIVE_INFINITY) : Number.NEGATIVE_INFINITY
    until = stretches[i]?.until?.getTime() ?? Number.POSITIVE_INFINITY
    offset = stretches[i]?.offsetMinutes ?? 0
    return offset
  }
}
