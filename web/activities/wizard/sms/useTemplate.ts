/** The text of the draft, read as the server reads it: with the data tags and the link domain of this workspace. */
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { defaultTags, smsTemplate } from '../../../../core/activities/tags.ts'
import type { Template } from '../../../../core/sms/template.ts'
import { attributesQuery } from '../../../settings/queries.ts'
import { useLinkUrl } from '../../../shell/installation.ts'
import { useWorkspace } from '../../../shell/me.ts'
import type { SmsDraft } from './smsDraft.ts'

export interface TemplateReading {
  template: Template
  /** names of data tags that may be used */
  names: readonly string[]
}

export function useTemplate(draft: SmsDraft): TemplateReading {
  const workspace = useWorkspace()
  const attributes = useQuery(attributesQuery(workspace.id))
  const linkUrl = useLinkUrl()
  const { body, smart } = draft.content
  const known = attributes.data
  return useMemo(() => {
    const attributes = known?.map(({ name }) => name)
    const names = [...new Set([...defaultTags, ...(attributes ?? [])])]
    return { template: smsTemplate({ body, smart }, attributes, linkUrl), names }
  }, [body, smart, known, linkUrl])
}
