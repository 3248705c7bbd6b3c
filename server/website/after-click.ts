/**
 * What those did on the website who clicked a link of an activity: per link, how many people viewed each page and how many did each custom event, within a
 * week of their click. People, not views: "of 796 who clicked, 212 viewed the basket".
 */
import { problem } from '../../core/problems.ts'
import { isVisible } from '../messages/visible.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

const shownPerLink = 50

export interface AfterClick {
  links: {
    linkId: number
    url: string
    /** people who clicked it, as the report counts them */
    clicked: number
    /** of them, those seen on the website */
    seen: number
    pages: { url: string; people: number; views: number }[]
    events: { name: string; people: number; times: number }[]
  }[]
}

/** Throws not_found. */
export async function readAfterClick(db: Db, workspaceId: number, activityId: number): Promise<AfterClick> {
  const [activity] = await db.query(sql`
    select 1 from activities a where a.id = ${activityId} and a.workspace_id = ${workspaceId} and ${isVisible}`)
  if (activity === undefined) throw problem('not_found', { what: 'activity' })
  const links = await db.query<{ linkId: number; url: string }>(sql`
    select l.id as "linkId", l.url from links l where l.activity_id = ${activityId} and l.kind = 'link' order by l.slot`)
  const clicked = await db.query<{ link: string; n: number }>(sql`
    select b.key as link, sum(b.n)::bigint as n from breakdowns b
    where b.bucket = ${everyBucket} and b.activity_id = ${activityId} and b.kind = 'link' and b.figure = 'unique' group by b.key`)
  const of = sql`e.bucket = ${everyBucket} and e.activity_id = ${activityId} and e.workspace_id = ${workspaceId}`
  const seen = await db.query<{ linkId: number; n: number }>(sql`
    select e.link_id as "linkId", count(distinct e.profile_id)::int as n from website_events e
    where ${of} and e.kind <> 'identify' group by e.link_id`)
  const pages = await db.query<{ linkId: number; url: string; people: number; views: number }>(sql`
    select e.link_id as "linkId", g.url, count(distinct e.profile_id)::int as people, count(*)::int as views
    from website_events e join website_pages g on g.page_id = e.page_id
    where ${of} and e.kind = 'page' group by e.link_id, g.url order by people desc, g.url limit 1000`)
  const events = await db.query<{ linkId: number; name: string; people: number; times: number }>(sql`
    select e.link_id as "linkId", e.name, count(distinct e.profile_id)::int as people, count(*)::int as times
    from website_events e where ${of} and e.kind = 'track' group by e.link_id, e.name order by people desc, e.name limit 1000`)
  const ofLink = <Row extends { linkId: number }>(rows: readonly Row[], id: number) =>
    rows.filter(({ linkId }) => linkId === id).slice(0, shownPerLink)
  return {
    links: links.map(({ linkId, url }) => ({
      linkId,
      url,
      clicked: Number(clicked.find(({ link }) => link === String(linkId))?.n ?? 0),
      seen: seen.find(row => row.linkId === linkId)?.n ?? 0,
      pages: ofLink(pages, linkId).map(({ linkId: _, ...page }) => page),
      events: ofLink(events, linkId).map(({ linkId: _, ...event }) => event),
    })),
  }
}
