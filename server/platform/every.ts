/** Work that a process repeats for as long as it runs. */
import type { Warn } from './limited-warnings.ts'
import { WakeableTimer } from './wakeable-timer.ts'

/** Does it again and again with a pause between; what goes wrong is said and tried again. The returned function stops it. */
export function every(ms: number, warn: Warn, what: string, work: () => Promise<unknown>): () => Promise<void> {
  let stopped = false
  const timer = new WakeableTimer()
  const loop = (async () => {
    while (!stopped) {
      try {
        await work()
      } catch (error) {
        warn(error, `${what}: tried again in a moment`)
      }
      if (!stopped) await timer.sleep(ms)
    }
  })()
  return () => {
    stopped = true
    timer.wake()
    return loop
  }
}
