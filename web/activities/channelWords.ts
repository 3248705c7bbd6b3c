/** What a channel is called on the pages. */
import type { Channel } from '../../core/activities/content.ts'
import type { Duplicates } from '../../core/activities/send-to.ts'

export interface ChannelWords {
  /** "New SMS", "One SMS per number" */
  name: string
  /** what a message is addressed to */
  address: string
}

export const channelWords: Readonly<Record<Channel, ChannelWords>> = { sms: { name: 'SMS', address: 'number' } }

/** What happens where several profiles have one address. */
export function duplicatesInWords(rule: Duplicates, channel: Channel): string {
  const { name, address } = channelWords[channel]
  return rule === 'all' ? `One ${name} per profile` : `One ${name} per ${address}`
}
