/** Times of the demo: a day of the week, some weeks ago, at a time of day in the workspace's zone. */
import { instantOf, localAt } from '../../core/zones.ts'
import type { StoryMoment } from './story.ts'

const dayMs = 24 * 3_600_000

/** In the calendar week, from Monday on, that is `weeksAgo` before the one of `now`. */
export function momentOf({ weeksAgo, weekday, time }: StoryMoment, zone: string, now: Date): Date {
  const today = dateOf(zone, now)
  const monday = today - weekdayAfterMonday(today) * dayMs
  return at(zone, monday + (weekday - 1 - 7 * weeksAgo) * dayMs, time)
}

/** The first such day of the week that is at least `daysAhead` away. */
export function momentAhead(
  { daysAhead, weekday, time }: { daysAhead: number; weekday: number; time: string },
  zone: string,
  now: Date,
): Date {
  const earliest = dateOf(zone, now) + daysAhead * dayMs
  const wait = (weekday - 1 - weekdayAfterMonday(earliest) + 7) % 7
  return at(zone, earliest + wait * dayMs, time)
}

/** Midnight of the day in the zone, as if it were UTC. */
const dateOf = (zone: string, now: Date): number => Date.parse(`${localAt(zone, now.getTime()).date}T00:00:00Z`)

/** 0: a Monday */
const weekdayAfterMonday = (date: number): number => (new Date(date).getUTCDay() + 6) % 7

const at = (zone: string, date: number, time: string): Date =>
  new Date(instantOf(zone, `${new Date(date).toISOString().slice(0, 10)} ${time}`))
