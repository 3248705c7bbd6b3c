/** The state of the installation: whether sending is held, and the business time (in tests it may run fast). */
import { queryOptions, useQuery } from '@tanstack/react-query'
import { type Answer, answer, api } from '../api/client.ts'
import { useWorkspace } from './me.ts'

export type Installation = Answer<'/api/v1/installation', 'get'>

export const installationQuery = queryOptions({
  queryKey: ['installation'],
  queryFn: async () => ({ ...(await answer(api.GET('/api/v1/installation'))), readAt: Date.now() }),
  staleTime: 60_000,
  refetchInterval: 60_000,
})

/** Returns the business time in milliseconds; until the server has answered, the browser's own. */
export function useBusinessClock(): () => number {
  const { data } = useQuery(installationQuery)
  return () => (data ? Date.parse(data.now) + (Date.now() - data.readAt) * data.clockRate : Date.now())
}

/** The beginning of short links of the workspace, so that texts are counted with the true length of their links. */
export function useLinkUrl(): string {
  const { data } = useQuery(installationQuery)
  const { linkDomain } = useWorkspace()
  return linkDomain ?? data?.linkUrl ?? window.location.origin
}
