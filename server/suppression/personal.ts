/** Where opt-outs and closed numbers hold something about a person. */
import type { Owner, Place } from '../messages/personal.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import { forgetNoes } from './forget.ts'

const places: readonly Place[] = [
  {
    table: 'opt_outs',
    part: 'optOuts',
    columns: ['address', 'evidence'],
    rows: ({ workspaceId, profileId, phones }) =>
      sql`select o.*, (select t.name from topics t where t.id = o.topic_id) as topic from opt_outs o
        where o.workspace_id = ${workspaceId} and ((o.channel = 'sms' and o.address = any(${pgArray(phones)}::text[])) or o.profile_id = ${profileId}) order by o.id`,
  },
  {
    table: 'suppressions',
    part: 'suppressions',
    columns: ['address', 'evidence'],
    rows: ({ workspaceId, phones }) =>
      sql`select s.* from suppressions s where s.workspace_id = ${workspaceId} and s.channel = 'sms' and s.address = any(${pgArray(phones)}::text[]) order by s.id`,
  },
]

export const suppressionOwner: Owner = { places, forget: forgetNoes }
