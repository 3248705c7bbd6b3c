/**
 * Real time for sessions: time-outs, back-off, keep-alive, rates. Never business time. Passed in, so that tests turn the
 * hands themselves.
 */
import { monotonicMs } from '../platform/clock.ts'

export type Timers = {
  /** Monotonic milliseconds since an arbitrary moment: comparable with each other only. */
  now(): number
  /** Runs once after `ms`; the result cancels it. */
  after(ms: number, run: () => void): () => void
}

export const realTimers: Timers = {
  now: monotonicMs,
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
