/**
 * Reads again after a change: at once, and once more for changes that happen while it reads or rests. Between the end of one reading
 * and the next lies `restMs`; without a change nothing is read.
 */
export interface Follower {
  changed(): void
  /** Nothing is read any more. */
  stop(): void
}

export function makeFollower(read: () => Promise<unknown>, restMs: number): Follower {
  let resting = false
  let again = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const run = async () => {
    resting = true
    again = false
    // A failure is shown by the query; the next change retries.
    await read().catch(() => {})
    timer = setTimeout(() => {
      resting = false
      if (again) void run()
    }, restMs)
  }
  let stopped = false
  return {
    changed() {
      if (stopped) return
      if (resting) again = true
      else void run()
    },
    stop() {
      stopped = true
      again = false
      clearTimeout(timer)
    },
  }
}
