import { expect, test } from 'vitest'
import { moneyOf, plainDecimal, stepsOf } from './money.ts'

test('money is exact, with two places at least', () => {
  expect(moneyOf('12.5000', '0.4500')).toBe('5.625')
  expect(moneyOf('0.0000', '1.0000')).toBe('0.00')
  expect(moneyOf('3', '1')).toBe('3.00')
  expect(moneyOf('99999999.9999', '0.0001')).toBe('9999.99999999')
  expect(moneyOf('-1.5000', '2.0000')).toBe('-3.00')
  expect(moneyOf('0.1000', '0.2000')).toBe('0.02')
  expect(() => moneyOf('1e3', '1')).toThrow(RangeError)
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
