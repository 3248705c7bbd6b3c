/** Queries of the settings: gateways and topics. */
import { queryOptions } from '@tanstack/react-query'
import { type Answer, answer, api, items } from '../api/client.ts'
import { readKind } from './gatewaySettings.ts'

export type Gateway = Answer<'/api/v1/workspaces/{w}/gateways', 'get'>['items'][number]

/** Refetched every 5 s while shown, because sessions change. */
export function gatewaysQuery(workspace: number) {
  return queryOptions({
    queryKey: ['gateways', workspace],
    queryFn: ({ signal }) =>
      items(answer(api.GET('/api/v1/workspaces/{w}/gateways', { params: { path: { w: workspace } }, signal }))),
    refetchInterval: 5_000,
  })
}

/** The kinds do not change while the server runs. */
export function gatewayKindsQuery(workspace: number) {
  return queryOptions({
    queryKey: ['gateway-kinds', workspace],
    queryFn: async ({ signal }) =>
      (
        await items(
          answer(api.GET('/api/v1/workspaces/{w}/gateway-kinds', { params: { path: { w: workspace } }, signal })),
        )
      ).map(readKind),
  })
}

export function topicsQuery(workspace: number) {
  return queryOptions({
    queryKey: ['topics', workspace],
    staleTime: 0, // imports create new ones
    queryFn: ({ signal }) =>
      items(answer(api.GET('/api/v1/workspaces/{w}/topics', { params: { path: { w: workspace } }, signal }))),
  })
}

/** How many profiles consent to each topic; at most a minute old. */
export function topicCountsQuery(workspace: number) {
  return queryOptions({
    queryKey: ['topic-counts', workspace],
    queryFn: async ({ signal }) => {
      const path = { w: workspace }
      const counts = await items(answer(api.GET('/api/v1/workspaces/{w}/topic-counts', { params: { path }, signal })))
      return new Map(counts.map(({ topicId, profiles }) => [topicId, profiles]))
    },
  })
}

export type KnownAttribute = Answer<'/api/v1/workspaces/{w}/attributes', 'get'>['items'][number]

/** Of those that are offered to be used: by its label too, and findable by both. */
export const attributeLabel = ({ name, label }: Pick<KnownAttribute, 'name' | 'label'>): string =>
  label === null ? name : `${label} (${name})`

export const isOffered = ({ archived }: Pick<KnownAttribute, 'archived'>): boolean => !archived

/** Archived ones too: they stay where they are used. */
export function attributesQuery(workspace: number) {
  return queryOptions({
    queryKey: ['attributes', workspace],
    staleTime: 0, // imports create new ones
    queryFn: ({ signal }) =>
      items(answer(api.GET('/api/v1/workspaces/{w}/attributes', { params: { path: { w: workspace } }, signal }))),
  })
}
