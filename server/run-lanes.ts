/** Runs the lanes of the inbox in a process: a loop for each lane, and one for records that wait. */
import { AppliedMarks } from './inbox/applied.ts'
import type { ApplyContext, Registration } from './inbox/applier.ts'
import { ApplyLane } from './inbox/apply-lane.ts'
import { type Lane, lanes } from './inbox/lanes.ts'
import { LaterLoop } from './inbox/later.ts'
import { retrySetAside } from './inbox/set-aside.ts'
import type { Grouping } from './messages/group.ts'
import type { Clock } from './platform/clock.ts'
import type { ConnectionConfig, Database } from './platform/db/database.ts'
import type { Log } from './platform/log.ts'
import { registrations } from './record-kinds.ts'

export interface InboxLanesInput {
  /** A pool for one lane. They are ended by `stop`. */
  open(lane: string, max: number): Database
  /** for renewals, which wait for no batch */
  leases: Database
  clock: Clock
  log: Log
  grouping: Grouping
  /** all of the product unless a test registers another */
  kinds?: readonly Registration[]
}

export interface RunningLanes {
  marks: AppliedMarks
  /** Something was appended for the lane. */
  wake(lane: Lane): void
  /** Finishes the batches under way. */
  stop(): Promise<void>
}

/** Each lane has its own connections and writes its own tallies, so that no lane waits for another. */
export function runLanes({ open, leases, clock, log, grouping, kinds = registrations }: InboxLanesInput): RunningLanes {
  const databases: Database[] = []
  const contextOf = (lane: string, nth: number): ApplyContext => {
    const db = open(lane, 3)
    databases.push(db)
    return { db, clock, grouping: { ...grouping, writer: (grouping.writer + 12 * nth) & 255 } }
  }
  const appliersOf = (context: ApplyContext) => kinds.map(kind => kind.makeApplier(context))
  const marks = new AppliedMarks(leases)
  const running = lanes.map((lane, nth) => {
    const context = contextOf(lane === 'gateway' ? 'apply' : `apply-${lane}`, nth)
    return {
      lane,
      loop: new ApplyLane({ db: context.db, leases, clock, log, lane, appliers: appliersOf(context), marks }),
    }
  })
  const context = contextOf('apply-waiting', lanes.length)
  const appliers = appliersOf(context)
  const waiting = new LaterLoop({
    leases,
    log,
    rounds: [
      ...kinds.flatMap(({ retryWaiting }) => (retryWaiting === undefined ? [] : [() => retryWaiting(context)])),
      () => retrySetAside(context.db, appliers),
    ],
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
export const laneLimits: ConnectionConfig = {
  idle_in_transaction_session_timeout: 8_000,
  statement_timeout: 60_000,
  query_timeout: 70_000,
}
