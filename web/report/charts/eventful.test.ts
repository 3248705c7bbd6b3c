import { expect, test } from 'vitest'
import { eventful } from './eventful.ts'

const points = (...values: number[]) => values.map((sent, minutes) => ({ minutes, sent }))
const minutes = (of: { minutes: number }[]) => of.map(point => point.minutes)

test('a table has no runs of zeros, and no runs of the same sums but the last', () => {
  expect(minutes(eventful(points(0, 5, 0, 0, 2, 0), ['sent'], true))).toEqual([1, 4])
  expect(minutes(eventful(points(0, 5, 5, 5, 7, 7, 7), ['sent'], false))).toEqual([1, 4, 6])
  expect(eventful([], ['sent'], false)).toEqual([])
})
