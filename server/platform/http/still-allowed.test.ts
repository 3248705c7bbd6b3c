import { expect, test, vi } from 'vitest'
import { makeStillAllowed } from './still-allowed.ts'

test('one look answers for all that the same one has open; all of it ends once, and a database that is away ends nothing', async () => {
  vi.useFakeTimers()
  const still = makeStillAllowed(1_000)
  const check = vi.fn<() => Promise<boolean>>().mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce(true)
  check.mockResolvedValue(false)
  const allowed = { key: 'one', principal: 'one', workspace: 'A', check }
  const ends = [vi.fn(), vi.fn(), vi.fn()]
  const stops = ends.map(end => still.watch(allowed, end))
  const other = vi.fn()
  still.watch({ ...allowed, key: 'two', check: async () => true }, other)
  stops[2]?.()
  await vi.advanceTimersByTimeAsync(2_500)
  expect(check).toHaveBeenCalledTimes(2)
  for (const end of ends) expect(end).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(ends.map(end => end.mock.calls.length)).toEqual([1, 1, 0])
  expect(check).toHaveBeenCalledTimes(3)
  expect(other).not.toHaveBeenCalled()
  vi.useRealTimers()
})
