/**
 * How many codes may an address get wrong? 30 a minute are answered like any unknown page, more with 429. Good codes still
 * work then, since carriers put thousands of people behind one address; only above 300 a minute, which no group of people
 * mistypes, everything from there waits for the next minute. So a guesser has 300 tries a minute, at one hit in 2^28.
 * Real time: this is a rate.
 */
import { networkOf } from './address.ts'

export const missesAllowed = 30
export const missesBeforeSilence = 300
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

  /** Counts one; false where the address has had its share of this minute. */
  allow(address: string): boolean {
    this.#turn()
    const network = networkOf(address)
    const key = this.#counts.has(network) || this.#counts.size < addressLimit ? network : ''
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    return count <= missesAllowed
  }

  /** True where not even good codes are answered. */
  isSilent(address: string): boolean {
    // Nearly always nobody has missed this minute: then this costs nothing.
    if (this.#counts.size === 0) return false
    this.#turn()
    return (this.#counts.get(networkOf(address)) ?? 0) > missesBeforeSilence
  }

  #turn(): void {
    const minute = Math.floor(this.#nowMs() / minuteMs)
    if (minute === this.#minute) return
    this.#minute = minute
    this.#counts.clear()
  }
}
