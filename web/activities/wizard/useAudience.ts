/** The audience of what is saved: an estimate at once, then the exact figures; asked again after each change. */
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { answer, api } from '../../api/client.ts'
import { useWhyNot } from '../../shell/may.tsx'
import { useWorkspace } from '../../shell/me.ts'
import { changesQuery } from '../AudienceChanges.tsx'
import type { Audience, AudienceChanges } from '../queries.ts'
import type { Draft } from '../useDraft.ts'

/** Null while the draft has something that the server has not. */
function useQuestion(draft: Draft, activity: number) {
  const workspace = useWorkspace()
  const { revision, state, fields } = draft
  const ask = (estimate: boolean, signal: AbortSignal) =>
    answer(
      api.POST('/api/v1/workspaces/{w}/activities/{id}/audience', {
        params: { path: { w: workspace.id, id: activity } },
        body: { estimate },
        signal,
      }),
    )
  const key = ['audience', workspace.id, activity, revision] as const
  return { key, ask, ready: state.kind === 'saved' && fields.sendTo.topics.length > 0 }
}

export function useExactAudience(draft: Draft, activity: number, wanted = true) {
  const { key, ask, ready } = useQuestion(draft, activity)
  return useQuery({
    queryKey: [...key, 'exact'],
    queryFn: ({ signal }) => ask(false, signal),
    enabled: ready && wanted,
    staleTime: 10_000,
  })
}

export interface AudienceNow {
  /** The best that is known; of the draft before the last change while nothing newer is. */
  shown: Audience | undefined
  /** The exact figures of this very draft. */
  exact: Audience | undefined
  error: Error | null
  /** something newer is on its way */
  counting: boolean
  retry: () => void
  /** asks again, also where nothing has changed here */
  again: () => Promise<void>
}

export function useAudience(draft: Draft, activity: number): AudienceNow {
  const queries = useQueryClient()
  const { key, ask, ready } = useQuestion(draft, activity)
  const exact = useExactAudience(draft, activity)
  const estimate = useQuery({
    queryKey: [...key, 'estimate'],
    queryFn: ({ signal }) => ask(true, signal),
    enabled: ready && exact.data === undefined,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  })
  const ofThis = draft.state.kind === 'saved' ? exact.data : undefined
  return {
    shown: exact.data ?? estimate.data,
    exact: ofThis,
    error: exact.error,
    counting: ofThis === undefined || exact.isFetching,
    retry: () => void exact.refetch(),
    again: () => queries.invalidateQueries({ queryKey: key.slice(0, 3) }),
  }
}

/** Who has come and gone since somebody has seen these figures; the first to see them, exactly, is remembered for that. */
export function useChanges(
  draft: Draft,
  activity: number,
  { exact }: Pick<AudienceNow, 'exact'>,
): AudienceChanges | undefined {
  const workspace = useWorkspace()
  const look = useWhyNot()('lookAtAudience') === null
  const { ready } = useQuestion(draft, activity)
  const asked = { workspace: workspace.id, activity, revision: draft.revision, look }
  return useQuery({ ...changesQuery(asked), enabled: ready && exact !== undefined }).data
}
