/**
 * What time and people decide, appended as facts: cancelled, too late, the end of the 48 hours, the end of the 72. The fold
 * never looks at a clock; this does. Stops pass over messages with an unanswered attempt: they wait for its answer.
 * Each sweep works in batches of its own transaction and may be repeated or done by several processes.
 *
 * Always: a round reads only open activities (`frozen_at` set, `swept_at` null), so that it costs the same after ten activities
 * as after ten thousand. An activity is closed when it is over, nothing of it is queued, retrying or pending, and its ledger is
 * settled; a late fact that moves its sums opens it again (server/credits/ledger.ts).
 */
import type { NotSentReasonKey } from '../../core/audience/not-sent-reasons.ts'
import { NO_RECEIPT_MS, RETRY_WINDOW_MS } from '../../core/messages/retry.ts'
import { settleCredits } from '../credits/ledger.ts'
import { type Grouping, groupForWriting } from '../messages/group.ts'
import type { MessageChange, MessageKey } from '../messages/message-change.ts'
import { record } from '../messages/record.ts'
import { type OpenSums, readOpenSums, Tallies } from '../messages/tallies.ts'
import { type Clock, monotonicMs } from '../platform/clock.ts'
import type { Database } from '../platform/db/database.ts'
import { int, orNull, rowsNamed, text, time } from '../platform/db/rows.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import { lastSlot } from './last-slot.ts'

const batchSize = 1000
const closedAtOnce = 500
/** A look for something to stop that found nothing is repeated after this, and each time after twice as long … */
const firstLookMs = 1_000
/** … but never later than this. */
const lastLookMs = 30_000
/** business time */
const silentMs = 600_000

export interface SweepInput {
  db: Database
  clock: Clock
  grouping: Grouping
  /** for the wait between two looks; `monotonicMs` */
  nowMs?: () => number
}

interface Open {
  id: number
  state: string
  latestAt: Date | null
  startedAt: Date
  finishedAt: Date | null
}

/** A look that found nothing: while nothing of `about` has changed, the next one is at `againMs` (monotonic). */
interface Looked {
  about: string
  waitMs: number
  againMs: number
}

const openRows = rowsNamed('sweep-open', {
  id: int,
  state: text,
  latestAt: orNull(time),
  startedAt: time,
  finishedAt: orNull(time),
})

export class Sweeper {
  readonly #input: SweepInput
  /** business time before which a look for missing receipts finds nothing new */
  readonly #silentUntil = new Map<number, number>()
  readonly #nothingToStop = new Map<number, Looked>()

  readonly #nowMs: () => number

  constructor(input: SweepInput) {
    this.#input = input
    this.#nowMs = input.nowMs ?? monotonicMs
  }

  /** One round over the open activities; how many messages changed. */
  async sweep(): Promise<number> {
    const { db, clock } = this.#input
    const now = clock.now()
    const open = await db.query<Open>(
      sql`select a.id, a.state, a.latest_at as "latestAt", a.frozen_at as "startedAt", a.finished_at as "finishedAt"
        from activities a where a.frozen_at is not null and a.swept_at is null order by a.id`,
      openRows,
    )
    const sums = await readOpenSums(
      db,
      open.map(({ id }) => id),
    )
    let changed = 0
    for (const activity of open) changed += await this.#sweepOne(activity, sums.get(activity.id) ?? nothing, now)
    const isOver = ({ id, state }: Open) => (state === 'sent' || state === 'cancelled') && !sums.has(id)
    await this.#close(
      open.filter(isOver).map(({ id }) => id),
      now,
    )
    this.#forgetClosed(new Set(open.map(({ id }) => id)))
    return changed
  }

  async #sweepOne(activity: Open, { queued, retrying, pending }: OpenSums, now: Date): Promise<number> {
    const { id, state, latestAt, startedAt, finishedAt } = activity
    const waiting = queued + retrying
    const ageMs = now.getTime() - startedAt.getTime()
    let changed = 0
    if (waiting + pending > 0) {
      if (state === 'cancelled') changed += await this.#stop(id, 'cancelled', now, { queued, retrying })
      else if (latestAt !== null && now > latestAt)
        changed += await this.#stop(id, 'too_late', now, { queued, retrying })
    }
    if (retrying > 0 && ageMs > RETRY_WINDOW_MS) changed += await this.#closeWindows(id, now)
    if (pending > 0 && ageMs > NO_RECEIPT_MS) changed += await this.#noReceipts(id, now)
    if (state === 'sent' && waiting > 0) await this.#takeUp(id)
    if (state === 'sending' && waiting === 0) await this.#finish(id, now)
    if (state === 'cancelled' && waiting === 0 && finishedAt === null)
      await this.#input.db.run(sql`update activities set finished_at = ${now} where id = ${id} and finished_at is null`)
    return changed
  }

  /**
   * What has a due time is found by its index; what was never tried has none, and is found by a pass over the activity, only
   * while some are queued. A pass that stops nothing (all are on their way) is repeated less and less often.
   */
  async #stop(
    activityId: number,
    reason: NotSentReasonKey,
    now: Date,
    sums: Pick<OpenSums, 'queued' | 'retrying'>,
  ): Promise<number> {
    const about = `${reason}/${sums.queued}/${sums.retrying}`
    const looked = this.#nothingToStop.get(activityId)
    if (looked?.about === about && this.#nowMs() < looked.againMs) return 0
    const stop = (key: MessageKey): MessageChange => ({ ...key, stop: { reason, at: now } })
    let stopped = await this.#inBatches(
      () => sql`select m.bucket, m.activity_id as "activityId", m.profile_id as "profileId" from messages m
        where m.bucket = any(${allBuckets}::int[]) and m.activity_id = ${activityId}::bigint and m.due is not null and ${stoppable}
        limit ${batchSize}`,
      stop,
    )
    if (sums.queued > 0)
      stopped += await this.#inBatches(
        after => sql`select m.bucket, m.activity_id as "activityId", m.profile_id as "profileId" from messages m
          where m.bucket = any(${allBuckets.slice(after?.bucket ?? 0)}::int[]) and m.activity_id = ${activityId}::bigint
            and (m.bucket > ${after?.bucket ?? -1}::int or m.profile_id > ${after?.profileId ?? 0}::bigint)
            and m.status = 'queued' and ${stoppable}
          order by m.bucket, m.profile_id limit ${batchSize}`,
        stop,
      )
    if (stopped > 0) this.#nothingToStop.delete(activityId)
    else {
      const waitMs = looked?.about === about ? Math.min(2 * looked.waitMs, lastLookMs) : firstLookMs
      this.#nothingToStop.set(activityId, { about, waitMs, againMs: this.#nowMs() + waitMs })
    }
    return stopped
  }

  #closeWindows(activityId: number, now: Date): Promise<number> {
    return this.#inBatches(
      () => sql`select m.bucket, m.activity_id as "activityId", m.profile_id as "profileId" from messages m
        where m.bucket = any(${allBuckets}::int[]) and m.activity_id = ${activityId} and m.due <= ${now} and m.status = 'bounced_soft_retrying'
          and m.t0 < ${new Date(now.getTime() - RETRY_WINDOW_MS)} and m.due > ${lastSlot} and m.window_over_at is null
        order by m.bucket, m.due limit ${batchSize}`,
      key => ({ ...key, windowOverAt: now }),
    )
  }

  /** There is no index for this: a look costs a pass over the activity, so an empty one is not repeated for ten minutes. */
  async #noReceipts(activityId: number, now: Date): Promise<number> {
    if ((this.#silentUntil.get(activityId) ?? 0) > now.getTime()) return 0
    const changed = await this.#inBatches(
      () => sql`select m.bucket, m.activity_id as "activityId", m.profile_id as "profileId" from messages m
        where m.bucket = any(${allBuckets}::int[]) and m.activity_id = ${activityId} and m.status = 'pending'
          and m.t0 <= ${new Date(now.getTime() - NO_RECEIPT_MS)} and m.no_receipt_at is null limit ${batchSize}`,
      key => ({ ...key, noReceiptAt: now }),
    )
    if (changed === 0) this.#silentUntil.set(activityId, now.getTime() + silentMs)
    return changed
  }

  /** `keysAfter`: a batch, behind the last key of the one before where it is a walk in key order. */
  async #inBatches(
    keysAfter: (last: MessageKey | undefined) => Sql,
    changeOf: (key: MessageKey) => MessageChange,
  ): Promise<number> {
    const { db, grouping } = this.#input
    let changed = 0
    let last: MessageKey | undefined
    for (;;) {
      const found = await db.query<MessageKey>(keysAfter(last))
      last = found.at(-1)
      let now = 0
      for (const group of groupForWriting(found.map(changeOf), grouping))
        await db.tx(async tx => {
          const tallies = new Tallies()
          now += await record(tx, group.items, tallies)
          await tallies.flush(tx, group.tallyBucket)
        })
      changed += now
      if (found.length < batchSize || now === 0) return changed
    }
  }

  /** A message that was on its way has bounced softly after all: there is something to send again. */
  async #takeUp(activityId: number): Promise<void> {
    await this.#input.db.run(
      sql`update activities set state = 'sending', finished_at = null where id = ${activityId} and state = 'sent'`,
    )
  }

  /** Sent: nothing is queued and no retry remains. Checked again under the lock: somebody may have paused it. */
  async #finish(activityId: number, now: Date): Promise<void> {
    await this.#input.db.run(
      sql`update activities a set state = 'sent', finished_at = ${now} where a.id = ${activityId} and a.state = 'sending'
        and not exists (select 1 from messages m where m.bucket = any(${allBuckets}::int[]) and m.activity_id = ${activityId} and m.due is not null)`,
    )
  }

  /** Read again under the locks: what moves a sum after this leaves a mark, and the ledger opens the activity again. */
  async #close(over: readonly number[], now: Date): Promise<void> {
    for (let first = 0; first < over.length; first += closedAtOnce)
      await this.#input.db.tx(async tx => {
        const locked = await tx.query<{ id: number }>(
          sql`select id from activities where id = any(${over.slice(first, first + closedAtOnce)}::bigint[])
              and swept_at is null and state in ('sent', 'cancelled') order by id for no key update`,
        )
        const ids = locked.map(({ id }) => id)
        const open = await readOpenSums(tx, ids)
        const closing = ids.filter(id => !open.has(id))
        await settleCredits(tx, closing, now)
        await tx.run(
          sql`update activities set swept_at = ${now}, finished_at = coalesce(finished_at, ${now}) where id = any(${closing}::bigint[])`,
        )
      })
  }

  #forgetClosed(open: ReadonlySet<number>): void {
    for (const kept of [this.#silentUntil, this.#nothingToStop])
      for (const id of kept.keys()) if (!open.has(id)) kept.delete(id)
  }
}

const nothing: OpenSums = { queued: 0, retrying: 0, pending: 0 }

/** Not stopped yet, something is left to send of it, and no attempt is under way. */
const stoppable = sql`m.stop_reason is null and (m.status in ('queued', 'bounced_soft_retrying') or m.resend is not null)
  and not exists (select from attempts a where a.bucket = m.bucket and a.activity_id = m.activity_id
    and a.profile_id = m.profile_id and a.n = m.attempts + 1)`

const allBuckets = Array.from({ length: 256 }, (_, bucket) => bucket)
