/** For tests: gateways that take a number of messages per second, and senders that write whenever their pace allows, on a manual clock. */
import type { Pace } from './pace.ts'

/** Does it take a message that arrives now? */
export type Limiter = (now: number) => boolean

export function tokenBucket(rate: number, size: number): Limiter {
  let tokens = size
  let at = 0
  return now => {
    tokens = Math.min(size, tokens + ((now - at) / 1000) * rate)
    at = now
    if (tokens < 1) return false
    tokens--
    return true
  }
}

/** The limit in any 1,000 ms. */
export function window(rate: number): Limiter {
  const taken: number[] = []
  return now => {
    while (taken.length > 0 && taken[0]! <= now - 1000) taken.shift()
    if (taken.length >= rate) return false
    taken.push(now)
    return true
  }
}

export function perSecond(rate: number): Limiter {
  let second = -1
  let count = 0
  return now => {
    if (Math.floor(now / 1000) !== second) {
      second = Math.floor(now / 1000)
      count = 0
    }
    return ++count <= rate
  }
}

/** Refuses everything for `ms` of every `everyMs`. */
export const troubled =
  (inner: Limiter, everyMs: number, ms: number): Limiter =>
  now =>
    now % everyMs >= ms && inner(now)

/** Refuses this share of the messages at random, whatever the rate; the same ones in each run. */
export function random(share: number, inner: Limiter = () => true, seed = 1): Limiter {
  let state = seed
  return now => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32 >= share && inner(now)
  }
}

/** Everybody has as much to send as they may. */
export function runAgainst(input: {
  pace: (now: number) => Pace[]
  limiter: Limiter
  size: number
  answerMs: number
  seconds: number
}): { perSecond: number; accepted: number[]; refused: number; longestGapMs: number } {
  const { limiter, size, answerMs, seconds } = input
  const start = 1000
  const paces = input.pace(start)
  const flights: { sender: number; writtenAt: number; taken: boolean }[] = []
  const open = paces.map(() => 0)
  const accepted = paces.map(() => 0)
  let refused = 0
  let last = start
  let longestGapMs = 0
  for (let now = start; now < start + seconds * 1000; now++) {
    while (flights[0] !== undefined && flights[0].writtenAt + answerMs <= now) {
      const { sender, writtenAt, taken } = flights.shift()!
      open[sender]!--
      if (taken) {
        accepted[sender]!++
        paces[sender]!.accepted(1, now)
        longestGapMs = Math.max(longestGapMs, now - last)
        last = now
      } else {
        refused++
        paces[sender]!.throttled(now, writtenAt)
      }
    }
    paces.forEach((pace, sender) => {
      const most = pace.probing ? 1 : Math.min(size, 10 + accepted[sender]!)
      const count = Math.max(0, Math.min(most - open[sender]!, pace.allowance(now)))
      pace.spend(count, now)
      for (let i = 0; i < count; i++) {
        open[sender]!++
        flights.push({ sender, writtenAt: now, taken: limiter(now) })
      }
    })
  }
  return { perSecond: accepted.reduce((sum, n) => sum + n, 0) / seconds, accepted, refused, longestGapMs }
}
