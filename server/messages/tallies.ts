/**
 * What the facts of one transaction change in the sums: gathered while folding, written once before the commit.
 *
 * Which sums there are: core/report/sums.ts, and for `series`, a minute of business time a row, core/report/curves.ts. Added up, a series is the
 * figure: what leaves a figure leaves its minute.
 *
 * What moves a sum that the worker acts on (messages that wait, charges) also leaves a mark in `tally_changes`: the worker looks
 * at marked activities only, however many there are.
 *
 * Rows are written in key order, so that two writers never deadlock. `bucket` is the writer's own number on PostgreSQL
 * and the bucket of the group on a cluster (see group.ts).
 */

import type { CurveEvent } from '../../core/report/curves.ts'
import type { BreakdownKind, BrokenDown, Tally } from '../../core/report/sums.ts'
import type { Db } from '../platform/db/database.ts'
import { int, oneOf, rowsNamed } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'

interface Breakdown {
  activityId: number
  kind: BreakdownKind
  key: string
  figure: Tally
  n: number
  creditsE4: number
}

export class Tallies {
  readonly #tallies = new Map<string, { activityId: number; figure: Tally; n: number; creditsE4: number }>()
  readonly #breakdowns = new Map<string, Breakdown>()
  readonly #series = new Map<string, { activityId: number; minute: Date; event: CurveEvent; n: number }>()

  /** creditsE4: credits in ten-thousandths, an integer (money is never a float). */
  add(activityId: number, figure: Tally, n: number, creditsE4 = 0): void {
    const key = `${activityId} ${figure}`
    const row = this.#tallies.get(key)
    if (row === undefined) this.#tallies.set(key, { activityId, figure, n, creditsE4 })
    else {
      row.n += n
      row.creditsE4 += creditsE4
    }
  }

  addBreakdown<Kind extends BreakdownKind>(
    activityId: number,
    kind: Kind,
    key: string,
    figure: BrokenDown<Kind>,
    n: number,
    creditsE4 = 0,
  ): void {
    const id = `${activityId} ${kind} ${key} ${figure}`
    const row = this.#breakdowns.get(id)
    if (row === undefined) this.#breakdowns.set(id, { activityId, kind, key, figure, n, creditsE4 })
    else {
      row.n += n
      row.creditsE4 += creditsE4
    }
  }

  /** Of one message: what it counted as before, and counts as now; null: not. */
  moveSeries(activityId: number, event: CurveEvent, was: Date | null, now: Date | null): void {
    if (was?.getTime() === now?.getTime()) return
    if (was !== null) this.addSeries(activityId, was, event, -1)
    if (now !== null) this.addSeries(activityId, now, event, 1)
  }

  addSeries(activityId: number, at: Date, event: CurveEvent, n: number): void {
    const minute = new Date(Math.floor(at.getTime() / 60_000) * 60_000)
    const id = `${activityId} ${minute.getTime()} ${event}`
    const row = this.#series.get(id)
    if (row === undefined) this.#series.set(id, { activityId, minute, event, n })
    else row.n += n
  }

  /** Writes the changes; what cancelled out is not written. */
  async flush(tx: Db, bucket: number): Promise<void> {
    const tallies = inOrder(this.#tallies).filter(row => row.n !== 0 || row.creditsE4 !== 0)
    if (tallies.length > 0)
      await tx.run(
        sql`insert into tallies as t (bucket, activity_id, figure, n, credits)
          select ${bucket}::int, u.activity_id, u.figure, u.n, u.credits
          from unnest(${tallies.map(row => row.activityId)}::bigint[], ${tallies.map(row => row.figure)}::text[],
            ${tallies.map(row => row.n)}::bigint[], ${tallies.map(row => fromE4(row.creditsE4))}::numeric[]) as u (activity_id, figure, n, credits)
          order by u.activity_id, u.figure
          on conflict (bucket, activity_id, figure) do update set n = t.n + excluded.n, credits = t.credits + excluded.credits`,
        'tallies-flush',
      )
    await markChanged(tx, bucket, [
      ...new Set(tallies.filter(({ figure }) => actedOn.has(figure)).map(row => row.activityId)),
    ])
    const breakdowns = inOrder(this.#breakdowns).filter(row => row.n !== 0 || row.creditsE4 !== 0)
    if (breakdowns.length > 0)
      await tx.run(
        sql`insert into breakdowns as b (bucket, activity_id, kind, key, figure, n, credits)
          select ${bucket}::int, u.activity_id, u.kind, u.key, u.figure, u.n, u.credits
          from unnest(${breakdowns.map(row => row.activityId)}::bigint[], ${breakdowns.map(row => row.kind)}::text[],
            ${breakdowns.map(row => row.key)}::text[], ${breakdowns.map(row => row.figure)}::text[],
            ${breakdowns.map(row => row.n)}::bigint[], ${breakdowns.map(row => fromE4(row.creditsE4))}::numeric[])
            as u (activity_id, kind, key, figure, n, credits)
          order by u.activity_id, u.kind, u.key, u.figure
          on conflict (bucket, activity_id, kind, key, figure) do update set n = b.n + excluded.n, credits = b.credits + excluded.credits`,
        'breakdowns-flush',
      )
    const series = inOrder(this.#series).filter(row => row.n !== 0)
    if (series.length > 0)
      await tx.run(
        sql`insert into series as s (bucket, activity_id, minute, event, n)
          select ${bucket}::int, u.activity_id, u.minute, u.event, u.n
          from unnest(${series.map(row => row.activityId)}::bigint[], ${series.map(row => row.minute)}::timestamptz[],
            ${series.map(row => row.event)}::text[], ${series.map(row => row.n)}::bigint[]) as u (activity_id, minute, event, n)
          order by u.activity_id, u.minute, u.event
          on conflict (bucket, activity_id, minute, event) do update set n = s.n + excluded.n`,
        'series-flush',
      )
  }
}

const openFigures = {
  queued: 'queued',
  bounced_soft_retrying: 'retrying',
  pending: 'pending',
} as const satisfies Partial<Record<Tally, string>>
const actedOn: ReadonlySet<string> = new Set([...Object.keys(openFigures), 'charged' satisfies Tally])

/**
 * A mark that is there already is locked and not written: who takes it waits for our sums, or we wait and write a new one. The
 * lock is the writer's own, as those of its sums are.
 */
async function markChanged(tx: Db, bucket: number, activityIds: readonly number[]): Promise<void> {
  if (activityIds.length === 0) return
  await tx.run(
    sql`insert into tally_changes as c (bucket, activity_id)
      select ${bucket}::int, u.id from unnest(${[...activityIds].sort((a, b) => a - b)}::bigint[]) as u (id) order by u.id
      on conflict (bucket, activity_id) do update set activity_id = c.activity_id where false`,
    'tallies-mark',
  )
}

const changedRows = rowsNamed('tallies-changed', {
  id: int,
})

/** The activities with a mark behind this id, in order. */
export async function readChanged(db: Db, after: number, limit: number): Promise<number[]> {
  const rows = await db.query<{ id: number }>(
    sql`select /* fanout */ distinct activity_id as id from tally_changes where activity_id > ${after}::bigint order by 1 limit ${limit}::int`,
    changedRows,
  )
  return rows.map(({ id }) => id)
}

/** Takes the marks of an activity away. Read its sums in a later statement of the same transaction: none is missed. */
export async function takeChanges(tx: Db, activityId: number): Promise<void> {
  await tx.run(sql`delete /* fanout */ from tally_changes where activity_id = ${activityId}::bigint`, 'tallies-take')
}

/** How many messages of an activity can still move without somebody else's word. */
export type OpenSums = Record<(typeof openFigures)[keyof typeof openFigures], number>

const openRows = rowsNamed('tallies-open', {
  id: int,
  figure: oneOf(['queued', 'bounced_soft_retrying', 'pending']),
  n: int,
})

/** Of those activities that have any. */
export async function readOpenSums(db: Db, activityIds: readonly number[]): Promise<Map<number, OpenSums>> {
  const found = new Map<number, OpenSums>()
  if (activityIds.length === 0) return found
  const rows = await db.query<{ id: number; figure: keyof typeof openFigures; n: number }>(
    sql`select /* fanout */ t.activity_id as id, t.figure, sum(t.n)::bigint as n from tallies t
      where t.activity_id = any(${[...activityIds]}::bigint[]) and t.figure = any(${Object.keys(openFigures)}::text[]) group by 1, 2 having sum(t.n) > 0`,
    openRows,
  )
  for (const { id, figure, n } of rows) {
    const sums = found.get(id) ?? { queued: 0, retrying: 0, pending: 0 }
    sums[openFigures[figure]] = n
    found.set(id, sums)
  }
  return found
}

function inOrder<Row>(rows: Map<string, Row>): Row[] {
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

/** 15000 -> "1.5000" */
export function fromE4(e4: number): string {
  const digits = String(Math.abs(e4)).padStart(5, '0')
  return `${e4 < 0 ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`
}

/** "1.5" -> 15000; a numeric(12,4) as PostgreSQL prints it. */
export function toE4(credits: string): number {
  const [whole = '0', fraction = ''] = credits.replace('-', '').split('.')
  const e4 = Number(whole) * 10_000 + Number(fraction.padEnd(4, '0').slice(0, 4))
  return credits.startsWith('-') ? -e4 : e4
}
