/**
 * What is known of a message: facts, only ever added, each with a key. Order and repetition never matter.
 * Keys: attempt (message, n); answer (message, n, part, outcome); receipt (message, inbox key). The others are set once.
 */

import type { Channel } from '../channels.ts'
import type { Code } from '../gateways/code.ts'

/** Parts are bits of an integer; texts are limited to far fewer. */
export const mostParts = 31

/** The intent to submit, committed before the socket write. */
export interface AttemptFact {
  /** 1, 2, 3 … over the life of the message */
  n: number
  /** the first n of the same try: a refused attempt is taken up again under a new n and is still the same try */
  try: number
  /** bits of the parts it carries (part 1 = bit 0); null: all */
  parts: number | null
  at: Date
}

/** Does an attempt carry this part? `part` counts from 1. */
export const carries = (parts: AttemptFact['parts'], part: number): boolean =>
  parts === null || (parts & (1 << (part - 1))) !== 0

/** How many of the parts of a text it carries. */
export function countCarried(parts: AttemptFact['parts'], of: number): number {
  if (parts === null) return of
  let count = 0
  for (let part = 1; part <= of; part++) if (carries(parts, part)) count++
  return count
}

/**
 * accepted, soft, hard: the gateway's own word. refused: throttled, or a fault of the gateway or of ours: no submission.
 * dropped: taken back before the socket write (opted out, closed, erased). unknown: written, and no answer came.
 */
export const answerOutcomes = ['accepted', 'soft', 'hard', 'refused', 'dropped', 'unknown'] as const
export type AnswerOutcome = (typeof answerOutcomes)[number]

export interface AnswerFact {
  n: number
  /** from 1; 0: every part of this attempt */
  part: number
  outcome: AnswerOutcome
  /**
   * hard: it is evidence against the number. refused: the gateway took other messages around it, so that the refusal concerns this
   * message: it waits, longer each time, and the third ends its try (fold.ts)
   */
  counts: boolean
  at: Date
  code: Code | null
}

export const receiptOutcomes = ['pending', 'delivered', 'soft', 'hard'] as const
export type ReceiptOutcome = (typeof receiptOutcomes)[number]

export interface ReceiptFact {
  n: number
  /** from 1; 0: one receipt for every part of this attempt */
  part: number
  outcome: ReceiptOutcome
  counts: boolean
  at: Date
  code: Code | null
}

export interface MessageFacts {
  channel: Channel
  /** how many parts the text has, once it was rendered */
  parts: number | null
  /** the reason it was left out at the freeze */
  excluded: string | null
  /** nothing more is to be submitted: cancelled, too late, opted out, erased … */
  stop: { reason: string; at: Date } | null
  /** appended by a sweep when the 48 hours were over */
  windowOverAt: Date | null
  /** appended by a sweep when 72 hours had passed without a final receipt */
  noReceiptAt: Date | null
  attempts: readonly AttemptFact[]
  answers: readonly AnswerFact[]
  receipts: readonly ReceiptFact[]
}

/** Of an SMS. */
export const noFacts: MessageFacts = {
  channel: 'sms',
  parts: null,
  excluded: null,
  stop: null,
  windowOverAt: null,
  noReceiptAt: null,
  attempts: [],
  answers: [],
  receipts: [],
}
