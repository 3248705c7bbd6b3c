import { expect, test } from 'vitest'
import { countryOfZone, currencyOf, isCurrency } from './countries.ts'

test('a country has a currency that Intl knows', () => {
  const codes = ['SE', 'DE', 'US', 'GB', 'NO', 'DK', 'FI', 'CH', 'JP', 'KW', 'BG', 'SL']
  expect(codes.map(currencyOf)).toEqual([
    'SEK',
    'EUR',
    'USD',
    'GBP',
    'NOK',
    'DKK',
    'EUR',
    'CHF',
    'JPY',
    'KWD',
    'EUR',
    'SLE',
  ])
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  const every = letters.flatMap(a => letters.map(b => `${a}${b}`)).flatMap(code => currencyOf(code) ?? [])
  expect(every.length).toBeGreaterThan(200)
  expect(every.filter(currency => !isCurrency(currency))).toEqual([])
})

test('a currency is three letters of ISO 4217', () => {
  expect(['SEK', 'EUR', 'JPY'].every(isCurrency)).toBe(true)
  expect(['', 'EURO', 'eur', 'ABC', 'SE'].some(isCurrency)).toBe(false)
})

test('a zone belongs to the country that it lies in', () => {
  const zones = ['Europe/Stockholm', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Australia/Sydney']
  expect(zones.map(countryOfZone)).toEqual(['SE', 'DE', 'US', 'JP', 'AU'])
  expect(['UTC', 'Etc/GMT+5', 'Mars/Olympus'].map(countryOfZone)).toEqual([undefined, undefined, undefined])
})
