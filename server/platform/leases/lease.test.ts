import { expect, test } from 'vitest'
import { type Moment, Trust } from './lease.ts'

const terms = { leaseMs: 10_000, marginMs: 2000 }

/** Both clocks in the hands of the test. */
function clocks() {
  const now: Moment = { monotonicMs: 5000, wallMs: 1_800_000_000_000 }
  const pass = (ms: number) => {
    now.monotonicMs += ms
    now.wallMs += ms
  }
  return { now: () => ({ ...now }), at: now, pass }
}

test('nothing is trusted before the first renewal', () => {
  expect(new Trust(terms, clocks().now).holds()).toBe(false)
})

test('trust ends a margin before the lease, counted from before the renewal was sent', () => {
  const { now, pass } = clocks()
  const trust = new Trust(terms, now)
  const began = now()
  pass(3000)
  trust.renewed(began)
  pass(4999)
  expect(trust.holds()).toBe(true)
  pass(1)
  expect(trust.holds()).toBe(false)
})

test('a renewal that arrives out of order takes nothing away, and one that came too late gives nothing', () => {
  const { now, pass } = clocks()
  const trust = new Trust(terms, now)
  const early = now()
  pass(1000)
  const late = now()
  trust.renewed(late)
  trust.renewed(early)
  pass(7500)
  expect(trust.holds()).toBe(true)
  pass(500)
  const hung = late
  trust.renewed(hung)
  expect(trust.holds()).toBe(false)
})

test('a renewal that succeeds after a time of no trust gives it back, but not after the end', () => {
  const { now, pass } = clocks()
  const trust = new Trust(terms, now)
  trust.renewed(now())
  pass(60_000)
  expect(trust.holds()).toBe(false)
  trust.renewed(now())
  expect(trust.holds()).toBe(true)
  trust.end()
  trust.renewed(now())
  expect([trust.holds(), trust.ended]).toEqual([false, true])
})

test('a clock that is set back prolongs nothing, and a machine that slept has lost its trust', () => {
  const { now, at, pass } = clocks()
  const trust = new Trust(terms, now)
  trust.renewed(now())
  at.wallMs -= 600_000
  pass(8000)
  expect(trust.holds()).toBe(false)
  trust.renewed(now())
  // asleep: only the wall clock went on
  at.wallMs += 8000
  expect(trust.holds()).toBe(false)
})
