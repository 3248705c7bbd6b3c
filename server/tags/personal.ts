/** What taggings hold about a person: the tags that a tagging gave them or took from them, for its undo. */
import { mineOf, type PersonalDataOwner } from '../messages/personal.ts'
import { sql } from '../platform/db/sql.ts'

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
  },
}
