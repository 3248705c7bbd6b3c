/** Splits long work into pieces so that requests are served in between. */
import { setImmediate } from 'node:timers/promises'
import { monotonicMs } from './clock.ts'

/** Await it between pieces: it yields to the event loop once the pieces since the last yield took `ms`. */
export function breather(ms = 10): () => Promise<void> {
  let since = monotonicMs()
  return async () => {
    if (monotonicMs() - since < ms) return
    await setImmediate()
    since = monotonicMs()
  }
}
