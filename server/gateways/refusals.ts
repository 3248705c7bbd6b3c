/**
 * Does a refusal concern its message, or the gateway? It is the message's own only while the gateway takes others around it:
 * then it counts for the message. Where nothing else is taken it is no evidence against the message, and the session slows down or pauses.
 *
 * A temporary fault (0x08 and the like, 0x14) in most of the answers is congestion, and stays so for a while: at the level that the
 * gateway takes, a few are still refused.
 */

/** Over about this number of answers. */
const memory = 40
/** Asked to slow down this rarely, the same message again is refused for itself. */
const rareShare = 0.1
/** Fewer temporary faults than this prove nothing. */
const fewest = 5
const congestedShare = 0.5
const slowDownShare = 1 / 3
const congestedMs = 300_000
/** One in twenty of the last answers, lately: the gateway takes messages. */
const takenShare = 0.05
const takenMs = 600_000
/** So long after a first attempt was taken, the refusal of an old message says nothing of the rate. */
const firstTakenMs = 10_000
/** One in twenty passes about this often, with the pauses of a gateway that asks to slow down. */
const latelyMs = 60_000

export class Refusals {
  #answers = 0
  /** shares of the last answers */
  #taken = 0
  #temporary = 0
  #slowDown = 0
  #takenAt = Number.NEGATIVE_INFINITY
  #firstTakenAt = Number.NEGATIVE_INFINITY
  #congestedUntil = Number.NEGATIVE_INFINITY

  /**
   * taken: the gateway has judged the message (accepted it, or bounced it for good). A message that was refused or bounced before
   * and is so `again` tells nothing new of the gateway: at the end of a campaign, and an hour later, only such are left.
   */
  add(answer: 'taken' | 'temporary' | 'slow-down' | 'other', now: number, again = false): void {
    if (again && answer !== 'taken') {
      if (answer === 'temporary' && this.congested(now) && !this.takesOthers(now))
        this.#congestedUntil = now + congestedMs
      return
    }
    this.#answers = Math.min(memory, this.#answers + 1)
    const weight = 1 / this.#answers
    this.#taken += (Number(answer === 'taken') - this.#taken) * weight
    this.#temporary += (Number(answer === 'temporary') - this.#temporary) * weight
    this.#slowDown += (Number(answer === 'slow-down') - this.#slowDown) * weight
    if (answer === 'taken') this.#takenAt = now
    if (answer === 'taken' && !again) this.#firstTakenAt = now
    const many = this.#temporary * this.#answers >= fewest
    if (answer === 'temporary' && many && (this.#temporary > congestedShare || now < this.#congestedUntil))
      this.#congestedUntil = now + congestedMs
  }

  takesOthers(now: number): boolean {
    return this.#taken >= takenShare && now - this.#takenAt < takenMs
  }

  /** Some pass, however few. */
  takenLately(now: number): boolean {
    return now - this.#takenAt < latelyMs
  }

  /** Messages that it had not seen before are taken. */
  takesFirst(now: number): boolean {
    return this.takesOthers(now) && now - this.#firstTakenAt < firstTakenMs
  }

  /** Temporary faults are the gateway's. */
  congested(now: number): boolean {
    return now < this.#congestedUntil
  }

  /** Enough refusals that sending more slowly would help. */
  get helpedBySlowness(): boolean {
    return this.#temporary > slowDownShare
  }

  /** "Slow down" to a message that was refused before, while nearly all others are taken: it is no word about the rate. */
  personal(now: number): boolean {
    return this.takesOthers(now) && this.#slowDown < rareShare
  }
}
