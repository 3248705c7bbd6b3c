/** A value beside the usual one: how far it is from the median of the last ten, and whether that is good. */
import { plural } from '../ui/numbers.ts'
import type { Past } from './queries.ts'

export interface Beside {
  /** "usually 91.2%" */
  words: string
  verdict: 'better' | 'worse' | 'same'
  tooltip: string
}

/** With fewer, nothing is usual. */
const fewest = 3
/** A tenth more or less is the same. */
const sameWithin = 0.1

export function besidePast(
  value: number | null,
  usual: number | null | undefined,
  past: Past | undefined,
  better: 'higher' | 'lower',
  format: (value: number) => string,
): Beside | null {
  if (past === undefined || past.activities < fewest || past.comparedAt === null) return null
  if (value === null || usual === null || usual === undefined) return null
  const change = usual === 0 ? (value === 0 ? 0 : 1) : value / usual - 1
  const isSame = Math.abs(change) < sameWithin
  const arrow = isSame ? '' : change > 0 ? '▲ ' : '▼ '
  return {
    words: `${arrow}usually ${format(usual)}`,
    verdict: isSame ? 'same' : change > 0 === (better === 'higher') ? 'better' : 'worse',
    tooltip: `The median of the ${plural(past.activities, 'SMS', 'SMS')} before this one, each counted ${ageInWords(past.comparedAt)} after it was sent.`,
  }
}

function ageInWords(minutes: number): string {
  if (minutes < 120) return plural(minutes, 'minute')
  if (minutes < 2 * 1440) return plural(Math.round(minutes / 60), 'hour')
  return plural(Math.round(minutes / 1440), 'day')
}
