/**
 * The tags of one profile, changed by hand. Unlike an edit, it needs no state of the profile: a tag is there or not, whatever else has changed. It
 * answers what it did, so that the opposite undoes exactly that.
 */

import { readTags, type TagsGiven } from '../../core/given-tags.ts'
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { maxTagsOfProfile } from './change-tags.ts'
import { lockProfile } from './edit-profile.ts'

export interface TagsChanged {
  tags: string[]
  added: string[]
  removed: string[]
}

export interface TagEdit extends TagsGiven {
  workspaceId: number
  profileId: number
  actor: string
  now: Date
}

/** Throws not_found, profile_erased, profile_locked, invalid_input, tag_limit. */
export async function changeTagsOfProfile(
  db: Database,
  { workspaceId, profileId, actor, now, ...given }: TagEdit,
): Promise<TagsChanged> {
  return db.tx(async tx => {
    await lockProfile(tx, { workspaceId, profileId })
    // Behind the lock: of a profile of another workspace nothing else is said.
    const { add, remove } = readTags(given, field => field, true)
    if (add.length + remove.length === 0) throw problem('invalid_input', { where: 'add', what: 'name a tag' })
    const own = sql`p.bucket = ${profileId & 255} and p.profile_id = ${profileId} and p.workspace_id = ${workspaceId}`
    const [row] = await tx.query<{ tags: string[] }>(sql`select p.tags from profiles p where ${own}`)
    const before = row?.tags ?? []
    const added = add.filter(tag => !before.includes(tag))
    const removed = remove.filter(tag => before.includes(tag))
    const tags = [...before.filter(tag => !removed.includes(tag)), ...added]
    if (added.length + removed.length === 0) return { tags, added, removed }
    if (added.length > 0 && tags.length > maxTagsOfProfile)
      throw problem('tag_limit', { limit: maxTagsOfProfile, count: tags.length })
    await tx.run(sql`
      update profiles p set tags = ${tags}::text[], updated_at = greatest(${now}::timestamptz, p.updated_at + interval '1 millisecond') where ${own}`)
    const details = { added: added.length, removed: removed.length }
    await audit(tx, { workspaceId, actor, action: 'profile.tags', subject: `profile ${profileId}`, details }, now)
    return { tags, added, removed }
  })
}
