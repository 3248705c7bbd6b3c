import { expect, test } from 'vitest'
import { betterWords, verdictWords } from './verdicts.ts'

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

const contestant = (name: string, unique: number, delivered: number) => ({
  name,
  counts: { sent: delivered + 10, delivered, unique },
})

test('the answer names the better one, or says that it is too early or makes no difference', () => {
  const [worse, better] = [contestant('A', 30, 1000), contestant('B', 60, 1000)]
  expect(betterWords([worse, better], 10)).toEqual({
    title: '“B” did better',
    words: '6.0% of Delivered clicked, against 3.0%.',
  })
  const close = contestant('C', 58, 1000)
  expect(betterWords([worse, better, close], 5000)).toEqual({
    title: '“B” did better than “A”',
    words: '6.0% of Delivered clicked, against 3.0% and 5.8%. The difference to “C” could be due to chance.',
  })
  expect(betterWords([better, close], 90).title).toBe('Too early to say')
  expect(betterWords([better, close], 90).words).toContain('24 hours old')
  expect(betterWords([better, close], 1440)).toEqual({
    title: 'No clear difference',
    words: '6.0% of Delivered clicked, against 5.8%. The difference could be due to chance.',
  })
  expect(betterWords([better, contestant('D', 0, 0)], 5000).title).toBe('Too early to say')
})

test('where nobody has clicked, delivery decides', () => {
  const [a, b] = [contestant('A', 0, 5000), { name: 'B', counts: { sent: 5000, delivered: 3000, unique: 0 } }]
  expect(betterWords([a, b], 5000).words).toBe('99.8% of Sent were delivered, against 60.0%.')
})
