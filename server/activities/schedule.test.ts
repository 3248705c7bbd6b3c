import { expect, test } from 'vitest'
import { stepsOf } from '../../core/money.ts'
import { hasGrown } from './schedule.ts'

const costlier = (before: string, now: string) => hasGrown(stepsOf(before, 4), stepsOf(now, 4), stepsOf('1', 4))

test('a price has grown noticeably by ten credits and more than a hundredth', () => {
  expect([costlier('100.0000', '109.9999'), costlier('100.0000', '110.0000')]).toEqual([false, true])
  expect([costlier('1000.0000', '1010.0000'), costlier('1000.0000', '1010.0001')]).toEqual([false, true])
  expect([costlier('500', '400'), costlier('0', '10')]).toEqual([false, true])
})

test('to the last place, also where a number has no room for it', () => {
  expect(costlier('900000000000000.0000', '909000000000000.0000')).toBe(false)
  expect(costlier('900000000000000.0000', '909000000000000.0001')).toBe(true)
})
