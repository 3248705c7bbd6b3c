/** Hands each lane of the inbox what makes facts of its records: the owners of receipts, replies and visits do not know of each other. */
import { judgeDelivered, visitApplier } from './clicks/visit-applier.ts'
import { AppliedMarks } from './inbox/applied.ts'
import type { Applier } from './inbox/applier.ts'
import { ApplyLane } from './inbox/apply-lane.ts'
import { type Lane, lanes } from './inbox/lanes.ts'
import { LaterLoop } from './inbox/later.ts'
import { retrySetAside, unreadableApplier } from './inbox/set-aside.ts'
import { makeLinkRanges } from './links/range.ts'
import type { Grouping } from './messages/group.ts'
import type { Clock } from './platform/clock.ts'
import type { Connection, Database } from './platform/db/database.ts'
import type { Log } from './platform/log.ts'
import { receiptApplier } from './receipts/receipt-applier.ts'
import { retryWaiting } from './receipts/waiting.ts'
import { replyApplier } from './replies/reply-applier.ts'

export interface LanesInput {
  /** A pool for one lane. They are ended by `stop`. */
  open(lane: string, max: number): Database
  /** for renewals, which wait for no batch */
  leases: Database
  clock: Clock
  log: Log
  grouping: Grouping
}

export interface RunningLanes {
  marks: AppliedMarks
  /** Something was appended for the lane. */
  wake(lane: Lane): void
  /** Finishes the batches under way. */
  stop(): Promise<void>
}

/** Each lane has its own connections: nothing waits for what another lane does. */
export function runLanes({ open, leases, clock, log, grouping }: LanesInput): RunningLanes {
  const databases: Database[] = []
  const opened = (lane: string, max: number) => {
    const db = open(lane, max)
    databases.push(db)
    return db
  }
  // Tallies of a number of its own: lanes do not wait for each other's sums.
  const groupingOf = (nth: number): Grouping => ({ ...grouping, writer: (grouping.writer + 16 * nth) & 255 })
  const marks = new AppliedMarks(leases)
  const running = lanes.map((lane, nth) => {
    const db = opened(lane === 'gateway' ? 'apply' : `apply-${lane}`, 3)
    const appliers = makeAppliers({ db, clock, grouping: groupingOf(nth) })
    return { lane, loop: new ApplyLane({ db, leases, clock, log, lane, appliers, marks }) }
  })
  const later = { db: opened('apply-waiting', 3), clock, grouping: groupingOf(lanes.length) }
  const appliers = makeAppliers(later)
  const waiting = new LaterLoop({
    leases,
    log,
    rounds: [() => retryWaiting({ ...later, afterDelivered: judgeDelivered }), () => retrySetAside(later.db, appliers)],
  })
  const ended = [...running.map(({ loop }) => loop.run()), waiting.run()]
  return {
    marks,
    wake: lane => running.find(one => one.lane === lane)?.loop.wake(),
    async stop() {
      for (const { loop } of running) loop.stop()
      waiting.stop()
      await Promise.all(ended)
      await Promise.all(databases.map(db => db.end()))
    },
  }
}

/**
 * For the connections of the lanes. A process that is frozen in the middle of a transaction must not keep its locks from the
 * next holder of the lane, and a connection that hangs must not stop a lane for good.
 */
export const laneLimits: Connection = {
  idle_in_transaction_session_timeout: 8_000,
  statement_timeout: 60_000,
  query_timeout: 70_000,
}

/** In the order in which a batch of several kinds is applied. */
export function makeAppliers({
  db,
  clock,
  grouping,
}: {
  db: Database
  clock: Clock
  grouping: Grouping
}): readonly Applier[] {
  return [
    visitApplier(db, grouping, makeLinkRanges(db)),
    replyApplier(db, grouping.writer),
    unreadableApplier(db),
    receiptApplier({ db, clock, grouping, afterDelivered: judgeDelivered }),
  ]
}
