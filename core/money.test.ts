import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inCurrency, moneyOf, placesOf, plainDecimal, sharesOf, stepsOf } from './money.ts'

test('money is exact, with two places at least', () => {
  expect(moneyOf('12.5000', '0.4500')).toBe('5.625')
  expect(moneyOf('0.0000', '1.0000')).toBe('0.00')
  expect(moneyOf('3', '1')).toBe('3.00')
  expect(moneyOf('99999999.9999', '0.0001')).toBe('9999.99999999')
  expect(moneyOf('-1.5000', '2.0000')).toBe('-3.00')
  expect(moneyOf('0.1000', '0.2000')).toBe('0.02')
  expect(() => moneyOf('1e3', '1')).toThrow(RangeError)
})

test('an amount has the decimals of its currency, rounded half away from zero', () => {
  expect(['SEK', 'JPY', 'KWD', '??'].map(placesOf)).toEqual([2, 0, 3, 2])
  expect(['SEK', 'JPY', 'KWD'].map(currency => inCurrency('5.625', currency))).toEqual(['5.63', '6', '5.625'])
  expect(['SEK', 'JPY', 'KWD'].map(currency => inCurrency('-1234.5', currency))).toEqual([
    '-1234.50',
    '-1235',
    '-1234.500',
  ])
  expect(inCurrency('0', 'JPY')).toBe('0')
  expect(inCurrency('99999999999999999.994', 'SEK')).toBe('99999999999999999.99')
  expect(sharesOf(['1', '1'], '2.6', 'JPY')).toEqual({ total: '5', shares: ['3', '2'] })
  expect(sharesOf(['1', '1'], '0.0005', 'KWD')).toEqual({ total: '0.001', shares: ['0.001', '0.000'] })
})

test('a decimal is counted in whole steps, however large it is', () => {
  expect(stepsOf('999999999999999.0001', 4)).toBe(9999999999999990001n)
  expect(stepsOf('12.5', 4) - stepsOf('12.5000', 4)).toBe(0n)
  expect(stepsOf('-1', 2)).toBe(-100n)
  expect(() => stepsOf('1.00001', 4)).toThrow(RangeError)
})

test('a decimal is shown without the zeros at its end', () => {
  expect(['12.5000', '900.0000', '0.0000', '100', '10.0100'].map(plainDecimal)).toEqual([
    '12.5',
    '900',
    '0',
    '100',
    '10.01',
  ])
})

test('shares are given so that the columns of a table add up', () => {
  // Rounding each one alone gives 0.33 + 0.33 + 0.33, one hundredth short of what all cost.
  expect(sharesOf(['1', '1', '1'], '0.3333', 'SEK')).toEqual({ total: '1.00', shares: ['0.34', '0.33', '0.33'] })
  // Rounding each one alone gives 0.02 more than all cost.
  expect(sharesOf(['0.5', '0.5', '0.5', '0.5'], '0.01', 'SEK')).toEqual({
    total: '0.02',
    shares: ['0.01', '0.01', '0.00', '0.00'],
  })
  expect(sharesOf([], '1', 'SEK')).toEqual({ total: '0.00', shares: [] })
  expect(sharesOf(['12.5'], '0.45', 'SEK')).toEqual({ total: '5.63', shares: ['5.63'] })
})

test('shares add up to the total, whatever the amounts, and none is a hundredth or more from its own', () => {
  const decimal = (places: number, max: number) =>
    fc.integer({ min: 0, max }).map(n => {
      const digits = String(n).padStart(places + 1, '0')
      return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`
    })
  fc.assert(
    fc.property(fc.array(decimal(4, 2_000_000_000), { maxLength: 30 }), decimal(4, 100_000), (credits, value) => {
      const { total, shares } = sharesOf(credits, value, 'SEK')
      expect(shares.reduce((sum, share) => sum + stepsOf(share, 2), 0n)).toBe(stepsOf(total, 2))
      const exact = credits.map(one => stepsOf(moneyOf(one, value), 8))
      const all = exact.reduce((sum, one) => sum + one, 0n)
      expect(Math.abs(Number(all - stepsOf(total, 8)))).toBeLessThanOrEqual(500_000)
      for (const [i, share] of shares.entries())
        expect(Math.abs(Number(stepsOf(share, 8) - exact[i]!))).toBeLessThan(1_000_000)
    }),
  )
})
