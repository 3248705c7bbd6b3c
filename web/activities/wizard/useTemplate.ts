/** The text of the draft, read as the server reads it: with the data tags and the link domain of this workspace. */
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { parseTemplate, type Template } from '../../../core/sms/template.ts'
import { attributesQuery } from '../../settings/queries.ts'
import { useLinkUrl } from '../../shell/installation.ts'
import { useWorkspace } from '../../shell/me.ts'
import type { Draft } from '../useDraft.ts'

/** Data tags beside the attributes of the workspace (server/activities/readiness.ts). */
const everyProfileHas = ['first_name', 'last_name', 'city', 'email', 'phone', 'external_key']

export interface Reading {
  template: Template
  /** names of data tags that may be used */
  names: readonly string[]
}

export function useTemplate(draft: Draft): Reading {
  const workspace = useWorkspace()
  const attributes = useQuery(attributesQuery(workspace.id))
  const linkUrl = useLinkUrl()
  const { body, smart } = draft.fields
  const known = attributes.data
  return useMemo(() => {
    const names = [...new Set([...everyProfileHas, ...(known ?? []).map(({ name }) => name)])]
    const ownHost = URL.parse(linkUrl)?.host
    const template = parseTemplate(body, {
      smart,
      ownHosts: ownHost === undefined ? [] : [ownHost],
      // Until the attributes are known, no tag is called unknown.
      ...(known && { attributes: new Set(names) }),
    })
    return { template, names }
  }, [body, smart, known, linkUrl])
}
