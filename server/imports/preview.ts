/** A preview of a list before its import: its format, its columns with samples and suggestions, its first rows. */
import type { CountryCode } from 'libphonenumber-js/max'
import { openCsv } from '../files/csv-in.ts'
import { suggestMapping } from './suggest.ts'

export interface Preview {
  encoding: string
  separator: string
  columns: { name: string; samples: string[]; suggested: string | null }[]
  /** the first rows, cells cut to 200 characters */
  rows: string[][]
}

const shownRows = 20
const sampledRows = 500
const shownSign = 200

/** `path`: a CSV, or its beginning. Throws the Problems of an unreadable file. */
export async function previewCsv(path: string, country: CountryCode): Promise<Preview> {
  const csv = await openCsv(path, { cut: true })
  try {
    const first = await csv.batches(sampledRows).next()
    const sample: string[][] = first.value?.rows ?? []
    const { separator, encoding } = csv.form
    const suggestions = await suggestMapping(csv.headers, sample, { separator, country })
    const columns = csv.headers.map((name, i) => ({
      name,
      samples: samplesOf(sample, i),
      suggested: suggestions[i] ?? null,
    }))
    return { encoding, separator, columns, rows: sample.slice(0, shownRows).map(row => row.map(shown)) }
  } finally {
    await csv.close()
  }
}

/** The first distinct non-empty cells. */
function samplesOf(rows: readonly string[][], column: number): string[] {
  const cells = rows.map(row => shown((row[column] ?? '').trim())).filter(cell => cell !== '')
  return [...new Set(cells)].slice(0, 5)
}

const shown = (cell: string) =>
  (cell.length > shownSign ? `${cell.slice(0, shownSign)}…` : cell).replaceAll('\0', '\uFFFD')
