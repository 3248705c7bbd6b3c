/** Windows in time in words, as they are read after a verb: "in the last 30 days", "since 1 March 2026". */
import { isDay } from '../times.ts'
import { plain, type SentencePart, say } from './sentence-parts.ts'
import type { Days, TimeSpan, TimeWindow } from './tree.ts'

const date = { day: 'numeric', month: 'long', year: 'numeric' } as const
const dayFormat = new Intl.DateTimeFormat('en-GB', { ...date, timeZone: 'UTC' })

/** "2026-03-28" -> "28 March 2026"; an unfinished day is "…" */
export const dayInWords = (day: string): string => (isDay(day) ? dayFormat.format(new Date(`${day}T00:00:00Z`)) : '…')

function timeInWords(text: string, zone: string): string {
  const ms = Date.parse(text)
  if (isDay(text) || Number.isNaN(ms)) return dayInWords(text)
  const format = new Intl.DateTimeFormat('en-GB', { ...date, hour: '2-digit', minute: '2-digit', timeZone: zone })
  return format.format(ms)
}

const unitWords = { hours: 'hour', days: 'day', weeks: 'week', months: 'month' } as const
const spanInWords = ({ n, unit }: TimeSpan): SentencePart[] => say`${n} ${n === 1 ? unitWords[unit] : unit}`

export function windowInWords(window: TimeWindow, zone: string): SentencePart[] {
  if ('last' in window)
    return window.last.n === 1
      ? say`in the last ${unitWords[window.last.unit]}`
      : say`in the last ${spanInWords(window.last)}`
  if ('before' in window) return say`more than ${spanInWords(window.before)} ago`
  const { from, to } = window
  const [since, until] = [from, to].map(text => (text === undefined ? undefined : timeInWords(text, zone)))
  if (since !== undefined && until !== undefined) return from === to ? say`on ${since}` : say`from ${since} to ${until}`
  if (since !== undefined) return say`since ${since}`
  return until === undefined ? [plain('…')] : say`until ${until}`
}

/** After "is": "in the last 7 days, today included", "today", "from 1 March 2026". */
export function daysInWords(days: Days): SentencePart[] {
  if ('last' in days) return days.last === 1 ? say`today` : say`in the last ${days.last} days, today included`
  if ('next' in days) return days.next === 1 ? say`today` : say`in the next ${days.next} days, today included`
  const { from, to } = days
  if (from !== undefined && to !== undefined)
    return from === to ? say`${dayInWords(from)}` : say`from ${dayInWords(from)} to ${dayInWords(to)}`
  if (from !== undefined) return say`${dayInWords(from)} or later`
  return to === undefined ? [plain('…')] : say`${dayInWords(to)} or earlier`
}
