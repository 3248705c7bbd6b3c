/**
 * Is this good? The rates of an activity beside those of the last ten that the workspace sent before it, each counted up to the same time
 * since sending. An SMS to simulated phones is compared with such SMS only, and a real one with real ones. Reads sums only, of ten activities at most.
 */
import { countsUpTo } from '../../core/report/curves.ts'
import { rate } from '../../core/report/figures.ts'

import { gatewayJoin, isSimulated } from '../messages/simulated.ts'
import { isVisible } from '../messages/visible.ts'

import type { Db } from '../platform/db/database.ts'
import { decimal, int, json, orNull, rowsNamed, text } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { readCharged } from './charged.ts'
import { type CreditWorth, type WorthColumns, worthColumns, worthOf } from './credit-worth.ts'
import { ageInMinutes, nothing, readSeries } from './series.ts'

/** As many are compared with. */
export const pastLimit = 10

/** Medians of the past activities; null: none of them has the rate. */
export interface Past {
  /** how many there are */
  activities: number
  /** minutes since sending up to which each is counted; null: this one is not sent yet */
  comparedAt: number | null
  /** delivered of sent, 0..1 */
  deliveryRate: number | null
  /** profiles that clicked, of delivered */
  clickRate: number | null
  /** of delivered */
  unsubscribedRate: number | null
  /** in the activity's currency, of those in that currency that anybody clicked */
  costPerClicker: number | null
}

const pastRows = rowsNamed('report-past', {
  id: int,
  frozen: orNull(json<unknown>()),
  currency: text,
  creditValue: decimal,
})

/** Undefined: the workspace has no such activity. */
export async function getPast(db: Db, workspaceId: number, activityId: number, asOf: Date): Promise<Past | undefined> {
  const [activity] = await db.query<WorthColumns & { sentAt: Date | null; simulated: boolean }>(
    sql`select ${worthColumns}, a.frozen_at as "sentAt", ${isSimulated} as simulated
      from activities a
      join workspaces w on w.id = a.workspace_id
      left join activity_versions v on v.activity_id = a.id and v.version = a.version
      ${gatewayJoin}
      where a.workspace_id = ${workspaceId} and a.id = ${activityId} and ${isVisible}`,
    'report-past-of',
  )
  if (activity === undefined) return undefined
  const { currency: ours } = worthOf(activity)
  const rows = await readSentBefore(db, workspaceId, activityId, {
    before: activity.sentAt ?? asOf,
    simulated: activity.simulated,
  })
  const charged = await readCharged(
    db,
    rows.map(({ id }) => id),
  )
  const series = await readSeries(db, [activityId, ...rows.map(({ id }) => id)])
  const { since } = series.get(activityId) ?? nothing
  const age = since === null ? null : ageInMinutes(since, asOf)
  const counted = rows.map(({ id, currency, creditValue }) => ({
    // There is no rate of exchange: costs in another currency are not compared.
    cost: currency === ours ? Number(charged.get(id) ?? 0) * Number(creditValue) : null,
    ...countsUpTo((series.get(id) ?? nothing).counts, age ?? Number.POSITIVE_INFINITY),
  }))
  const medianOf = (rateFrom: (one: (typeof counted)[number]) => number | null) =>
    median(counted.flatMap(one => rateFrom(one) ?? []))
  return {
    activities: rows.length,
    comparedAt: age,
    deliveryRate: medianOf(one => rate(one.delivered, one.sent)),
    clickRate: medianOf(one => rate(one.unique, one.delivered)),
    unsubscribedRate: medianOf(one => rate(one.unsubscribed, one.delivered)),
    costPerClicker: medianOf(one => (one.cost === null ? null : rate(one.cost, one.unique))),
  }
}

/** The last ones, each with what a credit was worth in its time. The index of sent activities finds them without a sort. */
async function readSentBefore(
  db: Db,
  workspaceId: number,
  activityId: number,
  { before, simulated }: { before: Date; simulated: boolean },
): Promise<(CreditWorth & { id: number })[]> {
  const rows = await db.query<WorthColumns & { id: number }>(
    sql`select a.id, ${worthColumns}
      from activities a
      join workspaces w on w.id = a.workspace_id
      left join activity_versions v on v.activity_id = a.id and v.version = a.version
      ${gatewayJoin}
      where a.workspace_id = ${workspaceId} and a.state = 'sent' and (a.frozen_at, a.id) < (${before}, ${activityId}) and ${isVisible}
        and ${isSimulated} = ${simulated}
      order by a.frozen_at desc, a.id desc limit ${pastLimit}`,
    pastRows,
  )
  return rows.map(row => ({ id: row.id, ...worthOf(row) }))
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle]
  if (upper === undefined) return null
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2
}
