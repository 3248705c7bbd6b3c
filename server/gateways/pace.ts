/**
 * How many messages may be written now? A token bucket for the rate that the operator has set, and below it a limit learned from
 * the gateway's "slow down": what the gateway really took. The gateway's level is remembered: after a refusal the limit returns to
 * the last level that was taken, keeps it for a while (longer each time the same level is found again), then probes upward in small steps.
 *
 * A gateway with a rate refuses once it has taken its fill. One that refuses after far less than it took in another second has other reasons:
 * where this is seen again and again, the limit returns to what the operator allows, and for a while refusals of the usual share change nothing.
 *
 * Always: a pause ends; while the gateway has refused everything, one message at a time asks whether it takes messages again;
 * answers to messages that were written before a reaction cause no second one. Times are monotonic milliseconds, given as arguments.
 */

/** A rate is aimed at with this share of it, so that late timers and the network never put one message too many into a second. */
const aim = 0.985
/** The pause after a refusal, where nothing is known about the gateway's rate: it may count by the second. */
const firstPauseMs = 1000
/** Pauses while everything is refused. The long one is for gateways that count refused messages too. */
const pausesMs = [100, 200, 300, 400, 1100]
/** Pauses grow to this share of the time in which everything was refused, up to the longest one. */
const pauseShare = 0.1
const longestPauseMs = 30_000
const longestFaultPauseMs = 60_000
/** Refusals further apart are hiccups of a gateway that takes this rate. */
const hiccupMs = 5000
const shortestHoldMs = 4000
const longestHoldMs = 64_000
/** So much evidence proves that a gateway refuses at random. Less than this share of what one second took is some. */
const earlyShare = 0.5
const earlyNeeded = 5
const bestHalvesMs = 120_000
/** How long refusals of the usual share are then no reason to go more slowly. */
const randomMs = 60_000
/** Answers from which the usual share is known. */
const shareMemory = 100
/** This many refusals more than the usual share explains: the gateway has a rate as well. */
const excessLimit = 10
/** From here on a learned limit limits nothing. */
const unlimited = 20_000
const slots = 101

export class Pace {
  /** Messages per second by contract; Infinity: no limit. */
  readonly #ceiling: number
  /** The limit that holds now; Infinity: none. */
  #limit: number
  #tokens = 1
  #filledAt: number
  #pausedUntil = Number.NEGATIVE_INFINITY
  /** the last refusal that changed something */
  #reactedAt = Number.NEGATIVE_INFINITY
  /** refusals in a row that changed something, with nothing accepted between them */
  #fruitless = 0
  #refusedSince = 0
  #faults = 0
  /** the last refusal after something was accepted; since then: accepted messages, and time in which the limit was not used */
  #learnedAt = Number.NEGATIVE_INFINITY
  #accepted = 0
  #unusedMs = 0
  /** the last level that the gateway surely takes, and the level of the last step */
  #proven: number
  #previous: number
  #holdMs = shortestHoldMs
  /** the present step: how far the limit has been raised, since when, and what was accepted in it */
  #step = 0
  /** evidence of refusals that no rate explains, the highest level, and the share of refusals among the answers */
  #early = 0
  #best = 0
  #bestAt = Number.NEGATIVE_INFINITY
  #answers = 0
  #share = 0
  #randomUntil = Number.NEGATIVE_INFINITY
  #usual = 0
  /** answers to what was written together with a refused message */
  #takenAround = 0
  #refusedAround = 0
  #excess = 0
  #growth = 0.01
  #stepSince: number
  #stepAccepted = 0
  readonly #accepts = new Second()
  #writes = new Second()

  /** `allowed`: messages per second that the operator allows; 0: no limit. */
  constructor(allowed: number, now: number) {
    this.#ceiling = allowed > 0 ? allowed * aim : Number.POSITIVE_INFINITY
    this.#limit = this.#ceiling
    this.#proven = this.#ceiling
    this.#previous = this.#ceiling
    this.#filledAt = now
    this.#stepSince = now
  }

  get pausedUntil(): number {
    return this.#pausedUntil
  }

  /** Messages per second that hold now, Infinity where nothing limits. */
  get rate(): number {
    return this.#limit
  }

  /** Everything was refused lately: only one message at a time may be without an answer. */
  get probing(): boolean {
    return this.#fruitless > 2 || this.#faults > 0
  }

  allowance(now: number): number {
    if (now < this.#pausedUntil) return 0
    if (this.#limit === Number.POSITIVE_INFINITY) return this.#limit
    this.#fill(now)
    return Math.max(0, Math.floor(Math.min(this.#tokens, this.#perSecond - this.#writes.count(now)) + 1e-6))
  }

  spend(count: number, now: number): void {
    this.#writes.add(count, now)
    if (this.#limit !== Number.POSITIVE_INFINITY) this.#tokens -= count
  }

  /** After how many milliseconds something may be written again; 0: now. */
  waitMs(now: number): number {
    if (now < this.#pausedUntil) return this.#pausedUntil - now
    if (this.allowance(now) >= 1) return 0
    // Fast sessions write in groups instead of one by one.
    if (this.#tokens >= 1) return 10
    return Math.max(this.#limit > 200 ? 5 : 1, Math.ceil(((1 - this.#tokens) * 1000) / this.#limit))
  }

  /** Messages that the gateway took: how fast it can go, and that its fault is over. */
  accepted(count: number, now: number): void {
    this.#faults = 0
    this.#fruitless = 0
    this.#accepted += count
    this.#stepAccepted += count
    this.#accepts.add(count, now)
    this.#count(count, 0)
    if (now < this.#pausedUntil) this.#takenAround += count
    if (this.#limit < this.#ceiling) this.#grow(now)
  }

  /** True where this begins a pause; the other refusals of the same burst change nothing. */
  throttled(now: number, writtenAt = now): boolean {
    if (now < this.#pausedUntil || writtenAt < this.#reactedAt) {
      this.#refusedAround++
      return false
    }
    this.#count(1, 1)
    if (this.#isRandom(now)) return false
    const known = this.#limit !== Number.POSITIVE_INFINITY
    if (this.#fruitless === 0) {
      this.#refusedSince = now
      if (this.#accepted > 0) this.#learn(now)
    }
    // A gateway that counts by the second has room a second after what it refused had reached it.
    const pause = known || this.#fruitless > 0 ? this.#nextPauseMs(now) : firstPauseMs - (now - writtenAt)
    this.#fruitless++
    this.#react(now, Math.max(10, pause))
    return true
  }

  /** The gateway's settings or ours are wrong: the same answer would come again at once. 1 s, doubling to a minute. */
  faulted(now: number, writtenAt = now): boolean {
    if (now < this.#pausedUntil || writtenAt < this.#reactedAt) return false
    this.#faults++
    this.#react(now, Math.min(longestFaultPauseMs, 1000 * 2 ** Math.min(10, this.#faults - 1)))
    return true
  }

  #count(count: number, refused: 0 | 1): void {
    this.#answers = Math.min(shareMemory, this.#answers + count)
    this.#share += (refused - this.#share) * Math.min(1, count / this.#answers)
    const expected = this.#usual + 0.15 * (1 - this.#usual)
    this.#excess = Math.max(0, this.#excess + (refused - expected) * count)
  }

  /** Is this refusal one of those that come however slowly we go? */
  #isRandom(now: number): boolean {
    if (now < this.#randomUntil) {
      if (this.#excess < excessLimit) return true
      // So few are refused at random that the many are the gateway's rate: this takes more proof next time.
      if (this.#usual < 0.2) {
        this.#randomUntil = now
        this.#usual = 0
        this.#early = -earlyNeeded
      }
      return false
    }
    this.#usual = 0
    if (this.#fruitless > 0) return false
    const limited = this.#limit !== Number.POSITIVE_INFINITY
    const second = this.#accepts.count(now)
    const best = this.#best * 0.5 ** ((now - this.#bestAt) / bestHalvesMs)
    const level = this.#limit < this.#ceiling ? this.#limit : second
    if (limited && level >= best) {
      this.#best = level
      this.#bestAt = now
    }
    const early = second < best * earlyShare
    const again =
      this.#step === 0 &&
      (this.#accepted >= 4 || this.#limit < 0.4 * best) &&
      now - this.#learnedAt < hiccupMs &&
      this.#limit < 0.9 * best
    const around = this.#takenAround >= 4 && this.#takenAround >= this.#refusedAround
    this.#takenAround = 0
    this.#refusedAround = 0
    this.#early = Math.max(
      Math.min(0, this.#early),
      this.#early + (around ? 3 : early || again ? 1 : this.#step > 0 ? -1 : 0),
    )
    if (this.#early < earlyNeeded) return false
    this.#early = earlyNeeded - 1
    this.#usual = Math.min(0.9, this.#share + 1.5 * Math.sqrt((this.#share * (1 - this.#share)) / this.#answers))
    this.#excess = 0
    this.#randomUntil = now + randomMs
    this.#keep(this.#ceiling)
    this.#beginStep(now, 0)
    return true
  }

  #nextPauseMs(now: number): number {
    const n = this.#fruitless
    // The first is short: a gateway that counts by spacing takes the next one a moment later.
    if (n === 0) return Math.max(10, Math.min(pausesMs[0]!, 300 / this.#limit))
    const pause = pausesMs[n <= pausesMs.length ? n - 1 : 2 + ((n - 3) % 3)]!
    return Math.max(pause, Math.min(longestPauseMs, (now - this.#refusedSince) * pauseShare))
  }

  #react(now: number, pauseMs: number): void {
    this.#reactedAt = now
    this.#pausedUntil = now + pauseMs
    this.#filledAt = this.#pausedUntil
    this.#tokens = 1
    this.#writes = new Second()
    this.#beginStep(this.#pausedUntil, 0)
  }

  /** What does the gateway take? Called for a refusal after something was accepted. */
  #learn(now: number): void {
    this.#excess = 0
    // What was offered for what was taken.
    const lastSecond = this.#accepts.count(now) / (1 - this.#usual)
    const spanMs = now - this.#learnedAt - this.#unusedMs
    const accepted = this.#accepted
    this.#learnedAt = now
    this.#accepted = 0
    this.#unusedMs = 0
    if (this.#limit === Number.POSITIVE_INFINITY) {
      // The first one may mean anything.
      if (spanMs < hiccupMs) this.#settle(lastSecond * aim)
    } else if (this.#step > 0) {
      // Probing found the level: back to what it took for longer than a moment.
      this.#holdMs = Math.min(longestHoldMs, Math.max(shortestHoldMs, this.#holdMs) * 2)
      this.#growth = 0.01
      this.#keep(this.#proven)
    } else if (spanMs < hiccupMs) {
      // Between two refusals it took what it takes, to half a message; a short time says little.
      const took = Math.max(lastSecond, ((accepted + 0.5) * 1000) / spanMs / (1 - this.#usual)) * aim
      this.#settle(spanMs < 1000 || this.#usual > 0 ? Math.max(took, this.#limit * 0.7) : took)
    }
  }

  #settle(level: number): void {
    const next = Math.min(this.#limit, Math.max(0.2, level))
    // After a large cut the next step comes soon and is large: a single second says little.
    const unsure = next < this.#limit * 0.8
    this.#growth = unsure ? 0.25 : 0.01
    this.#holdMs = unsure ? 1000 : Math.max(shortestHoldMs, this.#holdMs)
    this.#keep(next)
  }

  #keep(level: number): void {
    this.#limit = level
    this.#proven = level
    this.#previous = level
  }

  #beginStep(now: number, step: number): void {
    this.#step = step
    this.#stepSince = now
    this.#stepAccepted = 0
  }

  /** A step upward, after the present one was used and carried. */
  #grow(now: number): void {
    const lastedMs = now - this.#stepSince
    const neededMs = this.#step === 0 ? this.#holdMs : 1000
    if (lastedMs < Math.max(neededMs, 3000 / this.#limit)) return
    if (this.#stepAccepted * 1000 >= 0.8 * (1 - this.#usual) * this.#limit * lastedMs) {
      // A step may live on what the gateway has saved up: only the one before it is proven.
      this.#proven = this.#previous
      this.#previous = this.#limit
      this.#limit = Math.min(this.#ceiling, this.#limit * (1 + Math.min(1, this.#growth * 2 ** this.#step)))
      if (this.#limit > unlimited && this.#ceiling === Number.POSITIVE_INFINITY) this.#limit = this.#ceiling
      this.#beginStep(now, this.#limit === this.#ceiling ? 0 : this.#step + 1)
    } else this.#beginStep(now, this.#step)
  }

  /** What may be written at once: so much that a late timer loses nothing. */
  #burst(): number {
    return 1 + this.#limit * 0.1
  }

  /** What any second may hold: what is made up for never makes it more than the rate. */
  get #perSecond(): number {
    return Math.max(1, Math.floor(this.#limit / aim + 1e-6))
  }

  #fill(now: number): void {
    const tokens = this.#tokens + (Math.max(0, now - this.#filledAt) / 1000) * this.#limit
    this.#filledAt = Math.max(now, this.#filledAt)
    this.#tokens = Math.min(this.#burst(), tokens)
    this.#unusedMs += ((tokens - this.#tokens) / this.#limit) * 1000
  }
}

/** How many were there in the last second, to a hundredth of it? */
class Second {
  readonly #counts = new Array<number>(slots).fill(0)
  #slot = 0
  #sum = 0

  add(count: number, now: number): void {
    this.#turn(now)
    this.#counts[this.#slot % slots]! += count
    this.#sum += count
  }

  count(now: number): number {
    this.#turn(now)
    return this.#sum
  }

  #turn(now: number): void {
    const slot = Math.floor(now / 10)
    for (let i = Math.max(this.#slot + 1, slot - slots + 1); i <= slot; i++) {
      this.#sum -= this.#counts[i % slots]!
      this.#counts[i % slots] = 0
    }
    this.#slot = Math.max(this.#slot, slot)
  }
}
