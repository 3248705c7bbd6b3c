import { expect, test } from 'vitest'
import { percent } from '../ui/numbers.ts'
import { besidePast } from './usual.ts'

const past = {
  activities: 10,
  comparedAt: 90,
  deliveryRate: 0.9,
  clickRate: 0.1,
  unsubscribedRate: 0.01,
  costPerClicker: 12,
}

test.each([
  [0.15, 'higher', '▲ usually 10.0%', 'better'],
  [0.05, 'higher', '▼ usually 10.0%', 'worse'],
  [0.15, 'lower', '▲ usually 10.0%', 'worse'],
  [0.105, 'higher', 'usually 10.0%', 'same'],
] as const)('%s, better if %s, reads %s and is %s', (value, better, words, verdict) => {
  expect(besidePast(value, past.clickRate, past, better, percent)).toMatchObject({ words, verdict })
})

test('nothing is usual with fewer than three, before sending, or without the rate', () => {
  expect(besidePast(0.1, 0.1, { ...past, activities: 2 }, 'higher', percent)).toBeNull()
  expect(besidePast(0.1, 0.1, { ...past, comparedAt: null }, 'higher', percent)).toBeNull()
  expect(besidePast(null, 0.1, past, 'higher', percent)).toBeNull()
  expect(besidePast(0.1, null, past, 'higher', percent)).toBeNull()
  expect(besidePast(0.1, 0.1, undefined, 'higher', percent)).toBeNull()
})

test('a usual rate of zero is no division', () => {
  expect(besidePast(0, 0, past, 'lower', percent)?.verdict).toBe('same')
  expect(besidePast(0.01, 0, past, 'lower', percent)).toMatchObject({ words: '▲ usually 0%', verdict: 'worse' })
})
