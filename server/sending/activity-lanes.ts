/**
 * Which activities does a session send for, over which routes, and which buckets of them? All that are being sent over its gateway, in turn: those
 * whose own gateway it is, and those that have a route over it. Buckets are shared
 * out among the living sessions of the gateway, in groups of 16: for efficiency only, the key of the attempt decides whose a message is.
 */
import type { BrokenDown, Tally } from '../../core/report/sums.ts'
import { type Clock, monotonicMs } from '../platform/clock.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { int, orNull, type RowOf, rowsNamed } from '../platform/db/rows.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
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
  #byKey = new Map<string, ActivityLane>()
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

  of(one: { activityId: number; route: number | null }): ActivityLane | undefined {
    return this.#byKey.get(laneKey(one))
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
    for (const { activityId, route, ...sums } of rows) {
      let lane = this.of({ activityId, route })
      if (lane === undefined) {
        const plan = await readPlanOrPause(db, activityId, linkUrl, clock.now(), warn)
        if (plan === undefined) continue
        lane = new ActivityLane(plan, route, claimsOf(db))
      } else if (!isSameShare) lane.walkAgain()
      lane.left(sums)
      next.push(lane)
    }
    this.#lanes = next
    this.#byKey = new Map(next.map(lane => [laneKey({ ...lane.plan, route: lane.route }), lane]))
    this.#readMs = nowMs
  }
}

/** The share of one of `count` sessions. */
export const bucketsOf = ({ place, count }: { place: number; count: number }): number[] =>
  allBuckets.filter(bucket => (bucket >> 4) % count === place)

const laneKey = ({ activityId, route }: { activityId: number; route: number | null }) => `${activityId}/${route ?? ''}`

const sendingRows = rowsNamed('sender-activities', { activityId: int, route: orNull(int), queued: int, retrying: int })

/** What is left of a route has sums of its own; the activity's own gateway has what is left of all, less those. */
export function readSending(db: Db, gatewayId: number): Promise<RowOf<typeof sendingRows>[]> {
  const all = (figure: Tally) => sql`coalesce((select sum(t.n) from tallies t
    where t.bucket = ${everyBucket} and t.activity_id = a.id and t.figure = ${figure}), 0)`
  const ofRoutes = (figure: BrokenDown<'route'>, which: Sql) => sql`coalesce((select sum(b.n) from breakdowns b
    where b.bucket = ${everyBucket} and b.activity_id = a.id and b.kind = 'route' and ${which} and b.figure = ${figure}), 0)`
  const own = (figure: BrokenDown<'route'>) => sql`${all(figure)} - case
    when exists (select from activity_routes r where r.activity_id = a.id) then ${ofRoutes(figure, sql`true`)} else 0 end`
  const its = (figure: BrokenDown<'route'>) => ofRoutes(figure, sql`b.key = r.route::text`)
  return db.query(
    sql`select a.id as "activityId", null::smallint as route, (${own('queued')})::bigint as queued, (${own('bounced_soft_retrying')})::bigint as retrying
      from activities a where a.state = 'sending' and a.gateway_id = ${gatewayId}
      union all
      select a.id, r.route, (${its('queued')})::bigint, (${its('bounced_soft_retrying')})::bigint
      from activity_routes r join activities a on a.id = r.activity_id where a.state = 'sending' and r.gateway_id = ${gatewayId}
      order by 1, 2 nulls first`,
    sendingRows,
  )
}
