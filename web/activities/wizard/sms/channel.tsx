/** The pages of the channel SMS. */
import type { Utm } from '../../../../core/sms/utm.ts'
import type { ChannelPages } from '../channelPages.ts'
import { SmsContent } from './SmsContent.tsx'
import { amountOf, CostNotes, divisionOf } from './SmsCost.tsx'
import { SmsPreview } from './SmsPreview.tsx'
import { SmsReminder } from './SmsReminder.tsx'
import { smsDraft } from './smsDraft.ts'
import { useSmsFacts } from './smsFacts.tsx'

export const sms: ChannelPages = {
  Content: SmsContent,
  Preview: SmsPreview,
  Reminder: SmsReminder,
  useFacts: draft => useSmsFacts(smsDraft(draft)),
  amountOf,
  divisionOf,
  CostNotes,
  inWords: content => {
    if (content.channel !== 'sms') return []
    const { sender, body, smart, utm } = content
    return [
      ...(sender === undefined ? [] : [['Sender', sender] as const]),
      ...(body === undefined ? [] : [['Text', body] as const]),
      ...(smart === undefined ? [] : [['Smart encoding', smart ? 'on' : 'off'] as const]),
      ...(utm === undefined ? [] : [['UTM parameters', utmInWords(utm)] as const]),
    ]
  },
}

function utmInWords({ on, source, medium, name }: Utm): string {
  return on ? [source, medium, name].map(text => text || 'by default').join(', ') : 'off'
}
