import { expect, test } from 'vitest'
import { moneyOf } from './money.ts'

test('money is exact, with two places at least', () => {
  expect(moneyOf('12.5000', '0.4500')).toBe('5.625')
  expect(moneyOf('0.0000', '1.0000')).toBe('0.00')
  expect(moneyOf('3', '1')).toBe('3.00')
  expect(moneyOf('99999999.9999', '0.0001')).toBe('9999.99999999')
  expect(moneyOf('-1.5000', '2.0000')).toBe('-3.00')
  expect(moneyOf('0.1000', '0.2000')).toBe('0.02')
  expect(() => moneyOf('1e3', '1')).toThrow(RangeError)
})
