/**
 * The audit log: one row per act, in the transaction of the act. Details never contain a text, a number or a secret. Rows are only
 * added, except for frequent acts of programs, which are summed by the hour (`auditOften`). Rows older than `auditDays` are deleted.
 */
import type { Db } from '../platform/db/database.ts'
import { join, type Sql, sql } from '../platform/db/sql.ts'
import { cursorOf } from '../platform/http/cursor.ts'
import { type Page, type PageRequest, stretchOf, turnPage } from '../platform/http/page.ts'

export interface Act {
  /** null: an act on the installation, or on an account */
  workspaceId: number | null
  /** `user ID`, `key ID`, `command line`, `homing`; `nobody`: unknown */
  actor: string
  /** noun.verb: `activity.schedule` */
  action: string
  /** `activity 12` */
  subject: string
  details?: Record<string, unknown>
}

/** How long rows are kept, in business time. docs/operate.md repeats it. */
export const auditDays = 400
const dayMs = 24 * 60 * 60 * 1000
const hourMs = 60 * 60 * 1000

export async function audit(
  db: Db,
  { workspaceId, actor, action, subject, details = {} }: Act,
  at: Date,
): Promise<void> {
  await db.run(sql`
    insert into audit (workspace_id, at, actor, action, subject, details)
    values (${workspaceId}, ${at}, ${actor}, ${action}, ${subject}, ${JSON.stringify(details)}::jsonb)`)
}

/** Adds the counts to the row of the last hour: a program that acts every second makes 24 rows per day. */
export async function auditOften(tx: Db, act: Act & { details: Record<string, number> }, at: Date): Promise<void> {
  const { workspaceId, actor, action, subject, details } = act
  const [row] = await tx.query<{ id: number; details: Record<string, unknown> }>(sql`
    select id, details from audit
    where subject = ${subject} and workspace_id = ${workspaceId} and actor = ${actor} and action = ${action}
      and at > ${new Date(at.getTime() - hourMs)} order by id desc limit 1 for update`)
  if (row === undefined) return audit(tx, act, at)
  const sums = Object.fromEntries(
    Object.entries(details).map(([name, n]) => [name, n + Number(row.details[name] ?? 0)]),
  )
  await tx.run(sql`update audit set details = ${JSON.stringify(sums)}::jsonb where id = ${row.id}`)
}

/** Repeated edits of one thing: a new row only if something else of it changes, or after a while. */
export async function auditEdit(tx: Db, act: Act & { details: { fields: string[] } }, at: Date): Promise<void> {
  const { workspaceId, actor, action, subject, details } = act
  const [last] = await tx.query<{ actor: string; action: string; at: Date; details: { fields?: string[] } }>(sql`
    select actor, action, at, details from audit where subject = ${subject} and workspace_id = ${workspaceId} order by id desc limit 1`)
  const continues =
    last?.actor === actor &&
    last.action === action &&
    at.getTime() - last.at.getTime() < hourMs / 6 &&
    details.fields.every(field => last.details.fields?.includes(field))
  if (!continues) await audit(tx, act, at)
}

export interface AuditRow {
  id: number
  at: string
  actor: string
  /** if the actor is a person or a key */
  actorName: string | null
  action: string
  subject: string
  /** the name of the subject, if it exists */
  subjectName: string | null
  details: Record<string, unknown>
}

export interface AuditFilter extends PageRequest {
  workspaceId: number
  /** includes acts on the installation: for its owner */
  all: boolean
  /** the part of an action before its point: `member` */
  kind?: string | undefined
  action?: string | undefined
  actor?: string | undefined
  /** from then on */
  since?: Date | undefined
  /** before then */
  until?: Date | undefined
}

const pageRows = 50
const cursor = cursorOf('audit', { id: 'id' })
const keyOf = ({ id }: { id: number }) => ({ id })

/** Newest first. Members' acts on their own account and their sign-ins appear in each of their workspaces. */
export async function listAudit(
  db: Db,
  { workspaceId, all, kind, action, actor, since, until, ...asked }: AuditFilter,
): Promise<Page<AuditRow>> {
  const mine = sql`a.workspace_id = ${workspaceId}`
  const ofMembers = sql`a.workspace_id is null and a.subject in
    (select 'user ' || m.user_id from members m where m.workspace_id = ${workspaceId})`
  const where: Sql[] = [all ? sql`(${mine} or a.workspace_id is null)` : sql`(${mine} or (${ofMembers}))`]
  if (kind !== undefined) where.push(sql`split_part(a.action, '.', 1) = ${kind}`)
  if (action !== undefined) where.push(sql`a.action = ${action}`)
  if (since !== undefined) where.push(sql`a.at >= ${since}`)
  if (until !== undefined) where.push(sql`a.at < ${until}`)
  if (actor !== undefined) where.push(sql`a.actor = ${actor}`)
  const { read, ...cursors } = await turnPage(
    cursor,
    asked,
    async (from, backwards) => {
      const beyond = from === undefined ? [] : [sql`a.id ${backwards ? sql`>` : sql`<`} ${from.id}`]
      const rows = await readRows(db, workspaceId, [...where, ...beyond], backwards ? sql`asc` : sql`desc`)
      return stretchOf(rows, pageRows, backwards, keyOf)
    },
    keyOf,
  )
  const names = await subjectNames(
    db,
    workspaceId,
    read.rows.map(({ subject }) => subject),
  )
  const items = read.rows.map(row => ({
    ...row,
    at: row.at.toISOString(),
    subjectName: row.subjectName ?? names.get(row.subject) ?? null,
  }))
  return { items, ...cursors, total: null }
}

function readRows(
  db: Db,
  workspaceId: number,
  where: Sql[],
  direction: Sql,
): Promise<(Omit<AuditRow, 'at'> & { at: Date })[]> {
  return db.query<Omit<AuditRow, 'at'> & { at: Date }>(sql`
    select a.id, a.at, a.actor, coalesce(u.name, k.name) as "actorName", a.action, a.subject, s.name as "subjectName", a.details
    from audit a
      left join users u on 'user ' || u.id = a.actor
      left join api_keys k on 'key ' || k.id = a.actor and k.workspace_id = ${workspaceId}
      left join users s on 'user ' || s.id = a.subject
    where ${join(where, ' and ')} order by a.id ${direction} limit ${pageRows + 1}`)
}

/** Names of things in the workspace. A profile appears by its id: the audit says nothing about a person. */
async function subjectNames(
  db: Db,
  workspaceId: number,
  subjects: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const one = (kind: string, key = sql`id`) => {
    const ids = subjects.flatMap(subject => {
      const id = subject.startsWith(`${kind} `) ? subject.slice(kind.length + 1) : ''
      return /^\d{1,15}$/.test(id) ? [Number(id)] : []
    })
    return sql`workspace_id = ${workspaceId} and ${key} = any(${ids}::bigint[])`
  }
  const rows = await db.query<{ subject: string; name: string }>(sql`
    select 'activity ' || id as subject, name from activities where ${one('activity')} and deleted_at is null
    union all select 'gateway ' || id, name from gateways where ${one('gateway')}
    union all select 'import ' || id, file_name from imports where ${one('import')}
    union all select 'topic ' || id, name from topics where ${one('topic')}
    union all select 'segment ' || id, name from segments where ${one('segment')}
    union all select 'workspace ' || id, name from workspaces where id = ${workspaceId}
    union all select 'api key ' || id, name from api_keys where ${one('api key')}
    union all select 'invitation ' || id, email from invitations where ${one('invitation')}
    union all select /* fanout */ 'profile ' || profile_id, 'profile ' || profile_id from profiles where ${one('profile', sql`profile_id`)}`)
  return new Map(rows.map(({ subject, name }) => [subject, name]))
}

/** Deletes rows that are too old, a thousand at a time. */
export async function forgetAudit(db: Db, now: Date): Promise<void> {
  const end = new Date(now.getTime() - auditDays * dayMs)
  while (
    (await db.run(sql`delete from audit where id in (select id from audit where at < ${end} order by at limit 1000)`)) >
    0
  );
}
