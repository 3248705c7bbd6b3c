/** The planned reminder of an SMS that is still a draft. */
import { ReminderInputs } from '../../reminder/ReminderInputs.tsx'
import type { ReminderProps } from '../channelPages.ts'
import { smsDraft } from './smsDraft.ts'

export function SmsReminder({ draft, ...props }: ReminderProps) {
  const { body, smart } = smsDraft(draft).content
  return <ReminderInputs {...props} content={{ body, smart }} />
}
