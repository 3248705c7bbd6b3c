/**
 * An erase, of messages: number and values go, keys and figures stay. What was not sent yet is stopped by a fact, so that
 * status and tallies follow; an attempt that is under way is left to its answer, and the check of the next claim stops it.
 */
import { testRecipient } from '../../core/messages/test-sms.ts'
import type { Db } from '../platform/db/database.ts'
import { pgArray, type Sql, sql } from '../platform/db/sql.ts'
import type { MessageChange } from './message-change.ts'
import type { PersonalDataSubject } from './personal.ts'
import { record } from './record.ts'
import type { Tallies } from './tallies.ts'

/** `tallies` is flushed by the caller. */
export async function forgetMessages(
  tx: Db,
  person: PersonalDataSubject & { now: Date },
  tallies: Tallies,
): Promise<void> {
  const { workspaceId, profileId, tests, now } = person
  const bucket = profileId & 255
  const their = sql`m.workspace_id = ${workspaceId} and m.activity_id = any(${pgArray(tests)}::bigint[])`
  if (tests.length > 0) await forgetThese(tx, testRecipient, their, now, tallies)
  await forgetThese(tx, profileId, sql`m.workspace_id = ${workspaceId}`, now, tallies)
  await tx.run(sql`update outbox o set body = '{}' where o.bucket = ${bucket} and o.profile_id = ${profileId}`)
  // Links of tests end: those of an earlier version hold the values of the person.
  await tx.run(sql`delete from links l where l.activity_id = any(${pgArray(tests)}::bigint[])`)
}

/** Of one recipient. */
async function forgetThese(tx: Db, profileId: number, which: Sql, now: Date, tallies: Tallies): Promise<void> {
  const bucket = profileId & 255
  const these = sql`m.bucket = ${bucket} and m.profile_id = ${profileId} and ${which}`
  const messages = await tx.query<{ activityId: number; open: boolean }>(sql`
    select m.activity_id as "activityId", m.stop_reason is null and (m.status in ('queued', 'bounced_soft_retrying') or m.resend is not null) as open
    from messages m where ${these} order by m.bucket, m.activity_id, m.profile_id for no key update`)
  const open = messages.filter(message => message.open).map(message => message.activityId)
  const underWay = await unanswered(tx, profileId, open)
  const stops = open
    .filter(activityId => !underWay.has(activityId))
    .map((activityId): MessageChange => ({ bucket, activityId, profileId, stop: { reason: 'erased', at: now } }))
  await record(tx, stops, tallies)
  await tx.run(sql`update messages m set address = null, vars = null where ${these}`)
}

/** Activities whose next attempt is with a gateway: what comes of it is not known yet. */
async function unanswered(tx: Db, profileId: number, activityIds: readonly number[]): Promise<Set<number>> {
  const rows = await tx.query<{ activityId: number }>(sql`
    select m.activity_id as "activityId" from messages m
    join attempts a on a.bucket = m.bucket and a.activity_id = m.activity_id and a.profile_id = m.profile_id and a.n = m.attempts + 1
    where m.bucket = ${profileId & 255} and m.profile_id = ${profileId} and m.activity_id = any(${activityIds}::bigint[])`)
  return new Set(rows.map(row => row.activityId))
}
