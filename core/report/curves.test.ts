import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cumulate, curveEvents, endOf, type MinuteCount, mostPoints, resample, stepFor } from './curves.ts'

const sent = (...minutes: number[]): MinuteCount[] => minutes.map(minute => ({ event: 'sent', minute, n: 1 }))

test('never more than 120 points, and no fewer than a quarter of them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000_000 }), minutes => {
      const points = Math.ceil(minutes / stepFor(minutes))
      expect(points).toBeLessThanOrEqual(mostPoints)
      expect(points).toBeGreaterThanOrEqual(Math.min(minutes, mostPoints / 4))
    }),
  )
})

test('the last point is the sum of all events before its end', () => {
  const counts = fc.array(
    fc.record({
      event: fc.constantFrom(...curveEvents),
      minute: fc.integer({ min: 0, max: 6000 }),
      n: fc.integer({ min: 0, max: 1000 }),
    }),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(counts, fc.integer({ min: 1, max: 6000 }), (all, end) => {
      const points = resample(all, end, stepFor(end))
      expect(points.at(-1)?.minutes).toBe(end)
      for (const event of curveEvents) {
        const expected = all.filter(one => one.event === event && one.minute < end).reduce((sum, { n }) => sum + n, 0)
        expect(cumulate(points).at(-1)?.[event]).toBe(expected)
      }
    }),
  )
})

test('an event is counted in its own interval, and an empty interval is 0', () => {
  expect(resample(sent(0, 1, 2, 9), 10, 2).map(point => [point.minutes, point.sent])).toEqual([
    [2, 2],
    [4, 1],
    [6, 0],
    [8, 0],
    [10, 1],
  ])
  expect(resample(sent(-1, 0), 1, 1)[0]?.sent).toBe(2)
  expect(resample([], 3, 2).map(({ minutes }) => minutes)).toEqual([2, 3])
})

test('a curve ends now while events arrive, and with its last event later', () => {
  expect(endOf('1h', sent(1), 12)).toBe(12)
  expect(endOf('1h', sent(1), 5000)).toBe(60)
  expect(endOf('all', sent(1), 5000)).toBe(4320)
  expect(endOf('all', sent(9000), 50_000)).toBe(9001)
  expect(endOf('all', [], 0)).toBe(1)
})
