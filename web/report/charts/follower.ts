/**
 * Refetches after a change: at once, and once more for changes during the fetch or the pause after it. The pause between the end of
 * one fetch and the next is `restMs`. Without a change nothing is fetched.
 */
export interface Follower {
  changed(): void
  /** Stops all fetches. */
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
