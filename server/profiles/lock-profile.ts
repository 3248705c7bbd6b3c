/**
 * A locked profile does not change: no import, API call or erase changes it until it is unlocked. It still receives messages: a person who
 * should get none opts out or has their number closed. The reason is for people and is stored only in the profile.
 */
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { lockProfiles } from './locks.ts'

export interface LockInput {
  workspaceId: number
  profileId: number
  /** null: unlock */
  reason: string | null
  actor: string
  now: Date
}

/** Locking a locked profile replaces the reason. Throws `not_found`, `profile_erased`. */
export async function setLock(db: Database, { workspaceId, profileId, reason, actor, now }: LockInput): Promise<void> {
  await db.tx(async tx => {
    // After a merge that is under way: a later merge does not change the profile any more.
    await lockProfiles(tx, workspaceId)
    const [row] = await tx.query<{ was: string | null; erased: boolean }>(sql`
      select p.locked_reason as was, p.erased_at is not null as erased from profiles p
      where p.bucket = ${profileId & 255} and p.profile_id = ${profileId} and p.workspace_id = ${workspaceId}`)
    if (row === undefined) throw problem('not_found', { what: 'profile' })
    if (row.erased) throw problem('profile_erased')
    if (row.was === reason) return
    await tx.run(sql`
      update profiles set locked_reason = ${reason}, updated_at = ${now}
      where bucket = ${profileId & 255} and profile_id = ${profileId} and workspace_id = ${workspaceId}`)
    const action = reason === null ? 'profile.unlock' : 'profile.lock'
    await audit(tx, { workspaceId, actor, action, subject: `profile ${profileId}` }, now)
  })
}
