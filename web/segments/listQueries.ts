/** Queries and mutations of lists of people that become frozen segments. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { type Answer, answer, api, items } from '../api/client.ts'
import { sendForm } from '../api/sendForm.ts'

const all = '/api/v1/workspaces/{w}/segments/lists'
const one = `${all}/{id}` as const

export type SegmentList = Answer<typeof one, 'get'>
export type MatchKind = SegmentList['by']

export const isUnderWay = ({ state }: SegmentList) => state === 'waiting' || state === 'running' || state === 'stopping'

export interface ListRequest {
  name: string
  by: MatchKind
  pasted?: boolean
  column?: string
  country?: string
  encoding?: string
  headerLine?: number
  sheet?: string
}

export function listsQuery(workspace: number) {
  return queryOptions({
    queryKey: ['segment-lists', workspace],
    queryFn: ({ signal }) => items(answer(api.GET(all, { params: { path: { w: workspace } }, signal }))),
    staleTime: 0,
  })
}

/** Refetched while it is under way. */
export function segmentListQuery(workspace: number, id: number) {
  return queryOptions({
    queryKey: ['segment-list', workspace, id],
    queryFn: ({ signal }) => answer(api.GET(one, { params: { path: { w: workspace, id } }, signal })),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data === undefined || isUnderWay(state.data) ? 500 : false),
  })
}

export function unmatchedQuery(workspace: number, id: number) {
  return queryOptions({
    queryKey: ['segment-list', workspace, id, 'unmatched'],
    queryFn: ({ signal }) => answer(api.GET(`${one}/unmatched`, { params: { path: { w: workspace, id } }, signal })),
  })
}

export function useListActs(workspace: number) {
  const queries = useQueryClient()
  return {
    start: useMutation({
      // `options` comes before the file in the form, so that the server has read it when the file begins to arrive.
      mutationFn: ({ file, options }: { file: File; options: ListRequest }) => {
        const form = new FormData()
        form.append('options', JSON.stringify(options))
        form.append('file', file, file.name)
        return sendForm<SegmentList>(`/api/v1/workspaces/${workspace}/segments/lists`, form)
      },
      onSuccess: list => queries.setQueryData(['segment-list', workspace, list.id], list),
    }),
    stop: useMutation({
      mutationFn: (id: number) => answer(api.POST(`${one}/stop`, { params: { path: { w: workspace, id } } })),
      onSettled: () => queries.invalidateQueries({ queryKey: ['segment-list', workspace] }),
    }),
  }
}
