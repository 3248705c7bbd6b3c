/** What arrived per minute and per day, for the page of a website. Sums, in the transaction of their events. */
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

export interface MinuteCounts {
  websiteId: number
  workspaceId: number
  pageViews: number
  events: number
  bots: number
  dropped: number
}

/** Websites that are gone are skipped. */
export async function countMinutes(db: Db, counts: readonly MinuteCounts[], now: Date): Promise<void> {
  if (counts.length === 0) return
  const minute = new Date(Math.floor(now.getTime() / 60_000) * 60_000)
  const sorted = [...counts].sort((a, b) => a.websiteId - b.websiteId)
  await db.run(
    sql`insert into website_minutes (website_id, minute, workspace_id, page_views, events, bots, dropped)
      select w.id, ${minute}::timestamptz, w.workspace_id, u.page_views, u.events, u.bots, u.dropped
      from unnest(${sorted.map(one => one.websiteId)}::int[], ${sorted.map(one => one.pageViews)}::bigint[], ${sorted.map(one => one.events)}::bigint[],
        ${sorted.map(one => one.bots)}::bigint[], ${sorted.map(one => one.dropped)}::bigint[]) as u (website_id, page_views, events, bots, dropped)
      join websites w on w.id = u.website_id
      order by w.id
      on conflict (website_id, minute) do update set page_views = website_minutes.page_views + excluded.page_views,
        events = website_minutes.events + excluded.events, bots = website_minutes.bots + excluded.bots, dropped = website_minutes.dropped + excluded.dropped`,
    'website-minutes',
  )
}

export interface DayViews {
  websiteId: number
  pageId: string
  views: number
}

export async function countPageDays(db: Db, views: readonly DayViews[], now: Date): Promise<void> {
  if (views.length === 0) return
  const sorted = [...views].sort((a, b) => a.websiteId - b.websiteId || (a.pageId < b.pageId ? -1 : 1))
  await db.run(
    sql`insert into website_page_days (website_id, day, page_id, workspace_id, views)
      select w.id, ${now.toISOString().slice(0, 10)}::text::date, u.page_id, w.workspace_id, u.views
      from unnest(${sorted.map(one => one.websiteId)}::int[], ${sorted.map(one => one.pageId)}::text[]::uuid[], ${sorted.map(one => one.views)}::bigint[])
        as u (website_id, page_id, views)
      join websites w on w.id = u.website_id
      order by w.id, u.page_id
      on conflict (website_id, day, page_id) do update set views = website_page_days.views + excluded.views`,
    'website-page-days',
  )
}
