import { expect, test } from 'vitest'
import { readTypedTime } from './typedTime.ts'

test.each([
  ['2026-12-01 14:30', '2026-12-01 14:30:00'],
  ['2026-12-01T14:30:00', '2026-12-01 14:30:00'],
  ['2026/12/1, 9.05', '2026-12-01 09:05:00'],
  [' 1 Dec 2026, 14:30 ', '2026-12-01 14:30:00'],
  ['1 December 2026 2:30 pm', '2026-12-01 14:30:00'],
  ['1.12.2026 14.30', '2026-12-01 14:30:00'],
  ['1. 12. 2026 12:00 am', '2026-12-01 00:00:00'],
])('%s', (text, wall) => expect(readTypedTime(text)).toBe(wall))

test.each([
  '',
  '14:30',
  '2026-12-01',
  '2026-02-30 10:00',
  '2026-12-01 24:00',
  '2026-12-01 10:60',
  '01/12/2026 14:30',
  '1 Foo 2026 10:00',
  'tomorrow 10:00',
  '2026-12-01 13:00 pm',
])('%s is no time that is certain', text => expect(readTypedTime(text)).toBeUndefined())
