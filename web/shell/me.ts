/** The signed-in user, and the workspace of the address. */
import { queryOptions, useSuspenseQuery } from '@tanstack/react-query'
import { notFound, useParams } from '@tanstack/react-router'
import { type Answer, answer, api } from '../api/client.ts'

export type Me = Answer<'/api/v1/me', 'get'>
export type Workspace = Me['workspaces'][number]

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: () => answer(api.GET('/api/v1/me')),
  staleTime: 5 * 60_000,
})

/** The workspace of the address. A workspace that the user is not a member of is "Page not found". */
export function useWorkspace(): Workspace {
  const { data } = useSuspenseQuery(meQuery)
  const { workspace } = useParams({ strict: false })
  const found = data.workspaces.find(mine => String(mine.id) === workspace)
  if (!found) throw notFound()
  return found
}
