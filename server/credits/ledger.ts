/**
 * The ledger lane: posts "tallied minus posted" for each activity under its lock, so that a repeat posts nothing. A charge
 * frees as much of the reservation; what is left of it is released when the activity is closed (server/sending/sweep.ts).
 *
 * Always: a round reads only activities whose tallies have changed (`tally_changes`). A receipt that comes a month later is
 * posted like any other, and a round without changes costs the same whatever was sent before.
 */

import { fromE4, readChanged, readOpenSums, takeChanges, toE4 } from '../messages/tallies.ts'
import { type Database, type Db, sqlState } from '../platform/db/database.ts'
import { decimal, int, rowsNamed } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'

const atOnce = 500
/** A writer that hangs with an open transaction keeps back its own activity only. */
const waitForWriter = '2s'
const lockNotAvailable = '55P03'

/** Returns how many activities had changes. One that fails keeps no other from being posted; its error is thrown at the end. */
export async function postCharges(db: Database, now: Date): Promise<number> {
  const errors: unknown[] = []
  let done = 0
  for (let after = 0; ; ) {
    const changed = await readChanged(db, after, atOnce)
    for (const id of changed)
      try {
        await postChanged(db, id, now)
        done++
      } catch (error) {
        if (sqlState(error) !== lockNotAvailable) errors.push(error)
      }
    const last = changed.at(-1)
    if (last === undefined || changed.length < atOnce) break
    after = last
  }
  if (errors.length > 0) throw errors[0]
  return done
}

/** Charges what is new, and has a closed activity looked at again where a late fact has moved one of its messages. */
async function postChanged(db: Database, activityId: number, now: Date): Promise<void> {
  await db.tx(async tx => {
    await tx.run(sql`select set_config('lock_timeout', ${waitForWriter}, true)`)
    const [activity] = await tx.query<{ closed: boolean }>(
      sql`select swept_at is not null as closed from activities where id = ${activityId} for no key update`,
      'ledger-lock',
    )
    await takeChanges(tx, activityId)
    if (activity === undefined) return
    for (const sums of await readSums(tx, [activityId])) await charge(tx, sums, now)
    if (activity.closed && (await readOpenSums(tx, [activityId])).size > 0)
      await tx.run(sql`update activities set swept_at = null where id = ${activityId}`)
  })
}

/** Activities that are over: their last charges, then whatever is left of their reservations. Their rows are locked by the caller. */
export async function settleCredits(tx: Db, activityIds: readonly number[], now: Date): Promise<void> {
  for (const sums of await readSums(tx, activityIds)) {
    await charge(tx, sums, now)
    const left = toE4(sums.reserved) - freedBy(sums)
    if (left > 0) await insert(tx, sums, { kind: 'release', e4: left, note: 'not needed' }, now)
  }
}

interface Sums {
  activityId: number
  workspaceId: number
  tallied: string
  posted: string
  reserved: string
}

const sumRows = rowsNamed('ledger-sums', {
  activityId: int,
  workspaceId: int,
  tallied: decimal,
  posted: decimal,
  reserved: decimal,
})

/** Of those that have something to post or to release. */
function readSums(tx: Db, activityIds: readonly number[]): Promise<Sums[]> {
  return tx.query<Sums>(
    sql`select /* fanout */ * from (
        select a.id as "activityId", a.workspace_id as "workspaceId", coalesce(c.credits, 0) as tallied,
          coalesce((select -sum(l.credits) from ledger l where l.activity_id = a.id and l.kind = 'charge'), 0) as posted,
          coalesce((select -sum(l.credits) from ledger l where l.activity_id = a.id and l.kind in ('reserve', 'release')), 0) as reserved
        from activities a
        left join (select t.activity_id, sum(t.credits) as credits from tallies t
          where t.activity_id = any(${[...activityIds]}::bigint[]) and t.figure = 'charged' group by t.activity_id) c on c.activity_id = a.id
        where a.id = any(${[...activityIds]}::bigint[])) s
      where s.tallied <> s.posted or s.reserved <> 0 order by s."activityId"`,
    sumRows,
  )
}

const toCharge = ({ tallied, posted }: Sums) => toE4(tallied) - toE4(posted)
const freedBy = (sums: Sums) => Math.max(0, Math.min(toCharge(sums), toE4(sums.reserved)))

async function charge(tx: Db, sums: Sums, now: Date): Promise<void> {
  const e4 = toCharge(sums)
  if (e4 === 0) return
  await insert(tx, sums, { kind: 'charge', e4: -e4, note: '' }, now)
  const freed = freedBy(sums)
  if (freed > 0) await insert(tx, sums, { kind: 'release', e4: freed, note: '' }, now)
}

async function insert(
  tx: Db,
  { activityId, workspaceId }: Sums,
  { kind, e4, note }: { kind: 'charge' | 'release'; e4: number; note: string },
  now: Date,
): Promise<void> {
  await tx.run(
    sql`insert into ledger (workspace_id, activity_id, kind, credits, at, note)
      values (${workspaceId}, ${activityId}, ${kind}, ${fromE4(e4)}::numeric, ${now}, ${note})`,
    'ledger-insert',
  )
}
