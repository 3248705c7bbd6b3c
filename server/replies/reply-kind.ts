/** Replies as records of the inbox. */
import { keptSender, ReplyBody } from '../gateways/delivered.ts'
import { type InboxRow, type RecordKey, recordKind } from '../inbox/record-kind.ts'
import type { Db } from '../platform/db/database.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import { writtenForms } from '../profiles/phone-check.ts'

export type ReplyRow = InboxRow<'reply', ReplyBody>

export const replyKind = recordKind({
  name: 'reply',
  lane: 'replies',
  label: 'Reply',
  schema: ReplyBody,
  erase: ({ sender }) => ({ ...keptSender(sender), number: '' }),
  async recordsOf(db, { workspaceId, profileId, addresses }) {
    const written = addresses.sms.flatMap(writtenForms)
    const own = await db.query<RecordKey>(
      sql`select f.source, f.seq from replies f where f.bucket = ${profileId & 255} and f.profile_id = ${profileId}`,
    )
    const byNumber = await db.query<RecordKey>(
      sql`select /* fanout */ r.source, r.seq from replies r where r.workspace_id = ${workspaceId} and r.address = any(${pgArray(written)}::text[])`,
    )
    const replies = [...own, ...byNumber]
    return [...replies, ...(await partsOfReplies(db, workspaceId, written, replies))]
  },
})

/** Parts of long replies: of these replies, and those from these numbers that wait for the other parts, on the accounts of the workspace. */
export function partsOfReplies(
  tx: Db,
  workspaceId: number,
  written: readonly string[],
  replies: readonly RecordKey[],
): Promise<RecordKey[]> {
  return tx.query<RecordKey>(sql`
    select p.source, p.seq from unnest(${pgArray(replies.map(key => key.source))}::bigint[], ${pgArray(replies.map(key => key.seq))}::bigint[]) as k (source, seq)
      join reply_parts p on p.joined_source = k.source and p.joined_seq = k.seq
    union
    select p.source, p.seq from reply_parts p
    where p.joined_source is null and p.units <> '' and p.number = any(${pgArray(written)}::text[])
      and exists (select from gateways g join gateways o on o.account = g.account or o.id = g.id
        where g.workspace_id = ${workspaceId} and o.id = p.gateway_id)`)
}
