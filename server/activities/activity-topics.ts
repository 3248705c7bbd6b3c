/** Which topics an activity goes to, by name: for statements of other folders that read more of the activity. */
import { readSendTo } from '../../core/activities/send-to.ts'
import { type Sql, sql } from '../platform/db/sql.ts'

export interface NamedTopic {
  id: number
  name: string
}

export interface TopicColumns {
  sendTo: unknown
  topicsOfWorkspace: NamedTopic[]
}

/** Of `activities a`, for `topicsOf`. */
export const topicColumns: Sql = sql`a.send_to as "sendTo",
  (select coalesce(json_agg(json_build_object('id', t.id, 'name', t.name) order by t.name), '[]') from topics t
    where t.workspace_id = a.workspace_id) as "topicsOfWorkspace"`

/** In the order of their names; those that exist. */
export function topicsOf({ sendTo, topicsOfWorkspace }: TopicColumns): NamedTopic[] {
  const { topics } = readSendTo(sendTo).value
  return topicsOfWorkspace.filter(({ id }) => topics.includes(id))
}
