/**
 * Reads a list of any format as a stream: its form, the names of its columns, then its rows in batches with the line on which each begins.
 * Constant memory at any size. The format (CSV, workbook, vCard) is recognized by the content, never by the name. A file that is no list is named
 * in the error.
 */
import { stat } from 'node:fs/promises'
import type { EncodingName } from '../../core/encodings.ts'
import { problem } from '../../core/problems.ts'
import { asideFinder, withAsides } from './asides.ts'
import { csvRecords } from './csv-in.ts'
import { type CsvSeparator, readHead, sniffCsv, sniffText } from './csv-sniff.ts'
import { columnNames, findHeader, looksLikeData } from './find-header.ts'
import { foreignZip, isVcard, isZip, looksLikeWorkbook, refuseOle } from './foreign-files.ts'
import type { Aside, ListBatch } from './list-batch.ts'
import { openVcards } from './vcard-in.ts'
import { openWorkbook, type Sheet } from './xlsx-in.ts'
import { cellLimit } from './xlsx-out.ts'
import { openZip } from './zip-in.ts'

export const maxColumns = 1000

export const listFormats = ['csv', 'xlsx', 'vcard'] as const
export type ListFormat = (typeof listFormats)[number]

/** How a list is to be read; what is undefined is detected. */
export interface ListInOptions {
  /** Only the beginning of a file. */
  cut?: boolean
  encoding?: EncodingName | undefined
  /** The line of the column names; 0: there is none. */
  headerLine?: number | undefined
  /** The name of the sheet of a workbook. */
  sheet?: string | undefined
}

export interface ListForm {
  format: ListFormat
  /** Of a workbook, in its order; else empty. */
  sheets: Sheet[]
  /** The one that is read; null: the list is no workbook. */
  sheet: string | null
  encoding: EncodingName
  /** Nothing outside ASCII was found: any encoding would show the same. */
  ascii: boolean
  separator: CsvSeparator
  /** 0: there is none */
  headerLine: number
  /** The first line was taken for names and looks like data. */
  doubtfulHeader: boolean
  /** Of the file. */
  bytes: number
}

export interface ListIn {
  form: ListForm
  /** Trimmed, NFC; none is empty or occurs twice. */
  headers: string[]
  /** Batches of at most `size` rows. Call it once. Throws Problems with their line. */
  batches(size: number): AsyncGenerator<ListBatch>
  /** Sentences about what was left out or read in one of two ways; complete at the end of the batches. */
  notes(): string[]
  /** Call it if the batches are not read to their end. */
  close(): Promise<void>
}

/** A file as records: the header is one of them, unless the format has names of its own. */
export interface RecordSource {
  form: Omit<ListForm, 'headerLine' | 'doubtfulHeader'>
  records: AsyncGenerator<ListBatch, undefined>
  /** The names of the columns, where the format knows them. */
  headers?: string[]
  notes?: () => string[]
}

/**
 * Throws `file_unreadable`, `csv_empty`, `csv_binary`, `csv_broken_quotes`, `csv_too_wide`, `header_line`; of a workbook also
 * `workbook_unreadable`, `workbook_too_large`, `sheet_unknown`, `sheet_empty`.
 */
export async function openList(path: string, options: ListInOptions = {}): Promise<ListIn> {
  const source = await sourceOf(path, options)
  try {
    return await withHeader(source, options)
  } catch (error) {
    await source.records.return(undefined)
    throw error
  }
}

async function sourceOf(path: string, options: ListInOptions): Promise<RecordSource> {
  const head = await readHead(path)
  if (isZip(head)) return workbookSource(path, head, options)
  if (isVcard(head)) return vcardSource(path, options)
  await refuseOle(path, head)
  const { encoding, ascii, separator, bytes, ...rest } = await sniffCsv(path, options)
  return {
    form: { format: 'csv', sheets: [], sheet: null, encoding, ascii, separator, bytes },
    records: csvRecords(path, { encoding, ascii, separator, bytes, ...rest }),
  }
}

async function workbookSource(path: string, head: Buffer, { sheet }: ListInOptions): Promise<RecordSource> {
  const { size: bytes } = await stat(path)
  const zip = await openZip(path).catch((error: unknown) => {
    throw looksLikeWorkbook(head) ? error : foreignZip(head, [])
  })
  const book = await openWorkbook(zip, { sheet, bytes, longest: cellLimit, widest: maxColumns })
  if (book === null) throw foreignZip(head, zip.names)
  const { records, notes } = book
  // Its texts are Unicode, and its numbers have a point.
  const form = { format: 'xlsx', encoding: 'utf-8', ascii: true, separator: ',' } as const
  return { form: { ...form, sheets: book.sheets, sheet: book.sheet, bytes }, records, notes }
}

async function vcardSource(path: string, options: ListInOptions): Promise<RecordSource> {
  const text = await sniffText(path, { ...options, folded: true })
  const { headers, records, notes } = await openVcards(path, { ...text, maxColumns })
  return { form: { format: 'vcard', sheets: [], sheet: null, separator: ',', ...text }, headers, records, notes }
}

/** Rows that are looked at for the header and the number of columns. */
const lookedAt = 60

async function withHeader(source: RecordSource, options: ListInOptions): Promise<ListIn> {
  const { form, records, headers: known, notes = () => [] } = source
  const first: ListBatch = { rows: [], lines: [], bytesRead: 0 }
  const wanted = Math.max(lookedAt, (options.headerLine ?? 0) + 1)
  while (first.rows.length < wanted && first.bytesRead <= form.bytes) {
    const piece = await records.next()
    if (piece.value === undefined) break
    first.rows.push(...piece.value.rows)
    first.lines.push(...piece.value.lines)
    first.bytesRead = piece.value.bytesRead
  }
  const place = known === undefined ? headerPlace(first, form, options.headerLine) : -1
  const header = place < 0 ? (known ?? []) : first.rows[place]!
  const rows = first.rows.slice(place + 1)
  if (
    header.every(name => name.trim() === '') &&
    rows.slice(0, lookedAt).every(row => row.every(cell => cell.trim() === ''))
  )
    throw emptyList(form)
  // A column without a name counts where the rows have something in it.
  const columns = known?.length ?? Math.max(filledOf(header), usualWidth(rows))
  if (columns > maxColumns) throw problem('csv_too_wide', { columns, limit: maxColumns })
  const headers = columnNames(header.slice(0, columns), columns)
  const rest = { rows, lines: first.lines.slice(place + 1), bytesRead: first.bytesRead }
  const doubtfulHeader = options.headerLine === undefined && place >= 0 && looksLikeData(header)
  const asides: Record<Aside, number[]> = { footer: [], split: [], continuation: [] }
  async function* all(): AsyncGenerator<ListBatch> {
    yield rest
    yield* records
  }
  // A format with names of its own knows where its rows end.
  const marked =
    known !== undefined
      ? all()
      : withAsides(all(), asideFinder(columns, rows.slice(0, shapedBy), form.format), (aside, line) => {
          if (asides[aside].length < namedLines) asides[aside].push(line)
        })
  return {
    form: { ...form, headerLine: place < 0 ? 0 : first.lines[place]!, doubtfulHeader },
    headers,
    notes: () => [...notes(), ...asideNotes(asides)],
    close: async () => {
      await records.return(undefined)
    },
    async *batches(size) {
      try {
        for await (const piece of marked) yield* slices(piece, size)
      } finally {
        await records.return(undefined)
      }
    },
  }
}

const shapedBy = 500
/** Lines that a note names. */
const namedLines = 5

function asideNotes({ footer, split, continuation }: Readonly<Record<Aside, number[]>>): string[] {
  const on = (lines: readonly number[]) =>
    `${lines.length === 1 ? 'line' : 'lines'} ${lines.join(', ')}${lines.length === namedLines ? ' and maybe more' : ''}`
  const notes: string[] = []
  if (footer.length > 0)
    notes.push(`Set aside at the end of the list, as a sum or a remark and not a person: ${on(footer)}.`)
  const pieces = [...split, ...continuation].toSorted((a, b) => a - b)
  if (pieces.length > 0)
    notes.push(
      `Set aside as pieces of a row that a line break splits: ${on(pieces)}. Put the cell with the line break in quotes, or remove the break.`,
    )
  return notes
}

function emptyList({ sheet, sheets }: RecordSource['form']) {
  return sheet === null || sheets.length < 2 ? problem('csv_empty') : problem('sheet_empty', { sheet })
}

/** -1: there is none. */
function headerPlace({ rows, lines }: ListBatch, form: RecordSource['form'], line: number | undefined): number {
  if (rows.length === 0) throw emptyList(form)
  if (line === 0) return -1
  if (line === undefined) return findHeader(rows)
  const place = lines.indexOf(line)
  if (place < 0) throw problem('header_line', { line, last: lines.at(-1) ?? 0 })
  return place
}

/** Cells up to the last filled one. */
function filledOf(row: readonly string[]): number {
  return row.findLastIndex(cell => cell.trim() !== '') + 1
}

/** At least half of the first rows are filled up to here: a separator within one cell makes no column. */
function usualWidth(rows: readonly string[][]): number {
  const widths = rows
    .slice(0, lookedAt)
    .map(filledOf)
    .toSorted((a, b) => a - b)
  return widths[Math.floor(widths.length / 2)] ?? 0
}

function* slices({ rows, lines, bytesRead, asides }: ListBatch, size: number): Generator<ListBatch> {
  for (let at = 0; at < rows.length; at += size) {
    const slice = { rows: rows.slice(at, at + size), lines: lines.slice(at, at + size), bytesRead }
    const marks = asides?.slice(at, at + size)
    yield marks?.some(mark => mark !== undefined) ? { ...slice, asides: marks } : slice
  }
}
