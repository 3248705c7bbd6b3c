/** Is the script seen, how much arrives, and which pages are viewed most? */
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { getWebsite } from './websites.ts'

const minutesShown = 60
const topDays = 7
const topPages = 10

export interface WebsiteActivity {
  /** null: nothing for a week */
  lastEventAt: Date | null
  /** the last hour, oldest first; a minute without events is left out */
  minutes: { minute: Date; pageViews: number; events: number; bots: number; dropped: number }[]
  /** of the last seven days */
  pages: { url: string; title: string; views: number }[]
  totals: { pageViews: number; events: number; bots: number; dropped: number }
}

/** Throws not_found. */
export async function readWebsiteActivity(
  db: Db,
  workspaceId: number,
  websiteId: number,
  now: Date,
): Promise<WebsiteActivity> {
  await getWebsite(db, workspaceId, websiteId)
  const mine = sql`m.website_id = ${websiteId} and m.workspace_id = ${workspaceId}`
  const minutes = await db.query<WebsiteActivity['minutes'][number]>(sql`
    select m.minute, m.page_views as "pageViews", m.events, m.bots, m.dropped from website_minutes m
    where ${mine} and m.minute > ${new Date(now.getTime() - minutesShown * 60_000)} order by m.minute`)
  const [totals] = await db.query<WebsiteActivity['totals'] & { lastEventAt: Date | null }>(sql`
    select max(m.minute) filter (where m.page_views + m.events > 0) as "lastEventAt", coalesce(sum(m.page_views), 0)::bigint as "pageViews",
      coalesce(sum(m.events), 0)::bigint as events, coalesce(sum(m.bots), 0)::bigint as bots, coalesce(sum(m.dropped), 0)::bigint as dropped
    from website_minutes m where ${mine}`)
  const since = new Date(now.getTime() - (topDays - 1) * 24 * 60 * 60 * 1000).toISOString().slice(0, 10)
  const pages = await db.query<WebsiteActivity['pages'][number]>(sql`
    select g.url, max(g.title) as title, sum(d.views)::bigint as views from website_page_days d join website_pages g on g.page_id = d.page_id
    where d.website_id = ${websiteId} and d.workspace_id = ${workspaceId} and d.day >= ${since}::text::date
    group by g.url order by views desc, g.url limit ${topPages}`)
  const { lastEventAt = null, ...sums } = totals ?? { pageViews: 0, events: 0, bots: 0, dropped: 0 }
  return { lastEventAt, minutes, pages, totals: sums }
}
