import fc from 'fast-check'
import { expect, test } from 'vitest'
import { localAt } from '../../core/zones.ts'
import { momentAhead, momentOf } from './moments.ts'
import { past, scheduled } from './story.ts'

const zones = fc.constantFrom('Europe/Stockholm', 'America/New_York', 'Asia/Tokyo', 'Pacific/Auckland', 'UTC')
const nows = fc.date({ min: new Date('2026-01-01'), max: new Date('2036-01-01'), noInvalidDate: true })
const hourMs = 3_600_000

test('a day of the week some weeks ago, at its time of the zone', () => {
  const now = new Date('2026-11-29T23:05:00Z')
  const moment = { weeksAgo: 5, weekday: 4, time: '10:05:00' } as const
  expect(momentOf(moment, 'Europe/Stockholm', now).toISOString()).toBe('2026-10-29T09:05:00.000Z')
  expect(momentOf(moment, 'America/New_York', now).toISOString()).toBe('2026-10-22T14:05:00.000Z')
  expect(momentAhead({ daysAhead: 4, weekday: 4, time: '10:00:00' }, 'Europe/Stockholm', now).toISOString()).toBe(
    '2026-12-10T09:00:00.000Z',
  )
})

test('whenever the demo is made, its past is in order and by day, and its last SMS is final', () => {
  fc.assert(
    fc.property(zones, nows, (zone, now) => {
      const moments = past.map(({ at }) => momentOf(at, zone, now))
      expect(moments).toEqual(moments.toSorted((a, b) => a.getTime() - b.getTime()))
      for (const at of moments) expect(Number(localAt(zone, at.getTime()).time.slice(0, 2))).toBeGreaterThanOrEqual(8)
      for (const at of moments) expect(Number(localAt(zone, at.getTime()).time.slice(0, 2))).toBeLessThan(18)
      const lastSent = past.findLastIndex(({ kind }) => kind === 'sms')
      expect(now.getTime() - moments[lastSent]!.getTime()).toBeGreaterThan(76 * hourMs)
      expect(now.getTime()).toBeGreaterThan(moments.at(-1)!.getTime())
      const ahead = momentAhead(scheduled, zone, now).getTime() - now.getTime()
      expect(ahead).toBeGreaterThan((scheduled.daysAhead - 1) * 24 * hourMs)
      expect(ahead).toBeLessThan((scheduled.daysAhead + 8) * 24 * hourMs)
    }),
  )
})
