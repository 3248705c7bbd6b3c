/**
 * How did the figures of an activity grow after it was sent? Counts by minute since sending, merged into at most `mostPoints`
 * points. The last point of a cumulative curve is the sum of all counts.
 */

import { recordOf } from '../record-of.ts'
import type { FigureKey } from './figures.ts'

/** The figures that have a curve, with the name of their event in `series`. A message is counted at the time at which it entered the figure. */
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

/** The count of each event, initially 0. */
export const noEvents = (): Record<CurveEvent, number> => recordOf(curveEvents, () => 0)

/** minute: whole minutes since sending, the first is 0. Ascending. */
export interface MinuteCount {
  event: CurveEvent
  minute: number
  n: number
}

/** The sums of the first `minutes` after sending. */
export function countsUpTo(counts: readonly MinuteCount[], minutes: number): Record<CurveEvent, number> {
  const sums = noEvents()
  for (const { event, minute, n } of counts) if (minute < minutes) sums[event] += n
  return sums
}

export const mostPoints = 120
/** The limit of activities in one comparison: more lines cannot be told apart. */
export const mostCompared = 10

/** The spans of a chart in minutes; all: up to now, or up to the last event once no more arrive. */
export const spans = { '1h': 60, '6h': 360, '24h': 1440, '72h': 4320, all: null } as const
export type ChartSpan = keyof typeof spans
export const spanNames: readonly ChartSpan[] = ['1h', '6h', '24h', '72h', 'all']
/** Shown first: most of what happens does so within a day. */
export const usualSpan: ChartSpan = '24h'

/** Each divides an hour or a day evenly. */
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440]
const dayMinutes = 1440

/** Minutes per point. */
export function stepFor(minutes: number): number {
  const fits = steps.find(step => minutes / step <= mostPoints)
  return fits ?? dayMinutes * Math.ceil(minutes / dayMinutes / mostPoints)
}

/** The end of the curve, in minutes since sending; at least 1. */
export function endOf(span: ChartSpan, counts: readonly MinuteCount[], ageMinutes: number): number {
  const last = counts.reduce((latest, { minute, n }) => (n !== 0 ? Math.max(latest, minute + 1) : latest), 1)
  const wanted = spans[span] ?? Math.max(last, spans['72h'])
  return Math.max(1, Math.min(wanted, ageMinutes))
}

/** The counts of the interval that ends `minutes` after sending. */
export type CurvePoint = { minutes: number } & Record<CurveEvent, number>

/** One point per interval up to `end`, also for empty intervals. Later events are left out. */
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
    // The event may have the time of another clock, slightly before the first message was sent.
    const point = points[Math.floor(Math.max(0, minute) / step)]
    if (point !== undefined) point[event] += n
  }
  return points
}

/** Each point is the sum of all points up to it. */
export function cumulate(points: readonly CurvePoint[]): CurvePoint[] {
  let before: CurvePoint | undefined
  return points.map(point => {
    const sum = { ...point }
    if (before !== undefined) for (const event of curveEvents) sum[event] += before[event]
    before = sum
    return sum
  })
}
