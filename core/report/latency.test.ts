import fc from 'fast-check'
import { expect, test } from 'vitest'
import { latencyPercentile, latencyStep, latencyStepOf, latencySteps } from './latency.ts'

const at = (ms: number) => new Date(Date.UTC(2026, 10, 1) + ms)

test('steps grow, by half or less beyond the first second', () => {
  for (const [i, step] of latencySteps.entries()) {
    const before = latencySteps[i - 1] ?? 0
    expect(step).toBeGreaterThan(before)
    if (before >= 1000) expect(step / before).toBeLessThanOrEqual(1.5)
  }
})

test('a latency is in the first step that holds it, and one outside the scale is in the first or last step', () => {
  expect([-5000, 0, 100, 101, 1000, 1001].map(latencyStep)).toEqual([100, 100, 100, 150, 1000, 1500])
  expect(latencyStep(1e12)).toBe(latencySteps.at(-1))
})

test('a percentile is in the step of the true percentile', () => {
  const latencies = fc.array(fc.integer({ min: 1, max: 300_000_000 }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(latencies, fc.constantFrom(0.5, 0.9, 0.99), (all, share) => {
      const counts = [...Map.groupBy(all, latencyStep)].map(([step, { length: n }]) => ({ step, n }))
      const true_ = all.sort((a, b) => a - b)[Math.ceil(share * all.length) - 1] ?? 0
      const read = latencyPercentile(counts, share) ?? -1
      expect(latencyStep(read)).toBe(latencyStep(true_))
    }),
  )
})

test('an empty histogram has no percentile', () => {
  expect(latencyPercentile([], 0.5)).toBeNull()
  expect(latencyPercentile([{ step: 1000, n: 0 }], 0.5)).toBeNull()
})

test('only a delivery with a known time has a latency', () => {
  const delivered = { status: 'delivered', t0: at(0), statusAt: at(2500), noReceiptAt: null }
  expect(latencyStepOf(delivered)).toBe(3000)
  expect(latencyStepOf({ ...delivered, status: 'bounced_hard' })).toBeNull()
  expect(latencyStepOf({ ...delivered, t0: null })).toBeNull()
  expect(latencyStepOf({ ...delivered, noReceiptAt: at(2500) })).toBeNull()
})
