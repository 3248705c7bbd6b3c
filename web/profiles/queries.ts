/** Queries and mutations of profiles. */
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { type Answer, answer, api, items } from '../api/client.ts'
import type { ListSearch } from '../search.ts'

const one = '/api/v1/workspaces/{w}/profiles/{id}'

export type ProfileRow = Answer<'/api/v1/workspaces/{w}/profiles', 'get'>['items'][number]
export type ProfileView = Answer<typeof one, 'get'>
export type Profile = ProfileView['profile']
export type ProfileMessage = Answer<`${typeof one}/messages`, 'get'>['items'][number]

export type TagsDone = Answer<`${typeof one}/tags`, 'post'>

export type AttributeValue = string | number

/** What differs; null clears. */
export interface ProfileEdits {
  externalKey?: string | null
  phone?: string | null
  email?: string | null
  firstName?: string | null
  lastName?: string | null
  attributes?: Record<string, AttributeValue | null>
}

/** What a person said outside of Homing, with its evidence. */
export interface Said {
  /** null: everything */
  topicId: number | null
  how: string
  asked?: string
  saidAt?: string
}

export function profilesQuery(workspace: number, { search, after, before }: Partial<ListSearch>) {
  const query = { limit: 25, ...(search && { search }), ...(after ? { after } : before && { before }) }
  return queryOptions({
    queryKey: ['profiles', workspace, query],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/workspaces/{w}/profiles', { params: { path: { w: workspace }, query }, signal })),
    placeholderData: keepPreviousData,
  })
}

export type ProfileVisits = Answer<`${typeof one}/website`, 'get'>

/** Refetched while it is shown: a visit may be under way. */
export function visitsQuery(workspace: number, id: number) {
  return queryOptions({
    queryKey: ['profile', workspace, id, 'website'],
    queryFn: ({ signal }) => answer(api.GET(`${one}/website`, { params: { path: { w: workspace, id } }, signal })),
    staleTime: 0,
    refetchInterval: 15_000,
  })
}

/** Whether the workspace has a website at all. */
export function websitesQuery(workspace: number) {
  return queryOptions({
    queryKey: ['websites', workspace],
    queryFn: ({ signal }) =>
      items(answer(api.GET('/api/v1/workspaces/{w}/websites', { params: { path: { w: workspace } }, signal }))),
  })
}

export function profileQuery(workspace: number, id: number) {
  return queryOptions({
    queryKey: ['profile', workspace, id],
    queryFn: ({ signal }) => answer(api.GET(one, { params: { path: { w: workspace, id } }, signal })),
    staleTime: 0,
  })
}

export function messagesQuery(workspace: number, id: number, { after, before }: ListSearch) {
  const query = after ? { after } : before ? { before } : {}
  return queryOptions({
    queryKey: ['profile', workspace, id, 'messages', query],
    queryFn: ({ signal }) =>
      answer(api.GET(`${one}/messages`, { params: { path: { w: workspace, id }, query }, signal })),
    // Of this profile only: the page of another one is no page of this list.
    placeholderData: (page, last) => (last?.queryKey[2] === id ? page : undefined),
    staleTime: 0,
  })
}

/** A new profile has nothing to clear. */
export function addProfile(workspace: number, { attributes = {}, ...texts }: ProfileEdits) {
  const set = <Value>(values: Record<string, Value | null>): Record<string, Value> =>
    Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, value]])))
  const body = { ...set(texts), attributes: set(attributes) }
  return answer(api.POST('/api/v1/workspaces/{w}/profiles/new', { params: { path: { w: workspace } }, body }))
}

/** The mutations of one profile. Each refetches what the pages show of it. */
export function useProfileActs(workspace: number, id: number) {
  const queries = useQueryClient()
  const path = { w: workspace, id }
  const onSuccess = async () => {
    await queries.invalidateQueries({ queryKey: ['profile', workspace, id] })
    await queries.invalidateQueries({ queryKey: ['profiles', workspace] })
  }
  const number = (at: number, reason: string) => ({ params: { path: { ...path, at } }, body: { reason } })
  return {
    lock: useMutation({
      mutationFn: (reason: string) => answer(api.PUT(`${one}/lock`, { params: { path }, body: { reason } })),
      onSuccess,
    }),
    unlock: useMutation({ mutationFn: () => answer(api.DELETE(`${one}/lock`, { params: { path } })), onSuccess }),
    releaseOptOut: useMutation({
      mutationFn: ({ at, reason }: { at: number; reason: string }) =>
        answer(api.POST(`${one}/opt-outs/{at}/release`, number(at, reason))),
      onSuccess,
    }),
    releaseSuppression: useMutation({
      mutationFn: ({ at, reason }: { at: number; reason: string }) =>
        answer(api.POST(`${one}/suppressions/{at}/release`, number(at, reason))),
      onSuccess,
    }),
    change: useMutation({
      mutationFn: ({ updatedAt, change }: { updatedAt: string; change: ProfileEdits }) =>
        answer(api.PATCH(one, { params: { path }, body: { updatedAt, ...change } })),
      onSuccess,
    }),
    optOut: useMutation({
      mutationFn: (said: Said) => answer(api.POST(`${one}/opt-outs`, { params: { path }, body: said })),
      onSuccess,
    }),
    consent: useMutation({
      mutationFn: ({ topicId, ...said }: Said) =>
        answer(
          api.POST(`${one}/consents`, { params: { path }, body: { ...said, topicId: topicId ?? 0, granted: true } }),
        ),
      onSuccess,
    }),
    tags: useMutation({
      mutationFn: (body: { add?: string[]; remove?: string[] }) =>
        answer(api.POST(`${one}/tags`, { params: { path }, body })),
      onSuccess: async () => {
        await onSuccess()
        await queries.invalidateQueries({ queryKey: ['tags', workspace] })
      },
    }),
    erase: useMutation({
      mutationFn: () => answer(api.POST(`${one}/erase`, { params: { path }, body: { confirm: 'erase' } })),
      onSuccess,
    }),
  }
}

/** The display name of a profile: its name, else its key, number or e-mail address, else its id. */
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
