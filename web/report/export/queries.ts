/** Queries and mutations of exports. */
import { queryOptions } from '@tanstack/react-query'
import type { TabKey } from '../../../core/report/tabs.ts'
import { type Answer, answer, api } from '../../api/client.ts'

export type Export = Answer<'/api/v1/workspaces/{w}/exports/{id}', 'get'>

export interface Asked {
  workspace: number
  activity: string
  /** "Delivered" */
  label: string
  tab: TabKey
  format: 'csv' | 'xlsx'
  link?: number
  csv?: CsvChoice | undefined
}

/** How a CSV is written. */
export interface CsvChoice {
  separator: 'comma' | 'semicolon' | 'tab'
  /** start with the line sep=…, which Excel reads */
  sepLine: boolean
}

export const formatLabels = { csv: 'CSV', xlsx: 'Excel' }

export const isOpen = (state: Export['state'] | undefined) => state === 'waiting' || state === 'running'

/** Refetched every second until the export has ended. */
export function exportQuery(workspace: number, id: number) {
  return queryOptions({
    queryKey: ['export', workspace, id],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/workspaces/{w}/exports/{id}', { params: { path: { w: workspace, id } }, signal })),
    staleTime: 0,
    refetchInterval: ({ state }) => (isOpen(state.data?.state) ? 1_000 : false),
  })
}

export const cancelExport = (workspace: number, id: number) =>
  answer(api.POST('/api/v1/workspaces/{w}/exports/{id}/cancel', { params: { path: { w: workspace, id } } }))
