/**
 * What taggings hold about a person: the tags that a tagging gave them or took from them, for its undo; and while one is under way, its search, which
 * may name them.
 */
import { problem } from '../../core/problems.ts'
import { mineOf, type PersonalDataOwner, type PersonalDataSubject } from '../messages/personal.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { isFound, readSearch } from '../profiles/search.ts'

export const tagOwner: PersonalDataOwner = {
  places: [
    {
      table: 'tagged_profiles',
      part: 'taggings',
      columns: ['added', 'removed'],
      rows: person =>
        sql`select g.tagging_id, g.added, g.removed from tagged_profiles g where ${mineOf(sql`g`, person)} order by g.tagging_id`,
    },
  ],
  async forget(tx, person) {
    await tx.run(sql`delete from tagged_profiles g where ${mineOf(sql`g`, person)}`)
    await endSearches(tx, person)
  },
}

/** Without its search, a tagging would be for everybody in its segment, so it ends. What it has done can be undone. */
async function endSearches(tx: Db, person: PersonalDataSubject & { now: Date }): Promise<void> {
  const { workspaceId, profileId, addresses, now } = person
  const open = await tx.query<{ id: number; search: string; country: string }>(
    sql`select g.id, g.search, w.default_country as country from taggings g join workspaces w on w.id = g.workspace_id
      where g.workspace_id = ${workspaceId} and g.state = 'running' and g.search is not null order by g.id`,
  )
  const known = new Set(Object.values(addresses).flatMap(list => list.map(address => address.toLowerCase())))
  for (const { id, search, country } of open) {
    const read = readSearch(search, country)
    const [found] =
      read === undefined
        ? []
        : await tx.query(
            sql`select from profiles p where p.bucket = ${profileId & 255} and p.profile_id = ${profileId} and p.workspace_id = ${workspaceId} and ${isFound(read)}`,
          )
    if (found === undefined && !known.has(search.toLowerCase())) continue
    const { code, title, fix } = problem('tagging_search_erased')
    await tx.run(sql`update taggings set state = 'failed', search = null, problem = ${JSON.stringify({ code, title, fix })}::jsonb, finished_at = ${now}
      where id = ${id} and workspace_id = ${workspaceId}`)
  }
}
