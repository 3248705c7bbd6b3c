/**
 * The ledger lane: posts "tallied minus posted" for each activity under its lock, so that a repeat posts nothing. A charge
 * frees as much of the reservation; what is left of it is released when the activity is closed (server/sending/sweep.ts).
 *
 * Always: a round reads only activities whose tallies have changed (`tally_changes`). A receipt that comes a month later is
 * posted like any other, and a round without changes costs the same whatever was sent before.
 */
import { fromE4, readChanged, readOpenSums, takeChanges, toE4 } from '../messages/tallies.ts'
import { type Database, type Db, sqlState } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'

const atOnce = 500
/** A writer that hangs with an open transaction keeps back its own activity only. */
const waitForWriter = '2s'
const lockNotAvailable = '55P03'

/** What messages and test SMS have cost, as far as it is not posted yet. */
export async function postAll(db: Database, now: Date): Promise<void> {
  await postCharges(db, now)
  await postTestCharges(db, now)
}

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
    const [activity] = await tx.query<{ workspaceId: number; closed: boolean }>(
      sql`select workspace_id as "workspaceId", swept_at is not null as closed from activities where id = ${activityId} for no key update`,
      'ledger-lock',
    )
    await takeChanges(tx, activityId)
    if (activity === undefined) return
    await postActivity(tx, { activityId, workspaceId: activity.workspaceId }, now)
    if (activity.closed && (await readOpenSums(tx, [activityId])).size > 0)
      await tx.run(sql`update activities set swept_at = null where id = ${activityId}`)
  })
}

interface Posted {
  activityId: number
  workspaceId: number
}

/** The activity is over: its last charges, then whatever is left of its reservation. Its row is locked by the caller. */
export async function settleCredits(tx: Db, activity: Posted, now: Date): Promise<void> {
  await postActivity(tx, activity, now)
  await release(tx, activity, now)
}

async function postActivity(tx: Db, { activityId, workspaceId }: Posted, now: Date): Promise<void> {
  const [sums] = await tx.query<{ tallied: string; posted: string; reserved: string }>(
    sql`select coalesce((select sum(t.credits) from tallies t where t.activity_id = ${activityId} and t.figure = 'charged'), 0) as tallied,
      coalesce((select -sum(l.credits) from ledger l where l.activity_id = ${activityId} and l.kind = 'charge'), 0) as posted,
      coalesce((select -sum(l.credits) from ledger l where l.activity_id = ${activityId} and l.kind in ('reserve', 'release')), 0) as reserved`,
    'ledger-sums',
  )
  const charge = toE4(sums!.tallied) - toE4(sums!.posted)
  if (charge === 0) return
  const freed = Math.min(charge, toE4(sums!.reserved))
  await tx.run(
    sql`insert into ledger (workspace_id, activity_id, kind, credits, at) values (${workspaceId}, ${activityId}, 'charge', ${fromE4(-charge)}::numeric, ${now})`,
  )
  if (freed > 0)
    await tx.run(
      sql`insert into ledger (workspace_id, activity_id, kind, credits, at) values (${workspaceId}, ${activityId}, 'release', ${fromE4(freed)}::numeric, ${now})`,
    )
}

/** A test SMS costs as any other, once, when a gateway has answered for it. It belongs to no activity's sum. */
export async function postTestCharges(db: Database, now: Date): Promise<number> {
  return db.run(
    sql`insert into ledger (workspace_id, kind, credits, at, note, test_id)
      select t.workspace_id, 'charge', -t.credits, ${now}, 'test SMS', t.id from test_sms t
      where t.credits > 0 and not exists (select from ledger l where l.test_id = t.id)
        and exists (select from test_facts f where f.test_id = t.id and (f.source <> 0 or f.outcome in ('accepted', 'soft', 'hard')))
      on conflict do nothing`,
    'ledger-tests',
  )
}

async function release(tx: Db, { activityId, workspaceId }: Posted, now: Date): Promise<void> {
  const [sum] = await tx.query<{ reserved: string }>(
    sql`select coalesce(-sum(credits), 0) as reserved from ledger where activity_id = ${activityId} and kind in ('reserve', 'release')`,
  )
  if (toE4(sum!.reserved) <= 0) return
  await tx.run(
    sql`insert into ledger (workspace_id, activity_id, kind, credits, at, note)
      values (${workspaceId}, ${activityId}, 'release', ${sum!.reserved}::numeric, ${now}, 'not needed')`,
  )
}
