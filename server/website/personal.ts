/** What websites hold about a person: what they did there, and by which browsers and links they came. */
import { mineOf, type PersonalDataOwner } from '../messages/personal.ts'
import { sql } from '../platform/db/sql.ts'
import { forgetWebsites } from './forget.ts'

export const websiteOwner: PersonalDataOwner = {
  places: [
    {
      table: 'website_events',
      part: 'websiteEvents',
      columns: ['name', 'search', 'properties'],
      rows: person => sql`
        select e.kind, e.at, e.name, e.search, e.properties, g.url, g.title, e.known_by, e.activity_id, e.link_id
        from website_events e left join website_pages g on g.page_id = e.page_id where ${mineOf(sql`e`, person)} order by e.at, e.event_key`,
    },
    {
      table: 'visitors',
      part: 'browsers',
      columns: [],
      rows: ({ workspaceId, profileId }) => sql`
        select /* fanout */ v.website_id, v.known_by, v.activity_id, v.link_id, v.clicked_at, v.since, v.seen_at from visitors v
        where v.workspace_id = ${workspaceId} and v.profile_id = ${profileId} order by v.since, v.visitor_id`,
    },
    {
      table: 'visitor_links',
      part: 'visitsByLinks',
      columns: [],
      rows: person => sql`
        select v.activity_id, v.link_id, v.clicked_at from visitor_links v where ${mineOf(sql`v`, person)}
        order by v.activity_id, v.link_id, v.clicked_at, v.visitor_id`,
    },
  ],
  forget: forgetWebsites,
}
