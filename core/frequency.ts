/** How much time lies between two messages to a person, at least: hours, which people say in hours or days. */
import { type Channel, channels } from './channels.ts'

/** Who was sent something else within this number of hours before the start is left out. */
export interface Frequency {
  hours: number
}

/** A year. */
export const maxFrequencyHours = 8760

export const isFrequencyHours = (hours: unknown): hours is number =>
  typeof hours === 'number' && Number.isInteger(hours) && hours >= 1 && hours <= maxFrequencyHours

const hoursInDay = 24

/** Two days and more are said in days. */
export function spanOf({ hours }: Frequency): { n: number; unit: 'hours' | 'days' } {
  return hours > hoursInDay && hours % hoursInDay === 0
    ? { n: hours / hoursInDay, unit: 'days' }
    : { n: hours, unit: 'hours' }
}

export function frequencyOf(n: number, unit: 'hours' | 'days'): Frequency {
  return { hours: unit === 'days' ? n * hoursInDay : n }
}

/** As in "24h" or "3d"; undefined: it is none. */
export function parseFrequency(written: string): Frequency | undefined {
  const found = /^(\d{1,4})([hd])$/.exec(written.trim())
  if (found === null) return undefined
  const frequency = frequencyOf(Number(found[1]), found[2] === 'd' ? 'days' : 'hours')
  return isFrequencyHours(frequency.hours) ? frequency : undefined
}

/** "24 hours", "3 days" */
export function spanInWords(frequency: Frequency): string {
  const { n, unit } = spanOf(frequency)
  return `${n} ${n === 1 ? unit.slice(0, -1) : unit}`
}

/** The shortest, in hours of a day or in whole days, that covers what started so long before; null: there is none. */
export function frequencyFor(distanceMs: number): Frequency | null {
  // An hour more: it takes a while until everybody has been sent it.
  const hours = Math.ceil(Math.max(0, distanceMs) / 3_600_000) + 1
  const rounded = hours <= hoursInDay ? hoursInDay : Math.ceil(hours / hoursInDay) * hoursInDay
  return isFrequencyHours(rounded) ? { hours: rounded } : null
}

export function frequencyInWords(frequency: Frequency | null, channel: Channel): string {
  if (frequency === null) return 'No limit'
  const { n, unit } = spanOf(frequency)
  const span = n === 1 ? unit.slice(0, -1) : unit
  return `Nobody who was sent another ${channels[channel].words.message} in the last ${n === 1 ? '' : `${n} `}${span}`
}
