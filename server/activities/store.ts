/** The rows of activities: read one, read what a check needs to know of the workspace. */

import { type Content, readContent } from '../../core/activities/content.ts'
import type { Fault } from '../../core/activities/fields.ts'
import { type ReminderPlan, type ReminderState, readReminder } from '../../core/activities/reminder.ts'
import { readSendTo, type SendTo } from '../../core/activities/send-to.ts'
import type { ActivityState } from '../../core/activities/states.ts'
import { problem } from '../../core/problems.ts'
import { isVisible } from '../messages/visible.ts'
import type { Db } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import { maxAttributes } from '../profiles/catalogue.ts'

/** An activity as it is stored. Times are business time. */
export interface ActivityRow {
  id: number
  workspaceId: number
  name: string
  state: ActivityState
  content: Content
  sendTo: SendTo
  /** what of it cannot be read: then it is not sent */
  faults: Fault[]
  gatewayId: number | null
  sendAt: Date | null
  latestAt: Date | null
  quietHours: boolean
  revision: number
  frozenAt: Date | null
  /** why it could not be started */
  stateDetail: string | null
  /** what is planned with it; null: none */
  reminder: ReminderPlan | null
  reminderState: ReminderState | null
  /** the activity that the reminder has become */
  reminderId: number | null
  /** why the reminder, which is due, could not be sent so far */
  reminderFault: string | null
  /** of the workspace */
  timeZone: string
}

/** A row as the database has it: its documents may be of any version. */
export type StoredActivity = Omit<ActivityRow, 'content' | 'sendTo' | 'reminder' | 'faults'> & {
  content: unknown
  sendTo: unknown
  reminder: unknown
}

export function fromStored({ content, sendTo, reminder, ...row }: StoredActivity): ActivityRow {
  const sent = readContent(content)
  const chosen = readSendTo(sendTo)
  const planned = readReminder(reminder)
  return {
    ...row,
    content: sent.value,
    sendTo: chosen.value,
    reminder: planned.value,
    faults: [...sent.faults, ...chosen.faults, ...planned.faults],
  }
}

/** Of `activities a`, for `fromStored`. */
export const activityColumns: Sql = sql`a.id, a.workspace_id as "workspaceId", a.name, a.state, a.content, a.send_to as "sendTo",
  a.gateway_id as "gatewayId", a.send_at as "sendAt", a.latest_at as "latestAt", a.quiet_hours as "quietHours", a.revision, a.frozen_at as "frozenAt",
  a.state_detail as "stateDetail", a.reminder, a.reminder_state as "reminderState", a.reminder_id as "reminderId", a.reminder_fault as "reminderFault",
  (select w.time_zone from workspaces w where w.id = a.workspace_id) as "timeZone"`

/** Throws not_found, also for a deleted one. `lock`: keep others from changing it until the transaction ends. */
export async function readActivity(db: Db, workspaceId: number, id: number, lock = false): Promise<ActivityRow> {
  const here = sql`a.workspace_id = ${workspaceId} and a.id = ${id} and ${isVisible}`
  const [row] = await db.query<StoredActivity>(
    lock
      ? sql`select ${activityColumns} from activities a where ${here} for update`
      : sql`select ${activityColumns} from activities a where ${here}`,
  )
  if (row === undefined) throw problem('not_found', { what: 'activity' })
  return fromStored(row)
}

/** Of an activity that has been sent to somebody; undefined: there is none. */
export async function nameOfSent(db: Db, workspaceId: number, id: number): Promise<string | undefined> {
  const [row] = await db.query<{ name: string }>(
    sql`select a.name from activities a where a.workspace_id = ${workspaceId} and a.id = ${id} and a.frozen_at is not null and ${isVisible}`,
  )
  return row?.name
}

export interface GatewayFact {
  id: number
  name: string
  /** whose messages it carries */
  channel: string
  test: boolean
  simulator: boolean
  paused: boolean
  removed: boolean
}

/** Keeps it from being removed until the transaction ends (server/gateways/remove.ts). */
export async function holdGateway(tx: Db, workspaceId: number, gatewayId: number): Promise<void> {
  await tx.query(sql`select from gateways where workspace_id = ${workspaceId} and id = ${gatewayId} for share`)
}

/** What of the workspace and the installation decides whether an activity can be sent. */
export interface ActivitySurroundings {
  /** the names of the attribute catalogue */
  attributes: string[]
  topics: { id: number; name: string; archived: boolean }[]
  /** removed ones too */
  gateways: GatewayFact[]
  ranFast: boolean
  /** the most parts of an SMS */
  maxParts: number
  currency: string
  creditValue: string
  /** null: that of the installation */
  linkDomain: string | null
}

export async function readSurroundings(db: Db, workspaceId: number): Promise<ActivitySurroundings> {
  const attributes = await db.query<{ name: string }>(
    sql`select name from attributes where workspace_id = ${workspaceId} order by name limit ${maxAttributes}`,
  )
  const topics = await db.query<{ id: number; name: string; archived: boolean }>(
    sql`select id, name, archived_at is not null as archived from topics where workspace_id = ${workspaceId} order by id`,
  )
  const gateways = await db.query<GatewayFact>(
    sql`select id, name, channel, test, simulator, paused_at is not null as paused, removed_at is not null as removed
      from gateways where workspace_id = ${workspaceId} order by id`,
  )
  const [ofWorkspace] = await db.query<Omit<ActivitySurroundings, 'attributes' | 'topics' | 'gateways'>>(
    sql`select i.ran_fast as "ranFast", w.max_parts as "maxParts", w.currency, w.credit_value as "creditValue", w.link_domain as "linkDomain"
      from installation i, workspaces w where i.id = 1 and w.id = ${workspaceId}`,
  )
  if (ofWorkspace === undefined) throw problem('not_found', { what: 'workspace' })
  return {
    attributes: attributes.map(({ name }) => name),
    topics,
    gateways,
    ...ofWorkspace,
  }
}
