/** The text of the draft, read as the server reads it: with the data tags and the link domain of this workspace. */
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { defaultTags, smsTemplate } from '../../../../core/activities/tags.ts'
import type { Template } from '../../../../core/sms/template.ts'
import { attributeLabel, attributesQuery, isOffered } from '../../../settings/queries.ts'
import { useLinkUrl } from '../../../shell/installation.ts'
import { useWorkspace } from '../../../shell/me.ts'
import type { SmsDraft } from './smsDraft.ts'

export interface OfferedTag {
  value: string
  label: string
}

export interface TemplateReading {
  template: Template
  /** the data tags that are offered: those of archived attributes are known, and not offered */
  tags: readonly OfferedTag[]
}

export function useTemplate(draft: SmsDraft): TemplateReading {
  const workspace = useWorkspace()
  const attributes = useQuery(attributesQuery(workspace.id))
  const linkUrl = useLinkUrl()
  const { body, smart } = draft.content
  const known = attributes.data
  return useMemo(() => {
    const attributes = known?.map(({ name }) => name)
    const offered = (known ?? []).filter(one => isOffered(one) && !defaultTags.some(name => name === one.name))
    const tags = [
      ...defaultTags.map(name => ({ value: name, label: name })),
      ...offered.map(one => ({ value: one.name, label: attributeLabel(one) })),
    ]
    return { template: smsTemplate({ body, smart }, attributes, linkUrl), tags }
  }, [body, smart, known, linkUrl])
}
