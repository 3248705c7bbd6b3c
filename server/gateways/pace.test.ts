import { describe, expect, test } from 'vitest'
import { Pace } from './pace.ts'
import { type Limiter, perSecond, random, runAgainst, tokenBucket, troubled, window } from './paced-gateway.fixture.ts'

/** Writes whenever it may, for `ms`; how many were sent. */
function run(pace: Pace, from: number, ms: number): number {
  let count = 0
  for (let now = from; now < from + ms; now += 5) {
    const n = Math.min(1000, pace.allowance(now))
    pace.spend(n, now)
    count += n
  }
  return count
}

describe('the rate that the operator set', () => {
  test.each([1, 10, 333, 5000])('%i per second is kept, and no second holds more', rate => {
    const sent = run(new Pace(rate, 0), 0, 10_000)
    expect(sent).toBeGreaterThanOrEqual(rate * 10 * 0.97)
    expect(sent).toBeLessThanOrEqual(rate * 10)
  })

  test('it tells when to come back', () => {
    const pace = new Pace(2, 0)
    pace.spend(pace.allowance(0), 0)
    expect(pace.allowance(0)).toBe(0)
    expect(pace.waitMs(0)).toBeGreaterThanOrEqual(500)
    expect(pace.allowance(pace.waitMs(0))).toBe(1)
  })

  test('zero is no limit', () => {
    expect(new Pace(0, 0).allowance(0)).toBe(Number.POSITIVE_INFINITY)
    expect(new Pace(0, 0).waitMs(0)).toBe(0)
  })
})

const limiters: [string, (rate: number) => Limiter][] = [
  ['a window of one second', rate => window(rate)],
  ['a bucket of one second', rate => tokenBucket(rate, rate)],
  ['calendar seconds', rate => perSecond(rate)],
]
const rates = [1, 2, 10, 30]
const windows = [1, 10, 100, 1000]

describe.each(limiters)('a gateway that counts by %s', (_, limiterOf) => {
  test.each(rates.flatMap(rate => windows.map(size => [rate, size] as const)))(
    'gets its contract of %i per second, with a window of %i',
    (rate, size) => {
      for (const answerMs of [2, 20]) {
        const ran = runAgainst({
          pace: now => [new Pace(rate, now)],
          limiter: limiterOf(rate),
          size,
          answerMs,
          seconds: 60,
        })
        expect(ran.perSecond).toBeGreaterThanOrEqual(rate * 0.95)
        expect(ran.longestGapMs).toBeLessThanOrEqual(2000)
      }
    },
  )

  test.each(rates.flatMap(rate => windows.map(size => [rate, size] as const)))(
    'and is in trouble for half a second of ten: %i per second of the rest, window %i',
    (rate, size) => {
      const limiter = troubled(limiterOf(rate), 10_000, 500)
      const ran = runAgainst({ pace: now => [new Pace(rate, now)], limiter, size, answerMs: 20, seconds: 60 })
      expect(ran.perSecond).toBeGreaterThanOrEqual(rate * 0.95 * 0.95)
      expect(ran.longestGapMs).toBeLessThanOrEqual(2000)
    },
  )

  test.each([10, 30, 45].flatMap(rate => windows.map(size => [rate, size] as const)))(
    'and takes %i per second, where no rate is set: found out and kept, with a window of %i',
    (rate, size) => {
      const ran = runAgainst({
        pace: now => [new Pace(0, now)],
        limiter: limiterOf(rate),
        size,
        answerMs: 20,
        seconds: 60,
      })
      expect(ran.perSecond).toBeGreaterThanOrEqual(rate * 0.95)
      expect(ran.longestGapMs).toBeLessThanOrEqual(2000)
      // and the gateway is not flooded while it is found out
      expect(ran.refused).toBeLessThan(rate * 3 + 50)
    },
  )

  test('shared by two senders: together they get it, and neither is starved', () => {
    const pace = (now: number) => [new Pace(0, now), new Pace(0, now)]
    const ran = runAgainst({ pace, limiter: limiterOf(30), size: 100, answerMs: 20, seconds: 120 })
    expect(ran.perSecond).toBeGreaterThanOrEqual(30 * 0.93)
    expect(Math.min(...ran.accepted)).toBeGreaterThan(ran.perSecond * 120 * 0.1)
  })
})

describe('a gateway that asks to slow down for some messages, however slowly they come', () => {
  const seeds = [1, 2, 3, 4, 5]
  const taken = (rate: number, limiter: Limiter, seconds: number) =>
    runAgainst({ pace: now => [new Pace(rate, now)], limiter, size: 100, answerMs: 20, seconds })

  test.each([
    [0.02, 500],
    [0.08, 200],
    [0.3, 100],
  ])('for a share of %d: without a rate it is not slowed down', (share, least) => {
    for (const seed of seeds)
      for (const seconds of [10, 100])
        expect(taken(0, random(share, undefined, seed), seconds).perSecond).toBeGreaterThanOrEqual(least)
  })

  test.each([
    [0.02, 0.92],
    [0.08, 0.95],
    [0.3, 0.85],
  ])('for a share of %d: a rate by contract is used', (share, least) => {
    for (const seed of seeds) {
      const ran = taken(30, random(share, undefined, seed), 300)
      expect(ran.perSecond + ran.refused / 300).toBeGreaterThanOrEqual(30 * least)
    }
  })

  test.each(limiters)('for 30 %% of them, and has a rate as well, by %s', (_, limiterOf) => {
    for (const seed of seeds) {
      const ran = taken(0, random(0.3, limiterOf(20), seed), 120)
      expect(ran.perSecond).toBeGreaterThanOrEqual(20 * 0.8)
      expect(ran.refused / 120).toBeLessThanOrEqual(30)
    }
  })
})

describe('slow down', () => {
  test('with nothing known of the rate it pauses for a second, once', () => {
    const pace = new Pace(0, 0)
    pace.accepted(40, 1500)
    expect(pace.throttled(2100)).toBe(true)
    expect(pace.throttled(2101)).toBe(false)
    expect(pace.pausedUntil).toBe(3100)
    expect(pace.allowance(3099)).toBe(0)
    expect(pace.waitMs(2600)).toBe(500)
    // one refusal says nothing of the rate; the next one soon after says what the gateway took in its last second
    expect(pace.rate).toBe(Number.POSITIVE_INFINITY)
    pace.accepted(40, 3500)
    expect(pace.throttled(4000)).toBe(true)
    expect(pace.rate).toBeCloseTo(39.4)
  })

  test('an answer to a message that was written before the pause changes nothing', () => {
    const pace = new Pace(100, 0)
    expect(pace.throttled(1000, 900)).toBe(true)
    expect(pace.throttled(1500, 950)).toBe(false)
    expect(pace.throttled(1500, 1400)).toBe(true)
  })

  test('one refusal out of the blue lowers no rate by contract', () => {
    const pace = new Pace(100, 0)
    pace.throttled(10)
    expect(pace.rate).toBeCloseTo(98.5)
    pace.accepted(500, 6000)
    pace.throttled(6001)
    expect(pace.rate).toBeCloseTo(98.5)
  })

  test('a gateway that refuses everything is asked with one message at a time, in a tenth of the time at most', () => {
    const pace = new Pace(100, 0)
    let now = 0
    let asked = 0
    while (now < 600_000) {
      pace.throttled(now)
      asked++
      now = pace.pausedUntil
    }
    expect(pace.probing).toBe(true)
    expect(asked).toBeLessThan(100)
    pace.accepted(1, now)
    expect(pace.probing).toBe(false)
  })
})

test('a faulty gateway is asked ever more seldom, until it accepts again', () => {
  const pace = new Pace(0, 0)
  let now = 0
  const waits = [0, 1, 2, 3, 4, 5, 6, 7].map(() => {
    pace.faulted(now)
    const wait = pace.pausedUntil - now
    now = pace.pausedUntil
    return wait
  })
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
  pace.accepted(1, now)
  pace.faulted(now)
  expect(pace.pausedUntil - now).toBe(1000)
})
