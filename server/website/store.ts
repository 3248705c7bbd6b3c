/** The SQL of website events and visitors. Keys as arrays, bucket first. */
import { type KnownBy, type KnownVisitor, visitorsOfLink } from '../../core/website/identity.ts'
import type { Db } from '../platform/db/database.ts'
import { int, oneOf, orNull, rowsNamed, text, time } from '../platform/db/rows.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import { type EventKind, eventKinds } from './website-kind.ts'

export interface StoredEvent {
  eventKey: string
  workspaceId: number
  websiteId: number
  kind: EventKind
  pageId: string | null
  name: string | null
  search: string | null
  /** JSON */
  properties: string | null
  visitorId: string | null
  at: Date
  receivedAt: Date
  source: number
  seq: number
}

export interface ProfileEvent extends StoredEvent {
  bucket: number
  profileId: number
  knownBy: KnownBy
  activityId: number | null
  linkId: number | null
}

/** What is there already stays as it is. Returns the keys of those that are new. */
export async function insertProfileEvents(tx: Db, events: readonly ProfileEvent[]): Promise<string[]> {
  if (events.length === 0) return []
  const rows = await tx.query<{ eventKey: string }>(
    sql`insert into website_events (bucket, profile_id, event_key, workspace_id, website_id, kind, page_id, name, search, properties, known_by,
        activity_id, link_id, visitor_id, at, received_at, source, seq)
      select u.bucket, u.profile_id, u.event_key, u.workspace_id, u.website_id, u.kind, u.page_id, u.name, u.search, u.properties::jsonb, u.known_by,
        u.activity_id, u.link_id, u.visitor_id, u.at, u.received_at, u.source, u.seq
      from unnest(${pgArray(events.map(one => one.bucket))}::int[], ${pgArray(events.map(one => one.profileId))}::bigint[],
        ${pgArray(events.map(one => one.eventKey))}::uuid[], ${pgArray(events.map(one => one.workspaceId))}::int[],
        ${pgArray(events.map(one => one.websiteId))}::int[], ${pgArray(events.map(one => one.kind))}::text[],
        ${pgArray(events.map(one => one.pageId))}::uuid[], ${events.map(one => one.name)}::text[], ${events.map(one => one.search)}::text[],
        ${events.map(one => one.properties)}::text[], ${pgArray(events.map(one => one.knownBy))}::text[],
        ${pgArray(events.map(one => one.activityId))}::bigint[], ${pgArray(events.map(one => one.linkId))}::bigint[],
        ${pgArray(events.map(one => one.visitorId))}::uuid[], ${pgArray(events.map(one => one.at))}::timestamptz[],
        ${pgArray(events.map(one => one.receivedAt))}::timestamptz[], ${pgArray(events.map(one => one.source))}::bigint[],
        ${pgArray(events.map(one => one.seq))}::bigint[])
        as u (bucket, profile_id, event_key, workspace_id, website_id, kind, page_id, name, search, properties, known_by, activity_id, link_id,
          visitor_id, at, received_at, source, seq)
      on conflict (bucket, profile_id, event_key) do nothing
      returning event_key as "eventKey"`,
    rowsNamed('website-events-insert', { eventKey: text }),
  )
  return rows.map(({ eventKey }) => eventKey)
}

export type VisitorEvent = StoredEvent & { visitorId: string }

export async function insertVisitorEvents(tx: Db, events: readonly VisitorEvent[]): Promise<string[]> {
  if (events.length === 0) return []
  const rows = await tx.query<{ eventKey: string }>(
    sql`insert into visitor_events (visitor_id, event_key, workspace_id, website_id, kind, page_id, name, search, properties, at, received_at, source, seq)
      select u.visitor_id, u.event_key, u.workspace_id, u.website_id, u.kind, u.page_id, u.name, u.search, u.properties::jsonb, u.at, u.received_at,
        u.source, u.seq
      from unnest(${pgArray(events.map(one => one.visitorId))}::uuid[], ${pgArray(events.map(one => one.eventKey))}::uuid[],
        ${pgArray(events.map(one => one.workspaceId))}::int[], ${pgArray(events.map(one => one.websiteId))}::int[],
        ${pgArray(events.map(one => one.kind))}::text[], ${pgArray(events.map(one => one.pageId))}::uuid[], ${events.map(one => one.name)}::text[],
        ${events.map(one => one.search)}::text[], ${events.map(one => one.properties)}::text[], ${pgArray(events.map(one => one.at))}::timestamptz[],
        ${pgArray(events.map(one => one.receivedAt))}::timestamptz[], ${pgArray(events.map(one => one.source))}::bigint[],
        ${pgArray(events.map(one => one.seq))}::bigint[])
        as u (visitor_id, event_key, workspace_id, website_id, kind, page_id, name, search, properties, at, received_at, source, seq)
      on conflict (visitor_id, event_key) do nothing
      returning event_key as "eventKey"`,
    rowsNamed('visitor-events-insert', { eventKey: text }),
  )
  return rows.map(({ eventKey }) => eventKey)
}

const visitorEventRows = rowsNamed('visitor-events', {
  eventKey: text,
  workspaceId: int,
  websiteId: int,
  kind: oneOf(eventKinds),
  pageId: orNull(text),
  name: orNull(text),
  search: orNull(text),
  properties: orNull(text),
  visitorId: text,
  at: time,
  receivedAt: time,
  source: int,
  seq: int,
})

/** A visitor's latest events become the profile's, up to this number. */
const attachedAtMost = 1_000

export async function readVisitorEvents(tx: Db, visitorId: string, since: Date): Promise<VisitorEvent[]> {
  return tx.query<VisitorEvent>(
    sql`select e.event_key as "eventKey", e.workspace_id as "workspaceId", e.website_id as "websiteId", e.kind, e.page_id as "pageId", e.name, e.search,
        e.properties::text as properties, e.visitor_id as "visitorId", e.at, e.received_at as "receivedAt", e.source, e.seq
      from visitor_events e where e.visitor_id = ${visitorId}::text::uuid and e.received_at >= ${since}
      order by e.at desc, e.event_key limit ${attachedAtMost}`,
    visitorEventRows,
  )
}

export async function deleteVisitorEvents(tx: Db, visitorIds: readonly string[]): Promise<void> {
  if (visitorIds.length === 0) return
  await tx.run(
    sql`delete from visitor_events e where e.visitor_id = any(${pgArray(visitorIds)}::uuid[])`,
    'visitor-events-delete',
  )
}

export interface StoredVisitor extends KnownVisitor {
  visitorId: string
  workspaceId: number
  websiteId: number
}

const visitorRows = rowsNamed('visitors', {
  visitorId: text,
  workspaceId: int,
  websiteId: int,
  profileId: int,
  knownBy: oneOf(['link', 'signed', 'server'] as const),
  activityId: orNull(int),
  linkId: orNull(int),
  clickedAt: orNull(time),
})

export async function readVisitors(tx: Db, visitorIds: readonly string[]): Promise<StoredVisitor[]> {
  if (visitorIds.length === 0) return []
  const rows = await tx.query<{
    visitorId: string
    workspaceId: number
    websiteId: number
    profileId: number
    knownBy: KnownBy
    activityId: number | null
    linkId: number | null
    clickedAt: Date | null
  }>(
    sql`select v.visitor_id as "visitorId", v.workspace_id as "workspaceId", v.website_id as "websiteId", v.profile_id as "profileId",
        v.known_by as "knownBy", v.activity_id as "activityId", v.link_id as "linkId", v.clicked_at as "clickedAt"
      from visitors v where v.visitor_id = any(${pgArray(visitorIds)}::uuid[])`,
    visitorRows,
  )
  return rows.map(({ activityId, linkId, clickedAt, ...row }) => ({
    ...row,
    link: activityId === null || linkId === null || clickedAt === null ? null : { activityId, linkId, clickedAt },
  }))
}

export async function writeVisitors(tx: Db, visitors: readonly StoredVisitor[], now: Date): Promise<void> {
  if (visitors.length === 0) return
  const sorted = [...visitors].sort((a, b) => (a.visitorId < b.visitorId ? -1 : 1))
  await tx.run(
    sql`insert into visitors (visitor_id, workspace_id, website_id, profile_id, known_by, activity_id, link_id, clicked_at, since, seen_at)
      select u.visitor_id, u.workspace_id, u.website_id, u.profile_id, u.known_by, u.activity_id, u.link_id, u.clicked_at, ${now}::timestamptz, ${now}::timestamptz
      from unnest(${pgArray(sorted.map(one => one.visitorId))}::uuid[], ${pgArray(sorted.map(one => one.workspaceId))}::int[],
        ${pgArray(sorted.map(one => one.websiteId))}::int[], ${pgArray(sorted.map(one => one.profileId))}::bigint[],
        ${pgArray(sorted.map(one => one.knownBy))}::text[], ${pgArray(sorted.map(one => one.link?.activityId ?? null))}::bigint[],
        ${pgArray(sorted.map(one => one.link?.linkId ?? null))}::bigint[], ${pgArray(sorted.map(one => one.link?.clickedAt ?? null))}::timestamptz[])
        as u (visitor_id, workspace_id, website_id, profile_id, known_by, activity_id, link_id, clicked_at)
      on conflict (visitor_id) do update set profile_id = excluded.profile_id, known_by = excluded.known_by, activity_id = excluded.activity_id,
        link_id = excluded.link_id, clicked_at = excluded.clicked_at, seen_at = excluded.seen_at`,
    'visitors-write',
  )
}

/** The visitors that are known here, at most once per hour each. */
export async function markSeen(tx: Db, visitorIds: readonly string[], now: Date): Promise<void> {
  if (visitorIds.length === 0) return
  await tx.run(
    sql`update visitors v set seen_at = ${now}::timestamptz
      where v.visitor_id = any(${pgArray(visitorIds)}::uuid[]) and v.seen_at < ${now}::timestamptz - interval '1 hour'`,
    'visitors-seen',
  )
}

export interface LinkVisitor {
  bucket: number
  profileId: number
  activityId: number
  linkId: number
  clickedAt: Date
  visitorId: string
  workspaceId: number
}

type LinkOfProfile = Pick<LinkVisitor, 'bucket' | 'profileId' | 'activityId' | 'linkId'>

const linkVisitorRows = rowsNamed('visitor-links', {
  bucket: int,
  profileId: int,
  activityId: int,
  linkId: int,
  clickedAt: time,
  visitorId: text,
  workspaceId: int,
})

/** Who came through these links of these messages since then. */
export async function readLinkVisitors(tx: Db, links: readonly LinkOfProfile[], since: Date): Promise<LinkVisitor[]> {
  if (links.length === 0) return []
  return tx.query<LinkVisitor>(
    sql`select v.bucket, v.profile_id as "profileId", v.activity_id as "activityId", v.link_id as "linkId", v.clicked_at as "clickedAt",
        v.visitor_id as "visitorId", v.workspace_id as "workspaceId"
      from unnest(${pgArray(links.map(one => one.bucket))}::int[], ${pgArray(links.map(one => one.profileId))}::bigint[],
        ${pgArray(links.map(one => one.activityId))}::bigint[], ${pgArray(links.map(one => one.linkId))}::bigint[])
        as u (bucket, profile_id, activity_id, link_id)
      join visitor_links v on v.bucket = u.bucket and v.profile_id = u.profile_id and v.activity_id = u.activity_id and v.link_id = u.link_id
      where v.bucket = any(${pgArray([...new Set(links.map(one => one.bucket))])}::int[]) and v.clicked_at >= ${since}`,
    linkVisitorRows,
  )
}

export async function insertLinkVisitors(tx: Db, visitors: readonly LinkVisitor[]): Promise<void> {
  if (visitors.length === 0) return
  await tx.run(
    sql`insert into visitor_links (bucket, profile_id, activity_id, link_id, clicked_at, visitor_id, workspace_id)
      select u.bucket, u.profile_id, u.activity_id, u.link_id, u.clicked_at, u.visitor_id, u.workspace_id
      from unnest(${pgArray(visitors.map(one => one.bucket))}::int[], ${pgArray(visitors.map(one => one.profileId))}::bigint[],
        ${pgArray(visitors.map(one => one.activityId))}::bigint[], ${pgArray(visitors.map(one => one.linkId))}::bigint[],
        ${pgArray(visitors.map(one => one.clickedAt))}::timestamptz[], ${pgArray(visitors.map(one => one.visitorId))}::uuid[],
        ${pgArray(visitors.map(one => one.workspaceId))}::int[]) as u (bucket, profile_id, activity_id, link_id, clicked_at, visitor_id, workspace_id)
      on conflict (bucket, profile_id, activity_id, link_id, clicked_at, visitor_id) do nothing`,
    'visitor-links-insert',
  )
}

/** The profiles with these customer ids. An erased one has none. */
export async function readUsers(
  tx: Db,
  users: readonly { workspaceId: number; userId: string }[],
): Promise<{ workspaceId: number; userId: string; profileId: number }[]> {
  if (users.length === 0) return []
  return tx.query(
    sql`select k.workspace_id as "workspaceId", k.value as "userId", k.profile_id as "profileId"
      from unnest(${users.map(one => one.userId)}::text[], ${pgArray(users.map(one => one.workspaceId))}::int[]) as u (value, workspace_id)
      join profile_keys k on k.value = u.value and k.workspace_id = u.workspace_id and k.kind = 'external_key'
      where k.value = any(${users.map(one => one.userId)}::text[])`,
    rowsNamed('website-users', { workspaceId: int, userId: text, profileId: int }),
  )
}

/** Those of the profiles that are there and not erased. */
export async function readLiving(tx: Db, profileIds: readonly number[]): Promise<Set<number>> {
  if (profileIds.length === 0) return new Set()
  const rows = await tx.query<{ profileId: number }>(
    sql`select p.profile_id as "profileId" from unnest(${pgArray(profileIds.map(id => id & 255))}::int[], ${pgArray(profileIds)}::bigint[])
        as u (bucket, profile_id)
      join profiles p on p.bucket = u.bucket and p.profile_id = u.profile_id
      where p.bucket = any(${pgArray([...new Set(profileIds.map(id => id & 255))])}::int[]) and p.erased_at is null`,
    rowsNamed('website-living', { profileId: int }),
  )
  return new Set(rows.map(({ profileId }) => profileId))
}

export interface WebsitePage {
  pageId: string
  workspaceId: number
  websiteId: number
  url: string
  title: string
}

export async function insertPages(tx: Db, pages: readonly WebsitePage[], now: Date): Promise<void> {
  if (pages.length === 0) return
  const sorted = [...pages].sort((a, b) => (a.pageId < b.pageId ? -1 : 1))
  await tx.run(
    sql`insert into website_pages (page_id, workspace_id, website_id, url, title, seen_at)
      select u.page_id, u.workspace_id, u.website_id, u.url, u.title, ${now}::timestamptz
      from unnest(${pgArray(sorted.map(one => one.pageId))}::uuid[], ${pgArray(sorted.map(one => one.workspaceId))}::int[],
        ${pgArray(sorted.map(one => one.websiteId))}::int[], ${sorted.map(one => one.url)}::text[], ${sorted.map(one => one.title)}::text[])
        as u (page_id, workspace_id, website_id, url, title)
      on conflict (page_id) do nothing`,
    'website-pages-insert',
  )
}

export async function readStoredPages(tx: Db, pageIds: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ pageId: string }>(
    sql`select g.page_id as "pageId" from website_pages g where g.page_id = any(${pgArray(pageIds)}::uuid[])`,
    rowsNamed('website-pages-stored', { pageId: text }),
  )
  return rows.map(({ pageId }) => pageId)
}

/** How many addresses a website has that were first seen since then. */
export async function countPages(tx: Db, workspaceId: number, websiteId: number, since: Date): Promise<number> {
  const [row] = await tx.query<{ n: number }>(
    sql`select count(*)::int as n from website_pages g
      where g.workspace_id = ${workspaceId} and g.website_id = ${websiteId} and g.seen_at >= ${since}`,
    rowsNamed('website-pages-count', { n: int }),
  )
  return row?.n ?? 0
}

export const isRoomFor = (visitors: readonly LinkVisitor[], visitorId: string): boolean => {
  const known = new Set(visitors.map(one => one.visitorId))
  return known.has(visitorId) || known.size < visitorsOfLink
}
