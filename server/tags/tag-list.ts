/** The tags of a workspace: how many profiles have each, and what names it. */

import { tidyName } from '../../core/names.ts'
import { problem } from '../../core/problems.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { type Acting, inWords, type User } from '../segments/saved.ts'
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

/** Segments that name it, and drafts and scheduled activities that choose it. */
export async function usersOfTag(db: Db, workspaceId: number, tag: string): Promise<User[]> {
  const vars = JSON.stringify({ tag })
  return db.query<User>(sql`
    (select 'segment' as kind, s.id, s.name from segments s
      where s.workspace_id = ${workspaceId} and jsonb_path_exists(s.definition, '$.**.tags[*] ? (@ == $tag)', ${vars}::jsonb) order by s.name limit 20)
    union all
    (select 'activity' as kind, a.id, a.name from activities a
      where a.workspace_id = ${workspaceId} and a.kind = 'sending' and a.deleted_at is null and a.state in ('draft', 'scheduled')
        and jsonb_path_exists(a.send_to, '$.tags.*.tags[*] ? (@ == $tag)', ${vars}::jsonb)
      order by a.id limit 20)`)
}

/** For everybody who has it. Throws tag_in_use, invalid_input, limit_reached. */
export async function renameTag(
  db: Database,
  { from, to }: { from: string; to: string },
  acting: Acting,
): Promise<Tagging> {
  await refuseUsed(db, acting.workspaceId, from)
  if (tidyName(to) === from) throw problem('invalid_input', { where: 'to', what: 'is the name that it has' })
  return createTagging(db, { add: [to], remove: [from], asStored: true, definition: whoHave(from) }, acting)
}

/** From everybody who has it. Throws tag_in_use, limit_reached. */
export async function removeTag(db: Database, tag: string, acting: Acting): Promise<Tagging> {
  await refuseUsed(db, acting.workspaceId, tag)
  return createTagging(db, { remove: [tag], asStored: true, definition: whoHave(tag) }, acting)
}

const whoHave = (tag: string) => ({
  v: 1,
  root: { kind: 'group', match: 'all', items: [{ kind: 'tag', match: 'any', tags: [tag] }] },
})

/** A segment or a Send to would find nobody from then on. */
async function refuseUsed(db: Db, workspaceId: number, tag: string): Promise<void> {
  const users = await usersOfTag(db, workspaceId, tag)
  if (users.length > 0) throw problem('tag_in_use', { tag, users: inWords(users) })
}
