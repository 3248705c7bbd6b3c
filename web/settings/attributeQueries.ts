/** Queries and mutations of the catalogue of attributes, and of changes of their types. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { AttributeType } from '../../core/attributes.ts'
import { type Answer, answer, api, items } from '../api/client.ts'

const root = '/api/v1/workspaces/{w}'
const one = `${root}/attributes/{name}` as const
export type Attribute = Answer<`${typeof root}/attributes/catalogue`, 'get'>['items'][number]
export type AttributeChange = Answer<`${typeof root}/attribute-changes/{id}`, 'get'>
export type TypePreview = Answer<`${typeof one}/type/preview`, 'post'>

/** What a person said about ambiguous values. */
export interface TypeWanted {
  type: AttributeType
  decimal?: ',' | '.'
  dayFirst?: boolean
}

const at = (workspace: number) => ({ params: { path: { w: workspace } } })
const of = (workspace: number, name: string) => ({ params: { path: { w: workspace, name } } })
export const isOpen = ({ state }: AttributeChange) => state === 'running' || state === 'undoing'

export function catalogueQuery(workspace: number) {
  return queryOptions({
    queryKey: ['attribute-catalogue', workspace],
    queryFn: ({ signal }) => items(answer(api.GET(`${root}/attributes/catalogue`, { ...at(workspace), signal }))),
    staleTime: 0,
  })
}

export function usesQuery(workspace: number, name: string) {
  return queryOptions({
    queryKey: ['attribute-uses', workspace, name],
    queryFn: ({ signal }) => items(answer(api.GET(`${one}/uses`, { ...of(workspace, name), signal }))),
    staleTime: 0,
  })
}

export function typePreviewQuery(workspace: number, name: string, body: TypeWanted) {
  return queryOptions({
    queryKey: ['attribute-type', workspace, name, body],
    queryFn: ({ signal }) => answer(api.POST(`${one}/type/preview`, { ...of(workspace, name), body, signal })),
    staleTime: 0,
    retry: false,
  })
}

/** Refetched every second while one is under way. */
export function typeChangesQuery(workspace: number) {
  return queryOptions({
    queryKey: ['attribute-changes', workspace],
    queryFn: ({ signal }) => items(answer(api.GET(`${root}/attribute-changes`, { ...at(workspace), signal }))),
    staleTime: 0,
    refetchInterval: query => (query.state.data?.some(isOpen) ? 1_000 : false),
  })
}

const shown = ['attribute-catalogue', 'attribute-changes', 'attributes', 'profile', 'profiles']

export function useAttributeActs(workspace: number) {
  const queries = useQueryClient()
  const onSuccess = async () => {
    for (const key of shown) await queries.invalidateQueries({ queryKey: [key, workspace] })
  }
  return {
    edit: useMutation({
      mutationFn: ({ name, ...body }: { name: string; label?: string | null; archived?: boolean }) =>
        answer(api.PATCH(one, { ...of(workspace, name), body })),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (name: string) => answer(api.DELETE(one, of(workspace, name))),
      onSuccess,
    }),
    changeType: useMutation({
      mutationFn: ({ name, ...body }: TypeWanted & { name: string; evenIfUsed: boolean }) =>
        answer(api.POST(`${one}/type`, { ...of(workspace, name), body })),
      onSuccess,
    }),
    undo: useMutation({
      mutationFn: (id: number) =>
        answer(api.POST(`${root}/attribute-changes/{id}/undo`, { params: { path: { w: workspace, id } } })),
      onSuccess,
    }),
  }
}

/** Refetches what pages show of values, once a change is over. `open`: one is under way. */
export function useValuesChanged(workspace: number, open: boolean): void {
  const queries = useQueryClient()
  const was = useRef(false)
  useEffect(() => {
    if (was.current && !open) for (const key of shown) void queries.invalidateQueries({ queryKey: [key, workspace] })
    was.current = open
  }, [open, queries, workspace])
}
