import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { makeFollower } from './follower.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const takes = (ms: number) => vi.fn(() => new Promise<void>(resolve => setTimeout(resolve, ms)))

test('nothing is read while nothing changes', async () => {
  const read = takes(100)
  makeFollower(read, 3_000)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(read).not.toHaveBeenCalled()
})

test('a change is read at once, many changes every few seconds, the last one too', async () => {
  const read = takes(100)
  const { changed } = makeFollower(read, 3_000)
  changed()
  expect(read).toHaveBeenCalledTimes(1)
  for (let ms = 0; ms < 10_000; ms += 250) {
    await vi.advanceTimersByTimeAsync(250)
    changed()
  }
  expect(read).toHaveBeenCalledTimes(4)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(read).toHaveBeenCalledTimes(5)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(read).toHaveBeenCalledTimes(5)
})

test('what changes while it is being read is read again, and a slow reading is never cut off', async () => {
  const read = takes(20_000)
  const { changed } = makeFollower(read, 3_000)
  changed()
  await vi.advanceTimersByTimeAsync(10_000)
  changed()
  await vi.advanceTimersByTimeAsync(12_900)
  expect(read).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(200)
  expect(read).toHaveBeenCalledTimes(2)
})

test('a reading that fails does not end it, being stopped does', async () => {
  const read = vi.fn(() => Promise.reject(new Error('away')))
  const { changed, stop } = makeFollower(read, 3_000)
  changed()
  await vi.advanceTimersByTimeAsync(3_000)
  changed()
  expect(read).toHaveBeenCalledTimes(2)
  changed()
  stop()
  await vi.advanceTimersByTimeAsync(60_000)
  changed()
  expect(read).toHaveBeenCalledTimes(2)
})
