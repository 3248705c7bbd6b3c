/** Queries of the report: the figures, the charts, and a page of a list. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { ChartSpan } from '../../core/report/curves.ts'
import type { BounceKind, TabKey } from '../../core/report/tabs.ts'
import { type Answer, answer, api } from '../api/client.ts'

const path = '/api/v1/workspaces/{w}/activities/{id}'
export type Report = Answer<`${typeof path}/report`, 'get'>
export type Breakdowns = Answer<`${typeof path}/breakdowns`, 'get'>
export type List = Answer<`${typeof path}/lists/{tab}`, 'get'>
export type ListRow = List['items'][number]

export function reportQuery(workspace: number, id: number) {
  return queryOptions({
    queryKey: ['report', workspace, id],
    queryFn: ({ signal }) => answer(api.GET(`${path}/report`, { params: { path: { w: workspace, id } }, signal })),
  })
}

/** The data of the charts of a report. */
export const chartsKey = (workspace: number, activity: string) => ['charts', workspace, activity]

/** Fetched when the tab opens and when the report has changed (charts/useFollowing.ts). Polled every 5 s only after a failure. */
const following = { staleTime: 0, refetchOnWindowFocus: false } as const
const againMs = 5_000

export function seriesQuery(workspace: number, report: Report, span: ChartSpan | undefined) {
  const id = Number(report.activity)
  return queryOptions({
    queryKey: [...chartsKey(workspace, report.activity), 'series', span ?? null],
    queryFn: ({ signal }) =>
      answer(
        api.GET(`${path}/series`, { params: { path: { w: workspace, id }, query: span ? { span } : {} }, signal }),
      ),
    placeholderData: keepPreviousData,
    ...following,
    // A curve can be drawn once the first minute is over, even if nothing happens then.
    refetchInterval: ({ state: { status, data } }) =>
      status === 'error' || data?.points.length === 1 ? againMs : false,
  })
}

export function breakdownsQuery(workspace: number, report: Report) {
  const id = Number(report.activity)
  return queryOptions({
    queryKey: [...chartsKey(workspace, report.activity), 'breakdowns'],
    queryFn: ({ signal }) => answer(api.GET(`${path}/breakdowns`, { params: { path: { w: workspace, id } }, signal })),
    ...following,
    refetchInterval: ({ state }) => (state.status === 'error' ? againMs : false),
  })
}

export type Past = Answer<`${typeof path}/past`, 'get'>

/** The usual rates beside which the report is read. They change with the age of the activity, so slowly that a minute is enough. */
export function pastQuery(workspace: number, report: Report) {
  const id = Number(report.activity)
  return queryOptions({
    queryKey: ['past', workspace, report.activity],
    queryFn: ({ signal }) => answer(api.GET(`${path}/past`, { params: { path: { w: workspace, id } }, signal })),
    staleTime: 60_000,
    refetchInterval: 60_000,
  })
}

export type Comparison = Answer<'/api/v1/workspaces/{w}/activities/compare', 'get'>

export function compareQuery(workspace: number, ids: readonly number[], span: ChartSpan | undefined) {
  return queryOptions({
    queryKey: ['compare', workspace, ids, span ?? null],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/workspaces/{w}/activities/compare', {
          params: { path: { w: workspace }, query: { ids: ids.join(','), ...(span && { span }) } },
          signal,
        }),
      ),
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchInterval: 10_000,
  })
}

export interface TabQuery {
  search?: string | undefined
  after?: string | undefined
  before?: string | undefined
  sort?: 'name' | undefined
  bounce?: BounceKind | undefined
  reason?: string | undefined
  link?: number | undefined
  /** the tab Clicked with suspected bots */
  bots?: boolean | undefined
}

export function listQuery(workspace: number, id: number, tab: TabKey, query: TabQuery) {
  // Unset options are in neither the key nor the address.
  const given: TabQuery = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
  return queryOptions({
    queryKey: ['list', workspace, id, tab, given],
    queryFn: ({ signal }) =>
      answer(api.GET(`${path}/lists/{tab}`, { params: { path: { w: workspace, id, tab }, query: given }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 0,
    // A list must not change while the user reads it.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
}
