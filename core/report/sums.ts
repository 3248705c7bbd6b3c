/**
 * The keys of all sums that are kept beside the facts: tallies (figures), breakdowns (by country, gateway, …) and series (by minute,
 * curves.ts). Writers and readers take the keys from here, so that a typing error does not compile.
 */
import type { NotSentReasonKey } from '../audience/not-sent-reasons.ts'
import { type MessageStatus, messageStatuses } from '../messages/fold.ts'

/** Sums of clicks and opt-outs, kept per activity and per link. */
const visitTallies = ['clicks', 'suspect_clicks', 'bot_clicks', 'unique', 'visited'] as const

/**
 * Messages by status; `targeted`; messages not sent by reason; `charged`, with credits; clicks by verdict; profiles that
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
 * The sums of each kind of breakdown. The keys are: the id of a link; a country (ISO 3166); the id of a gateway; a code (`queued`:
 * refused, and waiting for a retry); gateway/upper end of the step in ms (latency.ts); a device (clicks/count-clicks.ts); the number of
 * a route, for messages that have one.
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
