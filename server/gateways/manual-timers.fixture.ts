/** A clock for tests whose hands are turned by hand: timers that are due run in order of its time, inside `advance`. */
import type { Timers } from './timers.ts'

export type ManualTimers = Timers & { advance(ms: number): void }

export function manualTimers(start = 1_000_000): ManualTimers {
  let now = start
  let number = 0
  const waiting = new Map<number, { at: number; run: () => void }>()
  return {
    now: () => now,
    after(ms, run) {
      const key = number++
      waiting.set(key, { at: now + ms, run })
      return () => waiting.delete(key)
    },
    advance(ms) {
      const end = now + ms
      for (;;) {
        let next: [number, { at: number; run: () => void }] | undefined
        for (const entry of waiting) if (entry[1].at <= end && (!next || entry[1].at < next[1].at)) next = entry
        if (!next) break
        waiting.delete(next[0])
        now = Math.max(now, next[1].at)
        next[1].run()
      }
      now = end
    },
  }
}
