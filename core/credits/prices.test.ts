import { expect, test } from 'vitest'
import { priceListOf } from './prices.ts'

test('the longest prefix decides; a number without any has no price', () => {
  const prices = priceListOf([
    { prefix: '+46', creditsE4: 10_000 },
    { prefix: '+4676', creditsE4: 15_000 },
    { prefix: '+47', creditsE4: 20_000 },
  ])
  expect(['+46701740605', '+46761740605', '+4790123456', '+4520123456', ''].map(prices.creditsE4)).toEqual([
    10_000,
    15_000,
    20_000,
    null,
    null,
  ])
  expect([...prices.prefixes!]).toEqual([
    [5, ['+4676']],
    [3, ['+46', '+47']],
  ])
})

test('a workspace without any price pays one credit per part, and its numbers are not told apart', () => {
  const prices = priceListOf([])
  expect(prices.prefixes).toBeNull()
  expect(prices.creditsE4('+1')).toBe(10_000)
})
