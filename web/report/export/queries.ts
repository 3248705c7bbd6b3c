/** Queries and mutations of exports. */
import { queryOptions } from '@tanstack/react-query'
import type { BounceKind, TabKey } from '../../../core/report/tabs.ts'
import { type Answer, answer, api } from '../../api/client.ts'
import type { CsvChoice, FileFormat } from '../../ui/ExportMenu.tsx'

export type Export = Answer<'/api/v1/workspaces/{w}/exports/{id}', 'get'>

export interface ExportedFilters {
  search?: string
  sort?: 'name'
  link?: number
  bounce?: BounceKind
  reason?: string
}

export interface ExportRequest {
  workspace: number
  activity: string
  /** "Delivered" */
  label: string
  tab: TabKey
  filters: ExportedFilters
  format: FileFormat
  csv: CsvChoice
}

export const formatLabels = { csv: 'CSV', xlsx: 'Excel' }

export const isOpenExport = (state: Export['state'] | undefined) => state === 'waiting' || state === 'running'

/** Refetched every second until the export has ended. */
export function exportQuery(workspace: number, id: number) {
  return queryOptions({
    queryKey: ['export', workspace, id],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/workspaces/{w}/exports/{id}', { params: { path: { w: workspace, id } }, signal })),
    staleTime: 0,
    refetchInterval: ({ state }) => (isOpenExport(state.data?.state) ? 1_000 : false),
  })
}

export const cancelExport = (workspace: number, id: number) =>
  answer(api.POST('/api/v1/workspaces/{w}/exports/{id}/cancel', { params: { path: { w: workspace, id } } }))
