/** A draft on the pages of e-mail, and its content as the server reads it: with the data tags and the link domain of this workspace. */
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type ContentOf, isContentOf } from '../../../../core/activities/content.ts'
import { defaultTags, emailTemplate } from '../../../../core/activities/tags.ts'
import type { EmailTemplate } from '../../../../core/email/email-template.ts'
import type { EmailPlace } from '../../../../core/email/reader.ts'
import { Problem } from '../../../../core/problems.ts'
import { attributeLabel, attributesQuery, isOffered } from '../../../settings/queries.ts'
import { useLinkUrl } from '../../../shell/installation.ts'
import { useWorkspace } from '../../../shell/me.ts'
import type { Draft } from '../../useDraft.ts'
import type { OfferedTag } from '../sms/useTemplate.ts'

export type EmailContentFields = ContentOf<'email'>
export type EmailDraft = Draft<EmailContentFields>

export function emailDraft(draft: Draft): EmailDraft {
  const { content } = draft
  const { channel } = content
  if (!isContentOf(content, 'email')) throw new Error(`a draft of ${channel} on the pages of e-mail`)
  return { ...draft, content }
}

export interface EmailReading {
  template: EmailTemplate
  /** the data tags that are offered */
  tags: readonly OfferedTag[]
}

export function useEmail({ content }: EmailDraft): EmailReading {
  const workspace = useWorkspace()
  const { data: known } = useQuery(attributesQuery(workspace.id))
  const linkUrl = useLinkUrl()
  return useMemo(() => {
    const attributes = known?.map(({ name }) => name)
    const offered = (known ?? []).filter(one => isOffered(one) && !defaultTags.some(name => name === one.name))
    const tags = [
      ...defaultTags.map(name => ({ value: name, label: name })),
      ...offered.map(one => ({ value: one.name, label: attributeLabel(one) })),
    ]
    return { template: emailTemplate(content, attributes, linkUrl), tags }
  }, [content, known, linkUrl])
}

/** The sentences of what is wrong in this place. What is only missing yet is no error. */
export function wrongAt({ problems }: EmailTemplate, place: EmailPlace): string[] {
  return problems
    .filter(({ code, place: at }) => at.field === place.field && at.block === place.block && !missing.has(code))
    .map(({ code, details }) => new Problem(code, details).message)
}

/** The sentences of what is missing in this place. */
export function missingAt({ problems }: EmailTemplate, place: EmailPlace): string[] {
  return problems
    .filter(({ code, place: at }) => at.field === place.field && at.block === place.block && missing.has(code))
    .map(({ code, details }) => new Problem(code, details).message)
}

const missing = new Set([
  'email_subject_empty',
  'email_body_empty',
  'email_button_label',
  'email_button_url',
  'email_image_missing',
  'email_footer_address',
  'email_unsubscribe_missing',
])
