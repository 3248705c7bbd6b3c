/** The events of one SMS in order of time: attempts, receipts, clicks, the opt-out. */
import { IconBellOff, IconHandClick, IconMailForward, IconReceipt, IconRobot } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { describeNotSent, isNotSentReason } from '../../core/audience/not-sent-reasons.ts'
import type { Channel } from '../../core/channels.ts'
import { describeCode } from '../../core/gateways/codes.ts'
import type { ProfileMessage } from './queries.ts'

export interface Event {
  key: string
  at: string
  icon: ReactNode
  words: string
}

const attemptWords: Record<string, string> = {
  accepted: 'accepted',
  soft: 'soft bounce',
  hard: 'hard bounce',
  refused: 'refused by the gateway, will be retried',
  dropped: 'withdrawn before it was sent',
  unknown: 'no response from the gateway, outcome unknown',
}
const receiptWords: Record<string, string> = {
  delivered: 'Delivered to the phone',
  pending: 'Accepted by the network, not delivered yet',
  soft: 'Soft bounce',
  hard: 'Hard bounce',
}
const verdictWords: Record<string, string> = {
  human: 'Clicked',
  suspect: 'Possibly opened by a bot:',
  bot: 'Opened by a bot:',
}

/** The code of a dropped attempt is a reason for not sent, or a code of Homing's own. */
const describeDropped = (code: string, channel: Channel) => {
  const reason = code.slice(code.indexOf(':') + 1)
  return isNotSentReason(reason) ? describeNotSent(reason, channel) : describeCode(code)
}

export function eventsOf(message: ProfileMessage): Event[] {
  const because = (code: string | null) => (code ? `: ${describeCode(code)} (${code})` : '')
  const droppedBecause = (code: string | null) => (code ? `: ${describeDropped(code, message.channel)}` : '')
  const many = message.parts > 1
  const events: Event[] = [
    ...message.attempts.map(({ n, at, gateway, outcome, code }) => ({
      key: `attempt ${n}`,
      at,
      icon: <IconMailForward size={12} aria-hidden />,
      words: `Attempt ${n} through ${gateway}: ${outcome ? (attemptWords[outcome] ?? outcome) : 'in progress'}${outcome === 'accepted' ? '' : outcome === 'dropped' ? droppedBecause(code) : because(code)}`,
    })),
    ...message.receipts.map(({ at, outcome, code, part }, place) => ({
      key: `receipt ${place}`,
      at,
      icon: <IconReceipt size={12} aria-hidden />,
      words: `${receiptWords[outcome] ?? outcome}${many ? `, part ${part} of ${message.parts}` : ''}${outcome === 'delivered' ? '' : because(code)}`,
    })),
    ...message.clicks.map(({ at, linkId, url, verdict }, place) => ({
      key: `click ${place}`,
      at,
      icon: verdict === 'bot' ? <IconRobot size={12} aria-hidden /> : <IconHandClick size={12} aria-hidden />,
      words: `${verdictWords[verdict] ?? verdict} ${url || 'the unsubscribe link'} (link ${linkId})`,
    })),
  ]
  if (message.unsubscribedAt)
    events.push({
      key: 'unsubscribed',
      at: message.unsubscribedAt,
      icon: <IconBellOff size={12} aria-hidden />,
      words: 'Opted out through this SMS',
    })
  return events.sort((a, b) => a.at.localeCompare(b.at))
}
