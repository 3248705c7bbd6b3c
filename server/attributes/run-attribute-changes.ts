/** Runs the changes of types, in steps (server/profiles/run-steps.ts). */
import type { AttributeType } from '../../core/attributes.ts'
import { problem } from '../../core/problems.ts'
import { bucketCount } from '../platform/db/buckets.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import {
  type DueChange,
  forgetOldest,
  type MayTake,
  runSteps,
  type StepJobs,
  type SteppedChange,
  type StoppedBy,
  throughBuckets,
} from '../profiles/run-steps.ts'
import { writeValues } from '../profiles/write-values.ts'
import { changeKeptDays, type ValueOfProfile, valuesIn } from './attribute-changes.ts'
import { convert, type ReadStyle } from './convert.ts'

interface Due extends DueChange {
  name: string
  from: AttributeType
  to: AttributeType
  style: ReadStyle
  bucket: number
  undoBucket: number
}

const changes: SteppedChange<Due> = {
  table: sql`attribute_changes`,
  take: takeDue,
  step,
  stop,
  failure: problem('attribute_change_failed'),
}

export const runAttributeChanges = (jobs: StepJobs): Promise<void> => runSteps(changes, jobs)

async function takeDue(tx: Db, may: MayTake): Promise<Due | undefined> {
  const [due] = await tx.query<Due>(sql`
    select c.id, c.workspace_id as "workspaceId", c.name, c.from_type as "from", c.to_type as "to", c.style, c.state, c.bucket,
      c.undo_bucket as "undoBucket"
    from attribute_changes c where c.state in ('running', 'undoing') and ${may(sql`c.id`, sql`c.tries`, sql`c.stepped_at`)}
    order by c.stepped_at, c.id limit 1 for update skip locked`)
  return due
}

async function step(tx: Db, due: Due, now: Date, continues: () => boolean): Promise<void> {
  const isBack = due.state === 'undoing'
  const end = isBack ? due.bucket : bucketCount
  const sums = { converted: 0, unread: 0, restored: 0 }
  const bucket = await throughBuckets(isBack ? due.undoBucket : due.bucket, end, continues, async own => {
    if (isBack) sums.restored += await restore(tx, due, own, now)
    else {
      const done = await forward(tx, due, own, now)
      sums.converted += done.converted
      sums.unread += done.unread
    }
  })
  const over = bucket >= end
  const state = isBack ? (over ? 'undone' : 'undoing') : over ? 'done' : 'running'
  await tx.run(sql`
    update attribute_changes set bucket = ${isBack ? due.bucket : bucket}, undo_bucket = ${isBack ? bucket : due.undoBucket},
      converted = converted + ${sums.converted}, unread = unread + ${sums.unread}, restored = restored + ${sums.restored}, state = ${state},
      finished_at = ${over ? now : null}, stepped_at = ${new Date()}, tries = 0
    where id = ${due.id} and workspace_id = ${due.workspaceId}`)
}

async function forward(tx: Db, { id, workspaceId, name, to, style }: Due, own: Sql, now: Date) {
  const stored = await valuesIn(tx, workspaceId, name, own)
  if (stored.length === 0) return { converted: 0, unread: 0 }
  await tx.run(sql`
    insert into changed_values (bucket, change_id, profile_id, workspace_id, value, written)
    select (u.id & 255)::int, ${id}::int, u.id, ${workspaceId}::int, u.value, u.written
    from unnest(${stored.map(({ profileId }) => profileId)}::bigint[], ${stored.map(({ value }) => JSON.stringify(value))}::jsonb[],
      ${stored.map(({ written }) => written)}::text[]) as u (id, value, written)`)
  const rows = stored.map(one => ({ profileId: one.profileId, ...convert(one, to, style) }))
  await writeValues(tx, { workspaceId, own, name, now }, rows)
  const unread = rows.filter(({ value }) => value === null).length
  return { converted: rows.length - unread, unread }
}

/** A value that has been written since stays, in the earlier type. */
async function restore(tx: Db, { id, workspaceId, name, from, to, style }: Due, own: Sql, now: Date) {
  const kept = await tx.query<ValueOfProfile>(sql`
    delete from changed_values v where v.bucket = ${own} and v.change_id = ${id} and v.workspace_id = ${workspaceId}
    returning v.profile_id as "profileId", v.value, v.written`)
  const before = new Map(kept.map(one => [one.profileId, one]))
  const current = await tx.query<{ profileId: number; value: string | number | null; written: string | null }>(sql`
    select p.profile_id as "profileId", p.attrs -> ${name} as value, p.written ->> ${name} as written from profiles p
    where p.workspace_id = ${workspaceId} and p.bucket = ${own} and (p.attrs ? ${name} or p.written ? ${name}) and p.erased_at is null`)
  const rows = current.map(({ profileId, value, written }) => {
    const old = before.get(profileId)
    const made = old && convert(old, to, style)
    if (old && made && made.value === value && made.written === written)
      return { profileId, value: old.value, written: old.written }
    if (value === null) return { profileId, value, written }
    return { profileId, ...convert({ value, written }, from, style) }
  })
  await writeValues(tx, { workspaceId, own, name, now }, rows)
  return rows.filter(({ profileId }) => before.has(profileId)).length
}

/** The values that it has been through have the new type, the others their old one: the undo, or another change, ends that. */
async function stop(db: Db, { id, workspaceId, state }: Due, by: StoppedBy, now: Date): Promise<void> {
  await db.run(sql`update attribute_changes set state = 'failed', tries = 0, problem = ${JSON.stringify(by)}::jsonb, finished_at = ${now}
    where id = ${id} and workspace_id = ${workspaceId} and state = ${state}`)
}

/** Deletes values that can no longer be restored, one change at a time. */
export const forgetOldChanges = (db: Database, now: Date): Promise<void> =>
  forgetOldest(
    db,
    { table: sql`attribute_changes`, kept: sql`changed_values`, keptBy: sql`change_id` },
    new Date(now.getTime() - (changeKeptDays + 1) * 86_400_000),
  )
