/**
 * What became of a test SMS? It is a message like any other, in an activity of its own kind, and in fewer states: it is never
 * tried again after a bounce, since its window is over from the start (`windowOverAt` is set when it is made).
 */
import type { MessageStatus } from './fold.ts'

/** A test is written for no profile: the profile id of its message, and of the numbers of its short codes. Profiles begin at 1. */
export const testRecipient = 0

/**
 * waiting: not submitted yet. sent: the gateway took it. unknown: written, and no answer came; a receipt may still tell.
 * not_sent: stopped before it was submitted.
 */
export const testSmsStates = ['waiting', 'sent', 'delivered', 'bounced', 'unknown', 'not_sent'] as const
export type TestSmsState = (typeof testSmsStates)[number]

/** Business time after which a test that no gateway took is not sent any more: the latest time of its activity. */
const patienceMs = 15 * 60_000
/** In real time it gets at least this long, also where business time runs fast. */
const leastPatienceMs = 60_000
/** What a gateway could not deliver by then is no test any more. */
export const testValidityMinutes = 60

/** `rate`: of business time. */
export const latestTestAt = (askedAt: Date, rate: number): Date =>
  new Date(askedAt.getTime() + Math.max(patienceMs, leastPatienceMs * rate))

/** `charged`: a gateway has answered for it. What is in flight without that is unknown. */
export function testSmsState({ status, charged }: { status: MessageStatus; charged: boolean }): TestSmsState {
  switch (status) {
    case 'queued':
      return 'waiting'
    case 'not_sent':
    case 'delivered':
      return status
    case 'pending':
    case 'no_receipt':
      return charged ? 'sent' : 'unknown'
    case 'bounced_hard':
    case 'bounced_soft_retrying':
    case 'bounced_soft_final':
      return 'bounced'
  }
}
