/** Queries and mutations of segments. A tree can be asked without being saved. */
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { readTree, type SegmentTree } from '../../core/segments/tree.ts'
import { type Answer, answer, api, items } from '../api/client.ts'
import type { SegmentsSearch } from '../search.ts'

const all = '/api/v1/workspaces/{w}/segments'
const one = '/api/v1/workspaces/{w}/segments/{id}'

export type SegmentRow = Answer<typeof all, 'get'>['items'][number]
export type DailySize = Answer<`${typeof one}/sizes`, 'get'>['items'][number]
export type Segment = Answer<typeof one, 'get'>
export interface Count {
  n: number
  range: { low: number; high: number } | null
  asOf: string
}
export type LongCount = Answer<`${typeof all}/counts/{id}`, 'get'>
export type NodeCount = Answer<`${typeof all}/node-counts`, 'post'>['items'][number]
export type Overlap = Answer<`${typeof all}/overlap`, 'post'>
export type Explanation = Answer<`${typeof all}/explain`, 'post'>

const at = (workspace: number) => ({ params: { path: { w: workspace } } })

export function segmentsQuery(workspace: number) {
  return queryOptions({
    queryKey: ['segments', workspace],
    queryFn: ({ signal }) => items(answer(api.GET(all, { ...at(workspace), signal }))),
    staleTime: 0,
  })
}

const pageSize = 50

/** A page of the list, with the latest sizes of each. */
export function segmentPageQuery(workspace: number, { search, archived, sort, after, before }: SegmentsSearch) {
  const query = {
    archived: archived ?? false,
    recent: true,
    limit: pageSize,
    ...(search && { search }),
    ...(sort && { sort }),
    ...(after && { after }),
    ...(before && { before }),
  }
  return queryOptions({
    // As the other lists of segments: what changes one refetches it too.
    queryKey: ['segments', workspace, 'page', query],
    queryFn: ({ signal }) => answer(api.GET(all, { params: { path: { w: workspace }, query }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 0,
  })
}

export function sizesQuery(workspace: number, id: number) {
  return queryOptions({
    queryKey: ['segment-sizes', workspace, id],
    queryFn: ({ signal }) => items(answer(api.GET(`${one}/sizes`, { params: { path: { w: workspace, id } }, signal }))),
    staleTime: 0,
  })
}

export function segmentQuery(workspace: number, id: number) {
  return queryOptions({
    queryKey: ['segment', workspace, id],
    queryFn: ({ signal }) => answer(api.GET(one, { params: { path: { w: workspace, id } }, signal })),
  })
}

/** The tree by which its members are found; that of a frozen one is its list. Throws where this version cannot read it. */
export function treeOf({ id, frozen, definition }: Pick<Segment, 'id' | 'frozen' | 'definition'>): SegmentTree {
  return frozen ? ofSegment(id) : readTree(definition)
}

export const ofSegment = (id: number): SegmentTree => ({
  v: 1,
  root: { kind: 'group', match: 'all', items: [{ kind: 'segment', id }] },
})

/** `id`: the saved segment whose definition this edits. The answer is a long count where it takes longer than the server waits. */
export function countTree(
  workspace: number,
  { tree, id, estimate }: { tree: SegmentTree; id: number | undefined; estimate: boolean },
  signal: AbortSignal,
): Promise<Count | LongCount> {
  const body = { definition: tree, estimate, background: true, ...(id !== undefined && { id }) }
  return answer(api.POST(`${all}/count`, { ...at(workspace), body, signal }))
}

export function getLongCount(workspace: number, id: number, signal: AbortSignal): Promise<LongCount> {
  return answer(api.GET(`${all}/counts/{id}`, { params: { path: { w: workspace, id } }, signal }))
}

/** Sent also while the page is left. */
export function cancelLongCount(workspace: number, id: number): Promise<LongCount> {
  return answer(api.DELETE(`${all}/counts/{id}`, { params: { path: { w: workspace, id } }, keepalive: true }))
}

/** How many people fit each row of the tree. */
export function nodeCountsQuery(workspace: number, tree: SegmentTree) {
  return queryOptions({
    queryKey: ['segment-node-counts', workspace, tree],
    queryFn: ({ signal }) =>
      items(answer(api.POST(`${all}/node-counts`, { ...at(workspace), body: { definition: tree }, signal }))),
    staleTime: 60_000,
    gcTime: 60_000,
    retry: false,
    refetchOnWindowFocus: false,
  })
}

export interface MembersPage {
  after?: string
  before?: string
}

export function membersQuery(workspace: number, tree: SegmentTree, page: MembersPage) {
  return queryOptions({
    queryKey: ['segment-members', workspace, tree, page],
    queryFn: ({ signal }) =>
      answer(
        api.POST(`${all}/members`, {
          params: { path: { w: workspace }, query: { limit: 25, ...page } },
          body: { definition: tree },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 0,
  })
}

export function explainQuery(workspace: number, tree: SegmentTree, profileId: number) {
  return queryOptions({
    queryKey: ['segment-explained', workspace, tree, profileId],
    queryFn: ({ signal }) =>
      answer(api.POST(`${all}/explain`, { ...at(workspace), body: { definition: tree, profileId }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 0,
  })
}

/** Of two saved segments. It is not asked again until somebody asks: it may take seconds. */
export function overlapQuery(workspace: number, first: number, second: number) {
  return queryOptions({
    queryKey: ['segment-overlap', workspace, first, second],
    queryFn: ({ signal }) =>
      answer(
        api.POST(`${all}/overlap`, {
          ...at(workspace),
          body: { first: ofSegment(first), second: ofSegment(second) },
          signal,
        }),
      ),
    staleTime: 60_000,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  })
}

export function namesQuery(workspace: number, activities: readonly number[], links: readonly number[]) {
  const body = { activities: [...activities], links: [...links] }
  return queryOptions({
    queryKey: ['segment-names', workspace, body],
    queryFn: ({ signal }) => answer(api.POST(`${all}/names`, { ...at(workspace), body, signal })),
    enabled: activities.length + links.length > 0,
    placeholderData: keepPreviousData,
  })
}

export interface SegmentEdits {
  revision?: number
  name?: string
  definition?: SegmentTree
  archived?: boolean
}

/** Each refetches what the pages show of segments. */
export function useSegmentActs(workspace: number) {
  const queries = useQueryClient()
  const onSuccess = async () => {
    await queries.invalidateQueries({ queryKey: ['segments', workspace] })
    await queries.invalidateQueries({ queryKey: ['segment', workspace] })
  }
  const of = (id: number) => ({ params: { path: { w: workspace, id } } })
  return {
    create: useMutation({
      mutationFn: (body: { name: string; definition: unknown }) => answer(api.POST(all, { ...at(workspace), body })),
      onSuccess,
    }),
    freeze: useMutation({
      mutationFn: (body: { name: string; definition: unknown }) =>
        answer(api.POST(`${all}/frozen`, { ...at(workspace), body })),
      onSuccess,
    }),
    change: useMutation({
      mutationFn: ({ id, ...body }: { id: number } & SegmentEdits) => answer(api.PATCH(one, { ...of(id), body })),
      onSuccess,
    }),
    remove: useMutation({ mutationFn: (id: number) => answer(api.DELETE(one, of(id))), onSuccess }),
    count: useMutation({ mutationFn: (id: number) => answer(api.POST(`${one}/count`, of(id))), onSuccess }),
  }
}

/** "Clickers", "Clickers 2", … : the first that no segment has. */
export function freeName(wanted: string, taken: readonly { name: string }[]): string {
  const names = new Set(taken.map(({ name }) => name))
  const fitting = (tail: string) => wanted.slice(0, 100 - tail.length) + tail
  for (let n = 1; n <= taken.length + 1; n++) {
    const name = fitting(n === 1 ? '' : ` ${n}`)
    if (!names.has(name)) return name
  }
  return fitting('')
}
