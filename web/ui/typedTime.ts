/** A date and time as people type or paste it, as a wall time: "2026-12-01 14:30", "1 Dec 2026, 14:30", "1.12.2026 14.30". */
import { isDay } from '../../core/times.ts'

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const clock = /(?:^|[\sT,])(\d{1,2})[:.](\d{2})(?::\d{2})?\s{0,3}(am|pm)?$/i
const yearFirst = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/
/** The day is first where dots or a month's name say so; with slashes nobody can tell. */
const dayFirst = /^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})$/
const named = /^(\d{1,2})\.?\s{1,3}([a-z]{3})[a-z]{0,6}\.?,?\s{1,3}(\d{4})$/i
const maxTyped = 60

/** "2026-12-01 14:30:00"; undefined where it is not a date with a time, or could be two. */
export function readTypedTime(text: string): string | undefined {
  const typed = text.trim().slice(0, maxTyped)
  const at = clock.exec(typed)
  if (at === null) return undefined
  const day = readDay(typed.slice(0, at.index).replace(/[,\s]{1,5}$/, ''))
  const half = at[3]?.toLowerCase()
  const hour = Number(at[1])
  if (half !== undefined && (hour < 1 || hour > 12)) return undefined
  const of24 = half === undefined ? hour : (hour % 12) + (half === 'pm' ? 12 : 0)
  if (day === undefined || of24 > 23 || Number(at[2]) > 59) return undefined
  return `${day} ${two(of24)}:${at[2]}:00`
}

function readDay(text: string): string | undefined {
  const iso = yearFirst.exec(text)
  const dotted = dayFirst.exec(text)
  const word = named.exec(text)
  const month = word ? months.indexOf(word[2]!.toLowerCase()) + 1 : 0
  const day = iso
    ? `${iso[1]}-${two(iso[2])}-${two(iso[3])}`
    : dotted
      ? `${dotted[3]}-${two(dotted[2])}-${two(dotted[1])}`
      : `${word?.[3]}-${two(month)}-${two(word?.[1])}`
  return isDay(day) ? day : undefined
}

const two = (part: string | number | undefined) => String(part).padStart(2, '0')
