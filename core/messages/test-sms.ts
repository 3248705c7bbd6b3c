/**
 * What became of a test SMS? The same facts as a message's, folded by the same function, in fewer states: it is never tried
 * again after a bounce, and counted nowhere.
 */
import type { Code } from '../gateways/code.ts'
import type { MessageFacts } from './facts.ts'
import { foldMessage } from './fold.ts'

/**
 * waiting: not submitted yet. sent: the gateway took it. unknown: written, and no answer came; a receipt may still tell.
 * not_sent: stopped before it was submitted.
 */
export const testSmsStates = ['waiting', 'sent', 'delivered', 'bounced', 'unknown', 'not_sent'] as const
export type TestSmsState = (typeof testSmsStates)[number]

export interface TestSmsVerdict {
  state: TestSmsState
  /** when it came into this state, by the facts */
  at: Date | null
  /** bounced: what the gateway said; waiting: why it was refused last, where it was */
  code: Code | null
  /** why it was not sent */
  reason: string | null
  /** the parts that a new attempt would carry, null: all; undefined: there is nothing (more) to submit now */
  resend: number | null | undefined
}

export function foldTestSms(facts: MessageFacts): TestSmsVerdict {
  const { status, statusAt, code, reason, resend } = foldMessage(facts)
  const open = facts.attempts.some(attempt => !facts.answers.some(answer => answer.n === attempt.n))
  const verdict = { at: statusAt, code: null, reason: null, resend: undefined }
  switch (status) {
    case 'queued':
      return { ...verdict, state: 'waiting', code: lastRefusal(facts), resend: open ? undefined : null }
    case 'not_sent':
      return { ...verdict, state: 'not_sent', reason }
    case 'delivered':
      return { ...verdict, state: 'delivered' }
    case 'pending':
    case 'no_receipt':
      return {
        ...verdict,
        state: isUnknown(facts) ? 'unknown' : 'sent',
        resend: resend === null || open ? undefined : resend,
      }
    case 'bounced_hard':
    case 'bounced_soft_retrying':
    case 'bounced_soft_final':
      return { ...verdict, state: 'bounced', code }
  }
}

/** No word of the gateway at all, of an attempt that may be on the air. */
function isUnknown({ answers, receipts }: MessageFacts): boolean {
  return receipts.length === 0 && !answers.some(answer => answer.outcome === 'accepted')
}

function lastRefusal({ answers }: MessageFacts): Code | null {
  const refused = answers.filter(answer => answer.outcome === 'refused').sort((a, b) => a.n - b.n)
  return refused.at(-1)?.code ?? null
}
