/**
 * What names a tag, and would find other people if nobody had the tag any more? A segment, and an activity that has not found its people yet.
 * So a change that takes a tag from everybody who has it is refused while something names the tag: when it is asked for, at each of its steps,
 * and when the undo of a rename would take the new name.
 */
import { isDeepStrictEqual } from 'node:util'
import { problem } from '../../core/problems.ts'
import type { SegmentTree } from '../../core/segments/tree.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { fromBeforeFreeze, inFrozenTree } from '../segments/before-freeze.ts'
import { changeNames } from '../segments/names-lock.ts'
import { inWords, type User } from '../segments/saved.ts'

/** Segments that name it, and activities that have not found their people yet: by their Send to, or by what was frozen of it. */
export async function usersOfTag(db: Db, workspaceId: number, tag: string): Promise<User[]> {
  const vars = JSON.stringify({ tag })
  return db.query<User>(sql`
    (select 'segment' as kind, s.id, s.name from segments s
      where s.workspace_id = ${workspaceId} and jsonb_path_exists(s.definition, '$.**.tags[*] ? (@ == $tag)', ${vars}::jsonb) order by s.name limit 20)
    union all
    (select 'activity' as kind, a.id, a.name ${fromBeforeFreeze(workspaceId)}
        and (jsonb_path_exists(a.send_to, '$.tags.*.tags[*] ? (@ == $tag)', ${vars}::jsonb) or ${inFrozenTree('@.tags[*] == $tag', { tag })})
      order by a.id limit 20)`)
}

/** Everybody who has the tag. */
export const whoHave = (tag: string): SegmentTree => ({
  v: 1,
  root: { kind: 'group', match: 'all', items: [{ kind: 'tag', match: 'any', tags: [tag] }] },
})

interface WholeChange {
  add: readonly string[]
  remove: readonly string[]
  definition: unknown
  isSearched: boolean
}

/** Is it a rename or a removal: does it take a tag from everybody who has it? */
const isOfWholeTag = ({ remove, definition, isSearched }: WholeChange): boolean =>
  !isSearched && remove.some(tag => isDeepStrictEqual(definition, whoHave(tag)))

/**
 * Of a change of a few people nothing is asked: its segment says for whom it is. Nothing comes to name the tag until the transaction ends. Throws
 * tag_in_use.
 */
export async function refuseUsed(tx: Db, workspaceId: number, change: WholeChange, isUndo = false): Promise<void> {
  if (!isOfWholeTag(change)) return
  await changeNames(tx, workspaceId)
  for (const tag of isUndo ? change.add : change.remove) {
    const users = await usersOfTag(tx, workspaceId, tag)
    if (users.length > 0) throw problem('tag_in_use', { tag, users: inWords(users) })
  }
}
