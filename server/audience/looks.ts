/**
 * Who would have got an activity when its audience was looked at, or when it was scheduled: one set of ids per activity (people-set.ts), kept until its start.
 * It decides nothing: sending never reads it. Decision 32 says why it is exact.
 */
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { type PeopleSet, packPeople, sizeOf, unpackPeople } from './people-set.ts'

export type LookKind = 'looked' | 'scheduled'

export interface Look {
  kind: LookKind
  at: Date
  people: PeopleSet
}

interface OfActivity {
  activityId: number
  workspaceId: number
}

/** In place of the one before. False: the activity has started, or is gone; then none is kept. */
export async function keepLook(
  db: Database,
  { activityId, workspaceId }: OfActivity,
  { kind, at, people }: Look,
  sendTo: unknown,
): Promise<boolean> {
  const ids = packPeople(people)
  return db.tx(async tx => {
    // The freeze has this row while it drops the look: none is kept after it.
    const open = await tx.query(sql`select from activities where id = ${activityId} and workspace_id = ${workspaceId}
      and frozen_at is null and deleted_at is null and state in ('draft', 'scheduled', 'failed') for share`)
    if (open.length === 0) return false
    await tx.run(sql`
      insert into audience_looks as l (activity_id, workspace_id, kind, at, send_to, people, ids)
      values (${activityId}, ${workspaceId}, ${kind}, ${at}, ${JSON.stringify(sendTo)}::jsonb, ${sizeOf(people)}, ${ids})
      on conflict (activity_id) do update set kind = excluded.kind, at = excluded.at, send_to = excluded.send_to, people = excluded.people, ids = excluded.ids`)
    return true
  })
}

/** Undefined: nobody has looked since Send to was changed. */
export async function readLook(
  db: Db,
  { activityId, workspaceId }: OfActivity,
  sendTo: unknown,
): Promise<Look | undefined> {
  const [row] = await db.query<{ kind: LookKind; at: Date; ids: Buffer }>(
    sql`select kind, at, ids from audience_looks
      where activity_id = ${activityId} and workspace_id = ${workspaceId} and send_to = ${JSON.stringify(sendTo)}::jsonb`,
  )
  return row && { kind: row.kind, at: row.at, people: unpackPeople(row.ids) }
}

export async function dropLook(tx: Db, activityId: number): Promise<void> {
  await tx.run(sql`delete from audience_looks where activity_id = ${activityId}`)
}
