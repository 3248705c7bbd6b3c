/**
 * When is a number closed? After three activities whose message to it bounced hard, with a bounce that speaks against the
 * number, since the number's last delivery. Never a counter: read anew from the facts each time, so that order and
 * repetition do not matter.
 *
 * A closed number is opened again by a later delivery (also one of a message that had bounced before). What a person
 * released by hand stays open until three new ones.
 */

import type { Database, Db } from '../platform/db/database.ts'
import { flag, int, orNull, rowsNamed, time } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { tellBarred } from './barred.ts'
import { lockNumbers } from './opt-out.ts'

export const hardBouncesToClose = 3
/** Only the newest messages of a number are looked at. */
const messagesRead = 500
/** `released_by` of a release that a delivery brought. */
const byDelivery = 'delivery'

export interface Bounce {
  activityId: number
  profileId: number
  at: Date
}

/** What the facts say about a number, in one workspace. */
interface NumberFacts {
  /** hard bounces that speak against the number, of messages that were not delivered in the end */
  bounces: Bounce[]
  deliveries: Bounce[]
}

/** Closes or opens one number as its facts say. Idempotent. */
export async function closeAfterHardBounces(
  db: Database,
  workspaceId: number,
  address: string,
  now: Date,
): Promise<void> {
  await db.tx(tx => reviewNumber(tx, workspaceId, address, [], now))
}

/** The same within a transaction. `profileIds`: who had the number when the message was sent, if known: it may have changed since. */
export async function reviewNumber(
  tx: Db,
  workspaceId: number,
  address: string,
  profileIds: readonly number[],
  now: Date,
): Promise<void> {
  await lockNumbers(tx, [{ workspaceId, address }])
  const suppressions = await readSuppressions(tx, workspaceId, address)
  const { bounces, deliveries } = await readFacts(tx, workspaceId, address, profileIds)
  const open = suppressions.find(row => row.releasedAt === null)
  if (open !== undefined) {
    const against = bouncesThatCount(bounces, deliveries, 0)
    if (against.length < hardBouncesToClose && wasDelivered(open.evidence.messages, deliveries))
      await release(tx, open.id, now)
    return
  }
  const byHand = suppressions.filter(row => row.releasedBy !== byDelivery).map(row => row.releasedAt?.getTime() ?? 0)
  const against = bouncesThatCount(bounces, deliveries, Math.max(0, ...byHand))
  if (against.length >= hardBouncesToClose) await close(tx, workspaceId, address, against, now)
}

/** One bounce an activity, since the last delivery and the last release by hand. */
function bouncesThatCount(bounces: readonly Bounce[], deliveries: readonly Bounce[], releasedMs: number): Bounce[] {
  const sinceMs = Math.max(releasedMs, ...deliveries.map(delivery => delivery.at.getTime()))
  const byActivity = new Map<number, Bounce>()
  for (const bounce of bounces) if (bounce.at.getTime() > sinceMs) byActivity.set(bounce.activityId, bounce)
  return [...byActivity.values()].sort((a, b) => a.at.getTime() - b.at.getTime())
}

// Facts may have been dropped by age: that alone opens nothing.
function wasDelivered(
  evidence: readonly { activityId: number; profileId: number; at: string }[] | undefined,
  deliveries: readonly Bounce[],
): boolean {
  const firstMs = Math.min(...(evidence ?? []).map(bounce => Date.parse(bounce.at)))
  const ids = new Set((evidence ?? []).map(bounce => `${bounce.activityId}/${bounce.profileId}`))
  return deliveries.some(
    ({ activityId, profileId, at }) => at.getTime() >= firstMs || ids.has(`${activityId}/${profileId}`),
  )
}

const holderRows = rowsNamed('number-holders', {
  profileId: int,
})

const factRows = rowsNamed('number-facts', {
  activityId: int,
  profileId: int,
  delivered: flag,
  at: orNull(time),
})

async function readFacts(
  tx: Db,
  workspaceId: number,
  address: string,
  profileIds: readonly number[],
): Promise<NumberFacts> {
  const holders = await tx.query<{ profileId: number }>(
    sql`select profile_id as "profileId" from profile_keys
      where value = ${address} and workspace_id = ${workspaceId} and kind = 'phone'`,
    holderRows,
  )
  const ids = [...new Set([...profileIds, ...holders.map(row => row.profileId)])].sort((a, b) => a - b)
  if (ids.length === 0) return { bounces: [], deliveries: [] }
  const rows = await tx.query<{ activityId: number; profileId: number; delivered: boolean; at: Date | null }>(
    sql`select m.activity_id as "activityId", m.profile_id as "profileId", m.status = 'delivered' as delivered,
        case when m.status = 'delivered' then
          (select max(r.at) from receipts r where r.bucket = m.bucket and r.activity_id = m.activity_id and r.profile_id = m.profile_id
            and r.outcome = 'delivered')
        else least(
          (select min(r.at) from receipts r where r.bucket = m.bucket and r.activity_id = m.activity_id and r.profile_id = m.profile_id
            and r.outcome = 'hard' and r.counts),
          (select min(a.at) from answers a where a.bucket = m.bucket and a.activity_id = m.activity_id and a.profile_id = m.profile_id
            and a.outcome = 'hard' and a.counts)) end as at
      from messages m
      where m.bucket = any(${[...new Set(ids.map(id => id & 255))]}::int[]) and m.profile_id = any(${ids}::bigint[])
        and m.workspace_id = ${workspaceId} and m.address = ${address} and m.status in ('bounced_hard', 'delivered')
      order by m.activity_id desc limit ${messagesRead}`,
    factRows,
  )
  const dated = rows.flatMap(row => (row.at === null ? [] : [{ ...row, at: row.at }]))
  return { bounces: dated.filter(row => !row.delivered), deliveries: dated.filter(row => row.delivered) }
}

interface Suppression {
  id: number
  releasedAt: Date | null
  releasedBy: string | null
  evidence: { messages?: { activityId: number; profileId: number; at: string }[] }
}

function readSuppressions(tx: Db, workspaceId: number, address: string): Promise<Suppression[]> {
  return tx.query<Suppression>(
    sql`select id, released_at as "releasedAt", released_by as "releasedBy", evidence from suppressions
      where workspace_id = ${workspaceId} and channel = 'sms' and address = ${address} and reason = 'hard_bounces'`,
    'number-suppressions',
  )
}

async function close(
  tx: Db,
  workspaceId: number,
  address: string,
  against: readonly Bounce[],
  now: Date,
): Promise<void> {
  const messages = against.map(({ activityId, profileId, at }) => ({ activityId, profileId, at }))
  await tx.run(
    sql`insert into suppressions (id, workspace_id, channel, address, reason, at, evidence)
      values (nextval('suppression_ids'), ${workspaceId}, 'sms', ${address}, 'hard_bounces', ${now}, ${JSON.stringify({ messages })}::jsonb)`,
  )
  await tellBarred(tx, [{ workspaceId, address, topicIds: null }])
  await audit(tx, workspaceId, now, 'number closed', against)
}

async function release(tx: Db, id: number, now: Date): Promise<void> {
  const [row] = await tx.query<{ workspaceId: number }>(
    sql`update suppressions set released_at = ${now}, released_by = ${byDelivery} where id = ${id}
      returning workspace_id as "workspaceId"`,
  )
  if (row !== undefined) await audit(tx, row.workspaceId, now, 'number opened by a delivery', [])
}

// The number itself stands in suppressions, where an erase finds it; the audit keeps what never has to go.
async function audit(
  tx: Db,
  workspaceId: number,
  now: Date,
  action: string,
  against: readonly Bounce[],
): Promise<void> {
  const details = {
    activities: against.map(bounce => bounce.activityId),
    profiles: against.map(bounce => bounce.profileId),
  }
  await tx.run(
    sql`insert into audit (workspace_id, at, actor, action, subject, details)
      values (${workspaceId}, ${now}, 'homing', ${action}, 'number', ${JSON.stringify(details)}::jsonb)`,
  )
}
