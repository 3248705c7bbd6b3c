/**
 * Which activities does a session send for, and which buckets of them? All that are being sent over its gateway, in turn. Buckets are shared
 * out among the living sessions of the gateway, in groups of 16: for efficiency only, the key of the attempt decides whose a message is.
 */
import { type Clock, monotonicMs } from '../platform/clock.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Log } from '../platform/log.ts'
import { ActivityLane, claimsOf } from './activity-lane.ts'
import { readPlanOrPause } from './plan.ts'
import { placeAmong } from './session-lease.ts'

export interface LanesInput {
  db: Database
  clock: Clock
  log: Log
  gatewayId: number
  sessionId: number
  linkUrl: string
}

const allBuckets: readonly number[] = Array.from({ length: 256 }, (_, bucket) => bucket)
/** How long what was read holds: where there are activities, and where there are none. */
const knownMs = 1000
const noneMs = 100

export class ActivityLanes {
  readonly #input: LanesInput
  #lanes: ActivityLane[] = []
  #byActivity = new Map<number, ActivityLane>()
  #buckets = allBuckets
  #readMs = Number.NEGATIVE_INFINITY
  #turn = 0

  constructor(input: LanesInput) {
    this.#input = input
  }

  /** Those of this session. */
  get buckets(): readonly number[] {
    return this.#buckets
  }

  of(activityId: number): ActivityLane | undefined {
    return this.#byActivity.get(activityId)
  }

  /** Each once. The next call begins behind the one at which this one was left. */
  *inTurn(): Iterable<ActivityLane> {
    const lanes = this.#lanes
    for (let i = 0; i < lanes.length; i++) yield lanes[this.#turn++ % lanes.length]!
  }

  /** Reads them where what is known is too old. */
  async refresh(): Promise<void> {
    const nowMs = monotonicMs()
    if (nowMs - this.#readMs < (this.#lanes.length > 0 ? knownMs : noneMs)) return
    const { db, clock, log, gatewayId, sessionId, linkUrl } = this.#input
    const rows = await readSending(db, gatewayId)
    const buckets = bucketsOf(await placeAmong(db, gatewayId, sessionId))
    const isSameShare = buckets.length === this.#buckets.length && buckets[0] === this.#buckets[0]
    this.#buckets = buckets
    const warn = (err: unknown, sentence: string) => log.warn({ err }, sentence)
    const next: ActivityLane[] = []
    for (const { id, ...sums } of rows) {
      let lane = this.#byActivity.get(id)
      if (lane === undefined) {
        const plan = await readPlanOrPause(db, id, linkUrl, clock.now(), warn)
        if (plan === undefined) continue
        lane = new ActivityLane(plan, claimsOf(db))
      } else if (!isSameShare) lane.walkAgain()
      lane.left(sums)
      next.push(lane)
    }
    this.#lanes = next
    this.#byActivity = new Map(next.map(lane => [lane.plan.activityId, lane]))
    this.#readMs = nowMs
  }
}

/** The share of one of `count` sessions. */
export const bucketsOf = ({ place, count }: { place: number; count: number }): number[] =>
  allBuckets.filter(bucket => (bucket >> 4) % count === place)

function readSending(db: Database, gatewayId: number): Promise<{ id: number; queued: number; retrying: number }[]> {
  return db.query(
    sql`select a.id,
        coalesce((select sum(t.n) from tallies t where t.bucket = ${everyBucket} and t.activity_id = a.id and t.figure = 'queued'), 0)::bigint as queued,
        coalesce((select sum(t.n) from tallies t where t.bucket = ${everyBucket} and t.activity_id = a.id and t.figure = 'bounced_soft_retrying'), 0)::bigint as retrying
      from activities a where a.state = 'sending' and a.gateway_id = ${gatewayId} order by a.id`,
    'sender-activities',
  )
}
