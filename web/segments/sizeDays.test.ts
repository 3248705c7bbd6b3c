/** Days of sizes: gaps stay gaps, also where clocks change, and a change of conditions is no growth. */
import { expect, test } from 'vitest'
import { countedStretches, everyDay, rowsOf } from './sizeDays.ts'

const counted = (day: string, size: number | null, more: object = {}) => ({
  day,
  size,
  why: null,
  isOther: false,
  ...more,
})

test('days that are missing are empty, in whichever order they come', () => {
  expect(everyDay([counted('2026-03-30', 3), counted('2026-03-28', 1)]).map(({ day, size }) => [day, size])).toEqual([
    ['2026-03-28', 1],
    ['2026-03-29', null],
    ['2026-03-30', 3],
  ])
  expect(everyDay([])).toEqual([])
  expect(everyDay([counted('2027-12-31', 1), counted('2028-03-01', 2)])).toHaveLength(62)
})

test('a line ends at a gap, and 0 is no gap', () => {
  const days = [counted('a', 0), counted('b', 2), counted('c', null), counted('d', 4)]
  expect(countedStretches(days)).toEqual([
    [
      { at: 0, size: 0 },
      { at: 1, size: 2 },
    ],
    [{ at: 3, size: 4 }],
  ])
})

test('the table has one row for days that nobody counted, the reason of a count that failed, and each change', () => {
  const rows = rowsOf([
    counted('2026-03-31', 9, { isOther: true }),
    counted('2026-03-30', null, { why: 'slow' }),
    counted('2026-03-29', 7),
    counted('2026-03-26', 4),
    counted('2026-03-25', 5),
  ])
  expect(rows.map(({ from, to, size, change, why }) => [from, to, size, change, why])).toEqual([
    ['2026-03-31', '2026-03-31', 9, null, null],
    ['2026-03-30', '2026-03-30', null, null, 'slow'],
    ['2026-03-29', '2026-03-29', 7, 3, null],
    ['2026-03-27', '2026-03-28', null, null, null],
    ['2026-03-26', '2026-03-26', 4, -1, null],
    ['2026-03-25', '2026-03-25', 5, null, null],
  ])
})
