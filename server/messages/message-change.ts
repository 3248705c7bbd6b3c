/** Which message, and what is new about it: what the writers of facts hand to record.ts. */

import type { NotSentReasonKey } from '../../core/audience/not-sent-reasons.ts'
import type { AnswerFact, AttemptFact, ReceiptFact } from '../../core/messages/facts.ts'
import { int } from '../platform/db/rows.ts'

export interface MessageKey {
  bucket: number
  activityId: number
  profileId: number
}

/** As a statement names it (rows.ts). */
export const keyColumns = { bucket: int, activityId: int, profileId: int }

export interface NewAnswer extends AnswerFact {
  gatewayId: number
  providerId: string | null
}

export interface NewReceipt extends ReceiptFact {
  source: number
  seq: number
  /** by the gateway's own dates: the phone had it at least this long after its submission */
  afterMs?: number | null
}

/** What is new about one message. Facts that are there already may be repeated. */
export interface MessageChange extends MessageKey {
  answers?: readonly NewAnswer[]
  receipts?: readonly NewReceipt[]
  /** the attempt that the answers belong to: spares reading it back when it is the first */
  attempt?: AttemptFact
  stop?: { reason: NotSentReasonKey; at: Date }
  windowOverAt?: Date
  noReceiptAt?: Date
  /** known once the text was rendered */
  parts?: number
  creditsE4?: number
}

export const keyOf = (key: MessageKey): string => `${key.activityId}/${key.profileId}`
