import { expect, test } from 'vitest'
import { amount, count, credits, money, percent, plural, roundMoney } from './numbers.ts'

test('an unknown value is a dash, never 0', () => {
  expect(count(null)).toBe('–')
  expect(percent(null)).toBe('–')
  expect(credits(null)).toBe('–')
})

test('a share is 0% or 100% only if it is exact', () => {
  expect(percent(0)).toBe('0%')
  expect(percent(1)).toBe('100%')
  expect(percent(0.00001)).toBe('< 0.1%')
  expect(percent(0.99999)).toBe('> 99.9%')
  expect(percent(0.9876)).toBe('98.8%')
})

test('counts are grouped, credits keep their decimals', () => {
  expect(count(1234567)).toBe('1,234,567')
  expect(credits('1234.5000')).toBe('1,234.5')
  expect(money('1234567.5', 'SEK')).toBe('1,234,567.50 SEK')
  expect(['SEK', 'JPY', 'KWD'].map(currency => money('1234.5678', currency))).toEqual([
    '1,234.57 SEK',
    '1,235 JPY',
    '1,234.568 KWD',
  ])
  expect(amount('12345678901234567890.05', 'EUR')).toBe('12,345,678,901,234,567,890.05')
  expect(plural(1, 'person', 'people')).toBe('1 person')
  expect(plural(2000, 'person', 'people')).toBe('2,000 people')
})

test('a sum at a glance is rounded from a thousand on', () => {
  expect(['18414.40', '999.5', '0.00'].map(amount => roundMoney(amount, 'SEK'))).toEqual([
    '18,414 SEK',
    '999.50 SEK',
    '0.00 SEK',
  ])
})
