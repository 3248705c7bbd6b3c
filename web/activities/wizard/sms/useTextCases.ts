/** What recipients of the saved text really get: an estimate at once, then exact. Asked only where the text has data tags. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Template } from '../../../../core/sms/template.ts'
import { type Answer, answer, api } from '../../../api/client.ts'
import { useWorkspace } from '../../../shell/me.ts'
import type { SmsDraft } from './smsDraft.ts'

const path = '/api/v1/workspaces/{w}/activities/{id}/text-cases'
export type TextCases = Answer<typeof path, 'post'>

/** Undefined until something is known. */
export function useTextCases(draft: SmsDraft, activity: number, template: Template): TextCases | undefined {
  const workspace = useWorkspace()
  const { body, smart } = draft.content
  const { sendTo } = draft.fields
  const ready = draft.state.kind === 'saved' && template.tags.length > 0
  const key = ['text-cases', workspace.id, activity, body, smart, sendTo] as const
  const params = { path: { w: workspace.id, id: activity } }
  const ask = (estimate: boolean, signal: AbortSignal) => answer(api.POST(path, { params, body: { estimate }, signal }))
  const exact = useQuery({
    queryKey: [...key, 'exact'],
    queryFn: ({ signal }) => ask(false, signal),
    enabled: ready,
    staleTime: 60_000,
  })
  const estimate = useQuery({
    queryKey: [...key, 'estimate'],
    queryFn: ({ signal }) => ask(true, signal),
    enabled: ready && exact.data === undefined,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
  return template.tags.length === 0 ? undefined : (exact.data ?? estimate.data)
}
