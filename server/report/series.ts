/**
 * The figures of an activity over time: sums per minute, merged into the points of a chart. The cost depends on the number of
 * minutes with events, not on the size of the audience.
 *
 * Time counts from the minute in which the first message was sent, so that activities can be compared and quiet hours before it
 * do not count.
 */

import {
  type ChartSpan,
  type CurvePoint,
  endOf,
  isCurve,
  type MinuteCount,
  resample,
  stepFor,
  usualSpan,
} from '../../core/report/curves.ts'
import { isVisible } from '../messages/visible.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Db } from '../platform/db/database.ts'
import { int, rowsNamed, text, time } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'

export interface Curves {
  /** business time, ISO */
  asOf: string
  /** the minute of the first message sent; null: none yet */
  sentSince: string | null
  span: ChartSpan
  /** minutes per point */
  stepMinutes: number
  /** the events of each interval */
  points: CurvePoint[]
}

/** Undefined: the workspace has no such activity. */
export async function getCurves(
  db: Db,
  workspaceId: number,
  activityId: number,
  asOf: Date,
  span: ChartSpan = usualSpan,
): Promise<Curves | undefined> {
  const [activity] = await db.query<{ id: number }>(
    sql`select a.id from activities a where a.workspace_id = ${workspaceId} and a.id = ${activityId} and ${isVisible}`,
    'report-series-of',
  )
  if (activity === undefined) return undefined
  const { since, counts } = (await readSeries(db, [activityId])).get(activityId) ?? nothing
  const at = asOf.toISOString()
  if (since === null) return { asOf: at, sentSince: null, span, stepMinutes: 1, points: [] }
  const age = ageInMinutes(since, asOf)
  const end = endOf(span, counts, age)
  const stepMinutes = stepFor(end)
  return {
    asOf: at,
    sentSince: since.toISOString(),
    span,
    stepMinutes,
    points: resample(counts, end, stepMinutes),
  }
}

export interface SeriesOfActivity {
  /** null: nothing was sent yet */
  since: Date | null
  counts: MinuteCount[]
}

export const nothing: SeriesOfActivity = { since: null, counts: [] }

const minuteMs = 60_000

/** Started minutes since then, at least 1. */
export function ageInMinutes(since: Date, asOf: Date): number {
  return Math.max(1, Math.ceil((asOf.getTime() - since.getTime()) / minuteMs))
}

const seriesRows = rowsNamed('report-series', {
  id: int,
  event: text,
  minute: time,
  n: int,
})

/** Activities without events are left out. */
export async function readSeries(db: Db, activityIds: readonly number[]): Promise<Map<number, SeriesOfActivity>> {
  const rows = await db.query<{ id: number; event: string; minute: Date; n: number }>(
    sql`select s.activity_id as id, s.event, s.minute, sum(s.n)::bigint as n from series s
      where s.bucket = ${everyBucket} and s.activity_id = any(${[...activityIds]}::bigint[])
      group by s.activity_id, s.event, s.minute having sum(s.n) <> 0 order by s.activity_id, s.minute`,
    seriesRows,
  )
  const series = new Map<number, SeriesOfActivity>()
  for (const [id, ofActivity] of Map.groupBy(rows, row => row.id)) {
    const since = ofActivity.find(({ event }) => event === 'sent')?.minute ?? null
    const counts = ofActivity.flatMap(({ event, minute, n }): MinuteCount[] =>
      since !== null && isCurve(event)
        ? [{ event, minute: Math.round((minute.getTime() - since.getTime()) / minuteMs), n }]
        : [],
    )
    series.set(id, { since, counts })
  }
  return series
}
