/**
 * What has each number had, and what became of each message? The simulator's own truth, which the report of the sender
 * through it must agree with.
 *
 * A message is identified by number and text: a retry carries the same text. Always holds: accepted = delivered + hard +
 * softFinal + pending; delivered is never undone; a message that is submitted again though its last attempt had not
 * failed is a double.
 *
 * Messages are rows of typed arrays and a message is its row's index: ten million of them are 350 MB outside of the
 * collected heap, where objects took 2 GB and half of the processor's time.
 */
import type { SimulatedOutcome } from './population.ts'

export type SimulatedState = 'pending' | 'soft' | 'hard' | 'delivered'

/** As written to the count file. Counters that a client's report knows too have its words. */
export type Counts = {
  /** submit_sm that were not throttled; a long message has one a part. */
  submits: number
  throttled: number
  /** Messages submitted at least once. */
  accepted: number
  delivered: number
  hard: number
  softFinal: number
  pending: number
  /** Messages submitted again though their last attempt had not failed: must be 0. */
  doubles: number
  /** Long messages whose other parts never came; pending. */
  incomplete: number
  /** Human visits that were answered with a redirect. */
  clicks: number
  /** Of these, visits whose first try broke off after the request had left: the server may have counted them twice. */
  clicksUncertain: number
  botClicks: number
  /** Messages with a human click. */
  unique: number
  unsubscribed: number
  /** Links that were answered with an error of the client (404 …). */
  deadLinks: number
  /** Receipts that are due or under way, and visits that are yet to come. Both 0: nothing more will happen. */
  receiptsOpen: number
  visitsOpen: number
}

const states = ['pending', 'soft', 'hard', 'delivered'] as const satisfies SimulatedState[]
const columns = { pending: 'pending', soft: 'softFinal', hard: 'hard', delivered: 'delivered' } as const
const clickedFlag = 1
const failedFlag = 2
const actedFlag = 4

export class Register {
  readonly counts: Counts = {
    submits: 0,
    throttled: 0,
    accepted: 0,
    delivered: 0,
    hard: 0,
    softFinal: 0,
    pending: 0,
    doubles: 0,
    incomplete: 0,
    clicks: 0,
    clicksUncertain: 0,
    botClicks: 0,
    unique: 0,
    unsubscribed: 0,
    deadLinks: 0,
    receiptsOpen: 0,
    visitsOpen: 0,
  }
  #size = 0
  #number = new Float64Array(1024)
  #hash = new Uint32Array(1024)
  /** Row of the number's message before this one, -1: none. */
  #before = new Int32Array(1024)
  #ordinal = new Uint16Array(1024)
  #attempts = new Uint8Array(1024)
  #state = new Uint8Array(1024)
  #flags = new Uint8Array(1024)
  /** Open addressing, twice as many places as rows: place of a number -> row of its latest message + 1. */
  #places = new Int32Array(4096)
  #numbers = 0

  /** The message with this text, made where it is new. `number`: digits without a leading zero, at most 15. */
  message(number: number, hash: number): number {
    const place = this.#placeOf(number)
    const latest = this.#places[place]! - 1
    for (let row = latest; row >= 0; row = this.#before[row]!) if (this.#hash[row] === hash) return row
    const row = this.#add(number, hash, latest)
    this.#places[place] = row + 1
    if (latest < 0 && ++this.#numbers * 2 > this.#places.length) this.#widen()
    return row
  }

  numberOf(message: number): number {
    return this.#number[message]!
  }
  hashOf(message: number): number {
    return this.#hash[message]!
  }
  /** How many other messages the number had before this one. */
  ordinalOf(message: number): number {
    return this.#ordinal[message]!
  }
  attemptsOf(message: number): number {
    return this.#attempts[message]!
  }
  stateOf(message: number): SimulatedState {
    return states[this.#state[message]!]!
  }

  /** One more submission of it, whose outcome is decided. */
  attempt(message: number, outcome: SimulatedOutcome): void {
    const { counts } = this
    if (this.#attempts[message] === 0) {
      counts.accepted++
      counts.pending++
    } else if (!this.#has(message, failedFlag)) counts.doubles++
    if (this.#attempts[message]! < 255) this.#attempts[message]!++
    this.#flag(message, failedFlag, failures.has(outcome))
    this.settle(message, outcome === 'softAnswer' ? 'soft' : outcome === 'hardAnswer' ? 'hard' : 'pending')
  }

  /** The word on its last attempt. */
  settle(message: number, state: SimulatedState): void {
    const now = this.stateOf(message)
    if (now === 'delivered' || now === state) return
    this.counts[columns[now]]--
    this.counts[columns[state]]++
    this.#state[message] = states.indexOf(state)
  }

  /** True the first time: its person has it now. */
  arrives(message: number): boolean {
    const first = !this.#has(message, actedFlag)
    this.#flag(message, actedFlag, true)
    return first
  }

  hasArrived(message: number): boolean {
    return this.#has(message, actedFlag)
  }

  click(message: number, uncertain: boolean): void {
    this.counts.clicks++
    if (uncertain) this.counts.clicksUncertain++
    if (!this.#has(message, clickedFlag)) this.counts.unique++
    this.#flag(message, clickedFlag, true)
  }

  #has(message: number, flag: number): boolean {
    return (this.#flags[message]! & flag) !== 0
  }

  #flag(message: number, flag: number, on: boolean): void {
    const others = this.#flags[message]! & ~flag
    this.#flags[message] = on ? others | flag : others
  }

  #add(number: number, hash: number, before: number): number {
    if (this.#size === this.#number.length) this.#grow()
    const row = this.#size++
    this.#number[row] = number
    this.#hash[row] = hash
    this.#before[row] = before
    this.#ordinal[row] = before < 0 ? 0 : Math.min(65_535, this.#ordinal[before]! + 1)
    return row
  }

  #placeOf(number: number): number {
    const mask = this.#places.length - 1
    // Numbers of a campaign are often neighbours: both halves are mixed before the lower bits are taken.
    let h = Math.imul((number % 0x1_0000_0000) ^ Math.imul(number / 0x1_0000_0000, 0x9e37_79b1), 0x85eb_ca6b)
    h = Math.imul(h ^ (h >>> 15), 0xc2b2_ae35)
    for (let place = (h ^ (h >>> 16)) & mask; ; place = (place + 1) & mask) {
      const row = this.#places[place]! - 1
      if (row < 0 || this.#number[row] === number) return place
    }
  }

  #widen(): void {
    const old = this.#places
    this.#places = new Int32Array(old.length * 2)
    for (const entry of old) if (entry > 0) this.#places[this.#placeOf(this.#number[entry - 1]!)] = entry
  }

  #grow(): void {
    this.#number = copied(new Float64Array(this.#size * 2), this.#number)
    this.#hash = copied(new Uint32Array(this.#size * 2), this.#hash)
    this.#before = copied(new Int32Array(this.#size * 2), this.#before)
    this.#ordinal = copied(new Uint16Array(this.#size * 2), this.#ordinal)
    this.#attempts = copied(new Uint8Array(this.#size * 2), this.#attempts)
    this.#state = copied(new Uint8Array(this.#size * 2), this.#state)
    this.#flags = copied(new Uint8Array(this.#size * 2), this.#flags)
  }
}

const failures = new Set<SimulatedOutcome>(['soft', 'softAnswer', 'hard', 'hardAnswer'])

function copied<Rows extends { set(from: Rows): void }>(to: Rows, from: Rows): Rows {
  to.set(from)
  return to
}
