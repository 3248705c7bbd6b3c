/** Queries and mutations of imports. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { type Answer, answer, api } from '../api/client.ts'
import { ApiProblem } from '../api/problem.ts'
import type { ListSearch } from '../search.ts'

export type Import = Answer<'/api/v1/workspaces/{w}/imports/{id}', 'get'>
export type Preview = Answer<'/api/v1/workspaces/{w}/imports/preview', 'post'>

export interface ImportOptions {
  country: string
  /** The topic of the consent column; null: the file has none. */
  topic: string | null
  map: Record<string, string>
  mode: 'both' | 'create' | 'update'
}

export function importsQuery(workspace: number, { after, before }: ListSearch) {
  const query = { limit: 25, ...(after ? { after } : before && { before }) }
  return queryOptions({
    queryKey: ['imports', workspace, query],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/workspaces/{w}/imports', { params: { path: { w: workspace }, query }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.items.some(item => item.state === 'running') ? 2_000 : false),
  })
}

/** Refetched every second while the import runs. */
export function importQuery(workspace: number, id: number) {
  return queryOptions({
    queryKey: ['import', workspace, id],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/workspaces/{w}/imports/{id}', { params: { path: { w: workspace, id } }, signal })),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? 1_000 : false),
  })
}

// Files are sent as forms, which the generated client does not type; the responses have its types.
async function send<Body>(path: string, form: FormData): Promise<Body> {
  const response = await fetch(path, { method: 'POST', body: form, credentials: 'same-origin' })
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) throw new ApiProblem(response.status, body)
  return body as Body
}

/** The preview reads only the header and the first rows. */
const previewBytes = 1024 * 1024

export function previewImport(workspace: number, file: File): Promise<Preview> {
  const form = new FormData()
  form.append('file', file.slice(0, previewBytes), file.name)
  return send(`/api/v1/workspaces/${workspace}/imports/preview`, form)
}

/** `options` comes before the file in the form, so that the server has read it when the file begins to arrive. */
export function startImport(
  workspace: number,
  file: File,
  options: ImportOptions,
): Promise<Answer<'/api/v1/workspaces/{w}/imports', 'post'>> {
  const form = new FormData()
  form.append('options', JSON.stringify(options))
  form.append('file', file, file.name)
  return send(`/api/v1/workspaces/${workspace}/imports`, form)
}
