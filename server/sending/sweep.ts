/**
 * What time and people decide, appended as facts: cancelled, too late, the end of the 48 hours, the end of the 72. The fold
 * never looks at a clock; this does. Stops pass over messages with an unanswered attempt: they wait for its answer.
 * Each sweep works in batches of its own transaction and may be repeated or done by several processes.
 */
import { NO_RECEIPT_MS } from '../../core/messages/retry.ts'
import { type Grouping, groupForWriting } from '../messages/group.ts'
import { type Change, type MessageKey, record } from '../messages/record.ts'
import { Tallies } from '../messages/tallies.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/db.ts'
import { type Sql, sql } from '../platform/sql.ts'

const batchSize = 1000

export interface SweepInput {
  db: Database
  clock: Clock
  grouping: Grouping
}

export class Sweeper {
  readonly #input: SweepInput
  /** business time before which a look for missing receipts finds nothing new */
  readonly #silentUntil = new Map<number, number>()

  constructor(input: SweepInput) {
    this.#input = input
  }

  /** One round over all activities that have something open; how many messages changed. */
  async sweep(): Promise<number> {
    const { db, clock } = this.#input
    const now = clock.now()
    const open = await db.query<{
      id: number
      state: string
      latestAt: Date | null
      startedAt: Date
      queued: number
      retrying: number
      pending: number
    }>(
      sql`select a.id, a.state, a.latest_at as "latestAt", a.frozen_at as "startedAt",
          coalesce(t.queued, 0) as queued, coalesce(t.retrying, 0) as retrying, coalesce(t.pending, 0) as pending
        from activities a
        left join (select x.activity_id, coalesce(sum(x.n) filter (where x.figure = 'queued'), 0)::bigint as queued,
            coalesce(sum(x.n) filter (where x.figure = 'bounced_soft_retrying'), 0)::bigint as retrying,
            coalesce(sum(x.n) filter (where x.figure = 'pending'), 0)::bigint as pending
          from tallies x where x.figure in ('queued', 'bounced_soft_retrying', 'pending') group by 1) t
          on t.activity_id = a.id
        where a.frozen_at is not null and (t.queued > 0 or t.retrying > 0 or t.pending > 0 or a.state = 'sending' or (a.state = 'cancelled' and a.swept_at is null))
        order by a.id`,
      'sweep-open',
    )
    let changed = 0
    for (const activity of open) {
      const { id, state, latestAt, startedAt } = activity
      if (activity.queued + activity.retrying + activity.pending > 0) {
        if (state === 'cancelled') changed += await this.#stop(id, 'cancelled', now)
        else if (latestAt !== null && now > latestAt) changed += await this.#stop(id, 'too_late', now)
      }
      if (activity.retrying > 0) changed += await this.#closeWindows(id, now)
      if (activity.pending > 0 && now.getTime() - startedAt.getTime() > NO_RECEIPT_MS)
        changed += await this.#noReceipts(id, now)
      if (state === 'sent' && activity.queued + activity.retrying > 0) await this.#takeUp(id)
      if (state === 'sending' && activity.queued === 0 && activity.retrying === 0) await this.#finish(id, now)
      if (state === 'cancelled' && activity.queued === 0 && activity.retrying === 0)
        await db.run(
          sql`update activities set swept_at = ${now}, finished_at = coalesce(finished_at, ${now}) where id = ${id} and swept_at is null`,
        )
    }
    return changed
  }

  /** Bucket by bucket: what is queued or due has no index of its own. */
  async #stop(activityId: number, reason: string, now: Date): Promise<number> {
    let stopped = 0
    for (const bucket of allBuckets)
      stopped += await this.#inBatches(
        sql`select m.bucket, m.activity_id as "activityId", m.profile_id as "profileId" from messages m
          where m.bucket = ${bucket}::int and m.activity_id = ${activityId}::bigint and m.stop_reason is null
            and (m.status in ('queued', 'bounced_soft_retrying') or m.resend is not null)
            and not exists (select from attempts a where a.bucket = m.bucket and a.activity_id = m.activity_id
              and a.profile_id = m.profile_id and a.n = m.attempts + 1)
          order by m.profile_id limit ${batchSize}`,
        key => ({ ...key, stop: { reason, at: now } }),
      )
    return stopped
  }

  #closeWindows(activityId: number, now: Date): Promise<number> {
    return this.#inBatches(
      sql`select m.bucket, m.activity_id as "activityId", m.profile_id as "profileId" from messages m
        where m.bucket = any(${allBuckets}::int[]) and m.activity_id = ${activityId} and m.due <= ${now} and m.status = 'bounced_soft_retrying'
          and m.t0 < ${new Date(now.getTime() - 48 * 3_600_000)} and m.due > m.t0 + interval '48 hours' and m.window_over_at is null
        order by m.bucket, m.due limit ${batchSize}`,
      key => ({ ...key, windowOverAt: now }),
    )
  }

  /** There is no index for this: a look costs a pass over the activity, so an empty one is not repeated for ten minutes. */
  async #noReceipts(activityId: number, now: Date): Promise<number> {
    if ((this.#silentUntil.get(activityId) ?? 0) > now.getTime()) return 0
    const changed = await this.#inBatches(
      sql`select m.bucket, m.activity_id as "activityId", m.profile_id as "profileId" from messages m
        where m.bucket = any(${allBuckets}::int[]) and m.activity_id = ${activityId} and m.status = 'pending'
          and m.t0 <= ${new Date(now.getTime() - NO_RECEIPT_MS)} and m.no_receipt_at is null limit ${batchSize}`,
      key => ({ ...key, noReceiptAt: now }),
    )
    if (changed === 0) this.#silentUntil.set(activityId, now.getTime() + 600_000)
    return changed
  }

  async #inBatches(keys: Sql, changeOf: (key: MessageKey) => Change): Promise<number> {
    const { db, grouping } = this.#input
    let changed = 0
    for (;;) {
      const found = await db.query<MessageKey>(keys)
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
        and not exists (select from messages m where m.bucket = any(${allBuckets}::int[]) and m.activity_id = ${activityId} and m.due is not null)`,
    )
  }
}

const allBuckets = Array.from({ length: 256 }, (_, bucket) => bucket)
