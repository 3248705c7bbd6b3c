import { expect, test } from 'vitest'
import { verdictWords } from './verdicts.ts'

const of = (...shares: [n: number, d: number][]) =>
  verdictWords(
    ['A', 'B', 'C'],
    shares.map(([n, d]) => ({ n, d })),
  )

test('a difference is stated only if chance does not explain it', () => {
  expect(of([30, 1000], [60, 1000])).toBe('“B” is clearly higher.')
  expect(of([3, 100], [6, 100])).toMatch(/^No clear difference/)
  expect(of([900, 1000], [100, 1000], [50, 1000])).toBe('“A” is clearly higher than all others.')
  expect(of([500, 1000], [490, 1000], [100, 1000])).toBe(
    '“A” is clearly higher than “C”, and not clearly higher than the rest.',
  )
  expect(of([1, 10], [0, 0])).toBe('Not enough data to compare yet.')
})
