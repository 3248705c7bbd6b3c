/**
 * How many wrong codes may an address ask for? 30 a minute are answered 404 like any unknown page, more with 429 and the end
 * of the connection. Only wrong codes are counted and refused: good ones work whatever else came from their address, because
 * carriers put thousands of people behind one. What guessing costs us is two blocks of AES, and no query: a code that was
 * not made here opens once in 2^28 attempts (seal.ts), and those that open are looked up at most 20 times per second (range.ts).
 * Real time: this is a rate.
 */
export const missesAllowed = 30
const minuteMs = 60_000
/** Addresses counted apart; further ones share a count. */
const addressLimit = 50_000

export class Misses {
  readonly #nowMs: () => number
  readonly #counts = new Map<string, number>()
  #minute = 0

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs
  }

  /** Counts one; false where the visitor has had their share of this minute. */
  allow(limitKey: string | null): boolean {
    if (limitKey === null) return true
    this.#turn()
    const key = this.#counts.has(limitKey) || this.#counts.size < addressLimit ? limitKey : ''
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    return count <= missesAllowed
  }

  #turn(): void {
    const minute = Math.floor(this.#nowMs() / minuteMs)
    if (minute === this.#minute) return
    this.#minute = minute
    this.#counts.clear()
  }
}
