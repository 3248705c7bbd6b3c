/**
 * How many messages may be written now? A token bucket for the rate that the operator has set, and behind it a limit that
 * halves when the gateway says "slow down" and grows again bit by bit (additive increase, multiplicative decrease).
 * Times are real milliseconds, given as arguments.
 */
const throttlePauseMs = 1000
/** After this long without a throttle the limit that we have set ourselves is forgotten. */
const calmMs = 300_000
const longestFaultPauseMs = 60_000

export class Pace {
  /** Messages a second that the operator allows; 0: no limit. */
  readonly #allowed: number
  /** The limit that holds now; Infinity: none. */
  #rate: number
  #tokens: number
  #filledAt: number
  #pausedUntil = 0
  #throttledAt = Number.NEGATIVE_INFINITY
  #growth = 1
  #faults = 0
  #second = 0
  #answeredNow = 0
  #answeredBefore = 0

  constructor(allowed: number, now: number) {
    this.#allowed = allowed
    this.#rate = allowed > 0 ? allowed : Number.POSITIVE_INFINITY
    this.#tokens = this.#burst()
    this.#filledAt = now
  }

  get pausedUntil(): number {
    return this.#pausedUntil
  }

  /** Messages a second that hold now, Infinity where nothing limits. */
  get rate(): number {
    return this.#rate
  }

  allowance(now: number): number {
    if (now < this.#pausedUntil) return 0
    if (this.#rate === Number.POSITIVE_INFINITY) return this.#rate
    this.#fill(now)
    return Math.floor(this.#tokens)
  }

  spend(count: number): void {
    if (this.#rate !== Number.POSITIVE_INFINITY) this.#tokens -= count
  }

  /** After how many milliseconds something may be written again; 0: now. */
  waitMs(now: number): number {
    if (now < this.#pausedUntil) return this.#pausedUntil - now
    if (this.allowance(now) >= 1) return 0
    // At least 5 ms: fast sessions write in groups instead of one by one.
    return Math.max(5, Math.ceil(((1 - this.#tokens) * 1000) / this.#rate))
  }

  /** Messages that the gateway took: how fast it can go, and that its fault is over. */
  accepted(count: number, now: number): void {
    this.#faults = 0
    const second = Math.floor(now / 1000)
    if (second !== this.#second) {
      this.#answeredBefore = second === this.#second + 1 ? this.#answeredNow : 0
      this.#answeredNow = 0
      this.#second = second
    }
    this.#answeredNow += count
  }

  /** True where this begins a pause; the other answers of the same window change nothing. */
  throttled(now: number): boolean {
    if (now < this.#pausedUntil) return false
    const base =
      this.#rate === Number.POSITIVE_INFINITY ? Math.max(this.#answeredBefore, this.#answeredNow) : this.#rate
    this.#rate = Math.max(1, base / 2)
    this.#growth = Math.max(1, base / 50)
    this.#throttledAt = now
    this.#pauseUntil(now + throttlePauseMs)
    return true
  }

  /** The gateway's settings or ours are wrong: the same answer would come again at once. 1 s, doubling to a minute. */
  faulted(now: number): boolean {
    if (now < this.#pausedUntil) return false
    this.#faults++
    this.#pauseUntil(now + Math.min(longestFaultPauseMs, 1000 * 2 ** Math.min(10, this.#faults - 1)))
    return true
  }

  #pauseUntil(time: number): void {
    this.#pausedUntil = time
    this.#filledAt = time
    this.#tokens = Math.min(1, this.#burst())
  }

  /** What may be written at once: 20 ms of the rate, so that a second never holds much more than the rate. */
  #burst(): number {
    return Math.max(1, this.#rate * 0.02)
  }

  #fill(now: number): void {
    const seconds = Math.max(0, now - this.#filledAt) / 1000
    this.#filledAt = Math.max(now, this.#filledAt)
    if (this.#throttledAt > Number.NEGATIVE_INFINITY) this.#grow(now, seconds)
    this.#tokens = Math.min(this.#burst(), this.#tokens + seconds * this.#rate)
  }

  #grow(now: number, seconds: number): void {
    const ceiling = this.#allowed > 0 ? this.#allowed : Number.POSITIVE_INFINITY
    this.#rate = Math.min(ceiling, this.#rate + seconds * this.#growth)
    if (this.#rate < ceiling && now - this.#throttledAt < calmMs) return
    this.#rate = ceiling
    this.#throttledAt = Number.NEGATIVE_INFINITY
    if (ceiling === Number.POSITIVE_INFINITY) this.#tokens = 0
  }
}
