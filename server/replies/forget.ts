/** Erases a person from the replies: when each came and what it meant stay, number and text are removed. */
import type { PersonalDataSubject } from '../messages/personal.ts'
import type { Db } from '../platform/db/database.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import { writtenForms } from '../profiles/phone-check.ts'
import { partsOfReplies } from './reply-kind.ts'

const partsKeptMs = 30 * 24 * 3_600_000
const partsAtOnce = 1_000

export async function forgetReplies(tx: Db, { workspaceId, profileId, addresses }: PersonalDataSubject): Promise<void> {
  // A reply whose sender could not be read as a number has the number in the form in which it came.
  const written = addresses.sms.flatMap(writtenForms)
  const keys = [
    ...(await tx.query<{ source: number; seq: number }>(sql`
      update replies set address = '', text = '' where bucket = ${profileId & 255} and profile_id = ${profileId} and workspace_id = ${workspaceId}
      returning source, seq`)),
    ...(await tx.query<{ source: number; seq: number }>(sql`
      update /* fanout */ replies set address = '', text = '' where workspace_id = ${workspaceId} and address = any(${written}::text[])
      returning source, seq`)),
  ]
  const parts = await partsOfReplies(tx, workspaceId, written, keys)
  await tx.run(sql`
    update reply_parts p set number = '', units = ''
    from unnest(${pgArray(parts.map(part => part.source))}::bigint[], ${pgArray(parts.map(part => part.seq))}::bigint[]) as u (source, seq)
    where p.source = u.source and p.seq = u.seq`)
}

/** Joined parts have no text. They identify a repetition for some minutes. */
export async function forgetJoinedParts(db: Db, nowReal: Date): Promise<void> {
  for (;;) {
    const deleted = await db.run(
      sql`delete from reply_parts p using (
          select source, seq from reply_parts where units = '' and received_at < ${new Date(nowReal.getTime() - partsKeptMs)}
          order by received_at limit ${partsAtOnce}) old
        where p.source = old.source and p.seq = old.seq`,
      'reply-parts-forget',
    )
    if (deleted < partsAtOnce) return
  }
}
