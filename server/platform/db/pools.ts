/**
 * The connections of the web process, by purpose. Each kind of request has its own pool, so that none waits behind another. Requests of
 * strangers come first: short links, opt-out pages, sign-in and the readiness check.
 *
 * A process has at most 37 connections here. Idle ones are closed after a few seconds, so that a handful remains at rest. Each pool has the
 * timeouts of its kind of statement. A change that waits too long for a lock returns its connection and retries (`patient`): a waiting
 * request holds no connection.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicMs } from '../clock.ts'
import { busy } from '../fair-queue.ts'
import { type ConnectionConfig, type Database, openDatabase, sqlState } from './database.ts'

export interface Lanes {
  /** short links and opt-out pages */
  links: Database
  /** sign-in and authentication */
  access: Database
  /** readiness check */
  ready: Database
  reads: Database
  writes: Database
  /** audience counts: long, on several cores */
  counts: Database
  /** held as long as the client reads */
  exports: Database
}

const sizes: Readonly<Record<keyof Lanes, number>> = {
  links: 4,
  access: 4,
  ready: 1,
  reads: 6,
  writes: 4,
  // A count leaves half of them to others (each-row.ts).
  counts: 10,
  exports: 8,
}

const CONNECT_MS = 8_000
const IDLE_MS = 10_000

export function openLanes(connection: ConnectionConfig): Lanes & { end(): Promise<void> } {
  const open = (lane: keyof Lanes) =>
    openDatabase({ connection, lane, max: sizes[lane], connectMs: CONNECT_MS, idleMs: IDLE_MS })
  const lanes: Lanes = {
    links: open('links'),
    access: open('access'),
    // Kept open: a readiness check must not wait for a new connection.
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

/** One pool for everything: for a process that serves no one else. */
export function oneLane(db: Database): Lanes {
  return { links: db, access: db, ready: db, reads: db, writes: db, counts: db, exports: db }
}

const lockNotAvailable = '55P03'
/** Counted from the first lock timeout. */
const patienceMs = 5_000
const longestPauseMs = 250

/** A statement or transaction that did not get a lock in time has changed nothing: it is repeated from its beginning. */
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
