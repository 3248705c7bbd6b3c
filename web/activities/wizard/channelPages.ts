/** What the wizard needs from the pages of a channel. Its steps (Details, Send to, Schedule, Overview) know nothing else of it. */
import type { ComponentType } from 'react'
import type { ContentChange } from '../../../core/activities/content.ts'
import type { ReminderPlan } from '../../../core/activities/reminder.ts'
import type { Fact } from '../../ui/Facts.tsx'
import type { Audience } from '../queries.ts'
import type { Draft } from '../useDraft.ts'

export interface StepProps {
  draft: Draft
  activity: number
}

export interface ReminderProps {
  draft: Draft
  plan: ReminderPlan
  onChange: (plan: ReminderPlan) => void
}

export type LabelledText = readonly [label: string, text: string]

export interface ChannelPages {
  /** The step Content: all that is written, with a test of it. */
  Content: ComponentType<StepProps>
  /** What the recipients will see. */
  Preview: ComponentType<StepProps>
  /** When the reminder that is planned with it is sent, and with what. */
  Reminder: ComponentType<ReminderProps>
  /** The content as facts, for the overview. */
  useFacts: (draft: Draft) => Fact[]
  /** What is paid for, with its number and its unit. */
  amountOf: (audience: Audience) => string
  /** How the amount divides, in a sentence; empty: there is nothing to divide. */
  divisionOf: (audience: Audience) => string
  /** What the author should know about the cost, and what keeps the text from being sent. */
  CostNotes: ComponentType<{ audience: Audience }>
  /** The fields of the content that are given, to choose between two versions of them. */
  inWords: (content: ContentChange) => LabelledText[]
}
