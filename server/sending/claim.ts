/**
 * Which messages are due, and are ours? The intent is committed before anything is written to a socket; its key (message, n)
 * is what keeps two workers from sending the same thing: what the insert returned is ours. Then, in a later statement, it
 * is read who may still be sent to: an opt-out that was committed before this reading is never overtaken.
 */
import { type NotSentReasonKey, notSentReasonKeys } from '../../core/audience/not-sent-reasons.ts'
import { type Conditions, inVerdictOrder } from '../../core/audience/verdict.ts'
import type { Channel } from '../../core/channels.ts'
import { testRecipient } from '../../core/messages/test-sms.ts'
import type { Vars } from '../../core/sms/tag-values.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { flag, int, json, oneOf, orNull, type Rows, rowsNamed, text, time } from '../platform/db/rows.ts'
import { pgArray, type Sql, sql } from '../platform/db/sql.ts'
import { leaseRuns } from '../platform/leases/lease.ts'
import { addressConditions, consentCondition, erasedCondition, firstReason } from '../suppression/verdict.ts'
import { lastSlot } from './last-slot.ts'

export interface Claimed {
  bucket: number
  profileId: number
  n: number
  try: number
  /** bits; null: all parts */
  parts: number | null
}

const claimedBy = (name: string) =>
  rowsNamed(name, { bucket: int, profileId: int, n: int, try: int, parts: orNull(int) })
const claimed = (name: string) => ({ own: claimedBy(name), routed: claimedBy(`${name}-route`) })
const claims = { here: claimed('claim-here'), ahead: claimed('claim-ahead'), due: claimed('claim-due') }

/** Where the walk over an activity's queued messages has come to, in key order. */
export interface QueuePosition {
  bucket: number
  profileId: number
}

export interface ClaimInput {
  activityId: number
  /** null: the messages that go over the activity's own gateway */
  route: number | null
  gatewayId: number
  sessionId: number
  limit: number
  /** business time */
  now: Date
}

/**
 * What was never tried: the next queued messages in key order behind `after`, in these buckets. They carry no due time, so
 * that no index has to be written for them when they are frozen and when they are answered.
 */
export async function claimQueued(
  db: Database,
  input: ClaimInput,
  buckets: readonly number[],
  after: QueuePosition | undefined,
): Promise<Claimed[]> {
  const { activityId, limit } = input
  return claiming(db, input, async tx => {
    const here =
      after === undefined || !buckets.includes(after.bucket)
        ? []
        : await claimRows(
            tx,
            input,
            limit,
            sql`m.bucket = ${after.bucket}::int and m.activity_id = ${activityId}::bigint and m.profile_id > ${after.profileId}::bigint
        and m.status = 'queued' and m.due is null`,
            sql`m.profile_id`,
            claims.here,
          )
    if (here.length === limit) return here
    const next = after === undefined ? buckets : buckets.filter(bucket => bucket > after.bucket)
    const ahead =
      next.length === 0
        ? []
        : await claimRows(
            tx,
            input,
            limit - here.length,
            sql`m.bucket = any(${next}::int[]) and m.activity_id = ${activityId}::bigint and m.status = 'queued' and m.due is null`,
            sql`m.bucket, m.profile_id`,
            claims.ahead,
          )
    return [...here, ...ahead]
  })
}

/** Messages that are due again: refused before (`again`), or bounced softly (`retry`: released behind the apply lane). */
export async function claimDue(
  db: Database,
  input: ClaimInput,
  buckets: readonly number[],
  kind: 'again' | 'retry',
): Promise<Claimed[]> {
  const { activityId, now, limit } = input
  const statuses = kind === 'again' ? ['queued', 'pending'] : ['bounced_soft_retrying']
  return claiming(db, input, tx =>
    claimRows(
      tx,
      input,
      limit,
      sql`m.bucket = any(${buckets}::int[]) and m.activity_id = ${activityId}::bigint and m.due <= ${now}::timestamptz
        and m.status = any(${statuses}::message_status[]) and (m.t0 is null or m.due <= ${lastSlot})`,
      sql`m.bucket, m.due`,
      claims.due,
    ),
  )
}

const oursRows = rowsNamed('claim-ours', { id: int })

/**
 * Commits the intents while activity, gateway and lease are as they should be, and the latest time has not passed. Until then nobody ends
 * the session (session-lease.ts); its renewals continue.
 */
async function claiming(
  db: Database,
  { activityId, gatewayId, sessionId, now }: ClaimInput,
  work: (tx: Db) => Promise<Claimed[]>,
): Promise<Claimed[]> {
  return db.tx(async tx => {
    const [ours] = await tx.query(
      sql`select a.id from activities a, gateway_sessions s, gateways g, installation i
        where a.id = ${activityId} and a.state = 'sending' and s.id = ${sessionId} and s.gateway_id = ${gatewayId}
          and g.id = ${gatewayId} and g.channel = a.channel and g.paused_at is null
          and (a.latest_at is null or a.latest_at >= ${now}) and s.ended_at is null and ${leaseRuns(sql`s.lease_until`)} and i.sending_held is null
          -- a clock that was set back: its attempts would lie before what the session has said to be answered, until its next sign of life
          and s.answered_until <= ${now}
        for share of a for key share of s`,
      oursRows,
    )
    return ours === undefined ? [] : work(tx)
  })
}

function claimRows(
  tx: Db,
  { gatewayId, sessionId, now, route }: ClaimInput,
  limit: number,
  which: Sql,
  order: Sql,
  rows: Record<'own' | 'routed', Rows<Claimed>>,
): Promise<Claimed[]> {
  // Two texts: of "is not distinct from" the planner expects one row, whatever the statistics say.
  const ofRoute = route === null ? sql`m.route is null` : sql`m.route = ${route}::smallint`
  return tx.query(
    sql`insert into attempts (bucket, activity_id, profile_id, n, try, parts, gateway_id, session_id, at)
      select m.bucket, m.activity_id, m.profile_id, m.attempts + 1,
        case when m.resend is null then m.attempts + 1
          else (select max(b.try) from attempts b where b.bucket = m.bucket and b.activity_id = m.activity_id and b.profile_id = m.profile_id) end,
        m.resend, ${gatewayId}::int, ${sessionId}::bigint, ${now}::timestamptz
      from messages m
      where ${which} and ${ofRoute}
        -- a look-up for each row: as a join it would be merged with all attempts of the activity, again at each window
        and (select a.n from attempts a where a.bucket = m.bucket and a.activity_id = m.activity_id
          and a.profile_id = m.profile_id and a.n = m.attempts + 1) is null
      order by ${order} limit ${limit}::int
      on conflict (bucket, activity_id, profile_id, n) do nothing
      returning bucket, profile_id as "profileId", n, try, parts`,
    route === null ? rows.own : rows.routed,
  )
}

/** The intents of a session since then that have no answer: what a broken claim may have left. */
export async function readUnanswered(
  db: Db,
  sessionId: number,
  since: Date,
): Promise<(Claimed & { activityId: number; at: Date })[]> {
  return db.query(
    sql`select /* fanout */ a.bucket, a.activity_id as "activityId", a.profile_id as "profileId", a.n, a.try, a.parts, a.at from attempts a
      where a.at >= ${since} and a.session_id = ${sessionId} and not exists (select from answers b
        where b.bucket = a.bucket and b.activity_id = a.activity_id and b.profile_id = a.profile_id and b.n = a.n)`,
  )
}

export interface CheckedMessage {
  bucket: number
  profileId: number
  /** null: erased meanwhile, and barred by it */
  address: string | null
  vars: Vars | null
  t0: Date | null
  /** why it must not be sent any more; null: it may */
  barred: NotSentReasonKey | null
  /** it has been settled since it was claimed: neither sent nor stopped */
  settled: boolean
}

/** Nothing speaks against it, and there is an address to send to. */
export type Sendable = CheckedMessage & { address: string }
export const isStillSendable = (checked: CheckedMessage): checked is Sendable =>
  checked.barred === null && checked.address !== null

const checkedBy = (name: string) =>
  rowsNamed(name, {
    bucket: int,
    profileId: int,
    address: orNull(text),
    vars: orNull(json<Vars>()),
    t0: orNull(time),
    barred: orNull(oneOf(notSentReasonKeys)),
    settled: flag,
  })
const checkedRows = { own: checkedBy('claim-check'), reminding: checkedBy('claim-check-reminding') }

/** Of messages `m`: a test SMS is for no profile, and needs no consent. */
function unlessTest(conditions: Conditions<Sql>): Conditions<Sql> {
  return Object.fromEntries(
    inVerdictOrder(conditions).map(([key, holds]) => [key, sql`m.profile_id <> ${testRecipient} and ${holds}`]),
  )
}

/** Of messages `m` of a reminder: what its recipient has done with the message that it reminds of. */
function remindedCondition(reminds: number): Conditions<Sql> {
  return {
    clicked_before: sql`exists (select from messages f where f.bucket = m.bucket and f.activity_id = ${reminds}::bigint and f.profile_id = m.profile_id
      and (f.first_click_at is not null or f.unsubscribed_at is not null))`,
  }
}

export interface ClaimCheck {
  activityId: number
  channel: Channel
  topics: readonly number[]
  /** the activity that it reminds of */
  reminds?: number | null
}

/** Reads after the claim was committed: who may still be sent to. */
export async function checkClaimed(
  db: Db,
  { activityId, channel, topics, reminds = null }: ClaimCheck,
  claimed: readonly { bucket: number; profileId: number }[],
): Promise<CheckedMessage[]> {
  const message = sql`m`
  const held = { workspace: sql`m.workspace_id`, channel, address: sql`m.address` }
  const conditions = {
    ...unlessTest({
      ...erasedCondition(message),
      ...consentCondition(message, channel, topics),
      ...(reminds !== null && remindedCondition(reminds)),
    }),
    ...addressConditions(held, topics),
  }
  return db.query<CheckedMessage>(
    sql`select m.bucket, m.profile_id as "profileId", m.address, m.vars, m.t0,
        m.status not in ('queued', 'bounced_soft_retrying') and m.resend is null as settled,
        coalesce(m.stop_reason, ${firstReason(conditions)}) as barred
      from unnest(${pgArray(claimed.map(claim => claim.bucket))}::int[], ${pgArray(claimed.map(claim => claim.profileId))}::bigint[]) as u (bucket, profile_id)
      join messages m on m.bucket = u.bucket and m.activity_id = ${activityId}::bigint and m.profile_id = u.profile_id
      where m.bucket = any(${[...new Set(claimed.map(claim => claim.bucket))]}::int[])`,
    reminds === null ? checkedRows.own : checkedRows.reminding,
  )
}

/** How far the lane of the receipts reaches, source by source: a retry waits until all of it is applied. */
export type InboxHeads = Map<number, number>

const headRows = rowsNamed('inbox-heads', {
  source: int,
  head: orNull(int),
})

export async function readHeads(db: Db): Promise<InboxHeads> {
  const rows = await db.query<{ source: number; head: number | null }>(
    sql`select s.id as source, (select max(i.seq) from inbox i where i.source = s.id) as head from inbox_sources s
      where s.lane = 'gateway' and not s.applied`,
    headRows,
  )
  return new Map(rows.map(row => [row.source, row.head ?? 0]))
}

const watermarkRows = rowsNamed('inbox-watermarks', {
  id: int,
  watermark: int,
})

export async function hasPassed(db: Db, heads: InboxHeads): Promise<boolean> {
  const rows = await db.query<{ id: number; watermark: number }>(
    sql`select id, watermark from inbox_sources where id = any(${[...heads.keys()]}::bigint[])`,
    watermarkRows,
  )
  return rows.every(row => row.watermark >= (heads.get(row.id) ?? 0))
}
