/** Workspaces (one brand each), their topics and their attributes. */
import { isName, tidyName } from '../../core/names.ts'
import { problem } from '../../core/problems.ts'
import { highestMaxParts } from '../../core/sms/split.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sqlState } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { audit } from './audit.ts'
import { refuseMore } from './collections.ts'
import type { Role } from './roles.ts'

export interface Workspace {
  id: number
  name: string
  timeZone: string
  defaultCountry: string
  currency: string
  /** the most parts of an SMS */
  maxParts: number
}

export interface Topic {
  id: number
  name: string
}

export interface Attribute {
  name: string
  type: 'text' | 'number' | 'date'
}

const columns = sql`w.id, w.name, w.time_zone as "timeZone", w.default_country as "defaultCountry", w.currency, w.max_parts as "maxParts"`
const uniqueViolation = '23505'

/** `owner`: the person who becomes its owner; null if the command line creates it. Throws name_taken, name_empty. */
export async function createWorkspace(
  db: Database,
  input: { name: string; owner: string | null; actor: string },
  now: Date,
): Promise<Workspace> {
  const name = checkName(input.name, 'workspace')
  try {
    return await db.tx(async tx => {
      const [workspace] = await tx.query<Workspace>(
        sql`insert into workspaces as w (name, created_at) values (${name}, ${now}) returning ${columns}`,
      )
      if (input.owner !== null)
        await tx.run(
          sql`insert into members (workspace_id, user_id, role, created_at) values (${workspace!.id}, ${input.owner}, 'owner', ${now})`,
        )
      await audit(
        tx,
        {
          workspaceId: workspace!.id,
          actor: input.actor,
          action: 'workspace.create',
          subject: `workspace ${workspace!.id}`,
        },
        now,
      )
      return workspace!
    })
  } catch (error) {
    if (sqlState(error) === uniqueViolation) throw problem('name_taken', { what: 'workspace', name })
    throw error
  }
}

/** Changes the given fields. Throws invalid_input, not_found. */
export async function changeWorkspace(
  db: Database,
  input: { workspaceId: number; actor: string; maxParts?: number | undefined },
  now: Date,
): Promise<Workspace> {
  const { workspaceId, actor, maxParts } = input
  if (maxParts !== undefined && !(Number.isInteger(maxParts) && maxParts >= 1 && maxParts <= highestMaxParts))
    throw problem('invalid_input', { where: 'maxParts', what: `must be a whole number from 1 to ${highestMaxParts}` })
  return db.tx(async tx => {
    const [workspace] = await tx.query<Workspace>(
      sql`update workspaces w set max_parts = coalesce(${maxParts ?? null}::int, w.max_parts) where w.id = ${workspaceId} returning ${columns}`,
    )
    if (workspace === undefined) throw problem('not_found', { what: 'workspace' })
    const details = { maxParts: workspace.maxParts }
    await audit(
      tx,
      { workspaceId, actor, action: 'workspace.change', subject: `workspace ${workspaceId}`, details },
      now,
    )
    return workspace
  })
}

export async function findWorkspace(db: Db, name: string): Promise<Workspace | undefined> {
  const [workspace] = await db.query<Workspace>(sql`select ${columns} from workspaces w where w.name = ${name.trim()}`)
  return workspace
}

export async function listWorkspaces(db: Db): Promise<Workspace[]> {
  return db.query<Workspace>(sql`select ${columns} from workspaces w order by w.name`)
}

/** The workspaces that a person may enter, with their role; the owner of the installation is owner everywhere. */
export async function workspacesOf(db: Db, userId: string): Promise<(Workspace & { role: Role })[]> {
  return db.query<Workspace & { role: Role }>(sql`
    select ${columns}, case when u.installation_owner then 'owner' else m.role end as role
    from users u cross join workspaces w left join members m on m.workspace_id = w.id and m.user_id = u.id
    where u.id = ${userId} and (u.installation_owner or m.role is not null)
    order by w.name limit 1000`)
}

/** A workspace, if this person may enter it. */
export async function workspaceOf(
  db: Db,
  userId: string,
  id: number,
): Promise<(Workspace & { role: Role }) | undefined> {
  const [workspace] = await db.query<Workspace & { role: Role }>(
    sql`select ${columns}, case when u.installation_owner then 'owner' else m.role end as role
      from users u join workspaces w on w.id = ${id} left join members m on m.workspace_id = w.id and m.user_id = u.id
      where u.id = ${userId} and (u.installation_owner or m.role is not null)`,
    'workspace-of-user',
  )
  return workspace
}

export async function getWorkspace(db: Db, id: number): Promise<Workspace | undefined> {
  const [workspace] = await db.query<Workspace>(
    sql`select ${columns} from workspaces w where w.id = ${id}`,
    'workspace-by-id',
  )
  return workspace
}

export async function listTopics(db: Db, workspaceId: number): Promise<Topic[]> {
  return db.query<Topic>(
    sql`select id, name from topics where workspace_id = ${workspaceId} order by name, id limit 1000`,
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
    sql`select id, name from topics where workspace_id = ${workspaceId} and name = ${name}`,
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
    sql`select id, name from topics where workspace_id = ${workspaceId} and name = ${name}`,
  )
  return topic!
}

export async function listAttributes(db: Db, workspaceId: number): Promise<Attribute[]> {
  return db.query<Attribute>(
    sql`select name, type from attributes where workspace_id = ${workspaceId} order by name limit 2000`,
  )
}

/** The name as stored (core/names.ts); throws name_empty, invalid_input. At most 100 characters. */
export function checkName(given: string, what: string): string {
  const name = tidyName(given)
  if (name === '') throw problem('name_empty', { what })
  if (name.length > 100 || !isName(name))
    throw problem('invalid_input', {
      where: `The name of the ${what}`,
      what: 'must be 1 to 100 characters with something to read in it, and no control characters',
    })
  return name
}
