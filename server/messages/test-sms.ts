/**
 * The message of a test SMS: the one row of its activity, for no profile (core/messages/test-sms.ts). It is sent, answered and
 * folded as every message is; here it is made, read to be shown, and deleted after its time.
 */
import type { Code } from '../../core/gateways/code.ts'
import { type MessageStatus, messageStatuses } from '../../core/messages/fold.ts'
import { testRecipient } from '../../core/messages/test-sms.ts'
import type { Vars } from '../../core/sms/tag-values.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Db } from '../platform/db/database.ts'
import { decimal, flag, int, oneOf, orNull, rowsNamed, text, time } from '../platform/db/rows.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import type { MessageKey } from './message-change.ts'
import { code } from './store.ts'
import { fromE4, Tallies } from './tallies.ts'

export const testKey = (activityId: number): MessageKey => ({
  bucket: testRecipient & 255,
  activityId,
  profileId: testRecipient,
})

export interface NewTestMessage {
  workspaceId: number
  activityId: number
  address: string
  country: string | null
  vars: Vars
  parts: number
  creditsE4: number
  now: Date
}

/** Queued, with its sums. Its window is over from the start: a soft bounce is the end of it. */
export async function insertTestMessage(tx: Db, message: NewTestMessage): Promise<void> {
  const { workspaceId, activityId, address, country, vars, parts, creditsE4, now } = message
  const { bucket, profileId } = testKey(activityId)
  await tx.run(
    sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status, address, country, vars, parts, credits, window_over_at)
      values (${bucket}, ${workspaceId}, ${activityId}, ${profileId}, 'queued', ${address}, ${country}, ${JSON.stringify(vars)}::jsonb,
        ${parts}, ${fromE4(creditsE4)}::numeric, ${now})`,
  )
  const tallies = new Tallies()
  tallies.add(activityId, 'targeted', 1)
  tallies.add(activityId, 'queued', 1)
  await tallies.flush(tx, bucket)
}

export interface TestMessage {
  activityId: number
  /** null: the person was erased */
  address: string | null
  status: MessageStatus
  statusAt: Date | null
  charged: boolean
  parts: number
  /** decimal, four places */
  credits: string
  /** of a bounce; of a message that waits: why it was refused last */
  code: Code | null
  stopReason: string | null
}

const testRows = rowsNamed('tests-read', {
  activityId: int,
  address: orNull(text),
  status: oneOf(messageStatuses),
  statusAt: orNull(time),
  charged: flag,
  parts: int,
  credits: decimal,
  stopReason: orNull(text),
  code: orNull(code),
})

export async function readTestMessages(db: Db, activityIds: readonly number[]): Promise<Map<number, TestMessage>> {
  if (activityIds.length === 0) return new Map()
  const rows = await db.query<TestMessage>(
    sql`select m.activity_id as "activityId", m.address, m.status, m.status_at as "statusAt", m.charged, m.parts, m.credits, m.stop_reason as "stopReason",
        case when m.status = 'queued' then (select a.code from answers a
          where a.bucket = m.bucket and a.activity_id = m.activity_id and a.profile_id = m.profile_id and a.outcome = 'refused' order by a.n desc limit 1)
        else m.code end as code
      from messages m where m.bucket = ${testRecipient & 255} and m.profile_id = ${testRecipient} and m.activity_id = any(${pgArray(activityIds)}::bigint[])`,
    testRows,
  )
  return new Map(rows.map(row => [row.activityId, row]))
}

/** All that was written of these tests. Their charges stay in the ledger. */
export async function deleteTestMessages(tx: Db, activityIds: readonly number[]): Promise<void> {
  const { bucket, profileId } = testKey(0)
  const theirs = sql`bucket = ${bucket} and activity_id = any(${pgArray(activityIds)}::bigint[]) and profile_id = ${profileId}`
  await tx.run(sql`delete from receipts where ${theirs}`)
  await tx.run(sql`delete from answers where ${theirs}`)
  await tx.run(sql`delete from attempts where ${theirs}`)
  await tx.run(sql`delete from messages where ${theirs}`)
  const sums = sql`bucket = ${everyBucket} and activity_id = any(${pgArray(activityIds)}::bigint[])`
  await tx.run(sql`delete from tallies where ${sums}`)
  await tx.run(sql`delete from breakdowns where ${sums}`)
  await tx.run(sql`delete from series where ${sums}`)
  await tx.run(sql`delete from tally_changes where ${sums}`)
}
