/**
 * When is an address closed? When the messages of several activities (core/channels.ts, `closesAfter`) to it have bounced hard since its last
 * delivery, each with a bounce that speaks against the address. There is no counter: the facts are read each time, so that their order and
 * repetition do not matter.
 *
 * A later delivery opens a closed address again (even of a message that had bounced). An address that a person released stays open until
 * as many new bounces.
 */
import { channels } from '../../core/channels.ts'
import { type Act, audit } from '../access/audit.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { flag, int, orNull, rowsNamed, time } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { type Address, lockAddresses } from './addresses.ts'
import { tellBarred } from './just-barred.ts'

/** Only the newest messages to an address are read. */
const messagesRead = 500
/** `released_by` of a release by a delivery. */
const byDelivery = 'delivery'

export interface Bounce {
  activityId: number
  profileId: number
  at: Date
}

/** The facts about an address. */
interface AddressFacts {
  /** hard bounces that speak against the address, of messages that were never delivered */
  bounces: Bounce[]
  deliveries: Bounce[]
}

/** Closes or opens one address by its facts. Idempotent. */
export async function closeAfterHardBounces(db: Database, address: Address, now: Date): Promise<void> {
  await db.tx(tx => reviewAddress(tx, address, [], now))
}

/** The same within a transaction. `profileIds`: the profiles that had the address when the message was sent, if known: that may have changed since. */
export async function reviewAddress(tx: Db, address: Address, profileIds: readonly number[], now: Date): Promise<void> {
  await lockAddresses(tx, [address])
  const suppressions = await readSuppressions(tx, address)
  const { bounces, deliveries } = await readFacts(tx, address, profileIds)
  const { closesAfter } = channels[address.channel]
  const open = suppressions.find(row => row.releasedAt === null)
  if (open !== undefined) {
    const against = bouncesThatCount(bounces, deliveries, 0)
    if (against.length < closesAfter && wasDelivered(open.evidence.messages, deliveries))
      await release(tx, address, open.id, now)
    return
  }
  const byHand = suppressions.filter(row => row.releasedBy !== byDelivery).map(row => row.releasedAt?.getTime() ?? 0)
  const against = bouncesThatCount(bounces, deliveries, Math.max(0, ...byHand))
  if (against.length >= closesAfter) await close(tx, address, against, now)
}

/** One bounce per activity, since the last delivery and the last release by hand. */
function bouncesThatCount(bounces: readonly Bounce[], deliveries: readonly Bounce[], releasedMs: number): Bounce[] {
  const sinceMs = Math.max(releasedMs, ...deliveries.map(delivery => delivery.at.getTime()))
  const byActivity = new Map<number, Bounce>()
  for (const bounce of bounces) if (bounce.at.getTime() > sinceMs) byActivity.set(bounce.activityId, bounce)
  return [...byActivity.values()].sort((a, b) => a.at.getTime() - b.at.getTime())
}

// Old facts may have been deleted: that alone opens nothing.
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

const holderRows = rowsNamed('address-holders', {
  profileId: int,
})

const factRows = rowsNamed('address-facts', {
  activityId: int,
  profileId: int,
  delivered: flag,
  at: orNull(time),
})

async function readFacts(
  tx: Db,
  { workspaceId, channel, address }: Address,
  profileIds: readonly number[],
): Promise<AddressFacts> {
  const holders = await tx.query<{ profileId: number }>(
    sql`select profile_id as "profileId" from profile_keys
      where value = ${address} and workspace_id = ${workspaceId} and kind = ${channels[channel].addressColumn}`,
    holderRows,
  )
  const ids = [...new Set([...profileIds, ...holders.map(row => row.profileId)])].sort((a, b) => a - b)
  if (ids.length === 0) return { bounces: [], deliveries: [] }
  const rows = await tx.query<{ activityId: number; profileId: number; delivered: boolean; at: Date | null }>(
    sql`select m.activity_id as "activityId", m.profile_id as "profileId", m.status = 'delivered' as delivered,
        case when m.status = 'delivered' then
          greatest((select max(r.at) from receipts r where r.bucket = m.bucket and r.activity_id = m.activity_id and r.profile_id = m.profile_id
            and r.outcome = 'delivered'),
          -- an e-mail that was accepted and not returned
          case when v.channel = 'email' then
            (select max(a.at) from answers a where a.bucket = m.bucket and a.activity_id = m.activity_id and a.profile_id = m.profile_id
              and a.outcome = 'accepted') end)
        else least(
          (select min(r.at) from receipts r where r.bucket = m.bucket and r.activity_id = m.activity_id and r.profile_id = m.profile_id
            and r.outcome = 'hard' and r.counts),
          (select min(a.at) from answers a where a.bucket = m.bucket and a.activity_id = m.activity_id and a.profile_id = m.profile_id
            and a.outcome = 'hard' and a.counts)) end as at
      from messages m join activities v on v.id = m.activity_id
      where m.bucket = any(${[...new Set(ids.map(id => id & 255))]}::int[]) and m.profile_id = any(${ids}::bigint[])
        and m.workspace_id = ${workspaceId} and m.address = ${address} and v.channel = ${channel} and m.status in ('bounced_hard', 'delivered')
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

function readSuppressions(tx: Db, { workspaceId, channel, address }: Address): Promise<Suppression[]> {
  return tx.query<Suppression>(
    sql`select id, released_at as "releasedAt", released_by as "releasedBy", evidence from suppressions
      where workspace_id = ${workspaceId} and channel = ${channel} and address = ${address} and reason = 'hard_bounces'`,
    'address-suppressions',
  )
}

async function close(tx: Db, closed: Address, against: readonly Bounce[], now: Date): Promise<void> {
  const { workspaceId, channel, address } = closed
  const messages = against.map(({ activityId, profileId, at }) => ({ activityId, profileId, at }))
  await tx.run(
    sql`insert into suppressions (id, workspace_id, channel, address, reason, at, evidence)
      values (nextval('suppression_ids'), ${workspaceId}, ${channel}, ${address}, 'hard_bounces', ${now}, ${JSON.stringify({ messages })}::jsonb)`,
  )
  await tellBarred(tx, [{ ...closed, topicIds: null }])
  await audit(tx, actOn(closed, 'suppression.close', against), now)
}

async function release(tx: Db, opened: Address, id: number, now: Date): Promise<void> {
  await tx.run(
    sql`update suppressions set released_at = ${now}, released_by = ${byDelivery} where id = ${id} and workspace_id = ${opened.workspaceId}`,
  )
  await audit(tx, actOn(opened, 'suppression.end', []), now)
}

// The address is only in suppressions, where an erase finds it; the audit contains what never has to be erased.
function actOn({ workspaceId, channel }: Address, action: string, against: readonly Bounce[]): Act {
  const { address: kind } = channels[channel].words
  const details = {
    channel,
    activities: against.map(bounce => bounce.activityId),
    profiles: against.map(bounce => bounce.profileId),
  }
  return { workspaceId, actor: 'homing', action, subject: kind, details }
}
