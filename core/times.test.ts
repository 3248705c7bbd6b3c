import { expect, test } from 'vitest'
import { isDay, isTime } from './times.ts'

test('a time has a zone, seconds, and a day that exists', () => {
  for (const good of [
    '2026-03-02T10:00:00Z',
    '2026-03-02T10:00:00+01:00',
    '2026-03-02T23:59:59.999999999-23:59',
    '2028-02-29T00:00:00.5Z',
    '9999-12-31T23:59:59.999Z',
    '1970-01-01T00:00:00Z',
  ])
    expect([good, isTime(good), Number.isNaN(new Date(good).getTime())]).toEqual([good, true, false])
  for (const odd of [
    '2026-12-31T23:59:60Z',
    '2026-03-02T24:00:00Z',
    '2026-02-30T10:00:00Z',
    '2027-02-29T10:00:00Z',
    '2026-13-01T10:00:00Z',
    '2026-00-10T10:00:00Z',
    '10000-01-01T00:00:00Z',
    '+010000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-01:00',
    '1969-12-31T23:59:59Z',
    '0000-01-01T00:00:00Z',
    '2026-03-02T10:00:00',
    '2026-03-02T10:00Z',
    '2026-03-02 10:00:00Z',
    '2026-03-02t10:00:00z',
    '2026-03-02',
    '2026-03-02T10:00:00+24:00',
    '2026-03-02T10:00:00+0100',
    '2026-03-02T10:00:00Z[Europe/Stockholm]',
    '2026-03-02T10:00:00Z[u-ca=hebrew]',
    '2026-03-02T10:00:00.Z',
    ' 2026-03-02T10:00:00Z',
    '2026-03-02T10:00:00Z\n',
    '٢٠٢٦-03-02T10:00:00Z',
    'tomorrow',
    '',
  ])
    expect([odd, isTime(odd)]).toEqual([odd, false])
})

test('a day is on the calendar', () => {
  expect(['2026-02-28', '2028-02-29', '2000-02-29', '0001-01-01'].map(isDay)).toEqual([true, true, true, true])
  expect(['2026-02-29', '2026-02-30', '1900-02-29', '2026-04-31', '2026-1-1', '2026-03-02 '].map(isDay)).toEqual(
    Array(6).fill(false),
  )
})
