/**
 * Erases a person from the visits. When each visit happened and its verdict stay; device, address and headers are removed. That headers
 * were kept stays visible, because verdicts depend on it. Verdicts also depend on which visits have the same visitor, so each visitor
 * of a message keeps a number that means nothing elsewhere.
 */

import type { PersonalDataSubject } from '../messages/personal.ts'
import type { Db } from '../platform/db/database.ts'
import { pgArray, type Sql, sql } from '../platform/db/sql.ts'

export async function forgetClicks(tx: Db, { profileId }: PersonalDataSubject): Promise<void> {
  const bucket = profileId & 255
  await forgetVisitors(tx, profileId)
  await tx.run(sql`
    update clicks set address_class = null, headers = case when headers is not null then '{}'::jsonb end where bucket = ${bucket} and profile_id = ${profileId}`)
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
