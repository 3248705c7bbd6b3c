/**
 * Erases a person from the websites: what they did there is deleted, because no figure is made of it, and their browsers are nobody's again. That somebody
 * came by a click stays, without the browser: the verdict of the click depends on it.
 */
import type { PersonalDataSubject } from '../messages/personal.ts'
import { mineOf } from '../messages/personal.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

const nobody = '00000000-0000-0000-0000-000000000000'

export async function forgetWebsites(tx: Db, person: PersonalDataSubject): Promise<void> {
  const { workspaceId, profileId } = person
  await tx.run(sql`delete from website_events e where ${mineOf(sql`e`, person)}`)
  await tx.run(
    sql`delete /* fanout */ from visitors v where v.workspace_id = ${workspaceId} and v.profile_id = ${profileId}`,
  )
  const came = await tx.query<{ activityId: number; linkId: number; clickedAt: Date }>(sql`
    select v.activity_id as "activityId", v.link_id as "linkId", v.clicked_at as "clickedAt" from visitor_links v
    where ${mineOf(sql`v`, person)} group by 1, 2, 3`)
  await tx.run(sql`delete from visitor_links v where ${mineOf(sql`v`, person)}`)
  if (came.length > 0)
    await tx.run(sql`
      insert into visitor_links (bucket, profile_id, activity_id, link_id, clicked_at, visitor_id, workspace_id)
      select ${profileId & 255}::int, ${profileId}::bigint, u.activity_id, u.link_id, u.clicked_at, ${nobody}::text::uuid, ${workspaceId}::int
      from unnest(${came.map(one => one.activityId)}::bigint[], ${came.map(one => one.linkId)}::bigint[], ${came.map(one => one.clickedAt)}::timestamptz[])
        as u (activity_id, link_id, clicked_at)`)
}
