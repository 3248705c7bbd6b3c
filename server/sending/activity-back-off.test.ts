import { expect, test } from 'vitest'
import { ActivityBackOff } from './activity-back-off.ts'

test('an activity that is refused as a whole is asked for with one message, then with small windows, later and later', () => {
  const backOff = new ActivityBackOff()
  const asked: number[] = []
  let now = 0
  for (; now < 60_000; now += 100) {
    const may = backOff.allowance(now)
    if (may === 0) continue
    asked.push(may)
    for (let i = 0; i < Math.min(3, may); i++) backOff.refused(now)
  }
  expect(asked[0]).toBe(Number.POSITIVE_INFINITY)
  expect(asked[1]).toBe(1)
  expect(asked.at(-1)).toBe(50)
  expect(asked.length).toBeLessThan(20)
})

test('its refusals count for its messages only when it is no hiccup of the gateway', () => {
  const backOff = new ActivityBackOff()
  for (let i = 0; i < 10; i++) expect(backOff.refused(i * 100)).toBeUndefined()
  expect(backOff.refused(29_000)).toBeUndefined()
  expect(backOff.refused(31_000)).toBe('counts')
  backOff.taken()
  expect(backOff.refused(31_100)).toBeUndefined()
})

test('a share of 80 % refused holds nobody back', () => {
  const backOff = new ActivityBackOff()
  let held = 0
  for (let i = 0; i < 5000; i++) {
    if (i % 5 === 0) backOff.taken()
    else backOff.refused(i)
    if (i > 10 && backOff.allowance(i) < 50) held++
  }
  expect(held).toBe(0)
})
