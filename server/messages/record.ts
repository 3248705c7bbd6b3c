/**
 * Facts in, status out: the only writer of a message's status. In one transaction: lock the messages in key order, insert
 * the facts, read all their facts in a later statement (its snapshot sees what others committed while we waited for the
 * lock), fold, and write status and sums by the difference. A replay changes nothing.
 */
import { type Channel, channelKeys } from '../../core/channels.ts'
import type { MessageFacts } from '../../core/messages/facts.ts'
import { foldMessage, type MessageStatus, type MessageVerdict } from '../../core/messages/fold.ts'
import { testRecipient } from '../../core/messages/test-sms.ts'
import type { CurveEvent } from '../../core/report/curves.ts'
import { latencyStepOf } from '../../core/report/latency.ts'
import type { Db } from '../platform/db/database.ts'
import { int, rowsNamed, text } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { keyOf, type MessageChange } from './message-change.ts'
import {
  insertAnswers,
  insertReceipts,
  lockMessages,
  type MessageRow,
  readChannels,
  readFacts,
  updateMessages,
} from './store.ts'
import type { Tallies } from './tallies.ts'

/** Returns how many messages changed. Changes of one message are merged. */
export async function record(tx: Db, changes: readonly MessageChange[], tallies: Tallies): Promise<number> {
  const merged = mergeChanges(changes)
  const rows = await lockMessages(tx, merged)
  const byKey = new Map(merged.map(change => [keyOf(change), change]))
  // A message that is gone (its activity was deleted) takes no facts.
  const present = rows.map(row => byKey.get(keyOf(row))!)
  await insertAnswers(tx, present)
  await insertReceipts(tx, present)
  const unsure = rows.filter(row => !factsAreKnown(row, byKey.get(keyOf(row))!))
  const facts = await readFacts(tx, unsure)
  const channels = await readChannels(tx, rows)

  const updated: MessageRow[] = []
  for (const row of rows) {
    const change = byKey.get(keyOf(row))!
    const channel = channels.get(row.activityId) ?? 'sms'
    const next = apply(row, change, facts.get(keyOf(row)) ?? factsFrom(row, change, channel), channel)
    if (next === undefined) continue
    tallyChange(tallies, row, next)
    updated.push(next)
  }
  await updateMessages(tx, updated)
  await insertOutbox(tx, rows, updated)
  return updated.length
}

function mergeChanges(changes: readonly MessageChange[]): MessageChange[] {
  const byKey = new Map<string, MessageChange>()
  for (const change of changes) {
    const known = byKey.get(keyOf(change))
    if (known === undefined) byKey.set(keyOf(change), change)
    else
      byKey.set(keyOf(change), {
        ...known,
        ...change,
        answers: [...(known.answers ?? []), ...(change.answers ?? [])],
        receipts: [...(known.receipts ?? []), ...(change.receipts ?? [])],
      })
  }
  return [...byKey.values()].sort(
    (a, b) => a.bucket - b.bucket || a.activityId - b.activityId || a.profileId - b.profileId,
  )
}

/**
 * The common ways spare a read: the answers to a first attempt of a message that had none, and receipts for the only
 * attempt of a message of one part. All other facts of such a message follow from its row.
 */
function factsAreKnown(row: MessageRow, change: MessageChange): boolean {
  const { answers = [], receipts = [] } = change
  // no answer, and no receipt either: it would have set t0
  if (row.attempts === 0 && row.t0 === null)
    return (
      receipts.length === 0 &&
      (answers.length === 0 || (change.attempt?.n === 1 && answers.every(answer => answer.n === 1)))
    )
  return (
    row.attempts === 1 &&
    row.status === 'pending' &&
    row.parts === 1 &&
    row.t0 !== null &&
    row.resend === null &&
    answers.length === 0 &&
    receipts.length > 0 &&
    receipts.every(receipt => receipt.n === 1 && receipt.part <= 1)
  )
}

type ReadFacts = Pick<MessageFacts, 'attempts' | 'answers' | 'receipts'>

function factsFrom(row: MessageRow, change: MessageChange, channel: Channel): ReadFacts {
  if (row.attempts === 0)
    return { attempts: change.attempt ? [change.attempt] : [], answers: change.answers ?? [], receipts: [] }
  const t0 = row.t0 ?? new Date(0)
  return {
    attempts: [{ n: 1, try: 1, parts: null, at: t0 }],
    // accepted or unknown: with a receipt it is all the same; an accepted e-mail is not pending
    answers: [
      { n: 1, part: 1, outcome: channel === 'email' ? 'unknown' : 'accepted', counts: false, at: t0, code: null },
    ],
    receipts: change.receipts ?? [],
  }
}

/** The row after the change, or undefined where nothing changes. */
function apply(row: MessageRow, change: MessageChange, facts: ReadFacts, channel: Channel): MessageRow | undefined {
  const stop =
    row.stopReason !== null && row.stopAt !== null ? { reason: row.stopReason, at: row.stopAt } : (change.stop ?? null)
  const parts = row.parts ?? change.parts ?? null
  const windowOverAt = row.windowOverAt ?? change.windowOverAt ?? null
  const noReceiptAt = row.noReceiptAt ?? change.noReceiptAt ?? null
  const verdict = foldMessage({ ...facts, channel, parts, excluded: row.excluded, stop, windowOverAt, noReceiptAt })
  const next: MessageRow = {
    ...row,
    ...verdictColumns(verdict, row),
    parts,
    creditsE4: row.creditsE4 ?? change.creditsE4 ?? null,
    stopReason: stop?.reason ?? null,
    stopAt: stop?.at ?? null,
    windowOverAt,
    noReceiptAt,
    gatewayId: verdict.t0 === null ? row.gatewayId : (change.answers?.at(-1)?.gatewayId ?? row.gatewayId),
    countsNow: verdict.counts,
  }
  return sameRow(row, next) ? undefined : next
}

/** The cached columns of a verdict. Shared with `verify`. */
export function verdictColumns(verdict: MessageVerdict, row: Pick<MessageRow, 'due'>) {
  const bounced = verdict.status.startsWith('bounced')
  return {
    status: verdict.status,
    attempts: verdict.attempts,
    t0: verdict.t0,
    statusAt: verdict.statusAt,
    code: verdict.code,
    charged: verdict.charged,
    bouncedAt: bounced ? verdict.statusAt : null,
    resend: verdict.resend,
    // queued has none until an attempt was refused, and then keeps it
    due: verdict.status === 'queued' ? (verdict.due ?? row.due) : verdict.due,
  }
}

function sameRow(a: MessageRow, b: MessageRow): boolean {
  const same = (x: Date | null, y: Date | null) => x?.getTime() === y?.getTime()
  return (
    a.status === b.status &&
    a.attempts === b.attempts &&
    a.charged === b.charged &&
    a.parts === b.parts &&
    a.code === b.code &&
    a.resend === b.resend &&
    a.gatewayId === b.gatewayId &&
    a.creditsE4 === b.creditsE4 &&
    a.stopReason === b.stopReason &&
    same(a.t0, b.t0) &&
    same(a.statusAt, b.statusAt) &&
    same(a.due, b.due) &&
    same(a.windowOverAt, b.windowOverAt) &&
    same(a.noReceiptAt, b.noReceiptAt)
  )
}

const isSent = (status: MessageStatus) => status !== 'queued' && status !== 'not_sent'
const chargeE4 = (row: MessageRow) => (row.charged ? (row.creditsE4 ?? 0) : 0)

function tallyChange(tallies: Tallies, was: MessageRow, now: MessageRow): void {
  const { activityId } = now
  if (was.status !== now.status) {
    tallies.add(activityId, was.status, -1)
    tallies.add(activityId, now.status, 1)
    if (now.status === 'not_sent')
      tallies.add(activityId, `not_sent:${now.excluded ?? now.stopReason ?? 'cancelled'}`, 1)
    if (was.status === 'not_sent')
      tallies.add(activityId, `not_sent:${was.excluded ?? was.stopReason ?? 'cancelled'}`, -1)
  }
  const charged = Number(now.charged) - Number(was.charged)
  const creditsE4 = chargeE4(now) - chargeE4(was)
  tallies.add(activityId, 'charged', charged, creditsE4)
  tallies.addBreakdown(activityId, 'country', now.country ?? '', 'charged', charged, creditsE4)
  breakDown(tallies, was, -1)
  breakDown(tallies, now, 1)
  for (const [event, timeOf] of seriesTimes) tallies.moveSeries(activityId, event, timeOf(was), timeOf(now))
}

function breakDown(tallies: Tallies, row: MessageRow, n: number): void {
  const { activityId, status, country, code, route } = row
  // what is left of a route for its gateway
  if (route !== null && (status === 'queued' || status === 'bounced_soft_retrying'))
    tallies.addBreakdown(activityId, 'route', String(route), status, n)
  // refused, and waits to be sent again
  if (status === 'queued' && code !== null) tallies.addBreakdown(activityId, 'code', code, status, n)
  if (!isSent(status)) return
  const gateway = String(row.gatewayId ?? '')
  tallies.addBreakdown(activityId, 'country', country ?? '', status, n)
  tallies.addBreakdown(activityId, 'gateway', gateway, status, n)
  if (code !== null) tallies.addBreakdown(activityId, 'code', code, status, n)
  const step = latencyStepOf(row)
  if (step !== null) tallies.addBreakdown(activityId, 'latency', `${gateway}/${step}`, 'delivered', n)
}

/** When a message came into what it counts as; null: it does not. */
const seriesTimes: readonly (readonly [event: CurveEvent, timeOf: (row: MessageRow) => Date | null])[] = [
  ['sent', row => (isSent(row.status) ? row.t0 : null)],
  ['delivered', row => (row.status === 'delivered' ? row.statusAt : null)],
  ['bounced', row => (row.status.startsWith('bounced') ? row.statusAt : null)],
]

/**
 * What has effects outside the bucket: a number may have to be closed, or opened again. Done by the drain of the outbox. Tests close
 * no number and open none.
 */
async function insertOutbox(tx: Db, before: MessageRow[], changed: MessageRow[]): Promise<void> {
  const updated = changed.filter(({ profileId }) => profileId !== testRecipient)
  const wasByKey = new Map(before.map(row => [keyOf(row), row]))
  const delivered = updated.filter(
    row => row.status === 'delivered' && wasByKey.get(keyOf(row))!.status !== 'delivered',
  )
  const closed = await closedAmong(tx, delivered)
  const effects = updated.filter(row => {
    const was = wasByKey.get(keyOf(row))!
    return (
      (row.status === 'bounced_hard' && row.countsNow && was.status !== 'bounced_hard') ||
      (row.status === 'delivered' &&
        (was.status === 'bounced_hard' ||
          (was.status !== 'delivered' && closed.has(`${row.workspaceId} ${row.address}`))))
    )
  })
  if (effects.length === 0) return
  await tx.run(
    sql`insert into outbox (bucket, activity_id, profile_id, kind, workspace_id, body, at)
      select u.bucket, u.activity_id, u.profile_id, 'hard_bounce', u.workspace_id, json_build_object('address', u.address)::jsonb, u.at
      from unnest(${effects.map(row => row.bucket)}::int[], ${effects.map(row => row.activityId)}::bigint[], ${effects.map(row => row.profileId)}::bigint[],
        ${effects.map(row => row.workspaceId)}::int[], ${effects.map(row => row.address)}::text[], ${effects.map(row => row.statusAt)}::timestamptz[])
        as u (bucket, activity_id, profile_id, workspace_id, address, at)
      order by u.bucket, u.activity_id, u.profile_id
      on conflict (bucket, activity_id, profile_id, kind) do nothing`,
    'record-outbox',
  )
}

const closedRows = rowsNamed('record-closed', { workspaceId: int, address: text })

/** The addresses that hard bounces closed, on any channel, and that have been delivered to after all: "workspace address". */
async function closedAmong(tx: Db, delivered: readonly MessageRow[]): Promise<Set<string>> {
  if (delivered.length === 0) return new Set()
  const rows = await tx.query<{ workspaceId: number; address: string }>(
    sql`select s.workspace_id as "workspaceId", s.address from suppressions s
      where s.workspace_id = any(${[...new Set(delivered.map(row => row.workspaceId))]}::int[]) and s.channel = any(${channelKeys}::text[])
        and s.address = any(${delivered.map(row => row.address)}::text[]) and s.reason = 'hard_bounces' and s.released_at is null`,
    closedRows,
  )
  return new Set(rows.map(({ workspaceId, address }) => `${workspaceId} ${address}`))
}
