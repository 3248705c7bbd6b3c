import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareShares, wilson } from './intervals.ts'

test('the interval is Wilson’s: values of a published table', () => {
  // R: prop.test(n, d, correct = FALSE)$conf.int
  const known: [n: number, d: number, low: number, high: number][] = [
    [3, 10, 0.107789, 0.603222],
    [300, 1000, 0.272407, 0.32912],
    [0, 20, 0, 0.161125],
    [20, 20, 0.838875, 1],
    [1, 1, 0.206549, 1],
  ]
  for (const [n, d, low, high] of known) {
    const interval = wilson(n, d)
    expect(interval?.low).toBeCloseTo(low, 4)
    expect(interval?.high).toBeCloseTo(high, 4)
  }
})

test('it contains the rate, stays within 0 and 1, and narrows as the count grows', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (d, share) => {
      const n = Math.round(share * d)
      const { low, high } = wilson(n, d) ?? { low: -1, high: 2 }
      expect(low).toBeGreaterThanOrEqual(0)
      expect(high).toBeLessThanOrEqual(1)
      expect(low).toBeLessThanOrEqual(n / d)
      expect(high).toBeGreaterThanOrEqual(n / d)
      const wider = wilson(n, d)
      const narrower = wilson(n * 4, d * 4)
      expect((narrower?.high ?? 1) - (narrower?.low ?? 0)).toBeLessThan((wider?.high ?? 1) - (wider?.low ?? 0))
    }),
  )
})

test('a denominator of 0 has no interval, and n above d counts as d', () => {
  expect(wilson(0, 0)).toBeNull()
  expect(wilson(11, 10)).toEqual(wilson(10, 10))
})

test('a rate is clearly higher only if the intervals do not overlap', () => {
  expect(
    compareShares([
      { n: 30, d: 1000 },
      { n: 60, d: 1000 },
    ]),
  ).toEqual({ highest: 1, beaten: [0] })
  expect(
    compareShares([
      { n: 3, d: 100 },
      { n: 6, d: 100 },
    ]),
  ).toEqual({ highest: 1, beaten: [] })
  expect(
    compareShares([
      { n: 500, d: 1000 },
      { n: 0, d: 0 },
      { n: 490, d: 1000 },
      { n: 100, d: 1000 },
    ]),
  ).toEqual({ highest: 0, beaten: [3] })
  expect(compareShares([{ n: 1, d: 2 }])).toBeNull()
  expect(
    compareShares([
      { n: 1, d: 2 },
      { n: 0, d: 0 },
    ]),
  ).toBeNull()
})
