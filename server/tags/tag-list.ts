/** The tags of a workspace: how many profiles have each; renamed and removed. */

import { tidyName } from '../../core/names.ts'
import { problem } from '../../core/problems.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Acting } from '../segments/saved.ts'
import { whoHave } from './tag-uses.ts'
import { createTagging, type Tagging } from './taggings.ts'

/** A page and suggestions show no more. */
export const maxTagsListed = 1000

export interface ListedTag {
  tag: string
  profiles: number
}

/** Those that most profiles have; `more`: there are others. */
export async function listTags(db: Db, workspaceId: number): Promise<{ items: ListedTag[]; more: boolean }> {
  const rows = await db.query<ListedTag>(sql`
    select /* fanout */ t.tag, count(*) as profiles from profiles p cross join lateral unnest(p.tags) t (tag)
    where p.workspace_id = ${workspaceId} and p.bucket = ${everyBucket} and p.tags <> '{}' and p.erased_at is null
    group by t.tag order by count(*) desc, t.tag limit ${maxTagsListed + 1}`)
  return { items: rows.slice(0, maxTagsListed), more: rows.length > maxTagsListed }
}

/** For everybody who has it. Throws tag_in_use, invalid_input, limit_reached. */
export async function renameTag(
  db: Database,
  { from, to }: { from: string; to: string },
  acting: Acting,
): Promise<Tagging> {
  if (tidyName(to) === from) throw problem('invalid_input', { where: 'to', what: 'is the name that it has' })
  return createTagging(db, { add: [to], remove: [from], asStored: true, definition: whoHave(from) }, acting)
}

/** From everybody who has it. Throws tag_in_use, limit_reached. */
export async function removeTag(db: Database, tag: string, acting: Acting): Promise<Tagging> {
  return createTagging(db, { remove: [tag], asStored: true, definition: whoHave(tag) }, acting)
}
