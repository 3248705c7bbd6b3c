/** The SQL of clicks. Every statement takes keys as arrays, in key order, bucket first. */
import type { ClickVerdict } from '../../core/clicks/verdict.ts'
import type { MessageKey } from '../messages/record.ts'
import type { Db } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'
import type { NewClick } from './apply.ts'

export interface ClickedMessage extends MessageKey {
  workspaceId: number
  firstClickAt: Date | null
}

export interface KnownClick extends MessageKey {
  source: number
  seq: number
  linkId: number
  at: Date
  verdict: ClickVerdict
}

const keyArrays = (keys: readonly MessageKey[]) => ({
  buckets: [...new Set(keys.map(key => key.bucket))],
  bucket: keys.map(key => key.bucket),
  activity: keys.map(key => key.activityId),
  profile: keys.map(key => key.profileId),
})

/** Locks in key order and returns what stands. Keys must be in key order. */
export function lockClicked(tx: Db, keys: readonly MessageKey[]): Promise<ClickedMessage[]> {
  const { buckets, bucket, activity, profile } = keyArrays(keys)
  return tx.query<ClickedMessage>(
    sql`select m.bucket, m.activity_id as "activityId", m.profile_id as "profileId", m.workspace_id as "workspaceId",
        m.first_click_at as "firstClickAt"
      from unnest(${bucket}::int[], ${activity}::bigint[], ${profile}::bigint[]) as u (bucket, activity_id, profile_id)
      join messages m on m.bucket = u.bucket and m.activity_id = u.activity_id and m.profile_id = u.profile_id
      where m.bucket = any(${buckets}::int[])
      order by m.bucket, m.activity_id, m.profile_id
      for no key update of m`,
    'clicks-lock',
  )
}

export async function readClicks(tx: Db, keys: readonly MessageKey[]): Promise<KnownClick[]> {
  if (keys.length === 0) return []
  const { buckets, bucket, activity, profile } = keyArrays(keys)
  return tx.query<KnownClick>(
    sql`select c.bucket, c.activity_id as "activityId", c.profile_id as "profileId", c.source, c.seq, c.link_id as "linkId", c.at, c.verdict
      from unnest(${bucket}::int[], ${activity}::bigint[], ${profile}::bigint[]) as u (bucket, activity_id, profile_id)
      join clicks c on c.bucket = u.bucket and c.activity_id = u.activity_id and c.profile_id = u.profile_id
      where c.bucket = any(${buckets}::int[])`,
    'clicks-read',
  )
}

export async function insertClicks(tx: Db, clicks: readonly (NewClick & { workspaceId: number })[]): Promise<void> {
  if (clicks.length === 0) return
  await tx.run(
    sql`insert into clicks (bucket, activity_id, profile_id, source, seq, workspace_id, link_id, at, verdict, reason, method, agent, address_hash)
      select u.* from unnest(${clicks.map(click => click.bucket)}::int[], ${clicks.map(click => click.activityId)}::bigint[],
        ${clicks.map(click => click.profileId)}::bigint[], ${clicks.map(click => click.source)}::bigint[], ${clicks.map(click => click.seq)}::bigint[],
        ${clicks.map(click => click.workspaceId)}::int[], ${clicks.map(click => click.linkId)}::bigint[], ${clicks.map(click => click.at)}::timestamptz[],
        ${clicks.map(click => click.verdict)}::text[], ${clicks.map(click => click.reason)}::text[], ${clicks.map(click => click.method)}::text[],
        ${clicks.map(click => click.agent)}::text[], ${clicks.map(click => click.addressHash)}::text[]) u
      on conflict (bucket, activity_id, profile_id, source, seq) do nothing`,
    'clicks-insert',
  )
}

export async function writeFirstClicks(tx: Db, rows: readonly (MessageKey & { firstClickAt: Date })[]): Promise<void> {
  if (rows.length === 0) return
  const { buckets, bucket, activity, profile } = keyArrays(rows)
  await tx.run(
    sql`update messages m set first_click_at = u.at
      from unnest(${bucket}::int[], ${activity}::bigint[], ${profile}::bigint[], ${rows.map(row => row.firstClickAt)}::timestamptz[])
        as u (bucket, activity_id, profile_id, at)
      where m.bucket = any(${buckets}::int[])
        and m.bucket = u.bucket and m.activity_id = u.activity_id and m.profile_id = u.profile_id`,
    'clicks-first',
  )
}
