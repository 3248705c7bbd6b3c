/**
 * Who may write profiles now, and which ids are next?
 *
 * Writers of profiles and their keys run one after the other in a workspace: otherwise two imports of the same list would both find no
 * profile and both create it. Profile ids are dense: exactly as many are drawn as are needed, under a lock that is only held to draw, and
 * given back if the write fails. (A kill at that moment leaves a gap, which is harmless.)
 */
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

/** First keys of our advisory locks. */
const writing = 7301
const drawing = 7302

/** Until the end of the transaction. `onWait` is called if another writer holds it. */
export async function lockProfiles(tx: Db, workspaceId: number, onWait?: () => void): Promise<void> {
  if (onWait) {
    const [row] = await tx.query<{ got: boolean }>(
      sql`select pg_try_advisory_xact_lock(${writing}, ${workspaceId}) as got`,
    )
    if (row?.got) return
    onWait()
  }
  await tx.run(sql`select pg_advisory_xact_lock(${writing}, ${workspaceId})`)
}

/** The first of n consecutive ids. */
export async function drawProfileIds(db: Db, n: number): Promise<number> {
  return alone(db, async () => {
    const first = (await lastProfileId(db)) + 1
    await db.run(sql`select setval('profile_ids', ${first + n - 1}, true)`)
    return first
  })
}

/** After the rollback of their profiles. Does nothing if other ids have been drawn since. */
export async function giveBackProfileIds(db: Db, first: number, n: number): Promise<void> {
  await alone(db, async () => {
    if ((await lastProfileId(db)) !== first + n - 1) return
    await db.run(sql`select setval('profile_ids', ${Math.max(1, first - 1)}, ${first > 1})`)
  })
}

async function lastProfileId(db: Db): Promise<number> {
  const [row] = await db.query<{ last: number }>(
    sql`select case when is_called then last_value else last_value - 1 end as last from profile_ids`,
  )
  return row?.last ?? 0
}

/** A lock of the session, not of the transaction: an import takes minutes, and others draw meanwhile. `db` is one connection. */
async function alone<Result>(db: Db, work: () => Promise<Result>): Promise<Result> {
  await db.run(sql`select pg_advisory_lock(${drawing}, 0)`)
  try {
    return await work()
  } finally {
    // In a broken transaction this fails too; the end of the connection releases it then.
    await db.run(sql`select pg_advisory_unlock(${drawing}, 0)`).catch(() => {})
  }
}
