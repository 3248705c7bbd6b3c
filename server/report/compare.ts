/**
 * Which of these activities performed better? All are counted up to the same time since sending, the age of the most recent one.
 * Otherwise an activity with a week of clicks would be compared with one of an hour. Reads sums only.
 */

import { inCurrency, moneyOf } from '../../core/money.ts'
import { problem } from '../../core/problems.ts'
import {
  type ChartSpan,
  type CurveEvent,
  type CurvePoint,
  countsUpTo,
  cumulate,
  endOf,
  resample,
  stepFor,
  usualSpan,
} from '../../core/report/curves.ts'
import { gatewayJoin, isSimulated } from '../messages/simulated.ts'
import { isVisible } from '../messages/visible.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { readCharged } from './charged.ts'
import { type WorthColumns, worthColumns, worthOf } from './credit-worth.ts'
import { ageInMinutes, nothing, readSeries } from './series.ts'

export interface Comparison {
  /** business time, ISO */
  asOf: string
  /** minutes since sending up to which all are counted; null: none was sent yet */
  comparedAt: number | null
  span: ChartSpan
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
  /** charged until now, decimal, in the currency of its time */
  cost: string
  currency: string
  /** sent over the built-in simulator: nobody pays for it */
  simulated: boolean
  /** sums up to each point */
  points: CurvePoint[]
}

interface ComparedRow extends WorthColumns {
  simulated: boolean
  id: number
  name: string
  state: string
}

/** In the order of the ids. Throws not_found if one of them is not in the workspace. */
export async function compareActivities(
  db: Db,
  workspaceId: number,
  ids: readonly number[],
  asOf: Date,
  span: ChartSpan = usualSpan,
): Promise<Comparison> {
  const rows = await db.query<ComparedRow>(
    sql`select a.id, a.name, a.state, ${isSimulated} as simulated, ${worthColumns} from activities a ${gatewayJoin}
      join workspaces w on w.id = a.workspace_id
      left join activity_versions v on v.activity_id = a.id and v.version = a.version
      where a.workspace_id = ${workspaceId} and a.id = any(${[...ids]}::bigint[]) and ${isVisible}`,
    'report-compare',
  )
  const known = new Map(rows.map(row => [row.id, row]))
  const chosen = ids.map(id => {
    const row = known.get(id)
    if (row === undefined) throw problem('not_found', { what: 'activity' })
    return row
  })
  const [series, charged] = [await readSeries(db, ids), await readCharged(db, ids)]
  const of = (id: number) => series.get(id) ?? nothing
  const ageOf = (id: number) => {
    const { since } = of(id)
    return since === null ? null : ageInMinutes(since, asOf)
  }
  const ages = ids.flatMap(id => ageOf(id) ?? [])
  const comparedAt = ages.length === 0 ? null : Math.min(...ages)
  const age = comparedAt ?? 1
  const all = ids.flatMap(id => of(id).counts.filter(({ minute }) => minute < age))
  const end = endOf(span, all, age)
  const stepMinutes = stepFor(end)
  return {
    asOf: asOf.toISOString(),
    comparedAt,
    span,
    stepMinutes,
    activities: chosen.map(({ id, name, state, simulated, ...worth }) => {
      const { currency, creditValue } = worthOf(worth)
      const { since, counts } = of(id)
      return {
        id,
        name,
        state,
        sentSince: since?.toISOString() ?? null,
        age: ageOf(id),
        counts: countsUpTo(counts, age),
        cost: inCurrency(moneyOf(charged.get(id) ?? '0', creditValue), currency),
        currency,
        simulated,
        points: since === null ? [] : cumulate(resample(counts, end, stepMinutes)),
      }
    }),
  }
}
