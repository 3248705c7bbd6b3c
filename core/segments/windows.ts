/**
 * When is a window of a segment? Instants for times, days for dates, once, with the business time and the zone of the workspace. SQL gets the
 * results and knows no clock and no zone.
 *
 * `last n hours` is exact. `last n days, weeks, months` goes back to the same time of the clock: a day of 23 or 25 hours is one day. A month
 * that has no such day ends with its last one.
 */
import { isDay } from '../times.ts'
import { instantOf, localAt } from '../zones.ts'
import type { Days, TimeSpan, TimeWindow } from './tree.ts'

/** [from, to) */
export interface Range {
  from: Date | null
  to: Date | null
}

/** Days as text, both ends within. */
export interface DayRange {
  from: string | null
  to: string | null
}

export function rangeOf(window: TimeWindow, now: Date, zone: string): Range {
  if ('last' in window) return { from: ago(window.last, now, zone), to: null }
  if ('before' in window) return { from: null, to: ago(window.before, now, zone) }
  const { from, to } = window
  return {
    from: from === undefined ? null : startOf(from, zone),
    to: to === undefined ? null : isDay(to) ? startOf(addDays(to, 1), zone) : new Date(to),
  }
}

const startOf = (text: string, zone: string) =>
  isDay(text) ? new Date(instantOf(zone, `${text} 00:00:00`)) : new Date(text)

function ago({ n, unit }: TimeSpan, now: Date, zone: string): Date {
  if (unit === 'hours') return new Date(now.getTime() - n * 3_600_000)
  const { date, time } = localAt(zone, now.getTime())
  const day = unit === 'months' ? addMonths(date, -n) : addDays(date, unit === 'weeks' ? -7 * n : -n)
  return new Date(instantOf(zone, `${day} ${time}`) + (now.getTime() % 1000))
}

export function dayRangeOf(days: Days, now: Date, zone: string): DayRange {
  const today = localAt(zone, now.getTime()).date
  if ('last' in days) return { from: addDays(today, 1 - days.last), to: today }
  if ('next' in days) return { from: today, to: addDays(today, days.next - 1) }
  return { from: days.from ?? null, to: days.to ?? null }
}

/**
 * Month and day ("03-29") of each day of the range, for what comes back each year; null: every one. Who was born on 29 February is counted
 * on 1 March where there is no such day.
 */
export function anniversariesOf(days: Days, now: Date, zone: string): string[] | null {
  const { from, to } = dayRangeOf(days, now, zone)
  if (from === null || to === null) return null
  if (to >= addDays(from, 366)) return null
  const found = new Set<string>()
  for (let day = from; day <= to; day = addDays(day, 1)) {
    found.add(day.slice(5))
    if (day.endsWith('-03-01') && addDays(day, -1).endsWith('-02-28')) found.add('02-29')
  }
  return [...found].toSorted()
}

/** "2026-03-29" and n days. */
export function addDays(day: string, n: number): string {
  return dayOf(Date.parse(`${day}T00:00:00Z`) + n * 86_400_000)
}

export function addMonths(day: string, n: number): string {
  const [year, month, date] = day.split('-').map(Number)
  const first = Date.UTC(year!, month! - 1 + n, 1)
  const last = new Date(Date.UTC(year!, month! + n, 0)).getUTCDate()
  return dayOf(first + (Math.min(date!, last) - 1) * 86_400_000)
}

const earliestMs = Date.UTC(1, 0, 1)
const latestMs = Date.UTC(9999, 11, 31)

function dayOf(ms: number): string {
  return new Date(Math.min(latestMs, Math.max(earliestMs, ms))).toISOString().slice(0, 10)
}
