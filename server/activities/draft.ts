/**
 * Drafts: made, changed, copied, deleted, brought back. Each change names the revision that it is based on; a client that was overtaken gets an error, and
 * nothing is overwritten.
 */

import { isDeepStrictEqual } from 'node:util'
import {
  type Content,
  type ContentChange,
  changedContent,
  changedContentFields,
  contentOf,
  readContent,
} from '../../core/activities/content.ts'
import { problemOf } from '../../core/activities/fields.ts'
import { type ReminderPlan, shortened } from '../../core/activities/reminder.ts'
import { type SendToChoice, sendToOf } from '../../core/activities/send-to.ts'
import { allows, refusal } from '../../core/activities/states.ts'
import type { Frequency } from '../../core/frequency.ts'
import { tidyName } from '../../core/names.ts'
import { problem } from '../../core/problems.ts'
import { audit, auditEdit } from '../access/audit.ts'
import { refuseMore } from '../access/collections.ts'
import { dropAudience } from '../audience/kept.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { holdNames } from '../segments/names-lock.ts'
import { namesOfSegments } from '../segments/saved.ts'
import { type ActivityProblem, checkActivity, problemsOfFaults } from './readiness.ts'
import { readCountsFrom } from './reminder-time.ts'
import {
  type ActivityRow,
  activityColumns,
  fromStored,
  nameOfSent,
  readActivity,
  readSurroundings,
  type StoredActivity,
} from './store.ts'

export interface ActivityFields {
  name?: string
  content?: ContentChange
  sendTo?: SendToChoice
  gatewayId?: number | null
  sendAt?: Date | null
  latestAt?: Date | null
  quietHours?: boolean
  /** planned with it; null: none */
  reminder?: ReminderPlan | null
}

/** What every verb on activities needs of its caller: a request, a command or a job of the worker. */
export interface RequestContext {
  workspaceId: number
  actor: string
  /** what pages and short links begin with */
  url: string
  linkUrl: string
  /** business time */
  now: Date
}

/** For `reminder` and `reminder_state` of `activities`: a new plan waits, whatever the one before came to. */
export const storedReminder = (reminder: ReminderPlan | null | undefined) => {
  const document = reminder ? JSON.stringify(reminder) : null
  return { document, state: document === null ? null : 'planned' }
}

/** An activity with what still keeps it from being sent; of one that is neither a draft nor failed, nothing does. */
export interface Activity extends ActivityRow {
  problems: ActivityProblem[]
  /** from when the time of its planned reminder counts; null: not known yet, or none is planned */
  reminderFrom: Date | null
}

export async function createActivity(
  db: Database,
  context: RequestContext,
  fields: ActivityFields & { name: string },
): Promise<Activity> {
  const id = await db.tx(async tx => {
    await refuseMore(tx, context.workspaceId, 'drafts')
    await checkReferences(tx, context.workspaceId, fields)
    return insertDraft(tx, context, fields)
  })
  return getActivity(db, context, id)
}

/** In the caller's transaction, with topics, segments and a gateway that are of its workspace. Returns its id. */
export async function insertDraft(
  tx: Db,
  context: Pick<RequestContext, 'workspaceId' | 'actor' | 'now'>,
  fields: ActivityFields & { name: string },
): Promise<number> {
  const { workspaceId, actor, now } = context
  const { sender, frequency } = await defaultsOf(tx, workspaceId)
  const given = fields.content ?? { channel: 'sms' }
  const begun = given.channel === 'sms' ? contentOf({ channel: 'sms', sender }) : await beginsAs(tx, workspaceId)
  const content = changedContent(begun, given)
  const sendTo = sendToOf({ frequency, ...fields.sendTo })
  const reminder = storedReminder(fields.reminder)
  const [row] = await tx.query<{ id: number }>(sql`
    insert into activities (workspace_id, name, content, send_to, gateway_id, send_at, latest_at, quiet_hours, reminder, reminder_state, created_at, updated_at)
    values (${workspaceId}, ${tidyName(fields.name)},
      ${JSON.stringify(content)}::jsonb, ${JSON.stringify(sendTo)}::jsonb, ${fields.gatewayId ?? null},
      ${fields.sendAt ?? null}, ${fields.latestAt ?? null}, ${fields.quietHours ?? true}, ${reminder.document}::jsonb, ${reminder.state}, ${now}, ${now}) returning id`)
  await audit(tx, { workspaceId, actor, action: 'activity.create', subject: `activity ${row!.id}` }, now)
  return row!.id
}

/** With what a new draft begins. */
async function defaultsOf(db: Db, workspaceId: number): Promise<{ sender: string; frequency: Frequency | null }> {
  const [row] = await db.query<{ sender: string; hours: number | null }>(
    sql`select default_sender as sender, frequency_hours as hours from workspaces where id = ${workspaceId}`,
  )
  const hours = row?.hours ?? null
  return { sender: row?.sender ?? '', frequency: hours === null ? null : { hours } }
}

/** An e-mail begins with the sender and the footer of the one before it. */
async function beginsAs(db: Db, workspaceId: number): Promise<Content> {
  const [row] = await db.query<{ content: unknown }>(
    sql`select content from activities where workspace_id = ${workspaceId} and channel = 'email' and kind = 'sending' and deleted_at is null
      order by id desc limit 1`,
  )
  const { value: last, faults } = readContent(row?.content ?? { channel: 'email' })
  if (last.channel !== 'email' || faults.length > 0) return contentOf({ channel: 'email' })
  const { sender, fromName, replyTo, footer } = last
  return contentOf({ channel: 'email', sender, fromName, replyTo, footer })
}

/** Throws not_found. */
export async function getActivity(db: Db, context: RequestContext, id: number): Promise<Activity> {
  return withProblems(db, context, await readActivity(db, context.workspaceId, id))
}

/** Changes what is given; what could not be started is a draft again. Throws not_found, activity_state, conflict (the revision is not the newest), invalid_input. */
export async function changeDraft(
  db: Database,
  context: RequestContext,
  id: number,
  revision: number,
  fields: ActivityFields,
): Promise<Activity> {
  const { workspaceId, now } = context
  const changed = await db.tx(async tx => {
    const before = await readActivity(tx, workspaceId, id, true)
    if (!allows('edit', before.state)) throw refusal('edit', before.state)
    if (before.revision !== revision)
      throw problem('conflict', {
        what: `Somebody changed this activity since you loaded it (revision ${before.revision}, yours ${revision}).`,
      })
    await checkReferences(tx, workspaceId, fields)
    if (before.state === 'failed') await dropAudience(tx, id)
    const { content, sendTo } = fields
    const after = {
      ...before,
      ...fields,
      content: content === undefined ? before.content : changedContent(before.content, content),
      sendTo: sendTo === undefined ? before.sendTo : sendToOf(sendTo),
    }
    const reminder = storedReminder(fields.reminder)
    const planned = fields.reminder !== undefined
    const [row] = await tx.query<StoredActivity>(sql`
      update activities as a set name = ${tidyName(after.name)},
        content = coalesce(${content && JSON.stringify(after.content)}::jsonb, a.content),
        send_to = coalesce(${sendTo && JSON.stringify(after.sendTo)}::jsonb, a.send_to),
        gateway_id = ${after.gatewayId}, send_at = ${after.sendAt}, latest_at = ${after.latestAt},
        quiet_hours = ${after.quietHours}, reminder = case when ${planned} then ${reminder.document}::jsonb else a.reminder end,
        reminder_state = case when ${planned} then ${reminder.state} else a.reminder_state end, revision = a.revision + 1, updated_at = ${now}, state = 'draft', state_detail = null
      where a.workspace_id = ${workspaceId} and a.id = ${id} returning ${activityColumns}`)
    const act = { workspaceId, actor: context.actor, action: 'activity.change', subject: `activity ${id}` }
    const changes = changedFields(before, after)
    if (changes.length > 0) await auditEdit(tx, { ...act, details: { fields: changes } }, now)
    return fromStored(row!)
  })
  return withProblems(db, context, changed)
}

const editable = ['name', 'content', 'sendTo', 'gatewayId', 'sendAt', 'latestAt', 'quietHours', 'reminder'] as const

/** Their names, of content those of its fields; the values are not for the audit. */
function changedFields(before: ActivityRow, after: ActivityRow): string[] {
  return editable
    .filter(field => !isDeepStrictEqual(before[field], after[field]))
    .flatMap(field => (field === 'content' ? changedContentFields(before.content, after.content) : field))
}

/** A new draft with the same settings, without its times. Throws not_found, and what of the settings cannot be read. */
export async function duplicateActivity(db: Database, context: RequestContext, id: number): Promise<Activity> {
  const activity = await readActivity(db, context.workspaceId, id)
  const { name, content, sendTo, gatewayId, quietHours, reminder, faults } = activity
  // A copy of the readable rest might be sent to more people.
  if (faults.length > 0) throw problemOf(faults)
  const copy = { content, sendTo, gatewayId, quietHours, reminder }
  return createActivity(db, context, { ...copy, name: `${shortened(name)} (copy)` })
}

/** Can be brought back for a day. Throws not_found, activity_state: what has started stays, though it is cancelled. */
export async function deleteDraft(
  db: Database,
  { workspaceId, actor, now }: RequestContext,
  id: number,
): Promise<void> {
  await db.tx(async tx => {
    const { state, name, frozenAt } = await readActivity(tx, workspaceId, id, true)
    if (!allows('delete', state) || frozenAt !== null) throw refusal('delete', state)
    await tx.run(sql`update activities set deleted_at = ${now} where workspace_id = ${workspaceId} and id = ${id}`)
    await audit(
      tx,
      { workspaceId, actor, action: 'activity.delete', subject: `activity ${id}`, details: { name } },
      now,
    )
  })
}

/** Undoes deleteDraft: as it was, with its revision. One that is not deleted stays as it is. Throws not_found. */
export async function restoreDraft(db: Database, context: RequestContext, id: number): Promise<Activity> {
  const { workspaceId, actor, now } = context
  await db.tx(async tx => {
    const restored = await tx.run(
      sql`update activities set deleted_at = null where workspace_id = ${workspaceId} and id = ${id} and deleted_at is not null`,
    )
    if (restored > 0)
      await audit(tx, { workspaceId, actor, action: 'activity.restore', subject: `activity ${id}` }, now)
  })
  return getActivity(db, context, id)
}

const undoMs = 24 * 60 * 60 * 1000

/** The worker: what was deleted a day of business time ago goes for good, and the links of its tests end. Returns how many did. */
export async function sweepDeleted(db: Db, now: Date): Promise<number> {
  return db.run(
    sql`with gone as (select id from activities where deleted_at <= ${new Date(now.getTime() - undoMs)}),
        ended as (delete from links where activity_id in (select t.id from activities t where t.test_of in (select id from gone)))
      delete from activities where id in (select id from gone)`,
    'drafts-sweep-deleted',
  )
}

export async function withProblems(db: Db, context: RequestContext, row: ActivityRow): Promise<Activity> {
  const reminderFrom = row.reminder === null ? null : ((await readCountsFrom(db, [row])).get(row.id) ?? null)
  if (!allows('schedule', row.state)) return { ...row, reminderFrom, problems: problemsOfFaults(row.faults) }
  const surroundings = await readSurroundings(db, context.workspaceId)
  return {
    ...row,
    reminderFrom,
    problems: checkActivity(row, { ...surroundings, url: context.url, linkUrl: context.linkUrl, now: context.now }),
  }
}

/** Ids are those of this workspace, or do not exist; what an activity names stays until the transaction ends. Throws invalid_input. */
export async function checkReferences(
  db: Db,
  workspaceId: number,
  { sendTo, gatewayId }: ActivityFields,
): Promise<void> {
  await holdNames(db, workspaceId)
  if (sendTo !== undefined && sendTo.topics.length > 0) {
    const known = await db.query<{ id: number }>(
      sql`select id from topics where workspace_id = ${workspaceId} and id = any(${sendTo.topics}::int[])`,
    )
    const missing = sendTo.topics.find(id => !known.some(topic => topic.id === id))
    if (missing !== undefined)
      throw problem('invalid_input', { where: 'sendTo.topics', what: `there is no topic ${missing}` })
  }
  if (sendTo !== undefined) {
    const chosen = [...(sendTo.include?.segments ?? []), ...(sendTo.exclude?.segments ?? [])]
    const known = await namesOfSegments(db, workspaceId, chosen)
    const { reminds } = sendTo
    if (reminds && (await nameOfSent(db, workspaceId, reminds)) === undefined)
      throw problem('invalid_input', { where: 'sendTo.reminds', what: `there is no sent activity ${reminds}` })
    const missing = chosen.find(id => !known.has(id))
    if (missing !== undefined)
      throw problem('invalid_input', { where: 'sendTo', what: `there is no segment ${missing}` })
  }
  if (gatewayId !== undefined && gatewayId !== null) {
    const known = await db.query(
      sql`select from gateways where workspace_id = ${workspaceId} and id = ${gatewayId} and removed_at is null`,
    )
    if (known.length === 0)
      throw problem('invalid_input', { where: 'gatewayId', what: `there is no gateway ${gatewayId}` })
  }
}
