/**
 * How did an activity go on after it was sent? Counts by minute since sending, drawn together to at most `mostPoints`
 * points, whatever the time: the last point of a curve is its sum.
 */

import { recordOf } from '../record-of.ts'
import type { FigureKey } from './figures.ts'

/** What has a curve: the figures that come about in time, by the name of their event in `series`. Each is counted when a message came into it. */
export const curves = {
  sent: 'sent',
  delivered: 'delivered',
  bounced: 'bounced',
  clicked: 'clicks',
  unique: 'unique',
  unsubscribed: 'unsubscribed',
} as const satisfies Record<string, FigureKey>
export type CurveEvent = keyof typeof curves

export function isCurve(event: string): event is CurveEvent {
  return Object.hasOwn(curves, event)
}
export const curveEvents: readonly CurveEvent[] = Object.keys(curves).filter(isCurve)

/** How often each came about; at first never. */
export const noEvents = (): Record<CurveEvent, number> => recordOf(curveEvents, () => 0)

/** minute: whole minutes since sending, 0 the first. Ascending. */
export interface MinuteCount {
  event: CurveEvent
  minute: number
  n: number
}

export const mostPoints = 120
/** Activities in one comparison: more lines than these cannot be told apart. */
export const mostCompared = 10

/** How much time a chart can show, in minutes; all: up to now, or to the last event once nothing comes any more. */
export const spans = { '1h': 60, '6h': 360, '24h': 1440, '72h': 4320, all: null } as const
export type Span = keyof typeof spans
export const spanNames: readonly Span[] = ['1h', '6h', '24h', '72h', 'all']

/** Each a whole part of the next bigger unit that people think in. */
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440]
const dayMinutes = 1440

/** Minutes a point. */
export function stepFor(minutes: number): number {
  const fits = steps.find(step => minutes / step <= mostPoints)
  return fits ?? dayMinutes * Math.ceil(minutes / dayMinutes / mostPoints)
}

/** The shortest span that holds nine tenths of what happened: where there is something to see. */
export function spanOf(counts: readonly MinuteCount[], ageMinutes: number): Span {
  const total = counts.reduce((sum, { n }) => sum + n, 0)
  const within = (minutes: number) => counts.reduce((sum, { minute, n }) => (minute < minutes ? sum + n : sum), 0)
  return (
    spanNames.find(name => {
      const minutes = spans[name]
      return minutes === null || ageMinutes <= minutes || within(minutes) >= total * 0.9
    }) ?? 'all'
  )
}

/** Where the curve ends, in minutes since sending; 1 at least. */
export function endOf(span: Span, counts: readonly MinuteCount[], ageMinutes: number): number {
  const last = counts.reduce((latest, { minute, n }) => (n !== 0 ? Math.max(latest, minute + 1) : latest), 1)
  const wanted = spans[span] ?? Math.max(last, spans['72h'])
  return Math.max(1, Math.min(wanted, ageMinutes))
}

/** What happened in the interval that ends so many minutes after sending. */
export type CurvePoint = { minutes: number } & Record<CurveEvent, number>

/** One point an interval up to `end`, also where nothing happened. What is later is left out. */
export function resample(counts: readonly MinuteCount[], end: number, step: number): CurvePoint[] {
  const points = Array.from(
    { length: Math.ceil(end / step) },
    (_, at): CurvePoint => ({
      minutes: Math.min((at + 1) * step, end),
      ...noEvents(),
    }),
  )
  for (const { event, minute, n } of counts) {
    if (minute >= end) continue
    // By another clock it may have been a moment before the first was sent.
    const point = points[Math.floor(Math.max(0, minute) / step)]
    if (point !== undefined) point[event] += n
  }
  return points
}

/** Each point the sum of all up to it. */
export function cumulate(points: readonly CurvePoint[]): CurvePoint[] {
  let before: CurvePoint | undefined
  return points.map(point => {
    const sum = { ...point }
    if (before !== undefined) for (const event of curveEvents) sum[event] += before[event]
    before = sum
    return sum
  })
}
