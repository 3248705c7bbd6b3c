/** A draft on the pages of SMS. The steps of the wizard give them drafts of that channel only (channels.tsx). */
import { type ContentOf, isContentOf } from '../../../../core/activities/content.ts'
import type { Draft } from '../../useDraft.ts'

export type SmsDraft = Draft<ContentOf<'sms'>>

export function smsDraft(draft: Draft): SmsDraft {
  const { content } = draft
  const { channel } = content
  if (!isContentOf(content, 'sms')) throw new Error(`a draft of ${channel} on the pages of SMS`)
  return { ...draft, content }
}
