import { describe, expect, test } from 'vitest'
import { Pace } from './pace.ts'

/** Writes whenever it may, for `ms`; how many went out. */
function run(pace: Pace, from: number, ms: number): number {
  let count = 0
  for (let now = from; now < from + ms; now += 5) {
    const n = Math.min(1000, pace.allowance(now))
    pace.spend(n)
    count += n
  }
  return count
}

describe('the rate that the operator set', () => {
  test.each([1, 10, 333, 5000])('%i a second holds within its burst', rate => {
    const sent = run(new Pace(rate, 0), 0, 10_000)
    expect(sent).toBeGreaterThanOrEqual(rate * 10 * 0.98)
    expect(sent).toBeLessThanOrEqual(rate * 10 * 1.02 + 1)
  })

  test('it tells when to come back', () => {
    const pace = new Pace(2, 0)
    pace.spend(pace.allowance(0))
    expect(pace.allowance(0)).toBe(0)
    expect(pace.waitMs(0)).toBe(500)
    expect(pace.allowance(500)).toBe(1)
  })

  test('zero is no limit', () => {
    expect(new Pace(0, 0).allowance(0)).toBe(Number.POSITIVE_INFINITY)
    expect(new Pace(0, 0).waitMs(0)).toBe(0)
  })
})

describe('slow down', () => {
  test('pauses a second, halves once a pause, and grows back to what is set', () => {
    const pace = new Pace(100, 0)
    expect(pace.throttled(1000)).toBe(true)
    expect(pace.throttled(1001)).toBe(false)
    expect(pace.rate).toBe(50)
    expect(pace.pausedUntil).toBe(2000)
    expect(pace.allowance(1999)).toBe(0)
    expect(pace.waitMs(1500)).toBe(500)
    const first = run(pace, 2000, 1000)
    expect(first).toBeGreaterThanOrEqual(48)
    expect(first).toBeLessThanOrEqual(54)
    run(pace, 3000, 30_000)
    expect(pace.rate).toBe(100)
  })

  test('without a set rate it halves what the gateway took in the last second', () => {
    const pace = new Pace(0, 0)
    pace.accepted(400, 1500)
    expect(pace.throttled(2100)).toBe(true)
    expect(pace.rate).toBe(200)
  })

  test('five calm minutes later our own limit is forgotten', () => {
    const pace = new Pace(0, 0)
    pace.accepted(400, 1500)
    pace.throttled(1600)
    run(pace, 1600, 60_000)
    expect(pace.rate).toBeLessThan(10_000)
    pace.allowance(400_000)
    expect(pace.allowance(400_001)).toBe(Number.POSITIVE_INFINITY)
  })
})

test('a faulty gateway is asked ever more seldom, until it accepts again', () => {
  const pace = new Pace(0, 0)
  const waits = [0, 1, 2, 3, 4, 5, 6, 7].map(() => {
    const now = pace.pausedUntil
    pace.faulted(now)
    return pace.pausedUntil - now
  })
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
  const now = pace.pausedUntil
  pace.accepted(1, now)
  pace.faulted(now)
  expect(pace.pausedUntil - now).toBe(1000)
})
