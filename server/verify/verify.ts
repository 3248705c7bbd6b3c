/**
 * Do the caches still follow from the facts? Every cached column of every message, every tally and breakdown, the ledger's charges of
 * activities, the current consents and the marks of shared numbers are recomputed and compared. Each difference is reported, and
 * nothing is changed.
 *
 * On a busy database it does not cry wolf: an activity is compared within one snapshot (REPEATABLE READ, read only), because
 * a fact and its caches change in one transaction. That is the one place that asks for more than READ COMMITTED; on a cluster,
 * which has no snapshot over its nodes, run it while nothing is being sent.
 */
import { type Channel, channelInWords } from '../../core/channels.ts'
import { foldMessage } from '../../core/messages/fold.ts'
import { judgeClicks } from '../clicks/judge.ts'
import { readToJudge } from '../clicks/reevaluate.ts'
import { verdictColumns } from '../messages/record.ts'
import { type Database, type Db, overClient } from '../platform/db/database.ts'
import { empty, sql } from '../platform/db/sql.ts'
import { consentDifferences, sharedNumberDifferences } from './caches.ts'
import { SnapshotReader } from './cursors.ts'
import type { Difference } from './difference.ts'
import { ledgerDifferences } from './ledger-differences.ts'
import { type MessageWithFacts, readMessages, type StoredMessage, type VerifiedClick } from './message-facts.ts'
import { Sums } from './recomputed-sums.ts'

export interface Verified {
  /** messages */
  checked: number
  /** those whose clicks are still to be judged by the current rules: the figures were compared with the stored verdicts */
  toJudge: number
  /** the first ones, at most `MAX_DIFFERENCES` */
  differences: Difference[]
}

export const MAX_DIFFERENCES = 10_000

export interface VerifyOptions {
  /** this activity only; else all of them, and the caches of profiles */
  activityId?: number | undefined
  /** real time to wait for a ledger that lags */
  ledgerWaitMs?: number
}

export async function verify(
  db: Database,
  { activityId, ledgerWaitMs = 3_000 }: VerifyOptions = {},
): Promise<Verified> {
  const result: Verified = { checked: 0, toJudge: 0, differences: [] }
  const tell = (differences: readonly Difference[]) => {
    for (const difference of differences)
      if (result.differences.length < MAX_DIFFERENCES) result.differences.push(difference)
  }
  const only = activityId === undefined ? empty : sql`and a.id = ${activityId}`
  // Without messages and without sums there is nothing to compare: drafts.
  const activities = await db.query<{ id: number; channel: string }>(
    sql`select /* fanout */ a.id, a.channel from activities a where true ${only}
      and (a.frozen_at is not null or a.id in (select t.activity_id from tallies t)) order by a.id`,
  )
  for (const { id, channel } of activities) {
    const { checked, toJudge } = await verifyActivity(db, { id, channel: channelInWords(channel) }, tell)
    result.checked += checked
    result.toJudge += toJudge
  }
  tell(
    await ledgerDifferences(db, {
      activityIds: activities.map(({ id }) => id),
      waitMs: ledgerWaitMs,
    }),
  )
  if (activityId === undefined) {
    tell(await consentDifferences(db))
    tell(await sharedNumberDifferences(db))
  }
  return result
}

async function verifyActivity(
  db: Database,
  { id: activityId, channel }: { id: number; channel: Channel },
  tell: (differences: readonly Difference[]) => void,
): Promise<Pick<Verified, 'checked' | 'toJudge'>> {
  const client = await db.connect()
  let broken: unknown
  try {
    const reader = await SnapshotReader.begin(client)
    const sums = new Sums()
    const slots = await readSlots(overClient(client), activityId)
    const isToJudge = await readToJudge(overClient(client))
    let checked = 0
    let toJudge = 0
    for await (const found of readMessages(reader, activityId)) {
      if (found.message !== undefined) checked++
      const { profileId } = found
      const isOpen = found.clicks.length > 0 && isToJudge({ bucket: profileId & 255, activityId, profileId })
      if (isOpen) toJudge++
      const clicks = isOpen ? found.clicks : judgedClicks(found, slots)
      const differences = compareMessage({ activityId, channel }, found, sums, clicks, isOpen)
      if (differences.length > 0) tell(differences)
    }
    tell(await sums.compare(overClient(client), activityId))
    await reader.end()
    return { checked, toJudge }
  } catch (error) {
    broken = error
    throw error
  } finally {
    client.release(broken !== undefined)
  }
}

function compareMessage(
  { activityId, channel }: { activityId: number; channel: Channel },
  found: MessageWithFacts,
  sums: Sums,
  clicks: readonly VerifiedClick[],
  isOpen: boolean,
): Difference[] {
  const { message, attempts, answers, receipts, optedOut, profileId } = found
  const name = `message ${activityId}/${profileId}`
  if (message === undefined) return [{ what: `${name}: facts without a message`, stored: 'facts', computed: null }]
  const { parts, excluded, windowOverAt, noReceiptAt, stopReason, stopAt } = message
  const stop = stopReason !== null && stopAt !== null ? { reason: stopReason, at: stopAt } : null
  const verdict = foldMessage({
    channel,
    parts,
    excluded,
    stop,
    windowOverAt,
    noReceiptAt,
    attempts,
    answers,
    receipts,
  })
  sums.addMessage(verdict, message, optedOut)
  const clickCounts = sums.addClicks(clicks)

  const differences: Difference[] = []
  const differ = (column: string, stored: Value, computed: Value) => {
    if (!same(stored, computed))
      differences.push({ what: `${name}: ${column}`, stored: shown(stored), computed: shown(computed) })
  }
  const columns = verdictColumns(verdict, message)
  for (const column of cached) differ(column, message[column], columns[column])
  differ('firstClickAt', message.firstClickAt, clickCounts?.firstHumanAt ?? null)
  differ('firstVisitAt', message.firstVisitAt, clickCounts?.firstVisitAt ?? null)
  for (const [i, click] of found.clicks.entries()) {
    const at = click.at.toISOString()
    differ(`verdict of the click at ${at}`, wordsOf(click), wordsOf(clicks[i] ?? click))
    differ(`sign of the click at ${at}`, click.signed, clicks[i]?.signed ?? false)
    // Of messages that are still to be judged, what an earlier version did not keep.
    if (!isOpen || click.counts !== null)
      differ(`count of the click at ${at}`, click.counts, clickCounts?.counts[i] === true)
  }
  if (optedOut !== (message.unsubscribedAt !== null)) differ('unsubscribed', message.unsubscribedAt !== null, optedOut)
  // Without a due time, a queued message would wait forever.
  const next = attempts.reduce((n, attempt) => Math.max(n, attempt.n), 0)
  if (next > verdict.attempts + 1) differ('attempts without an answer', next - verdict.attempts, 1)
  return differences
}

/** Its clicks, judged by the rules from the stored visits; that an address had a crowd is taken from the stored verdict. */
function judgedClicks(
  { clicks, views, pagesSeen, attempts, receipts }: MessageWithFacts,
  slots: ReadonlyMap<number, number>,
): VerifiedClick[] {
  if (clicks.length === 0) return []
  const submittedAt = attempts.map(({ at }) => at)
  const delivered = receipts.flatMap(({ outcome, n, at, afterMs }) => {
    const attempt = attempts.find(one => one.n === n)
    if (outcome !== 'delivered' || attempt === undefined) return []
    const byThen = afterMs === null ? at.getTime() : Math.min(at.getTime(), attempt.at.getTime() + afterMs)
    return [{ byThen, dated: afterMs !== null }]
  })
  const deliveredAt = delivered.some(({ dated }) => dated)
    ? new Date(Math.min(...delivered.map(({ byThen }) => byThen)))
    : null
  const judged = judgeClicks(clicks, views, slots, { submittedAt, deliveredAt, pagesSeen })
  return clicks.map((click, i) => ({ ...click, ...judged[i] }))
}

const wordsOf = ({ verdict, reason }: { verdict: string; reason: string | null }) =>
  reason === null ? verdict : `${verdict}: ${reason}`

/** The places of the tracked links of an activity in its text, by link id. */
async function readSlots(db: Db, activityId: number): Promise<ReadonlyMap<number, number>> {
  const rows = await db.query<{ id: number; slot: number }>(
    sql`select l.id, l.slot from links l where l.activity_id = ${activityId} and l.kind = 'link'`,
  )
  return new Map(rows.map(({ id, slot }) => [id, slot]))
}

const cached = [
  'status',
  'attempts',
  't0',
  'statusAt',
  'code',
  'charged',
  'bouncedAt',
  'resend',
  'due',
] as const satisfies (keyof StoredMessage)[]

type Value = string | number | boolean | Date | null

function same(a: Value, b: Value): boolean {
  return a === b || (a instanceof Date && b instanceof Date && a.getTime() === b.getTime())
}

function shown(value: Value): string | number | boolean | null {
  return value instanceof Date ? value.toISOString() : value
}
