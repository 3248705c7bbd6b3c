/** What the pages read of profiles. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { type Answer, answer, api } from '../api/client.ts'

export type ProfileRow = Answer<'/api/v1/workspaces/{w}/profiles', 'get'>['items'][number]
export type ProfileView = Answer<'/api/v1/workspaces/{w}/profiles/{id}', 'get'>

export function profilesQuery(workspace: number, search: string | undefined, after: string | undefined) {
  const query = { limit: 25, ...(search && { search }), ...(after && { after }) }
  return queryOptions({
    queryKey: ['profiles', workspace, query],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/workspaces/{w}/profiles', { params: { path: { w: workspace }, query }, signal })),
    placeholderData: keepPreviousData,
  })
}

export function profileQuery(workspace: number, id: number) {
  return queryOptions({
    queryKey: ['profile', workspace, id],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/workspaces/{w}/profiles/{id}', { params: { path: { w: workspace, id } }, signal })),
    staleTime: 0,
  })
}

/** What a person is called: the name, else the key, number or address, else the id. */
export function nameOf(profile: {
  profileId: number
  firstName?: string | null
  lastName?: string | null
  externalKey?: string | null
  phone?: string | null
  email?: string | null
}): string {
  const name = [profile.firstName, profile.lastName].filter(Boolean).join(' ')
  return name || profile.externalKey || profile.phone || profile.email || `Profile ${profile.profileId}`
}
