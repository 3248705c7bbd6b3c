/** Queries and mutations of imports. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { type Answer, answer, api } from '../api/client.ts'
import { sendForm } from '../api/sendForm.ts'
import type { ListSearch } from '../search.ts'
import type { Key } from './mapping.ts'

export type Import = Answer<'/api/v1/workspaces/{w}/imports/{id}', 'get'>
export type Preview = Answer<'/api/v1/workspaces/{w}/imports/preview', 'post'>

/** How a file is to be read; what is missing is detected. */
export type ListReading = Partial<Pick<Preview, 'encoding' | 'headerLine'>> & { sheet?: string }

/** An import with it reads the file as its preview did. Where no letter told the encoding yet, the whole file decides, unless a person chose. */
export function readingOf(preview: Preview, chosen: ListReading): ListReading {
  const { headerLine, encoding, ascii, sheet } = preview
  return {
    headerLine,
    ...(ascii && chosen.encoding === undefined ? {} : { encoding }),
    ...(sheet === null ? {} : { sheet }),
  }
}

export interface ImportRequest extends ListReading {
  country: string
  /** The topic of the consent column; null: the file has none. */
  topic: string | null
  map: Record<string, string>
  mode: 'both' | 'create' | 'update'
  key?: Key
  consentWords?: { yes: string[]; no: string[] }
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

/** The preview reads only the header and the first rows. */
const previewBytes = 1024 * 1024

/** A workbook is a ZIP file, whose directory is at its end: it is sent as a whole. */
async function isWorkbook(file: File): Promise<boolean> {
  const start = new Uint8Array(await file.slice(0, 2).arrayBuffer())
  return start[0] === 0x50 && start[1] === 0x4b
}

const beginningOf = async (file: File, bytes: number) => ((await isWorkbook(file)) ? file : file.slice(0, bytes))

export async function previewImport(workspace: number, file: File, reading: ListReading): Promise<Preview> {
  const form = new FormData()
  form.append('options', JSON.stringify(reading))
  form.append('file', await beginningOf(file, previewBytes), file.name)
  return sendForm(`/api/v1/workspaces/${workspace}/imports/preview`, form)
}

/** The numbers are computed over the beginning of a longer file, and not at all for a workbook that is longer than this. */
const outcomeBytes = 4 * 1024 * 1024
const mostOutcomeBytes = 64 * 1024 * 1024

export type Outcomes = Answer<'/api/v1/workspaces/{w}/imports/outcomes', 'post'>

/** What the import would do, by key. Its answer about a cut file is not complete. */
export function outcomesQuery(
  workspace: number,
  file: File,
  options: Pick<ImportRequest, 'country' | 'map'> & ListReading,
) {
  return queryOptions({
    queryKey: ['import-outcomes', workspace, file.name, file.size, file.lastModified, options],
    queryFn: async ({ signal }): Promise<Outcomes> => {
      const form = new FormData()
      form.append('options', JSON.stringify(options))
      const sent = await beginningOf(file, outcomeBytes)
      if (sent.size > mostOutcomeBytes) throw new Error('The workbook is too long to be sent with each change.')
      form.append('file', sent, file.name)
      const outcomes: Outcomes = await sendForm(`/api/v1/workspaces/${workspace}/imports/outcomes`, form, signal)
      return { ...outcomes, complete: outcomes.complete && sent.size === file.size }
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: false,
  })
}

/** `options` comes before the file in the form, so that the server has read it when the file begins to arrive. */
export function startImport(
  workspace: number,
  file: File,
  options: ImportRequest,
): Promise<Answer<'/api/v1/workspaces/{w}/imports', 'post'>> {
  const form = new FormData()
  form.append('options', JSON.stringify(options))
  form.append('file', file, file.name)
  return sendForm(`/api/v1/workspaces/${workspace}/imports`, form)
}
