/** Long work in pieces, so that no request waits for it: between two pieces all that waits has its turn. */
import { setImmediate } from 'node:timers/promises'
import { monotonicMs } from './clock.ts'

/** To be awaited between pieces; it lets others have their turn where the pieces since the last time took so long. */
export function breather(ms = 10): () => Promise<void> {
  let since = monotonicMs()
  return async () => {
    if (monotonicMs() - since < ms) return
    await setImmediate()
    since = monotonicMs()
  }
}
