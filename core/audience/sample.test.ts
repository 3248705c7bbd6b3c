import { expect, test } from 'vitest'
import { estimateCount, estimateSum } from './sample.ts'

test('the range of a count', () => {
  expect(estimateCount(0, 1 / 8)).toEqual({ value: 0, low: 0, high: 27 })
  const { value, low, high } = estimateCount(10_000, 1 / 8)
  expect(value).toBe(80_000)
  expect(low).toBeGreaterThan(78_400)
  expect(high).toBeLessThan(81_600)
})

/** The same numbers each time: a linear congruential generator. */
function* chances(): Generator<number, never> {
  let state = 42
  for (;;) {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    yield state / 2 ** 32
  }
}

test.each([30, 400, 5000])('of %i people the ranges hold the truth 19 times of 20', people => {
  const chance = chances()
  const draw = () => chance.next().value
  let counted = 0
  let summed = 0
  const runs = 400
  for (let run = 0; run < runs; run++) {
    let found = 0
    let sum = 0
    let squares = 0
    let truth = 0
    for (let i = 0; i < people; i++) {
      const parts = draw() < 0.2 ? 2 : 1
      truth += parts
      if (draw() >= 1 / 8) continue
      found++
      sum += parts
      squares += parts * parts
    }
    const count = estimateCount(found, 1 / 8)
    const total = estimateSum(sum, squares, 1 / 8, 2)
    if (count.low <= people && people <= count.high) counted++
    if (total.low <= truth && truth <= total.high) summed++
  }
  expect(counted / runs).toBeGreaterThan(0.93)
  expect(summed / runs).toBeGreaterThan(0.93)
})
