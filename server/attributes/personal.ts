/** What changes of types hold about a person: the earlier value, for its undo. */
import { mineOf, type PersonalDataOwner } from '../messages/personal.ts'
import { sql } from '../platform/db/sql.ts'

export const attributeOwner: PersonalDataOwner = {
  places: [
    {
      table: 'changed_values',
      part: 'changed values',
      columns: ['value', 'written'],
      rows: person =>
        sql`select v.change_id, v.value, v.written from changed_values v where ${mineOf(sql`v`, person)} order by v.change_id`,
    },
  ],
  async forget(tx, person) {
    await tx.run(sql`delete from changed_values v where ${mineOf(sql`v`, person)}`)
  },
}
