/**
 * Two clocks. Business time (facts, due times, the 48 and 72 hours) is always an argument and comes from here. Its origin and rate are
 * in the database, so that all processes agree and a test can run 48 hours in seconds. Real time is for leases, timeouts, back-off and
 * rates; within a process it is `monotonicMs()`, which no change of the machine's clock affects.
 *
 * Business time never goes back, even if the machine's clock is set back: otherwise work that is due now would wait until the clock has caught
 * up. Until then business time runs at half speed (as adjtime(3) does), in all processes alike.
 */
export interface Clock {
  readonly rate: number
  /** Business time now. */
  now(): Date
  /** Real milliseconds until a business time; 0 if it has passed. */
  realMsUntil(at: Date): number
}

export interface RealTime {
  /** time of the machine's clock */
  wallMs?: () => number
  monotonicMs?: () => number
  /** lower bound: the last heartbeat of the installation */
  notBeforeMs?: number
}

export function makeClock(rate: number, realOriginMs: number, businessOriginMs: number, real: RealTime = {}): Clock {
  const steadyMs = makeSteady(real)
  const nowMs = () => businessOriginMs + (steadyMs() - realOriginMs) * rate
  return {
    rate,
    now: () => new Date(nowMs()),
    realMsUntil: at => Math.max(0, (at.getTime() - nowMs()) / rate),
  }
}

/** The machine's clock while it moves forward. */
function makeSteady({
  wallMs = Date.now,
  monotonicMs: passedMs = monotonicMs,
  notBeforeMs = 0,
}: RealTime): () => number {
  let steady = Math.max(wallMs(), notBeforeMs)
  let seen = passedMs()
  return () => {
    const passed = passedMs() - seen
    seen += passed
    steady = Math.max(wallMs(), steady + passed / 2)
    return steady
  }
}

/**
 * Real milliseconds since an arbitrary moment, for every wait, timeout and age within one process. It never goes back, and it keeps running
 * while the process is stopped (SIGSTOP). Only a time that another process or the database reads is a `Date`.
 */
export const monotonicMs = (): number => performance.now()
