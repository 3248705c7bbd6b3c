/** What a person did on the websites of the workspace, from their latest thousand events: visits, most viewed pages, searches, custom events. */
import { problem } from '../../core/problems.ts'
import { visitsOf } from '../../core/website/group-visits.ts'
import type { KnownBy } from '../../core/website/identity.ts'
import { isVisible } from '../messages/visible.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

const readAtMost = 1_000
const shown = 25

interface EventRow {
  id: string
  websiteId: number
  kind: 'page' | 'track' | 'identify'
  at: Date
  url: string | null
  title: string | null
  name: string | null
  search: string | null
  properties: unknown
  knownBy: KnownBy
  activityId: number | null
  linkId: number | null
}

export interface ProfileVisits {
  lastSeenAt: Date | null
  visits: {
    websiteId: number
    from: Date
    until: Date
    pages: { id: string; url: string; title: string; at: Date }[]
    events: string[]
    knownBy: KnownBy
    activity: { id: number; name: string } | null
  }[]
  pages: { url: string; title: string; views: number; lastAt: Date }[]
  searches: { text: string; at: Date }[]
  events: { id: string; name: string; at: Date; url: string | null; properties: string | null }[]
  /** only the latest events were read */
  more: boolean
}

/** Throws not_found. */
export async function readProfileVisits(db: Db, workspaceId: number, profileId: number): Promise<ProfileVisits> {
  const bucket = profileId & 255
  const [profile] = await db.query(sql`
    select 1 from profiles p where p.bucket = ${bucket} and p.profile_id = ${profileId} and p.workspace_id = ${workspaceId}`)
  if (profile === undefined) throw problem('not_found', { what: 'profile' })
  const rows = await db.query<EventRow>(sql`
    select e.event_key as id, e.website_id as "websiteId", e.kind, e.at, g.url, g.title, e.name, e.search, e.properties, e.known_by as "knownBy",
      e.activity_id as "activityId", e.link_id as "linkId"
    from (select * from website_events i where i.bucket = ${bucket} and i.profile_id = ${profileId} and i.workspace_id = ${workspaceId}
      order by i.at desc, i.event_key limit ${readAtMost + 1}) e
    left join website_pages g on g.page_id = e.page_id order by e.at desc, e.event_key`)
  const events = rows.slice(0, readAtMost)
  const names = await namesOfActivities(db, workspaceId, events)
  const seen = events.filter(({ kind }) => kind !== 'identify')
  return {
    lastSeenAt: seen[0]?.at ?? null,
    visits: visitsOf(seen)
      .slice(0, shown)
      .map(visit => {
        const by = visit.findLast(({ activityId }) => activityId !== null)
        const activityId = by?.activityId ?? null
        const name = activityId === null ? undefined : names.get(activityId)
        return {
          websiteId: visit[0]!.websiteId,
          from: visit.at(-1)!.at,
          until: visit[0]!.at,
          pages: visit
            .flatMap(({ id, kind, url, title, at }) =>
              kind === 'page' && url !== null ? [{ id, url, title: title ?? '', at }] : [],
            )
            .slice(0, 100),
          events: [...new Set(visit.flatMap(({ name }) => (name === null ? [] : [name])))].slice(0, 20),
          knownBy: visit[0]!.knownBy,
          activity: activityId === null || name === undefined ? null : { id: activityId, name },
        }
      }),
    pages: mostViewed(seen),
    searches: seen.flatMap(({ search, at }) => (search === null ? [] : [{ text: search, at }])).slice(0, shown),
    events: seen
      .flatMap(({ id, kind, name, at, url, properties }) =>
        kind === 'track' && name !== null
          ? [{ id, name, at, url, properties: properties === null ? null : JSON.stringify(properties) }]
          : [],
      )
      .slice(0, shown),
    more: rows.length > readAtMost,
  }
}

/** An address counts once, with its latest title. */
function mostViewed(events: readonly EventRow[]): ProfileVisits['pages'] {
  const views = events.flatMap(({ kind, url, title, at }) =>
    kind === 'page' && url !== null ? [{ url, title: title ?? '', at }] : [],
  )
  return [...Map.groupBy(views, ({ url }) => url).values()]
    .map(of => ({ url: of[0]!.url, title: of[0]!.title, views: of.length, lastAt: of[0]!.at }))
    .sort((a, b) => b.views - a.views || b.lastAt.getTime() - a.lastAt.getTime())
    .slice(0, shown)
}

async function namesOfActivities(
  db: Db,
  workspaceId: number,
  events: readonly EventRow[],
): Promise<Map<number, string>> {
  const ids = [...new Set(events.flatMap(({ activityId }) => (activityId === null ? [] : [activityId])))]
  if (ids.length === 0) return new Map()
  const rows = await db.query<{ id: number; name: string }>(sql`
    select a.id, a.name from activities a where a.id = any(${ids}::bigint[]) and a.workspace_id = ${workspaceId} and ${isVisible}`)
  return new Map(rows.map(({ id, name }) => [id, name]))
}
