/**
 * Which activities does a session send for, over which routes, and which buckets of them? All that are being sent over its gateway, in turn: those
 * whose own gateway it is, and those that have a route over it. Buckets are shared
 * out among the living sessions of the gateway, in groups of 16: for efficiency only, the key of the attempt decides whose a message is.
 */
import { type Clock, monotonicMs } from '../platform/clock.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { flag, int, orNull, rowsNamed } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import type { Log } from '../platform/log.ts'
import { ActivityLane, claimsOf } from './activity-lane.ts'
import { readPlanOrPause } from './plan.ts'
import { placeAmong } from './session-lease.ts'

export interface ActivityLanesInput {
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
  readonly #input: ActivityLanesInput
  #lanes: ActivityLane[] = []
  #byKey = new Map<string, ActivityLane>()
  #buckets = allBuckets
  #readMs = Number.NEGATIVE_INFINITY
  #turn = 0

  constructor(input: ActivityLanesInput) {
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
    const buckets = bucketsOfSession(await placeAmong(db, gatewayId, sessionId))
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
export const bucketsOfSession = ({ place, count }: { place: number; count: number }): number[] =>
  allBuckets.filter(bucket => (bucket >> 4) % count === place)

const laneKey = ({ activityId, route }: { activityId: number; route: number | null }) => `${activityId}/${route ?? ''}`

const laneRows = rowsNamed('sender-activities', { activityId: int, route: orNull(int), hasRoutes: flag })
const leftRows = rowsNamed('sender-left', { activityId: int, route: orNull(int), queued: int, retrying: int })

interface Left {
  activityId: number
  route: number | null
  queued: number
  retrying: number
}

/**
 * Nothing while the gateway is paused. What is left of a route has sums of its own; the activity's own gateway has what is left of all, less those. Three statements, of which an
 * idle session sends the first and only activities with routes need the last: no row of activities is joined with sums by a subquery of its own, which a cluster refuses.
 */
export async function readSending(db: Db, gatewayId: number): Promise<Left[]> {
  const lanes = await db.query(
    sql`select a.id as "activityId", null::smallint as route, exists (select 1 from activity_routes r where r.activity_id = a.id) as "hasRoutes"
      from activities a join gateways g on g.id = a.gateway_id and g.channel = a.channel and g.paused_at is null
      where a.state = 'sending' and a.gateway_id = ${gatewayId}
      union all
      select a.id, r.route, true from activity_routes r join activities a on a.id = r.activity_id join gateways g on g.id = r.gateway_id and g.channel = a.channel and g.paused_at is null
      where a.state = 'sending' and r.gateway_id = ${gatewayId}
      order by 1, 2 nulls first`,
    laneRows,
  )
  if (lanes.length === 0) return []
  const ids = (some: typeof lanes) => [...new Set(some.map(({ activityId }) => activityId))]
  const all = await db.query(
    sql`select /* fanout */ t.activity_id as "activityId", null::smallint as route,
        coalesce(sum(t.n) filter (where t.figure = 'queued'), 0)::bigint as queued,
        coalesce(sum(t.n) filter (where t.figure = 'bounced_soft_retrying'), 0)::bigint as retrying
      from tallies t where t.bucket = ${everyBucket} and t.activity_id = any(${ids(lanes)}::bigint[])
        and t.figure in ('queued', 'bounced_soft_retrying') group by 1`,
    leftRows,
  )
  const routed = ids(lanes.filter(({ hasRoutes }) => hasRoutes))
  const ofRoutes = routed.length === 0 ? [] : await readLeftOfRoutes(db, routed)
  return lanes.map(({ activityId, route }) => {
    const of = (rows: readonly Left[], figure: 'queued' | 'retrying') =>
      rows.filter(row => row.activityId === activityId).reduce((sum, row) => sum + row[figure], 0)
    if (route === null) {
      const left = (figure: 'queued' | 'retrying') => of(all, figure) - of(ofRoutes, figure)
      return { activityId, route, queued: left('queued'), retrying: left('retrying') }
    }
    const own = ofRoutes.filter(row => row.route === route)
    return { activityId, route, queued: of(own, 'queued'), retrying: of(own, 'retrying') }
  })
}

const routeLeftRows = rowsNamed('sender-left-of-routes', {
  activityId: int,
  route: orNull(int),
  queued: int,
  retrying: int,
})

function readLeftOfRoutes(db: Db, activityIds: readonly number[]): Promise<Left[]> {
  return db.query(
    sql`select /* fanout */ b.activity_id as "activityId", b.key::smallint as route,
        coalesce(sum(b.n) filter (where b.figure = 'queued'), 0)::bigint as queued,
        coalesce(sum(b.n) filter (where b.figure = 'bounced_soft_retrying'), 0)::bigint as retrying
      from breakdowns b where b.bucket = ${everyBucket} and b.activity_id = any(${activityIds}::bigint[]) and b.kind = 'route'
        and b.figure in ('queued', 'bounced_soft_retrying') group by 1, 2`,
    routeLeftRows,
  )
}
