/** The caches of profiles: the current consents, and the marks of numbers that several profiles share. */

import { bucketParts } from '../platform/db/buckets.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Difference } from './difference.ts'

/** More than these of one kind are not listed: the first ones say enough. */
const MOST = 1_000

/** The latest consent of each profile, topic and channel is the current one, and there is no consent without a profile. A sixteenth of the profiles a statement. */
export async function consentDifferences(db: Db): Promise<Difference[]> {
  const differences: Difference[] = []
  for (const buckets of bucketParts) {
    const rows = await db.query<{
      profileId: number
      topicId: number
      channel: string
      stored: string | null
      computed: string | null
    }>(
      sql`select coalesce(l.profile_id, c.profile_id) as "profileId", coalesce(l.topic_id, c.topic_id) as "topicId",
          coalesce(l.channel, c.channel) as channel,
          case when c.granted then 'yes' when not c.granted then 'no' end || ' ' || c.at::text as stored,
          case when l.granted then 'yes' when not l.granted then 'no' end || ' ' || l.at::text as computed
        from (select distinct on (x.bucket, x.profile_id, x.topic_id, x.channel) x.bucket, x.profile_id, x.topic_id, x.channel, x.at, x.granted
          from consents x where x.bucket = ${buckets} order by x.bucket, x.profile_id, x.topic_id, x.channel, x.at desc) l
        full join (select y.bucket, y.profile_id, y.topic_id, y.channel, y.at, y.granted from current_consents y where y.bucket = ${buckets}) c
          on c.bucket = l.bucket and c.profile_id = l.profile_id and c.topic_id = l.topic_id and c.channel = l.channel
        where c.granted is distinct from l.granted or c.at is distinct from l.at
        limit ${MOST}`,
    )
    for (const { profileId, topicId, channel, stored, computed } of rows)
      differences.push({ what: `profile ${profileId}: consent to topic ${topicId} on ${channel}`, stored, computed })
    const strangers = await db.query<{ profileId: number }>(
      sql`select x.profile_id as "profileId" from consents x where x.bucket = ${buckets}
          and not exists (select from profiles p where p.bucket = x.bucket and p.profile_id = x.profile_id)
        limit ${MOST}`,
    )
    for (const { profileId } of strangers)
      differences.push({ what: `profile ${profileId}: consents without the profile`, stored: true, computed: null })
    if (differences.length >= MOST) break
  }
  return differences
}

/**
 * A number of two profiles that is not marked as shared would get an SMS twice. A mark that is no longer needed only costs
 * a look, and is no difference.
 */
export async function sharedNumberDifferences(db: Db): Promise<Difference[]> {
  const rows = await db.query<{ profileId: number }>(
    sql`select /* fanout */ p.profile_id as "profileId" from profiles p
      join (select x.workspace_id, x.phone from profiles x where x.phone is not null group by x.workspace_id, x.phone having count(*) > 1) d
        on d.workspace_id = p.workspace_id and d.phone = p.phone
      where not p.phone_shared order by p.profile_id limit ${MOST}`,
  )
  return rows.map(({ profileId }) => ({ what: `profile ${profileId}: number shared`, stored: false, computed: true }))
}
