/**
 * What comes in is applied in lanes: each has its own sources, its own loop and its own lease, so that a backlog of clicks
 * delays no receipt, and a backlog of receipts no STOP.
 */
import type { InboxBody } from './inbox-record.ts'

export type Lane = 'gateway' | 'replies' | 'web'

/** Which lane a kind belongs in. Sources of older versions hold several kinds: every lane can apply every kind. */
export const laneOf: Record<InboxBody['kind'], Lane> = {
  receipt: 'gateway',
  unreadable: 'gateway',
  reply: 'replies',
  click: 'web',
  opt_out_view: 'web',
}

export const lanes: readonly Lane[] = ['gateway', 'replies', 'web']

/** How long a loop with nothing to do waits, unless an append of its own process wakes it. Real time. */
export const pollMs: Record<Lane, number> = { gateway: 50, replies: 25, web: 50 }
