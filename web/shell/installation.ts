/** The state of the installation: whether sending is held, and what time it is for the business (in tests it may run fast). */
import { queryOptions, useQuery } from '@tanstack/react-query'
import { type Answer, answer, api } from '../api/client.ts'

export type Installation = Answer<'/api/v1/installation', 'get'>

export const installationQuery = queryOptions({
  queryKey: ['installation'],
  queryFn: async () => ({ ...(await answer(api.GET('/api/v1/installation'))), readAt: Date.now() }),
  staleTime: 60_000,
  refetchInterval: 60_000,
})

/** Gives the business time in milliseconds; the browser's own until the server has told. */
export function useBusinessClock(): () => number {
  const { data } = useQuery(installationQuery)
  return () => (data ? Date.parse(data.now) + (Date.now() - data.readAt) * data.clockRate : Date.now())
}

/** What short links begin with, so that texts are counted with links of their true length. */
export function useLinkUrl(): string {
  const { data } = useQuery(installationQuery)
  return data?.linkUrl ?? window.location.origin
}
