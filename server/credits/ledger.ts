/**
 * The ledger lane: posts "tallied minus posted" for each activity under its lock, so that a repeat posts nothing. A charge
 * frees as much of the reservation; what is left of it is released once nothing more can be charged.
 */
import { fromE4, toE4 } from '../messages/tallies.ts'
import type { Database } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'

/** What messages and test SMS have cost, as far as it is not posted yet. */
export async function postAll(db: Database, now: Date): Promise<void> {
  await postCharges(db, now)
  await postTestCharges(db, now)
}

/** Returns how many activities had something to post. */
export async function postCharges(db: Database, now: Date): Promise<number> {
  const open = await db.query<{ id: number }>(
    sql`with charged as (select t.activity_id, sum(t.credits) as credits from tallies t where t.figure = 'charged' group by 1)
      select a.id from activities a join charged t on t.activity_id = a.id
      where t.credits <> (select coalesce(-sum(l.credits), 0) from ledger l where l.activity_id = a.id and l.kind = 'charge')`,
    'ledger-open',
  )
  for (const { id } of open) await postActivity(db, id, now)
  const done = await db.query<{ id: number }>(
    sql`select a.id from activities a where a.state in ('sent', 'cancelled') and a.frozen_at is not null
        and (select sum(l.credits) from ledger l where l.activity_id = a.id and l.kind in ('reserve', 'release')) < 0
        and not exists (select from (select t.figure, sum(t.n) as n from tallies t where t.activity_id = a.id
          and t.figure in ('queued', 'pending', 'bounced_soft_retrying') group by 1) x where x.n > 0)`,
    'ledger-done',
  )
  for (const { id } of done) await release(db, id, now)
  return open.length + done.length
}

async function postActivity(db: Database, activityId: number, now: Date): Promise<void> {
  await db.tx(async tx => {
    const [activity] = await tx.query<{ workspaceId: number }>(
      sql`select workspace_id as "workspaceId" from activities where id = ${activityId} for no key update`,
    )
    if (activity === undefined) return
    const [sums] = await tx.query<{ tallied: string; posted: string; reserved: string }>(
      sql`select coalesce((select sum(t.credits) from tallies t where t.activity_id = ${activityId} and t.figure = 'charged'), 0) as tallied,
        coalesce((select -sum(l.credits) from ledger l where l.activity_id = ${activityId} and l.kind = 'charge'), 0) as posted,
        coalesce((select -sum(l.credits) from ledger l where l.activity_id = ${activityId} and l.kind in ('reserve', 'release')), 0) as reserved`,
    )
    const charge = toE4(sums!.tallied) - toE4(sums!.posted)
    if (charge === 0) return
    const freed = Math.min(charge, toE4(sums!.reserved))
    await tx.run(
      sql`insert into ledger (workspace_id, activity_id, kind, credits, at) values (${activity.workspaceId}, ${activityId}, 'charge', ${fromE4(-charge)}::numeric, ${now})`,
    )
    if (freed > 0)
      await tx.run(
        sql`insert into ledger (workspace_id, activity_id, kind, credits, at) values (${activity.workspaceId}, ${activityId}, 'release', ${fromE4(freed)}::numeric, ${now})`,
      )
  })
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

async function release(db: Database, activityId: number, now: Date): Promise<void> {
  await db.tx(async tx => {
    const [activity] = await tx.query<{ workspaceId: number }>(
      sql`select workspace_id as "workspaceId" from activities where id = ${activityId} for no key update`,
    )
    const [sum] = await tx.query<{ reserved: string }>(
      sql`select coalesce(-sum(credits), 0) as reserved from ledger where activity_id = ${activityId} and kind in ('reserve', 'release')`,
    )
    if (activity === undefined || toE4(sum!.reserved) <= 0) return
    await tx.run(
      sql`insert into ledger (workspace_id, activity_id, kind, credits, at, note)
        values (${activity.workspaceId}, ${activityId}, 'release', ${sum!.reserved}::numeric, ${now}, 'not needed')`,
    )
  })
}
