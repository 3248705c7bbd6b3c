/** Where replies hold something about a person. */
import type { PersonalDataOwner, PersonalDataPlace } from '../messages/personal.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import { writtenForms } from '../profiles/phone-check.ts'
import { forgetReplies } from './forget.ts'

const places: readonly PersonalDataPlace[] = [
  {
    table: 'replies',
    part: 'replies',
    columns: ['address', 'text'],
    rows: ({ workspaceId, profileId, addresses }) =>
      sql`select y.* from replies y where y.workspace_id = ${workspaceId}
          and ((y.bucket = ${profileId & 255} and y.profile_id = ${profileId}) or y.address = any(${pgArray(addresses.sms.flatMap(writtenForms))}::text[]))
        order by y.at, y.source, y.seq`,
  },
  {
    // Parts whose whole is in replies have no text any more, or the same one for some minutes.
    table: 'reply_parts',
    part: 'replyParts',
    columns: ['number', 'units'],
    rows: ({ workspaceId, addresses }) =>
      sql`select w.reference, w.part, w.total, w.number, w.sender, w.at, w.units as utf16 from reply_parts w
        where w.joined_source is null and w.units <> '' and w.number = any(${pgArray(addresses.sms.flatMap(writtenForms))}::text[])
          and exists (select from gateways g join gateways o on o.account = g.account or o.id = g.id
            where g.workspace_id = ${workspaceId} and o.id = w.gateway_id)
        order by w.at, w.source, w.seq`,
  },
]

export const replyOwner: PersonalDataOwner = { places, forget: forgetReplies }
