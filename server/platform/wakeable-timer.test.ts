import { expect, test, vi } from 'vitest'
import { WakeableTimer } from './wakeable-timer.ts'

test('a sleep ends after its time or when woken; waking no one does nothing', async () => {
  vi.useFakeTimers()
  try {
    const timer = new WakeableTimer()
    timer.wake()
    let ended = 0
    const sleep = () => timer.sleep(1000).then(() => ended++)
    const first = sleep()
    await vi.advanceTimersByTimeAsync(999)
    expect(ended).toBe(0)
    await vi.advanceTimersByTimeAsync(1)
    await first
    const second = sleep()
    timer.wake()
    await second
    expect([ended, vi.getTimerCount()]).toEqual([2, 0])
  } finally {
    vi.useRealTimers()
  }
})
