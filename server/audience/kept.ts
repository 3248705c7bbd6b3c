/**
 * Who was selected when an activity with a frozen audience was scheduled. Kept until the start writes the messages, or until the activity is not
 * scheduled any more.
 */
import type { Channel } from '../../core/channels.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { fromMembers, type Members, plannerSettings } from './audience-members.ts'

interface Selected {
  activityId: number
  workspaceId: number
  channel: Channel
  topics: readonly number[]
  members: Members
}

/** In place of what was kept of it before. */
export async function keepAudience(
  tx: Db,
  { activityId, workspaceId, channel, topics, members }: Selected,
): Promise<void> {
  await dropAudience(tx, activityId)
  const settings = Object.entries(plannerSettings(members))
  await tx.query(sql`select set_config(s.name, s.value, true)
    from unnest(${settings.map(([name]) => name)}::text[], ${settings.map(([, value]) => value)}::text[]) as s (name, value)`)
  const { from, where } = fromMembers(workspaceId, channel, topics, members)
  await tx.run(sql`insert into audience_members (bucket, activity_id, profile_id, workspace_id)
    select p.bucket, ${activityId}::bigint, p.profile_id, ${workspaceId}::int ${from} ${where}`)
}

export async function dropAudience(tx: Db, activityId: number): Promise<void> {
  await tx.run(sql`delete from audience_members where bucket = ${everyBucket} and activity_id = ${activityId}::bigint`)
}

/** Those who were kept, as members. */
export function keptMembers(activityId: number): Members {
  return {
    by: 'condition',
    condition:
      buckets => sql`exists (select from audience_members l where l.bucket = p.bucket and l.profile_id = p.profile_id
      and l.bucket = ${buckets} and l.activity_id = ${activityId}::bigint)`,
  }
}
