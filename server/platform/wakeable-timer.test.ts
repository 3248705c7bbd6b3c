import { expect, test, vi } from 'vitest'
import { Nap } from './wakeable-timer.ts'

test('it ends by itself, or when it is woken, and waking nobody does nothing', async () => {
  vi.useFakeTimers()
  try {
    const nap = new Nap()
    nap.wake()
    let ended = 0
    const take = () => nap.take(1000).then(() => ended++)
    const first = take()
    await vi.advanceTimersByTimeAsync(999)
    expect(ended).toBe(0)
    await vi.advanceTimersByTimeAsync(1)
    await first
    const second = take()
    nap.wake()
    await second
    expect([ended, vi.getTimerCount()]).toEqual([2, 0])
  } finally {
    vi.useRealTimers()
  }
})
