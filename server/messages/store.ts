/** The SQL of messages and their facts. Every statement takes keys as arrays, in key order, bucket first. */
import { type NotSentReasonKey, notSentReasonKeys } from '../../core/audience/not-sent-reasons.ts'
import { type Channel, channelInWords } from '../../core/channels.ts'
import type { Code } from '../../core/gateways/code.ts'
import {
  type AnswerFact,
  type AttemptFact,
  answerOutcomes,
  type ReceiptFact,
  receiptOutcomes,
} from '../../core/messages/facts.ts'
import { type MessageStatus, messageStatuses } from '../../core/messages/fold.ts'
import type { Db } from '../platform/db/database.ts'
import { type ColumnCheck, decimal, flag, int, oneOf, orNull, rowsNamed, text, time } from '../platform/db/rows.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import { keyColumns, type MessageChange, type MessageKey } from './message-change.ts'
import { fromE4, toE4 } from './tallies.ts'

export interface MessageRow extends MessageKey {
  workspaceId: number
  status: MessageStatus
  attempts: number
  parts: number | null
  resend: number | null
  t0: Date | null
  statusAt: Date | null
  due: Date | null
  gatewayId: number | null
  charged: boolean
  country: string | null
  /** null: the activity's own gateway */
  route: number | null
  address: string | null
  creditsE4: number | null
  excluded: NotSentReasonKey | null
  stopReason: NotSentReasonKey | null
  stopAt: Date | null
  windowOverAt: Date | null
  noReceiptAt: Date | null
  code: Code | null
  bouncedAt: Date | null
  /** not a column: the facts just folded hold a hard bounce that counts */
  countsNow?: boolean
}

type LockedRow = Omit<MessageRow, 'creditsE4' | 'countsNow'> & { credits: string | null }

export const code: ColumnCheck<Code> = (value): value is Code => typeof value === 'string' && value.includes(':')

const lockedRows = rowsNamed('messages-lock', {
  ...keyColumns,
  workspaceId: int,
  status: oneOf(messageStatuses),
  attempts: int,
  parts: orNull(int),
  resend: orNull(int),
  t0: orNull(time),
  statusAt: orNull(time),
  due: orNull(time),
  gatewayId: orNull(int),
  charged: flag,
  country: orNull(text),
  route: orNull(int),
  address: orNull(text),
  credits: orNull(decimal),
  excluded: orNull(oneOf(notSentReasonKeys)),
  stopReason: orNull(oneOf(notSentReasonKeys)),
  stopAt: orNull(time),
  windowOverAt: orNull(time),
  noReceiptAt: orNull(time),
  code: orNull(code),
  bouncedAt: orNull(time),
})

const keyArrays = (keys: readonly MessageKey[]) => ({
  buckets: pgArray([...new Set(keys.map(key => key.bucket))]),
  bucket: pgArray(keys.map(key => key.bucket)),
  activity: pgArray(keys.map(key => key.activityId)),
  profile: pgArray(keys.map(key => key.profileId)),
})

/** Locks in key order and returns the current rows. Keys must be in key order. */
export async function lockMessages(tx: Db, keys: readonly MessageKey[]): Promise<MessageRow[]> {
  if (keys.length === 0) return []
  const { buckets, bucket, activity, profile } = keyArrays(keys)
  const rows = await tx.query<LockedRow>(
    sql`select m.bucket, m.activity_id as "activityId", m.profile_id as "profileId", m.workspace_id as "workspaceId", m.status,
        m.attempts, m.parts, m.resend, m.t0, m.status_at as "statusAt", m.due, m.gateway_id as "gatewayId", m.charged, m.country, m.route, m.address,
        m.credits, m.excluded, m.stop_reason as "stopReason", m.stop_at as "stopAt", m.window_over_at as "windowOverAt",
        m.no_receipt_at as "noReceiptAt", m.code, m.bounced_at as "bouncedAt"
      from unnest(${bucket}::int[], ${activity}::bigint[], ${profile}::bigint[]) as u (bucket, activity_id, profile_id)
      join messages m on m.bucket = u.bucket and m.activity_id = u.activity_id and m.profile_id = u.profile_id
      where m.bucket = any(${buckets}::int[])
      order by m.bucket, m.activity_id, m.profile_id
      for no key update of m`,
    lockedRows,
  )
  return rows.map(({ credits, ...row }) => ({ ...row, creditsE4: credits === null ? null : toE4(credits) }))
}

const channelRows = rowsNamed('messages-channels', { id: int, channel: text })

/** By activity. What a newer version sends over a channel that this one does not know is folded as an SMS. */
export async function readChannels(tx: Db, keys: readonly MessageKey[]): Promise<Map<number, Channel>> {
  const ids = [...new Set(keys.map(key => key.activityId))]
  if (ids.length === 0) return new Map()
  const rows = await tx.query(sql`select id, channel from activities where id = any(${ids}::bigint[])`, channelRows)
  return new Map(rows.map(({ id, channel }) => [id, channelInWords(channel)]))
}

export async function insertAnswers(tx: Db, changes: readonly MessageChange[]): Promise<void> {
  const rows = changes.flatMap(change => (change.answers ?? []).map(answer => ({ ...change, ...answer })))
  if (rows.length === 0) return
  await tx.run(
    sql`insert into answers (bucket, activity_id, profile_id, n, part, outcome, counts, gateway_id, at, provider_id, code)
      select u.* from unnest(${pgArray(rows.map(row => row.bucket))}::int[], ${pgArray(rows.map(row => row.activityId))}::bigint[], ${pgArray(rows.map(row => row.profileId))}::bigint[],
        ${pgArray(rows.map(row => row.n))}::smallint[], ${pgArray(rows.map(row => row.part))}::smallint[], ${pgArray(rows.map(row => row.outcome))}::text[],
        ${pgArray(rows.map(row => row.counts))}::bool[], ${pgArray(rows.map(row => row.gatewayId))}::int[], ${pgArray(rows.map(row => row.at))}::timestamptz[],
        ${pgArray(rows.map(row => row.providerId))}::text[], ${pgArray(rows.map(row => row.code))}::text[]) u
      on conflict (bucket, activity_id, profile_id, n, part, outcome) do nothing`,
    'answers-insert',
  )
}

export async function insertReceipts(tx: Db, changes: readonly MessageChange[]): Promise<void> {
  const rows = changes.flatMap(change => (change.receipts ?? []).map(receipt => ({ ...change, ...receipt })))
  if (rows.length === 0) return
  await tx.run(
    sql`insert into receipts (bucket, activity_id, profile_id, n, part, outcome, counts, at, source, seq, code, after_ms)
      select u.* from unnest(${pgArray(rows.map(row => row.bucket))}::int[], ${pgArray(rows.map(row => row.activityId))}::bigint[], ${pgArray(rows.map(row => row.profileId))}::bigint[],
        ${pgArray(rows.map(row => row.n))}::smallint[], ${pgArray(rows.map(row => row.part))}::smallint[], ${pgArray(rows.map(row => row.outcome))}::text[],
        ${pgArray(rows.map(row => row.counts))}::bool[], ${pgArray(rows.map(row => row.at))}::timestamptz[], ${pgArray(rows.map(row => row.source))}::bigint[],
        ${pgArray(rows.map(row => row.seq))}::bigint[], ${pgArray(rows.map(row => row.code))}::text[],
        ${pgArray(rows.map(row => row.afterMs ?? null))}::int[]) u
      on conflict (bucket, activity_id, profile_id, source, seq) do nothing`,
    'receipts-insert',
  )
}

export interface StoredFacts {
  attempts: AttemptFact[]
  answers: AnswerFact[]
  receipts: ReceiptFact[]
}

const ofMessage = { a: int, p: int }
const attemptRows = rowsNamed('facts-attempts', {
  ...ofMessage,
  n: int,
  try: int,
  parts: orNull(int),
  at: time,
})

const answerRows = rowsNamed('facts-answers', {
  ...ofMessage,
  n: int,
  part: int,
  outcome: oneOf(answerOutcomes),
  counts: flag,
  at: time,
  code: orNull(code),
})

const receiptRows = rowsNamed('facts-receipts', {
  ...ofMessage,
  n: int,
  part: int,
  outcome: oneOf(receiptOutcomes),
  counts: flag,
  at: time,
  code: orNull(code),
})

/** All attempts, answers and receipts of these messages. */
export async function readFacts(tx: Db, keys: readonly MessageKey[]): Promise<Map<string, StoredFacts>> {
  const facts = new Map<string, StoredFacts>()
  if (keys.length === 0) return facts
  const { buckets, bucket, activity, profile } = keyArrays(keys)
  const of = (row: { a: number; p: number }) => facts.get(`${row.a}/${row.p}`)
  for (const key of keys) facts.set(`${key.activityId}/${key.profileId}`, { attempts: [], answers: [], receipts: [] })
  const asked = sql`unnest(${bucket}::int[], ${activity}::bigint[], ${profile}::bigint[]) as u (bucket, activity_id, profile_id)`
  for (const { a, p, ...attempt } of await tx.query<AttemptFact & { a: number; p: number }>(
    sql`select f.activity_id as a, f.profile_id as p, f.n, f.try, f.parts, f.at from ${asked}
      join attempts f on f.bucket = u.bucket and f.activity_id = u.activity_id and f.profile_id = u.profile_id where f.bucket = any(${buckets}::int[])`,
    attemptRows,
  ))
    of({ a, p })?.attempts.push(attempt)
  for (const { a, p, ...answer } of await tx.query<AnswerFact & { a: number; p: number }>(
    sql`select f.activity_id as a, f.profile_id as p, f.n, f.part, f.outcome, f.counts, f.at, f.code from ${asked}
      join answers f on f.bucket = u.bucket and f.activity_id = u.activity_id and f.profile_id = u.profile_id where f.bucket = any(${buckets}::int[])`,
    answerRows,
  ))
    of({ a, p })?.answers.push(answer)
  for (const { a, p, ...receipt } of await tx.query<ReceiptFact & { a: number; p: number }>(
    sql`select f.activity_id as a, f.profile_id as p, f.n, f.part, f.outcome, f.counts, f.at, f.code from ${asked}
      join receipts f on f.bucket = u.bucket and f.activity_id = u.activity_id and f.profile_id = u.profile_id where f.bucket = any(${buckets}::int[])`,
    receiptRows,
  ))
    of({ a, p })?.receipts.push(receipt)
  return facts
}

export async function updateMessages(tx: Db, rows: readonly MessageRow[]): Promise<void> {
  if (rows.length === 0) return
  const { buckets, bucket, activity, profile } = keyArrays(rows)
  await tx.run(
    sql`update messages m set status = u.status, attempts = u.attempts, parts = u.parts, resend = u.resend, t0 = u.t0,
        status_at = u.status_at, due = u.due, gateway_id = u.gateway_id, charged = u.charged, credits = u.credits, stop_reason = u.stop_reason,
        stop_at = u.stop_at, window_over_at = u.window_over_at, no_receipt_at = u.no_receipt_at, code = u.code, bounced_at = u.bounced_at
      from unnest(${bucket}::int[], ${activity}::bigint[], ${profile}::bigint[], ${pgArray(rows.map(row => row.status))}::message_status[],
        ${pgArray(rows.map(row => row.attempts))}::smallint[], ${pgArray(rows.map(row => row.parts))}::smallint[], ${pgArray(rows.map(row => row.resend))}::int[],
        ${pgArray(rows.map(row => row.t0))}::timestamptz[], ${pgArray(rows.map(row => row.statusAt))}::timestamptz[], ${pgArray(rows.map(row => row.due))}::timestamptz[],
        ${pgArray(rows.map(row => row.gatewayId))}::int[], ${pgArray(rows.map(row => row.charged))}::bool[],
        ${pgArray(rows.map(row => (row.creditsE4 === null ? null : fromE4(row.creditsE4))))}::numeric[], ${pgArray(rows.map(row => row.stopReason))}::text[],
        ${pgArray(rows.map(row => row.stopAt))}::timestamptz[], ${pgArray(rows.map(row => row.windowOverAt))}::timestamptz[],
        ${pgArray(rows.map(row => row.noReceiptAt))}::timestamptz[], ${pgArray(rows.map(row => row.code))}::text[], ${pgArray(rows.map(row => row.bouncedAt))}::timestamptz[])
        as u (bucket, activity_id, profile_id, status, attempts, parts, resend, t0, status_at, due, gateway_id, charged, credits, stop_reason,
          stop_at, window_over_at, no_receipt_at, code, bounced_at)
      where m.bucket = any(${buckets}::int[])
        and m.bucket = u.bucket and m.activity_id = u.activity_id and m.profile_id = u.profile_id`,
    'messages-update',
  )
}
