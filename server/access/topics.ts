/** The topics of a workspace: what its profiles can subscribe to. */
import { problem } from '../../core/problems.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import { type Database, type Db, sqlState } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { audit } from './audit.ts'
import { refuseMore } from './collections.ts'
import { checkName } from './workspaces.ts'

export interface Topic {
  id: number
  name: string
  /** not offered for new SMS since; null: offered */
  archivedAt: Date | null
}

const columns = sql`id, name, archived_at as "archivedAt"`
const uniqueViolation = '23505'

export async function listTopics(db: Db, workspaceId: number): Promise<Topic[]> {
  return db.query<Topic>(
    sql`select ${columns} from topics where workspace_id = ${workspaceId} order by name, id limit 1000`,
  )
}

/** The topic of this name, created if it is missing, with its audit row in the same statement. */
export async function ensureTopic(
  db: Db,
  workspaceId: number,
  topicName: string,
  now: Date,
  actor = 'homing',
): Promise<Topic> {
  const name = checkName(topicName, 'topic')
  const [known] = await db.query<Topic>(
    sql`select ${columns} from topics where workspace_id = ${workspaceId} and name = ${name}`,
  )
  if (known !== undefined) return known
  await refuseMore(db, workspaceId, 'topics')
  await db.run(sql`
    with made as (
      insert into topics (workspace_id, name, created_at) values (${workspaceId}, ${name}, ${now})
      on conflict (workspace_id, name) do nothing returning id)
    insert into audit (workspace_id, at, actor, action, subject, details)
    select ${workspaceId}::int, ${now}::timestamptz, ${actor}::text, 'topic.create', 'topic ' || id, jsonb_build_object('name', ${name}::text)
    from made`)
  const [topic] = await db.query<Topic>(
    sql`select ${columns} from topics where workspace_id = ${workspaceId} and name = ${name}`,
  )
  return topic!
}

export interface TopicChange {
  name?: string | undefined
  archived?: boolean | undefined
}

/** Renames or archives. Consents and opt-outs stay, and scheduled SMS keep the topic. Throws not_found, name_taken, name_empty. */
export async function changeTopic(
  db: Database,
  { workspaceId, id, actor, ...change }: TopicChange & { workspaceId: number; id: number; actor: string },
  now: Date,
): Promise<Topic> {
  const name = change.name === undefined ? undefined : checkName(change.name, 'topic')
  try {
    return await db.tx(async tx => {
      const [before] = await tx.query<Topic>(
        sql`select ${columns} from topics where workspace_id = ${workspaceId} and id = ${id} for no key update`,
      )
      if (before === undefined) throw problem('not_found', { what: 'topic' })
      const { archived = before.archivedAt !== null } = change
      const archivedAt = archived ? (before.archivedAt ?? now) : null
      const [after] = await tx.query<Topic>(
        sql`update topics set name = ${name ?? before.name}, archived_at = ${archivedAt} where id = ${id} returning ${columns}`,
      )
      const act = { workspaceId, actor, subject: `topic ${id}` }
      if (after!.name !== before.name)
        await audit(tx, { ...act, action: 'topic.rename', details: { name: after!.name, was: before.name } }, now)
      if (archived !== (before.archivedAt !== null))
        await audit(tx, { ...act, action: archived ? 'topic.archive' : 'topic.restore' }, now)
      return after!
    })
  } catch (error) {
    if (sqlState(error) === uniqueViolation) throw problem('name_taken', { what: 'topic', name: name ?? '' })
    throw error
  }
}

/** How many profiles consent to each topic now. It reads the consents of the workspace: cached for a minute by its route. */
export async function countConsents(db: Db, workspaceId: number): Promise<{ topicId: number; profiles: number }[]> {
  return db.query(
    sql`select c.topic_id as "topicId", count(*)::bigint as profiles from current_consents c
      where c.bucket = ${everyBucket} and c.workspace_id = ${workspaceId} and c.granted group by c.topic_id`,
    'topic-consents',
  )
}
