/**
 * The connections of the web process, by what they are for: each kind of request has its own, so that none waits behind another. What a
 * stranger may not wait for comes first: short links and opt-out pages, who signs in, whether the process is ready.
 *
 * A process has at most 37 connections here; those that nobody uses are closed after a few seconds, so that it has a handful at rest.
 * Time-outs are those of the statements of each kind. A change gives up the wait for a lock after a moment, returns its connection and
 * tries again (`patiently`): a waiting request holds none.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicMs } from '../clock.ts'
import { busy } from '../fair-queue.ts'
import { type Connection, type Database, openDatabase, sqlState } from './database.ts'

export interface Lanes {
  /** short links and opt-out pages */
  links: Database
  /** sign-in, and who sends a request */
  access: Database
  /** is the database there? */
  ready: Database
  reads: Database
  writes: Database
  /** whom an activity would reach: long, and on several cores */
  counts: Database
  /** held as long as a reader takes */
  exports: Database
}

const sizes: Readonly<Record<keyof Lanes, number>> = {
  links: 4,
  access: 4,
  ready: 1,
  reads: 6,
  writes: 4,
  // A count leaves half of them (each-row.ts).
  counts: 10,
  exports: 8,
}

const CONNECT_MS = 8_000
const IDLE_MS = 10_000

export function openLanes(connection: Connection): Lanes & { end(): Promise<void> } {
  const open = (lane: keyof Lanes) =>
    openDatabase({ connection, lane, max: sizes[lane], connectMs: CONNECT_MS, idleMs: IDLE_MS })
  const lanes: Lanes = {
    links: open('links'),
    access: open('access'),
    // Kept: a look must not wait for a new one.
    ready: openDatabase({ connection, lane: 'ready', max: sizes.ready, connectMs: CONNECT_MS, idleMs: 0 }),
    reads: open('reads'),
    writes: patient(open('writes')),
    counts: patient(open('counts')),
    exports: open('exports'),
  }
  return {
    ...lanes,
    async end() {
      await Promise.all(Object.values(lanes).map((db: Database) => db.end()))
    },
  }
}

/** All over one pool: for a process that serves nobody but itself. */
export function oneLane(db: Database): Lanes {
  return { links: db, access: db, ready: db, reads: db, writes: db, counts: db, exports: db }
}

const lockNotAvailable = '55P03'
/** From the first lock that was not there in time. */
const patienceMs = 5_000
const longestPauseMs = 250

/** What did not get a lock in time has changed nothing and can be done again, whole: a statement, or a transaction from its beginning. */
export function patient(db: Database, waitMs = patienceMs): Database {
  return {
    ...db,
    query: (...statement) => patiently(() => db.query(...statement), waitMs),
    run: (...statement) => patiently(() => db.run(...statement), waitMs),
    tx: work => patiently(() => db.tx(work), waitMs),
  }
}

async function patiently<Result>(work: () => Promise<Result>, waitMs: number): Promise<Result> {
  let untilMs: number | undefined
  for (let pauseMs = 20; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await work()
    } catch (error) {
      if (sqlState(error) !== lockNotAvailable) throw error
      untilMs ??= monotonicMs() + waitMs
      if (monotonicMs() + pauseMs > untilMs) throw busy('what it changes is being written by another request', error)
    }
    await sleep(pauseMs)
  }
}
