/** Queries and mutations of tags, and of their changes over many profiles. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { SegmentTree } from '../../core/segments/tree.ts'
import { type Answer, answer, api, items } from '../api/client.ts'

const root = '/api/v1/workspaces/{w}'
export type Tagging = Answer<`${typeof root}/taggings/{id}`, 'get'>
export type Tag = Answer<`${typeof root}/tags`, 'get'>['items'][number]

const at = (workspace: number) => ({ params: { path: { w: workspace } } })
export const isOpenTagging = ({ state }: Tagging) => state === 'running' || state === 'undoing'

/** As the server limits them. */
export const mostTagsAtOnce = 10
export const mostTagCharacters = 100

export function tagsQuery(workspace: number) {
  return queryOptions({
    queryKey: ['tags', workspace],
    queryFn: ({ signal }) => answer(api.GET(`${root}/tags`, { ...at(workspace), signal })),
    staleTime: 60_000,
  })
}

export function tagUsesQuery(workspace: number, tag: string) {
  return queryOptions({
    queryKey: ['tag-uses', workspace, tag],
    queryFn: ({ signal }) =>
      items(answer(api.GET(`${root}/tags/uses`, { params: { path: { w: workspace }, query: { tag } }, signal }))),
    staleTime: 0,
  })
}

/** Refetched every second while one is under way. */
export function taggingsQuery(workspace: number) {
  return queryOptions({
    queryKey: ['taggings', workspace],
    queryFn: ({ signal }) => items(answer(api.GET(`${root}/taggings`, { ...at(workspace), signal }))),
    staleTime: 0,
    refetchInterval: query => (query.state.data?.some(isOpenTagging) ? 1_000 : false),
  })
}

export function taggingQuery(workspace: number, id: number) {
  return queryOptions({
    queryKey: ['tagging', workspace, id],
    queryFn: ({ signal }) =>
      answer(api.GET(`${root}/taggings/{id}`, { params: { path: { w: workspace, id } }, signal })),
    staleTime: 0,
    refetchInterval: query => (query.state.data === undefined || isOpenTagging(query.state.data) ? 500 : false),
  })
}

export interface TagsToChange {
  add?: string[]
  remove?: string[]
  definition: SegmentTree
  search?: string
}

export function useTagActs(workspace: number) {
  const queries = useQueryClient()
  const onSuccess = async (tagging: Tagging) => {
    queries.setQueryData(['tagging', workspace, tagging.id], tagging)
    await queries.invalidateQueries({ queryKey: ['taggings', workspace] })
  }
  return {
    create: useMutation({
      mutationFn: (body: TagsToChange) => answer(api.POST(`${root}/taggings`, { ...at(workspace), body })),
      onSuccess,
    }),
    undo: useMutation({
      mutationFn: (id: number) =>
        answer(api.POST(`${root}/taggings/{id}/undo`, { params: { path: { w: workspace, id } } })),
      onSuccess,
    }),
    rename: useMutation({
      mutationFn: (body: { from: string; to: string }) =>
        answer(api.POST(`${root}/tags/rename`, { ...at(workspace), body })),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (tag: string) => answer(api.POST(`${root}/tags/remove`, { ...at(workspace), body: { tag } })),
      onSuccess,
    }),
  }
}

/** Refetches what lists show of profiles and tags, once a change is over. `open`: one is under way. */
export function useTagsChanged(workspace: number, open: boolean): void {
  const queries = useQueryClient()
  const was = useRef(false)
  useEffect(() => {
    if (was.current && !open)
      for (const key of ['tags', 'profiles', 'profile', 'segment-members'])
        void queries.invalidateQueries({ queryKey: [key, workspace] })
    was.current = open
  }, [open, queries, workspace])
}
