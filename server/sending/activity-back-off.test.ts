import { expect, test } from 'vitest'
import { ActivityBackOff } from './activity-back-off.ts'

const sender = { kind: 'refused', code: 0x0a, reason: 'fault', counts: false } as const
const settings = { kind: 'refused', code: 0x50, reason: 'fault', counts: false } as const

test('an activity that is refused as a whole is asked for with one message, then with small windows, later and later', () => {
  const backOff = new ActivityBackOff()
  const asked: number[] = []
  let now = 0
  for (; now < 60_000; now += 100) {
    const may = backOff.allowance(now)
    if (may === 0) continue
    asked.push(may)
    for (let i = 0; i < Math.min(3, may); i++) backOff.refused(sender, now)
  }
  expect(asked[0]).toBe(Number.POSITIVE_INFINITY)
  expect(asked[1]).toBe(1)
  expect(asked.at(-1)).toBe(50)
  expect(asked.length).toBeLessThan(20)
})

test('its refusals count for its messages only when it is no hiccup of the gateway', () => {
  const backOff = new ActivityBackOff()
  for (let i = 0; i < 10; i++) expect(backOff.refused(sender, i * 100)).toBeUndefined()
  expect(backOff.refused(sender, 29_000)).toBeUndefined()
  expect(backOff.refused(sender, 31_000)).toBe('counts')
  backOff.taken()
  expect(backOff.refused(sender, 31_100)).toBeUndefined()
})

test('what is no word about the activity holds nothing back', () => {
  const backOff = new ActivityBackOff()
  for (let i = 0; i < 50; i++) {
    backOff.refused(settings, i)
    backOff.refused({ kind: 'refused', code: 'connection_lost', reason: 'local', counts: false }, i)
    backOff.refused({ kind: 'refused', code: 0x58, reason: 'throttle', counts: false }, i)
  }
  expect(backOff.allowance(50)).toBe(Number.POSITIVE_INFINITY)
})

test('a share of 80 % refused holds nobody back', () => {
  const backOff = new ActivityBackOff()
  let held = 0
  for (let i = 0; i < 5000; i++) {
    if (i % 5 === 0) backOff.taken()
    else backOff.refused({ ...sender, counts: true }, i)
    if (i > 10 && backOff.allowance(i) < 50) held++
  }
  expect(held).toBe(0)
})
