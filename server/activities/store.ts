/** The rows of activities: read one, read what a check needs to know of the workspace. */

import { type Content, readContent } from '../../core/activities/content.ts'
import type { Fault } from '../../core/activities/fields.ts'
import { readSendTo, type SendTo } from '../../core/activities/send-to.ts'
import type { ActivityState } from '../../core/activities/states.ts'
import { problem } from '../../core/problems.ts'
import { usualMaxParts } from '../../core/sms/split.ts'
import type { Db } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import { maxAttributes } from '../profiles/catalogue.ts'
import { isVisible } from './visible.ts'

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
}

/** A row as the database has it: its documents may be of any version. */
export type StoredActivity = Omit<ActivityRow, 'content' | 'sendTo' | 'faults'> & { content: unknown; sendTo: unknown }

export function fromStored({ content, sendTo, ...row }: StoredActivity): ActivityRow {
  const sent = readContent(content)
  const chosen = readSendTo(sendTo)
  return { ...row, content: sent.value, sendTo: chosen.value, faults: [...sent.faults, ...chosen.faults] }
}

/** Of `activities a`, for `fromStored`. */
export const activityColumns: Sql = sql`a.id, a.workspace_id as "workspaceId", a.name, a.state, a.content, a.send_to as "sendTo",
  a.gateway_id as "gatewayId", a.send_at as "sendAt", a.latest_at as "latestAt", a.quiet_hours as "quietHours", a.revision, a.frozen_at as "frozenAt",
  a.state_detail as "stateDetail"`

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

export interface GatewayFact {
  id: number
  name: string
  test: boolean
}

/** What of the workspace and the installation decides whether an activity can be sent. */
export interface Surroundings {
  /** the names of the attribute catalogue */
  attributes: string[]
  topics: { id: number; name: string }[]
  gateways: GatewayFact[]
  ranFast: boolean
  /** the most parts of an SMS */
  maxParts: number
}

export async function readSurroundings(db: Db, workspaceId: number): Promise<Surroundings> {
  const attributes = await db.query<{ name: string }>(
    sql`select name from attributes where workspace_id = ${workspaceId} order by name limit ${maxAttributes}`,
  )
  const topics = await db.query<{ id: number; name: string }>(
    sql`select id, name from topics where workspace_id = ${workspaceId} order by id`,
  )
  const gateways = await db.query<GatewayFact>(
    sql`select id, name, test from gateways where workspace_id = ${workspaceId} and removed_at is null order by id`,
  )
  const [limits] = await db.query<{ ranFast: boolean; maxParts: number }>(
    sql`select i.ran_fast as "ranFast", w.max_parts as "maxParts" from installation i, workspaces w where i.id = 1 and w.id = ${workspaceId}`,
  )
  return {
    attributes: attributes.map(({ name }) => name),
    topics,
    gateways,
    ranFast: limits?.ranFast ?? false,
    maxParts: limits?.maxParts ?? usualMaxParts,
  }
}
