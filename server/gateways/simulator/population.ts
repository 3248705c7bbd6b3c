/**
 * Who are the simulated people, and what becomes of a message to them? A pure function of seed, number and how many
 * messages the number has had before: never of the order in which numbers come, so that two runs give the same figures.
 */
import { problem } from '../../../core/problems.ts'

/** Shares of all messages, 0 … 1. What the first six leave is delivered at once. */
export type Shares = {
  readonly softThenDelivered: number
  readonly softForever: number
  readonly hard: number
  /** Taken by the gateway, and never heard of again. */
  readonly silent: number
  /** Delivered ten minutes later. */
  readonly late: number
  /** Delivered, and the receipt comes twice. */
  readonly duplicate: number
  /** Of those delivered: */
  readonly click: number
  /** A program fetches the links too. */
  readonly scan: number
  readonly optOut: number
}

export const defaultShares: Shares = {
  softThenDelivered: 0.05,
  softForever: 0.01,
  hard: 0.03,
  silent: 0.01,
  late: 0.01,
  duplicate: 0.01,
  click: 0.1,
  scan: 0.02,
  optOut: 0.01,
}

export type PhoneBehaviour =
  | 'delivered'
  | 'softThenDelivered'
  | 'softForever'
  | 'hard'
  | 'silent'
  | 'late'
  | 'duplicate'

export type Fate = {
  readonly kind: PhoneBehaviour
  /** Soft attempts before the one that is delivered. */
  readonly softAttempts: number
  /** The answer to submit_sm reports a failure, instead of a receipt. */
  readonly byAnswer: boolean
  /** 0 … 1: where in the allowed span the receipt's delay lies. */
  readonly delay: number
  readonly clicks: 0 | 1 | 2
  readonly scan: 'none' | 'head' | 'preview'
  readonly optsOut: boolean
}

/** What one attempt of a message comes to. `Answer`: by the answer to submit_sm, else by receipt. */
export type SimulatedOutcome =
  | 'delivered'
  | 'late'
  | 'duplicate'
  | 'silent'
  | 'soft'
  | 'softAnswer'
  | 'hard'
  | 'hardAnswer'

const outcomeShares = ['softThenDelivered', 'softForever', 'hard', 'silent', 'late', 'duplicate'] as const

/** Throws invalid_input for a share outside 0 … 1, or outcomes that sum up to more than 1. */
export function checkedShares(changes: Partial<Shares> = {}): Shares {
  const shares = { ...defaultShares, ...changes }
  for (const [name, share] of Object.entries(shares)) {
    if (!(share >= 0 && share <= 1)) {
      throw problem('invalid_input', { where: `share ${name}`, what: `is ${share}, but must be from 0 to 1` })
    }
  }
  const sum = outcomeShares.reduce((total, name) => total + shares[name], 0)
  if (sum > 1 + 1e-9) {
    throw problem('invalid_input', { where: outcomeShares.join(' + '), what: `is ${sum}, but must be at most 1` })
  }
  return shares
}

/** `ordinal`: how many messages this number has had before, from 0. */
export function fateOf(shares: Shares, seed: number, number: string, ordinal: number): Fate {
  const person = personHash(seed, number) + Math.imul(ordinal, 0x9e37_79b1)
  const failure = roll(person, 2)
  const scan = roll(person, 6)
  return {
    kind: kindAt(shares, roll(person, 1)),
    softAttempts: failure < 0.7 ? 1 : 2,
    byAnswer: roll(person, 3) < 1 / 3,
    delay: roll(person, 4),
    clicks: clicksAt(shares.click, roll(person, 5)),
    scan: scan >= shares.scan ? 'none' : scan < shares.scan / 2 ? 'head' : 'preview',
    optsOut: roll(person, 7) < shares.optOut,
  }
}

/** One in five of those who click comes back for a second click. */
function clicksAt(share: number, at: number): 0 | 1 | 2 {
  if (at >= share) return 0
  return at < share / 5 ? 2 : 1
}

function kindAt(shares: Shares, at: number): PhoneBehaviour {
  let left = at
  for (const kind of outcomeShares) {
    left -= shares[kind]
    if (left < 0) return kind
  }
  return 'delivered'
}

/**
 * `attempt` counts from 1. A long message always fails by receipt: its first part must be answered before the others
 * are known, and a person gets it whole or not at all.
 */
export function outcomeOf(fate: Fate, attempt: number, long: boolean): SimulatedOutcome {
  switch (fate.kind) {
    case 'softThenDelivered':
      if (attempt > fate.softAttempts) return 'delivered'
      return fate.byAnswer && !long ? 'softAnswer' : 'soft'
    case 'softForever':
      return fate.byAnswer && !long ? 'softAnswer' : 'soft'
    case 'hard':
      return fate.byAnswer && !long ? 'hardAnswer' : 'hard'
    default:
      return fate.kind
  }
}

/** FNV-1a over bytes, for telling texts of one number apart. `from`: the hash of what came before. */
export function textHash(bytes: Uint8Array, start: number, from = 0x811c_9dc5): number {
  let hash = from
  for (let i = start; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x0100_0193)
  return hash >>> 0
}

function personHash(seed: number, number: string): number {
  let hash = mix(seed | 0)
  for (let i = 0; i < number.length; i++) hash = Math.imul(hash ^ number.charCodeAt(i), 0x0100_0193)
  return mix(hash)
}

/** 0 … 1, one for each use of a person's hash. */
function roll(person: number, use: number): number {
  return (mix(mix(person) ^ Math.imul(use, 0x85eb_ca77)) >>> 0) / 0x1_0000_0000
}

/** Spreads 32 bits so that neighbours have nothing in common (the finalizer of MurmurHash3, public domain). */
function mix(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35)
  return h ^ (h >>> 16)
}
