/** A preview of a list before its import: its format, its columns with samples and suggestions, its first rows. */
import type { CountryCode } from 'libphonenumber-js/max'
import { realRows } from '../files/list-batch.ts'
import { type ListForm, type ListIn, type ListInOptions, openList } from '../files/list-in.ts'
import { breather } from '../platform/breathe.ts'
import { type Conversions, conversionsOf } from './conversions.ts'
import type { CountryProposal } from './propose-country.ts'
import { type Suggestion, suggestMapping } from './suggest.ts'

/** The form says how the file was read; an import that gets it reads the file in the same way. */
export interface Preview extends Omit<ListForm, 'bytes'> {
  columns: PreviewColumn[]
  /** in which the numbers were most likely written */
  country: CountryProposal
  /** what was left out or may surprise, of the rows that were read */
  notes: string[]
  /** the first rows, cells cut to 200 characters */
  rows: string[][]
}

export interface PreviewColumn extends Suggestion, Conversions {
  name: string
  samples: string[]
}

const shownRows = 20
const sampledRows = 500
const shownCharacter = 200

/**
 * `path`: a list, or the beginning of a CSV or vCard. `country`: the workspace's. `chosen`: the one for which numbers are read, if it is known.
 * Throws the Problems of an unreadable file.
 */
export async function previewList(
  path: string,
  country: CountryCode,
  reading: ListInOptions = {},
  chosen?: CountryCode,
): Promise<Preview> {
  const csv = await openList(path, reading)
  try {
    const { sample, complete } = await firstRows(csv)
    const { bytes: _, ...form } = csv.form
    const found = await suggestMapping(csv.headers, sample, {
      separator: form.separator,
      country,
      ...(chosen ? { chosen } : {}),
      complete,
      ownNames: form.format === 'vcard',
    })
    const around = { separator: form.separator, country: chosen ?? found.country.country }
    const breathe = breather()
    const columns: PreviewColumn[] = []
    for (const [i, name] of csv.headers.entries()) {
      columns.push({
        name,
        samples: samplesOf(sample, i),
        ...(found.columns[i] ?? { suggested: null, ask: null, words: null }),
        ...conversionsOf(
          sample.map(row => row[i] ?? ''),
          around,
        ),
      })
      await breathe()
    }
    const rows = sample.slice(0, shownRows).map(row => row.map(shown))
    return { ...form, columns, country: found.country, notes: csv.notes(), rows }
  } finally {
    await csv.close()
  }
}

/** The archived attribute that a suggestion names; undefined: none. */
export function archivedIn(suggested: string | null, archived: ReadonlySet<string>): string | undefined {
  const name = suggested?.startsWith('attr.') ? suggested.slice('attr.'.length).split(':')[0] : undefined
  return name !== undefined && archived.has(name) ? name : undefined
}

export const leftOutNote = (column: string, attribute: string): string =>
  `Column “${column}” is left out, because the attribute “${attribute}” is archived. To import it, choose it, or restore the attribute in Settings, Attributes.`

/** Of the names of a catalogue. */
export const archivedNames = (attributes: readonly { name: string; archived: boolean }[]): ReadonlySet<string> =>
  new Set(attributes.filter(({ archived }) => archived).map(({ name }) => name))

/** A column that would feed an archived attribute is not suggested: a note says so. */
export function withoutArchived(preview: Preview, archived: ReadonlySet<string>): Preview {
  const notes: string[] = []
  const columns = preview.columns.map(column => {
    const name = archivedIn(column.suggested, archived)
    if (name === undefined) return column
    notes.push(leftOutNote(column.name, name))
    return { ...column, suggested: null, ask: null }
  })
  return { ...preview, columns, notes: [...preview.notes, ...notes] }
}

/** `complete`: there are no others. The end of a cut file cannot be read. */
async function firstRows(csv: ListIn): Promise<{ sample: string[][]; complete: boolean }> {
  const sample: string[][] = []
  try {
    for await (const batch of csv.batches(sampledRows)) {
      sample.push(...realRows(batch).slice(0, sampledRows - sample.length))
      if (sample.length === sampledRows) return { sample, complete: false }
    }
    return { sample, complete: sample.length > 0 }
  } catch (error) {
    if (sample.length === 0) throw error
    return { sample, complete: false }
  }
}

/** The first distinct non-empty cells. */
function samplesOf(rows: readonly string[][], column: number): string[] {
  const cells = rows.map(row => shown((row[column] ?? '').trim())).filter(cell => cell !== '')
  return [...new Set(cells)].slice(0, 5)
}

const shown = (cell: string) =>
  (cell.length > shownCharacter ? `${cell.slice(0, shownCharacter)}…` : cell).replaceAll('\0', '\uFFFD')
