/** How many events from one place? A bucket of tokens for each, in real time. Further places share one. */
const placesLimit = 50_000

interface Tokens {
  left: number
  atMs: number
}

export class Rates {
  readonly #perSecond: number
  readonly #burst: number
  readonly #nowMs: () => number
  readonly #places = new Map<string, Tokens>()

  constructor(limits: { perSecond: number; burst: number }, nowMs: () => number = () => performance.now()) {
    this.#perSecond = limits.perSecond
    this.#burst = limits.burst
    this.#nowMs = nowMs
  }

  /** Takes `n` of what the place has left; false: it has less. */
  take(place: string, n: number): boolean {
    const nowMs = this.#nowMs()
    const key = this.#places.has(place) || this.#places.size < placesLimit || this.#tidy(nowMs) ? place : ''
    const tokens = this.#places.get(key) ?? { left: this.#burst, atMs: nowMs }
    tokens.left = Math.min(this.#burst, tokens.left + ((nowMs - tokens.atMs) / 1000) * this.#perSecond)
    tokens.atMs = nowMs
    this.#places.set(key, tokens)
    if (tokens.left < n) return false
    tokens.left -= n
    return true
  }

  /** Those that have all their tokens again need no memory. True: there is room. */
  #tidy(nowMs: number): boolean {
    const fullMs = (this.#burst / this.#perSecond) * 1000
    for (const [key, { atMs }] of this.#places) if (nowMs - atMs > fullMs) this.#places.delete(key)
    return this.#places.size < placesLimit
  }
}
