/** Where visits hold something about a person. */
import { mineOf, type PersonalDataOwner, type PersonalDataPlace } from '../messages/personal.ts'
import { sql } from '../platform/db/sql.ts'
import { forgetClicks } from './forget.ts'

const places: readonly PersonalDataPlace[] = [
  {
    table: 'clicks',
    part: 'clicks',
    columns: ['agent', 'address_hash', 'address_class', 'headers'],
    rows: person =>
      sql`select c.*, l.url from clicks c join links l on l.id = c.link_id where ${mineOf(sql`c`, person)} order by c.activity_id, c.source, c.seq`,
  },
  {
    table: 'opt_out_views',
    part: 'optOutViews',
    columns: ['agent', 'address_hash'],
    rows: person =>
      sql`select v.* from opt_out_views v where ${mineOf(sql`v`, person)} order by v.activity_id, v.source, v.seq`,
  },
]

export const clickOwner: PersonalDataOwner = { places, forget: forgetClicks }
