/**
 * What a gateway delivers: made durable, then acknowledged. A reply is acknowledged when it is applied (reply-intake.ts), everything else when it
 * is in the inbox. What could not be kept is to be delivered again.
 *
 * Always: replies are kept apart from the others, so that a reply that waits for its STOP holds up no receipt.
 */
import type { Arrival, Arrivals } from '../gateways/gateway.ts'
import type { Inbox } from '../inbox/append.ts'
import type { Warn } from '../platform/limited-warnings.ts'
import type { ReplyIntake } from './reply-intake.ts'

export interface Keepers {
  /** for receipts, and what cannot be read */
  inbox: Pick<Inbox, 'append'>
  replies: Pick<ReplyIntake, 'take'>
  warn: Warn
}

/** Resolves when all of them are acknowledged. Never rejects. */
export async function keepArrivals(arrivals: Arrivals, { inbox, replies, warn }: Keepers): Promise<void> {
  const acknowledge = async (some: readonly Arrival[], keep: () => Promise<boolean>) => {
    if (some.length === 0) return
    try {
      arrivals.ack(some, await keep())
    } catch (error) {
      warn(error, 'what a gateway delivered could not be kept: it will deliver it again')
      arrivals.ack(some, false)
    }
  }
  const written = arrivals.all.filter(({ record }) => record.kind === 'reply')
  const others = arrivals.all.filter(({ record }) => record.kind !== 'reply')
  await Promise.all([
    acknowledge(others, async () => {
      await inbox.append(others.map(({ record }) => record))
      return true
    }),
    acknowledge(written, () => replies.take(written)),
  ])
}
