/** The file of the entries of a list that matched nobody, in their order: one JSON object per line (run-segment-list.ts writes it). */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { problem } from '../../core/problems.ts'
import { csvBom, csvLine } from '../files/csv-out.ts'

export interface UnmatchedEntry {
  line: number
  value: string
  reason: string
}

/** Throws not_found. */
export async function* entriesIn(path: string): AsyncGenerator<UnmatchedEntry> {
  const file = createReadStream(path)
  // Throws where there is none.
  await new Promise<void>((resolve, reject) => {
    file.once('open', () => resolve())
    file.once('error', () => reject(problem('not_found', { what: 'file of unmatched entries' })))
  })
  try {
    for await (const line of createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line !== '') yield JSON.parse(line) as UnmatchedEntry
    }
  } finally {
    file.destroy()
  }
}

/** For spreadsheets: no value becomes a formula. */
export async function* unmatchedCsvOf(path: string): AsyncGenerator<string> {
  let text = csvBom + csvLine(['line', 'value', 'reason'])
  for await (const { line, value, reason } of entriesIn(path)) {
    text += csvLine([line, value, reason])
    if (text.length < 64 * 1024) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}
