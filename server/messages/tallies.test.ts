import { expect, test } from 'vitest'
import { isCurve } from '../../core/report/curves.ts'
import { figureKeys, figures, figuresOf } from '../../core/report/figures.ts'
import { breakdowns } from '../../core/report/sums.ts'
import { Tallies } from './tallies.ts'

test('the key of a sum that is misspelt does not compile, nor a sum that its breakdown does not have', () => {
  const tallies = new Tallies()
  // @ts-expect-error: the sum is called "delivered"
  tallies.add(1, 'deliverd', 1)
  // @ts-expect-error: no reason is called so
  tallies.add(1, 'not_sent:forgotten', 1)
  // @ts-expect-error: devices are counted for clicks only
  tallies.addBreakdown(1, 'device', 'iphone', 'delivered', 1)
  // @ts-expect-error: its event is called "clicked"
  tallies.addSeries(1, new Date(0), 'clicks', 1)
  // @ts-expect-error: no figure is called so
  expect(figuresOf(new Map()).deliverd).toBeUndefined()
  tallies.addBreakdown(1, 'country', 'SE', 'charged', 1)
})

test('every tally that a figure adds up is counted, and every figure has its number', () => {
  const all = new Map(figures.flatMap(({ tallies }) => tallies).map(tally => [tally, 1]))
  expect(Object.keys(figuresOf(all))).toEqual(figureKeys)
  for (const { key, tallies } of figures) expect([key, figuresOf(all)[key]]).toEqual([key, tallies.length])
  expect(Object.keys(breakdowns)).toContain('link')
  expect(isCurve('toString')).toBe(false)
})
