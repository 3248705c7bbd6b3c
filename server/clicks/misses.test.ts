import { expect, test } from 'vitest'
import { Misses, missesAllowed } from './misses.ts'

test('misses are counted by address and minute; where it is not known who shares an address none is refused', () => {
  let nowMs = 0
  const misses = new Misses(() => nowMs)
  const answers = (key: string | null, times: number) =>
    Array.from({ length: times }, () => misses.allow(key)).filter(Boolean).length
  expect(answers('192.0.2.1', 300)).toBe(missesAllowed)
  expect(answers('192.0.2.2', 1)).toBe(1)
  expect(answers(null, 300)).toBe(300)
  nowMs = 60_000
  expect(answers('192.0.2.1', 1)).toBe(1)
})
