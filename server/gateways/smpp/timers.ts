/**
 * Real time for sessions: time-outs, back-off, keep-alive, rates. Never business time. Passed in, so that tests turn the
 * hands themselves.
 */
export type Timers = {
  /** Milliseconds that only grow; comparable with Date.now() unless somebody set the machine's clock. */
  now(): number
  /** Runs once after `ms`; the result cancels it. */
  after(ms: number, run: () => void): () => void
}

export const realTimers: Timers = {
  now: () => performance.timeOrigin + performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
