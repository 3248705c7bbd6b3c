/** The pages of the channel e-mail. */
import { htmlSize } from '../../../../core/email/blocks.ts'
import { usualHtml } from '../../../../core/email/email-template.ts'
import { useLinkUrl } from '../../../shell/installation.ts'
import type { Fact } from '../../../ui/Facts.tsx'
import { none, plural } from '../../../ui/numbers.ts'
import { Wrapped } from '../../../ui/Wrapped.tsx'
import { ReminderInputs } from '../../reminder/ReminderInputs.tsx'
import type { Draft } from '../../useDraft.ts'
import type { ChannelPages, LabelledText, ReminderProps, StepProps } from '../channelPages.ts'
import { sampleLink } from '../sms/preview.ts'
import { EmailContent } from './EmailContent.tsx'
import { EmailPreview } from './EmailPreview.tsx'
import { emailDraft, useEmail } from './emailDraft.ts'

export const email: ChannelPages = {
  Content: EmailContent,
  Preview: ({ draft }: StepProps) => <EmailPreview draft={emailDraft(draft)} />,
  Reminder: ({ plan, onChange }: ReminderProps) => <ReminderInputs plan={plan} onChange={onChange} content={null} />,
  useFacts: useEmailFacts,
  amountOf: ({ queued }) => plural(queued, 'e-mail'),
  divisionOf: () => '',
  CostNotes: () => null,
  inWords: content => {
    if (content.channel !== 'email') return []
    const { channel: _, body, footer, utm, text, ...lines } = content
    return [
      ...Object.entries(lines).map(([key, value]): LabelledText => [labels[key] ?? key, String(value)]),
      ...(body === undefined ? [] : [['Blocks', plural(body.blocks.length, 'block')] as const]),
      ...(footer === undefined ? [] : [['Footer', footer.address] as const]),
      ...(text === undefined ? [] : [['Text part', text ?? 'made from the body'] as const]),
      ...(utm === undefined ? [] : [['UTM parameters', utm.on ? 'on' : 'off'] as const]),
    ]
  },
}

const labels: Readonly<Record<string, string>> = {
  sender: 'From address',
  fromName: 'From name',
  replyTo: 'Replies go to',
  subject: 'Subject',
  preheader: 'Preheader',
  format: 'Written as',
  html: 'HTML',
}

function useEmailFacts(given: Draft): Fact[] {
  const draft = emailDraft(given)
  const { template } = useEmail(draft)
  const { sender, fromName, subject, preheader, replyTo } = draft.content
  const bytes = usualHtml(template, sampleLink(useLinkUrl()))
  const from = fromName === '' ? sender : `${fromName} <${sender}>`
  return [
    ['From', <Wrapped key="from">{from || none}</Wrapped>],
    ...(replyTo === '' ? [] : [['Replies go to', <Wrapped key="reply">{replyTo}</Wrapped>] satisfies Fact]),
    ['Subject', <Wrapped key="subject">{subject || none}</Wrapped>],
    ...(preheader === '' ? [] : [['Preheader', <Wrapped key="preheader">{preheader}</Wrapped>] satisfies Fact]),
    ['Links', plural(template.links.length, 'link')],
    ['Size', `${Math.max(1, Math.round(bytes / 1024))} kB${bytes > htmlSize.warn ? ', near the limit of 100 kB' : ''}`],
  ]
}
