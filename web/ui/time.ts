/**
 * Times in the workspace's time zone, whatever the zone of the browser.
 * A wall time is text without a zone ("2026-03-29 09:30:00"), as the date picker returns it.
 */
import { instantOf as instantInZone, localAt } from '../../core/zones.ts'

const minute = 60_000
const formats = new Map<string, Intl.DateTimeFormat>()

function format(zone: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${name}`
  let found = formats.get(key)
  if (!found) {
    found = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone })
    formats.set(key, found)
  }
  return found
}

/** "23 Nov 2026, 19:04:32 CET" */
export function exactTime(at: string, zone: string): string {
  const options = {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  } as const
  return format(zone, 'exact', { ...options, timeZoneName: 'short' }).format(new Date(at))
}

/** "23 Nov 2026, 19:04" */
export function shortTime(at: string, zone: string): string {
  const options = { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' } as const
  return format(zone, 'short', options).format(new Date(at))
}

/** "19:04:32" */
export function clockTime(at: string, zone: string): string {
  return format(zone, 'clock', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(at))
}

/** "in 3 minutes", "2 hours ago" up to six days; the date beyond. */
export function relativeTime(at: string, zone: string, now: number): string {
  const distance = Date.parse(at) - now
  const size = Math.abs(distance)
  if (size < minute) return distance > 0 ? 'in a moment' : 'just now'
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
  if (size < 60 * minute) return words.format(Math.round(distance / minute), 'minute')
  if (size < 24 * 60 * minute) return words.format(Math.round(distance / (60 * minute)), 'hour')
  if (size < 6 * 24 * 60 * minute) return words.format(Math.round(distance / (24 * 60 * minute)), 'day')
  return shortTime(at, zone)
}

/** The instant as a wall time of the zone: "2026-03-29 09:30:00". */
export function wallTime(at: string, zone: string): string {
  const { date, time } = localAt(zone, Date.parse(at))
  return `${date} ${time}`
}

/** The instant of a wall time in the zone, as ISO text. */
export function instantText(wall: string, zone: string): string {
  return new Date(instantInZone(zone, wall)).toISOString()
}
