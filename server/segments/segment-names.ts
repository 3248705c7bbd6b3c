/** What are the activities and links called that definitions name? */
import { isVisible } from '../messages/visible.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

export interface SegmentNames {
  activities: { id: number; name: string }[]
  /** each link of the activities, and those that were asked for */
  links: { id: number; activityId: number; url: string }[]
}

/** Of this workspace; what is gone is left out. */
export async function segmentNames(
  db: Db,
  workspaceId: number,
  { activities, links }: { activities: readonly number[]; links: readonly number[] },
): Promise<SegmentNames> {
  return {
    activities: await db.query<{ id: number; name: string }>(
      sql`select a.id, a.name from activities a
        where a.workspace_id = ${workspaceId} and a.id = any(${activities}::bigint[]) and ${isVisible} order by a.id`,
    ),
    links: await db.query<{ id: number; activityId: number; url: string }>(
      sql`select l.id, l.activity_id as "activityId", l.url from links l join activities a on a.id = l.activity_id
        where a.workspace_id = ${workspaceId} and (l.activity_id = any(${activities}::bigint[]) or l.id = any(${links}::bigint[]))
          and l.kind = 'link' and ${isVisible}
        order by l.activity_id, l.slot limit 2000`,
    ),
  }
}
