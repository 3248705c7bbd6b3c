/**
 * Which of these activities performed better? All are counted up to the same time since sending, the age of the most recent one.
 * Otherwise an activity with a week of clicks would be compared with one of an hour. Reads sums only.
 */

import { problem } from '../../core/problems.ts'
import {
  type CurveEvent,
  type CurvePoint,
  cumulate,
  endOf,
  noEvents,
  resample,
  type Span,
  spanOf,
  stepFor,
} from '../../core/report/curves.ts'
import { isVisible } from '../activities/visible.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { ageInMinutes, nothing, readSeries } from './series.ts'

export interface Comparison {
  /** business time, ISO */
  asOf: string
  /** minutes since sending up to which all are counted; null: none was sent yet */
  comparedAt: number | null
  span: Span
  /** minutes per point */
  stepMinutes: number
  activities: ComparedActivity[]
}

export interface ComparedActivity {
  id: number
  name: string
  state: string
  /** the minute of the first message sent; null: not sent yet, so not compared */
  sentSince: string | null
  /** minutes since then */
  age: number | null
  /** up to `comparedAt` */
  counts: Record<CurveEvent, number>
  /** sums up to each point */
  points: CurvePoint[]
}

/** In the order of the ids. Throws not_found if one of them is not in the workspace. */
export async function compareActivities(
  db: Db,
  workspaceId: number,
  ids: readonly number[],
  asOf: Date,
  span?: Span,
): Promise<Comparison> {
  const rows = await db.query<{ id: number; name: string; state: string }>(
    sql`select a.id, a.name, a.state from activities a
      where a.workspace_id = ${workspaceId} and a.id = any(${[...ids]}::bigint[]) and ${isVisible}`,
    'report-compare',
  )
  const known = new Map(rows.map(row => [row.id, row]))
  const chosen = ids.map(id => {
    const row = known.get(id)
    if (row === undefined) throw problem('not_found', { what: 'activity' })
    return row
  })
  const series = await readSeries(db, ids)
  const of = (id: number) => series.get(id) ?? nothing
  const ageOf = (id: number) => {
    const { since } = of(id)
    return since === null ? null : ageInMinutes(since, asOf)
  }
  const ages = ids.flatMap(id => ageOf(id) ?? [])
  const comparedAt = ages.length === 0 ? null : Math.min(...ages)
  const age = comparedAt ?? 1
  const all = ids.flatMap(id => of(id).counts.filter(({ minute }) => minute < age))
  const shown = span ?? spanOf(all, age)
  const end = endOf(shown, all, age)
  const stepMinutes = stepFor(end)
  return {
    asOf: asOf.toISOString(),
    comparedAt,
    span: shown,
    stepMinutes,
    activities: chosen.map(({ id, name, state }) => {
      const { since, counts } = of(id)
      return {
        id,
        name,
        state,
        sentSince: since?.toISOString() ?? null,
        age: ageOf(id),
        counts: sumsOf(counts.filter(({ minute }) => minute < age)),
        points: since === null ? [] : cumulate(resample(counts, end, stepMinutes)),
      }
    }),
  }
}

function sumsOf(counts: readonly { event: CurveEvent; n: number }[]): Record<CurveEvent, number> {
  const sums = noEvents()
  for (const { event, n } of counts) sums[event] += n
  return sums
}
