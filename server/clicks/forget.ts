/**
 * An erase, of visits and replies: that and when stays, with its verdict; with which device, from where and in which words
 * goes; that headers were kept stays, since verdicts hang on it. Whose visits belong together decides verdicts, so each visitor of a message keeps a number that means nothing elsewhere.
 */

import { partsOf } from '../inbox/forget.ts'
import type { Person } from '../messages/personal.ts'
import type { Db } from '../platform/db/database.ts'
import { pgArray, type Sql, sql } from '../platform/db/sql.ts'
import { writtenForms } from '../profiles/phone-check.ts'

const partsKeptMs = 30 * 24 * 3_600_000
const partsAtOnce = 1_000

export async function forgetClicks(tx: Db, { workspaceId, profileId, addresses }: Person): Promise<void> {
  const bucket = profileId & 255
  await forgetVisitors(tx, profileId)
  await tx.run(sql`
    update clicks set address_class = null, headers = case when headers is not null then '{}'::jsonb end where bucket = ${bucket} and profile_id = ${profileId}`)
  await forgetReplies(tx, workspaceId, profileId, addresses.sms.flatMap(writtenForms))
}

/** written: also as the number stands in what nobody could make a number of. */
async function forgetReplies(
  tx: Db,
  workspaceId: number,
  profileId: number,
  written: readonly string[],
): Promise<void> {
  const keys = [
    ...(await tx.query<{ source: number; seq: number }>(sql`
      update replies set address = '', text = '' where bucket = ${profileId & 255} and profile_id = ${profileId} and workspace_id = ${workspaceId}
      returning source, seq`)),
    ...(await tx.query<{ source: number; seq: number }>(sql`
      update /* fanout */ replies set address = '', text = '' where workspace_id = ${workspaceId} and address = any(${written}::text[])
      returning source, seq`)),
  ]
  const parts = await partsOf(tx, workspaceId, written, keys)
  await tx.run(sql`
    update reply_parts p set number = '', units = ''
    from unnest(${pgArray(parts.map(part => part.source))}::bigint[], ${pgArray(parts.map(part => part.seq))}::bigint[]) as u (source, seq)
    where p.source = u.source and p.seq = u.seq`)
}

/** Joined parts say nothing any more; they tell a repetition for minutes. */
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

interface Visit {
  activityId: number
  source: number
  seq: number
  visitor: string
}

async function forgetVisitors(tx: Db, profileId: number): Promise<void> {
  const bucket = profileId & 255
  const read = (table: Sql) =>
    tx.query<Visit>(sql`
      select v.activity_id as "activityId", v.source, v.seq, concat(v.address_hash, ' ', v.agent) as visitor
      from ${table} v where v.bucket = ${bucket} and v.profile_id = ${profileId} order by v.at, v.source, v.seq`)
  const clicks = await read(sql`clicks`)
  const views = await read(sql`opt_out_views`)
  const names = new Map<string, string>()
  const nameOf = ({ activityId, visitor }: Visit) => {
    const key = `${activityId} ${visitor}`
    const name = names.get(key) ?? `erased ${activityId}/${profileId}/${names.size + 1}`
    names.set(key, name)
    return name
  }
  const named = (visits: readonly Visit[]) =>
    sql`unnest(${pgArray(visits.map(one => one.activityId))}::bigint[], ${pgArray(visits.map(one => one.source))}::bigint[],
      ${pgArray(visits.map(one => one.seq))}::bigint[], ${visits.map(nameOf)}::text[]) as u (activity_id, source, seq, name)`
  await tx.run(sql`
    update clicks c set agent = null, address_hash = u.name from ${named(clicks)}
    where c.bucket = ${bucket} and c.profile_id = ${profileId} and c.activity_id = u.activity_id and c.source = u.source and c.seq = u.seq`)
  await tx.run(sql`
    update opt_out_views v set agent = null, address_hash = u.name from ${named(views)}
    where v.bucket = ${bucket} and v.profile_id = ${profileId} and v.activity_id = u.activity_id and v.source = u.source and v.seq = u.seq`)
}
