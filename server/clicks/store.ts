/** The SQL of clicks. Every statement takes keys as arrays, in key order, bucket first. */

import { type ClickVerdict, clickVerdicts, type JudgedClick } from '../../core/clicks/count-clicks.ts'
import type { AddressClass } from '../../core/clicks/hit.ts'
import { keyColumns, type MessageKey } from '../messages/message-change.ts'
import type { Db } from '../platform/db/database.ts'
import { flag, int, oneOf, orNull, rowsNamed, text, time } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'

/** A visit to a link, or to the page behind the unsubscribe link: who and when, as it came. */
export interface Hit extends MessageKey {
  source: number
  seq: number
  at: Date
  method: string
  agent: string | null
  addressHash: string | null
  /** what it alone shows: core/clicks/hit.ts */
  ownReason: string | null
}

export interface Click extends Hit {
  linkId: number
  device: string
  ownSign: boolean
  addressClass: AddressClass
  /** null: not kept, by a version that did not look at them */
  headers: Readonly<Record<string, string>> | null
}

/** A click with what the rules over several made of it. */
export interface StoredClick extends MessageKey, JudgedClick {
  source: number
  seq: number
  agent: string | null
  addressHash: string | null
  ownReason: string | null
  ownSign: boolean
  reason: string | null
  signed: boolean
  crowd: boolean
  /** a human click that counts (core/clicks/count-clicks.ts); null: stored by a version that did not keep it */
  counts: boolean | null
}

export interface ClickedMessage extends MessageKey {
  workspaceId: number
  firstClickAt: Date | null
  firstVisitAt: Date | null
  /** the person was erased: what is there is judged, nothing is added any more */
  erased: boolean
}

export const bucketsOfKeys = (keys: readonly MessageKey[]) => [...new Set(keys.map(key => key.bucket))]

const keyArrays = (keys: readonly MessageKey[]) => ({
  buckets: bucketsOfKeys(keys),
  bucket: keys.map(key => key.bucket),
  activity: keys.map(key => key.activityId),
  profile: keys.map(key => key.profileId),
})

/** The messages with these keys, as `u` of a join. */
export const asked = (keys: readonly MessageKey[]) => {
  const { bucket, activity, profile } = keyArrays(keys)
  return sql`unnest(${bucket}::int[], ${activity}::bigint[], ${profile}::bigint[]) as u (bucket, activity_id, profile_id)`
}

const clickedRows = rowsNamed('clicks-lock', {
  ...keyColumns,
  workspaceId: int,
  firstClickAt: orNull(time),
  firstVisitAt: orNull(time),
  erased: flag,
})

/** Locks the stored rows in key order and returns them. Keys must be in key order. */
export function lockClicked(tx: Db, keys: readonly MessageKey[]): Promise<ClickedMessage[]> {
  return tx.query<ClickedMessage>(
    sql`select m.bucket, m.activity_id as "activityId", m.profile_id as "profileId", m.workspace_id as "workspaceId",
        m.first_click_at as "firstClickAt", m.first_visit_at as "firstVisitAt",
        m.address is null as erased
      from ${asked(keys)}
      join messages m on m.bucket = u.bucket and m.activity_id = u.activity_id and m.profile_id = u.profile_id
      where m.bucket = any(${keyArrays(keys).buckets}::int[])
      order by m.bucket, m.activity_id, m.profile_id
      for no key update of m`,
    clickedRows,
  )
}

const visitedRows = rowsNamed('clicks-visited', {
  ...keyColumns,
})

/** Those of the messages that anybody or anything visited. */
export async function readVisited(tx: Db, keys: readonly MessageKey[]): Promise<MessageKey[]> {
  if (keys.length === 0) return []
  return tx.query<MessageKey>(
    sql`select m.bucket, m.activity_id as "activityId", m.profile_id as "profileId" from ${asked(keys)}
      join messages m on m.bucket = u.bucket and m.activity_id = u.activity_id and m.profile_id = u.profile_id
      where m.bucket = any(${keyArrays(keys).buckets}::int[]) and m.first_visit_at is not null`,
    visitedRows,
  )
}

const clickRows = rowsNamed('clicks-read', {
  ...keyColumns,
  source: int,
  seq: int,
  linkId: int,
  at: time,
  verdict: oneOf(clickVerdicts),
  reason: orNull(text),
  device: text,
  agent: orNull(text),
  addressHash: orNull(text),
  ownReason: orNull(text),
  ownSign: flag,
  signed: flag,
  crowd: flag,
  counts: orNull(flag),
})

export async function readClicks(tx: Db, keys: readonly MessageKey[]): Promise<StoredClick[]> {
  if (keys.length === 0) return []
  return tx.query<StoredClick>(
    sql`select c.bucket, c.activity_id as "activityId", c.profile_id as "profileId", c.source, c.seq, c.link_id as "linkId", c.at,
        c.verdict, c.reason, c.device, c.agent, c.address_hash as "addressHash", c.own_reason as "ownReason", c.own_sign as "ownSign",
        c.signed, c.crowd, c.counts
      from ${asked(keys)}
      join clicks c on c.bucket = u.bucket and c.activity_id = u.activity_id and c.profile_id = u.profile_id
      where c.bucket = any(${keyArrays(keys).buckets}::int[])`,
    clickRows,
  )
}

const viewRows = rowsNamed('clicks-views', {
  ...keyColumns,
  source: int,
  seq: int,
  at: time,
  method: text,
  agent: orNull(text),
  addressHash: orNull(text),
  ownReason: orNull(text),
})

export async function readViews(tx: Db, keys: readonly MessageKey[]): Promise<Hit[]> {
  if (keys.length === 0) return []
  return tx.query<Hit>(
    sql`select v.bucket, v.activity_id as "activityId", v.profile_id as "profileId", v.source, v.seq, v.at, v.method, v.agent,
        v.address_hash as "addressHash", v.own_reason as "ownReason"
      from ${asked(keys)}
      join opt_out_views v on v.bucket = u.bucket and v.activity_id = u.activity_id and v.profile_id = u.profile_id
      where v.bucket = any(${keyArrays(keys).buckets}::int[])`,
    viewRows,
  )
}

const submissionRows = rowsNamed('clicks-submissions', {
  ...keyColumns,
  at: time,
})

/** When each message was handed to a gateway. The attempt is committed before anybody can have the SMS. Its answer may be later. */
export async function readSubmissions(tx: Db, keys: readonly MessageKey[]): Promise<(MessageKey & { at: Date })[]> {
  if (keys.length === 0) return []
  return tx.query<MessageKey & { at: Date }>(
    sql`select t.bucket, t.activity_id as "activityId", t.profile_id as "profileId", t.at from ${asked(keys)}
      join attempts t on t.bucket = u.bucket and t.activity_id = u.activity_id and t.profile_id = u.profile_id
      where t.bucket = any(${keyArrays(keys).buckets}::int[])`,
    submissionRows,
  )
}

const deliveryRows = rowsNamed('clicks-deliveries', { ...keyColumns, at: time })

/**
 * When the phone had each message, where at least one receipt says so by the gateway's own dates: the arrival of a receipt may be
 * late, and says only that the phone had it by then. Of several the earliest: a doubt is the person's.
 */
export async function readDeliveries(tx: Db, keys: readonly MessageKey[]): Promise<(MessageKey & { at: Date })[]> {
  if (keys.length === 0) return []
  return tx.query<MessageKey & { at: Date }>(
    sql`select r.bucket, r.activity_id as "activityId", r.profile_id as "profileId",
        min(least(r.at, t.at + r.after_ms * interval '1 millisecond')) as at
      from ${asked(keys)}
      join receipts r on r.bucket = u.bucket and r.activity_id = u.activity_id and r.profile_id = u.profile_id
      join attempts t on t.bucket = r.bucket and t.activity_id = r.activity_id and t.profile_id = r.profile_id and t.n = r.n
      where r.bucket = any(${keyArrays(keys).buckets}::int[]) and r.outcome = 'delivered'
      group by r.bucket, r.activity_id, r.profile_id having bool_or(r.after_ms is not null)`,
    deliveryRows,
  )
}

const pageSeenRows = rowsNamed('clicks-pages-seen', { ...keyColumns, linkId: int, at: time })

/** The clicks by which somebody came to a page of the workspace's websites and saw it (server/website). */
export async function readPagesSeen(
  tx: Db,
  keys: readonly MessageKey[],
): Promise<(MessageKey & { linkId: number; at: Date })[]> {
  if (keys.length === 0) return []
  return tx.query<MessageKey & { linkId: number; at: Date }>(
    sql`select v.bucket, v.activity_id as "activityId", v.profile_id as "profileId", v.link_id as "linkId", v.clicked_at as at
      from ${asked(keys)}
      join visitor_links v on v.bucket = u.bucket and v.profile_id = u.profile_id and v.activity_id = u.activity_id
      where v.bucket = any(${keyArrays(keys).buckets}::int[])`,
    pageSeenRows,
  )
}

const slotRows = rowsNamed('clicks-slots', { activityId: int, linkId: int, slot: int })

/** The places of the tracked links of these activities, by link id. */
export async function readSlots(
  tx: Db,
  activityIds: readonly number[],
): Promise<{ activityId: number; linkId: number; slot: number }[]> {
  if (activityIds.length === 0) return []
  return tx.query(
    sql`select l.activity_id as "activityId", l.id as "linkId", l.slot from links l
      where l.activity_id = any(${[...new Set(activityIds)]}::bigint[]) and l.kind = 'link'`,
    slotRows,
  )
}

export interface JudgedNew extends Click {
  workspaceId: number
  verdict: ClickVerdict
  reason: string | null
  signed: boolean
  counts: boolean
}

export async function insertClicks(tx: Db, clicks: readonly JudgedNew[]): Promise<void> {
  if (clicks.length === 0) return
  await tx.run(
    sql`insert into clicks (bucket, activity_id, profile_id, source, seq, workspace_id, link_id, at, verdict, reason, method, agent, address_hash,
        own_reason, own_sign, signed, device, address_class, headers, counts)
      select u.bucket, u.activity_id, u.profile_id, u.source, u.seq, u.workspace_id, u.link_id, u.at, u.verdict, u.reason, u.method, u.agent,
        u.address_hash, u.own_reason, u.own_sign, u.signed, u.device, u.address_class, u.headers::jsonb, u.counts
      from unnest(${clicks.map(click => click.bucket)}::int[], ${clicks.map(click => click.activityId)}::bigint[],
        ${clicks.map(click => click.profileId)}::bigint[], ${clicks.map(click => click.source)}::bigint[], ${clicks.map(click => click.seq)}::bigint[],
        ${clicks.map(click => click.workspaceId)}::int[], ${clicks.map(click => click.linkId)}::bigint[], ${clicks.map(click => click.at)}::timestamptz[],
        ${clicks.map(click => click.verdict)}::text[], ${clicks.map(click => click.reason)}::text[], ${clicks.map(click => click.method)}::text[],
        ${clicks.map(click => click.agent)}::text[], ${clicks.map(click => click.addressHash)}::text[], ${clicks.map(click => click.ownReason)}::text[],
        ${clicks.map(click => click.ownSign)}::bool[], ${clicks.map(click => click.signed)}::bool[], ${clicks.map(click => click.device)}::text[],
        ${clicks.map(click => click.addressClass)}::text[], ${clicks.map(({ headers }) => headers && JSON.stringify(headers))}::text[],
        ${clicks.map(click => click.counts)}::bool[])
        as u (bucket, activity_id, profile_id, source, seq, workspace_id, link_id, at, verdict, reason, method, agent, address_hash,
          own_reason, own_sign, signed, device, address_class, headers, counts)
      on conflict (bucket, activity_id, profile_id, source, seq) do nothing`,
    'clicks-insert',
  )
}

export async function insertViews(tx: Db, views: readonly (Hit & { workspaceId: number })[]): Promise<void> {
  if (views.length === 0) return
  await tx.run(
    sql`insert into opt_out_views (bucket, activity_id, profile_id, source, seq, workspace_id, at, own_reason, method, agent, address_hash)
      select u.* from unnest(${views.map(view => view.bucket)}::int[], ${views.map(view => view.activityId)}::bigint[],
        ${views.map(view => view.profileId)}::bigint[], ${views.map(view => view.source)}::bigint[], ${views.map(view => view.seq)}::bigint[],
        ${views.map(view => view.workspaceId)}::int[], ${views.map(view => view.at)}::timestamptz[], ${views.map(view => view.ownReason)}::text[],
        ${views.map(view => view.method)}::text[], ${views.map(view => view.agent)}::text[], ${views.map(view => view.addressHash)}::text[]) u
      on conflict (bucket, activity_id, profile_id, source, seq) do nothing`,
    'clicks-views-insert',
  )
}

/** What later evidence, or a later rule, has changed: verdicts, and which clicks count. */
export async function reviseClicks(tx: Db, clicks: readonly StoredClick[]): Promise<void> {
  if (clicks.length === 0) return
  await tx.run(
    sql`update clicks c set verdict = u.verdict, reason = u.reason, signed = u.signed, crowd = u.crowd, own_reason = u.own_reason,
        own_sign = u.own_sign, device = u.device, counts = u.counts
      from unnest(${clicks.map(click => click.bucket)}::int[], ${clicks.map(click => click.activityId)}::bigint[],
        ${clicks.map(click => click.profileId)}::bigint[], ${clicks.map(click => click.source)}::bigint[], ${clicks.map(click => click.seq)}::bigint[],
        ${clicks.map(click => click.verdict)}::text[], ${clicks.map(click => click.reason)}::text[], ${clicks.map(click => click.signed)}::bool[],
        ${clicks.map(click => click.crowd)}::bool[], ${clicks.map(click => click.ownReason)}::text[], ${clicks.map(click => click.ownSign)}::bool[],
        ${clicks.map(click => click.device)}::text[], ${clicks.map(click => click.counts)}::bool[])
        as u (bucket, activity_id, profile_id, source, seq, verdict, reason, signed, crowd, own_reason, own_sign, device, counts)
      where c.bucket = any(${keyArrays(clicks).buckets}::int[]) and c.bucket = u.bucket and c.activity_id = u.activity_id
        and c.profile_id = u.profile_id and c.source = u.source and c.seq = u.seq`,
    'clicks-revise',
  )
}

export async function writeFirstClicks(tx: Db, rows: readonly ClickedMessage[]): Promise<void> {
  if (rows.length === 0) return
  const { buckets, bucket, activity, profile } = keyArrays(rows)
  await tx.run(
    sql`update messages m set first_click_at = u.click_at, first_visit_at = u.visit_at
      from unnest(${bucket}::int[], ${activity}::bigint[], ${profile}::bigint[], ${rows.map(row => row.firstClickAt)}::timestamptz[],
        ${rows.map(row => row.firstVisitAt)}::timestamptz[]) as u (bucket, activity_id, profile_id, click_at, visit_at)
      where m.bucket = any(${buckets}::int[])
        and m.bucket = u.bucket and m.activity_id = u.activity_id and m.profile_id = u.profile_id`,
    'clicks-first',
  )
}
