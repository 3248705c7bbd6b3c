/**
 * An erase, of messages: number and values go, keys and figures stay. What was not sent yet is stopped by a fact, so that
 * status and tallies follow; an attempt that is under way is left to its answer, and the check of the next claim stops it.
 */
import type { Db } from '../platform/db/database.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import type { Change } from './change.ts'
import type { Person } from './personal.ts'
import { record } from './record.ts'
import type { Tallies } from './tallies.ts'

/** `tallies` is flushed by the caller. */
export async function forgetMessages(
  tx: Db,
  { workspaceId, profileId, addresses, tests, now }: Person & { now: Date },
  tallies: Tallies,
): Promise<void> {
  const bucket = profileId & 255
  const mine = sql`m.bucket = ${bucket} and m.profile_id = ${profileId} and m.workspace_id = ${workspaceId}`
  const messages = await tx.query<{ activityId: number; open: boolean }>(sql`
    select m.activity_id as "activityId", m.stop_reason is null and (m.status in ('queued', 'bounced_soft_retrying') or m.resend is not null) as open
    from messages m where ${mine} order by m.bucket, m.activity_id, m.profile_id for no key update`)
  const open = messages.filter(message => message.open).map(message => message.activityId)
  const underWay = await unanswered(tx, profileId, open)
  const stops = open
    .filter(activityId => !underWay.has(activityId))
    .map((activityId): Change => ({ bucket, activityId, profileId, stop: { reason: 'erased', at: now } }))
  await record(tx, stops, tallies)
  await tx.run(sql`update messages m set address = null, vars = null where ${mine}`)
  await tx.run(sql`update outbox o set body = '{}' where o.bucket = ${bucket} and o.profile_id = ${profileId}`)
  await forgetTests(tx, { addresses, tests, now })
}

/** Their links end: the addresses hold the values of the person. */
async function forgetTests(
  tx: Db,
  { addresses, tests, now }: Pick<Person, 'addresses' | 'tests'> & { now: Date },
): Promise<void> {
  await tx.run(sql`
    update test_sms t set text = '', urls = '{}', code_base = null, phone = case when t.phone = any(${pgArray(addresses.sms)}::text[]) then '' else t.phone end,
      stop_reason = case when exists (select from test_attempts a where a.test_id = t.id) then t.stop_reason else coalesce(t.stop_reason, 'erased') end,
      stop_at = case when exists (select from test_attempts a where a.test_id = t.id) then t.stop_at else coalesce(t.stop_at, ${now}) end
    where t.id = any(${pgArray(tests)}::bigint[])`)
}

/** Activities whose next attempt is with a gateway: what comes of it is not known yet. */
async function unanswered(tx: Db, profileId: number, activityIds: readonly number[]): Promise<Set<number>> {
  const rows = await tx.query<{ activityId: number }>(sql`
    select m.activity_id as "activityId" from messages m
    join attempts a on a.bucket = m.bucket and a.activity_id = m.activity_id and a.profile_id = m.profile_id and a.n = m.attempts + 1
    where m.bucket = ${profileId & 255} and m.profile_id = ${profileId} and m.activity_id = any(${activityIds}::bigint[])`)
  return new Set(rows.map(row => row.activityId))
}
