/**
 * Which sums are kept beside the facts? Figures add up tallies; breakdowns say by what; series say when (curves.ts). Whoever writes a
 * sum or reads one takes its key from here, so that a typing error does not compile.
 */
import type { NotSentReasonKey } from '../audience/reasons.ts'
import { type MessageStatus, messageStatuses } from '../messages/fold.ts'

/** Of clicks and opt-outs: links have them too. */
const visitTallies = ['clicks', 'suspect_clicks', 'bot_clicks', 'unique', 'visited'] as const

/**
 * Messages by their status; `targeted`; those not sent by their reason; `charged`, with credits; clicks by their verdict; profiles that
 * clicked, were visited, opted out.
 */
export type Tally =
  | MessageStatus
  | (typeof visitTallies)[number]
  | `not_sent:${NotSentReasonKey}`
  | 'targeted'
  | 'charged'
  | 'unsubscribed'

/**
 * The sums of each kind of breakdown. Their key: the id of a link; a country, ISO 3166; the id of a gateway; a code (`queued`: refused, and
 * waits); gateway/upper end of the step in ms (latency.ts); a device (clicks/verdict.ts);
 * the number of a route, of messages that have one.
 */
export const breakdowns = {
  link: visitTallies,
  country: [...messageStatuses, 'charged'],
  gateway: messageStatuses,
  code: messageStatuses,
  latency: ['delivered'],
  device: ['clicks'],
  route: ['queued', 'bounced_soft_retrying'],
} as const satisfies Record<string, readonly Tally[]>

export type BreakdownKind = keyof typeof breakdowns
export type BrokenDown<Kind extends BreakdownKind> = (typeof breakdowns)[Kind][number]
