/** Where opt-outs and closed addresses contain personal data. */
import type { PersonalDataOwner, PersonalDataPlace } from '../messages/personal.ts'
import { sql } from '../platform/db/sql.ts'
import { addressRows } from './addresses.ts'
import { forgetOptOuts, subjectAddresses } from './forget.ts'

const places: readonly PersonalDataPlace[] = [
  {
    table: 'opt_outs',
    part: 'optOuts',
    columns: ['address', 'evidence'],
    rows: person =>
      sql`select o.*, (select t.name from topics t where t.id = o.topic_id) as topic from opt_outs o
        where o.workspace_id = ${person.workspaceId} and ((o.workspace_id, o.channel, o.address) in
            (select u.workspace_id, u.channel, u.address from ${addressRows(subjectAddresses(person))}) or o.profile_id = ${person.profileId})
        order by o.id`,
  },
  {
    table: 'suppressions',
    part: 'suppressions',
    columns: ['address', 'evidence'],
    rows: person =>
      sql`select s.* from suppressions s where s.workspace_id = ${person.workspaceId} and (s.workspace_id, s.channel, s.address) in
          (select u.workspace_id, u.channel, u.address from ${addressRows(subjectAddresses(person))}) order by s.id`,
  },
]

export const suppressionOwner: PersonalDataOwner = { places, forget: forgetOptOuts }
