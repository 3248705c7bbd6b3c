import { expect, test } from 'vitest'
import { instantText, relativeTime, wallTime } from './time.ts'

const stockholm = 'Europe/Stockholm'

test('a wall time converts to its instant, whatever the zone of the machine', () => {
  expect(instantText('2026-11-23 19:04:00', stockholm)).toBe('2026-11-23T18:04:00.000Z')
  expect(instantText('2026-07-01 09:00:00', stockholm)).toBe('2026-07-01T07:00:00.000Z')
  expect(instantText('2026-07-01 09:00:00', 'America/Los_Angeles')).toBe('2026-07-01T16:00:00.000Z')
  expect(wallTime('2026-11-23T18:04:00Z', stockholm)).toBe('2026-11-23 19:04:00')
  expect(wallTime('2026-11-22T23:00:00Z', stockholm)).toBe('2026-11-23 00:00:00')
})

test('a skipped wall time moves forward, and a repeated one is the first', () => {
  expect(instantText('2026-03-29 02:30:00', stockholm)).toBe('2026-03-29T01:30:00.000Z')
  expect(instantText('2026-10-25 02:30:00', stockholm)).toBe('2026-10-25T00:30:00.000Z')
})

test('near times are relative, far ones are dates', () => {
  const now = Date.parse('2026-11-23T18:00:00Z')
  expect(relativeTime('2026-11-23T17:59:30Z', stockholm, now)).toBe('just now')
  expect(relativeTime('2026-11-23T17:57:00Z', stockholm, now)).toBe('3 minutes ago')
  expect(relativeTime('2026-11-23T20:00:00Z', stockholm, now)).toBe('in 2 hours')
  expect(relativeTime('2026-11-01T20:00:00Z', stockholm, now)).toBe('1 Nov 2026, 21:00')
})
