import { expect, test } from 'vitest'
import { count, credits, money, percent, plural } from './numbers.ts'

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
  expect(money('0.12345678', 'EUR')).toBe('0.12345678 EUR')
  expect(money('12345678901234567890.05')).toBe('12,345,678,901,234,567,890.05')
  expect(plural(1, 'person', 'people')).toBe('1 person')
  expect(plural(2000, 'person', 'people')).toBe('2,000 people')
})
