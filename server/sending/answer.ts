/** What the gateway said to a part, as it is kept: of a message and of a test SMS alike. */
import type { AnswerOutcome } from '../../core/messages/facts.ts'
import type { SubmitOutcome } from '../gateways/smpp/session.ts'

export interface KeptAnswer {
  outcome: AnswerOutcome
  counts: boolean
  providerId: string | null
  /** a status of the protocol as "0x0B" */
  code: string | null
}

export function keptOf(outcome: SubmitOutcome): KeptAnswer {
  const { kind } = outcome
  if (kind === 'accepted') return { outcome: kind, counts: false, providerId: outcome.providerId, code: null }
  const { code } = outcome
  const counts = 'counts' in outcome && outcome.counts
  const inWords = typeof code === 'number' ? `0x${code.toString(16).toUpperCase().padStart(2, '0')}` : code
  return { outcome: kind, counts, providerId: null, code: inWords }
}
