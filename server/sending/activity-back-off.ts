/**
 * How much of an activity may be claimed while its gateway refuses its messages? When the gateway refuses all messages of an activity
 * (a sender that is not allowed, an encoding that it does not take), the session claims one message at a time, then small windows, so
 * that the activity takes almost nothing from others. Its refusals count for its messages only after a while, because a gateway that has
 * just been set up refuses everybody for a moment. The activity ends with the reason after three refusals of each message. Monotonic milliseconds.
 */
/** Nothing was accepted among the last n answers, or among the first few. */
const memory = 100
const takenShare = 0.01
const fewest = 3
/** Refused for so long without exception: it is no hiccup. */
const doubtMs = 30_000
const smallWindow = 50
const firstPauseMs = 500
const longestPauseMs = 5000

export class ActivityBackOff {
  #answers = 0
  #taken = 0
  #refusedSince: number | undefined
  #pauses = 0
  #pausedUntil = Number.NEGATIVE_INFINITY

  /** The gateway has accepted a message, or bounced its recipient. */
  taken(): void {
    this.#count(1)
    this.#refusedSince = undefined
    this.#pauses = 0
  }

  /** Because of the message or its sender. 'counts': it counts for its message, whatever the gateway does with other activities. */
  refused(now: number): 'counts' | undefined {
    this.#count(0)
    this.#refusedSince ??= now
    if (!this.#allRefused) return undefined
    if (now >= this.#pausedUntil)
      this.#pausedUntil = now + Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(10, this.#pauses++))
    return this.#inDoubt(now) ? undefined : 'counts'
  }

  /** How many messages may be claimed now. */
  allowance(now: number): number {
    if (!this.#allRefused) return Number.POSITIVE_INFINITY
    if (now < this.#pausedUntil) return 0
    return this.#inDoubt(now) ? 1 : smallWindow
  }

  get #allRefused(): boolean {
    return this.#answers >= fewest && this.#taken < takenShare
  }

  #inDoubt(now: number): boolean {
    return this.#refusedSince !== undefined && now - this.#refusedSince < doubtMs
  }

  #count(taken: number): void {
    this.#answers = Math.min(memory, this.#answers + 1)
    this.#taken += (taken - this.#taken) / this.#answers
  }
}
