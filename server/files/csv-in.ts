/**
 * Reads a CSV as a stream: its format (encoding, separator), the names of its columns, then its rows in batches with the line on
 * which each begins. Constant memory at any size.
 *
 * A file that cannot be trusted as a whole ends with a Problem (broken quotes, no header); a fault of one row concerns that row only.
 * `csv-parse` splits the cells. Broken quotes are an error for it too, because the start of the next row would be a guess.
 */
import { createReadStream } from 'node:fs'
import { CsvError, type Parser, parse } from 'csv-parse'
import iconv from 'iconv-lite'
import { normalForm } from '../../core/normal-form.ts'
import { type Problem, problem } from '../../core/problems.ts'
import { type CsvForm, sniffCsv, unreadable } from './csv-sniff.ts'
import { unmarked } from './formula.ts'

export const maxColumns = 1000
/** Characters of a column name; the rest is cut. */
export const maxHeader = 1000
/** A longer record has an unclosed quote. */
export const maxRecordLength = 1024 * 1024
/** Bytes decoded and parsed at a time; with maxRecordLength, the limit of memory. */
const chunkBytes = 256 * 1024

export interface CsvBatch {
  rows: string[][]
  /** The line on which each row begins; the header is line 1. */
  lines: number[]
  /** Bytes of the file read so far. */
  bytesRead: number
}

export interface CsvIn {
  form: CsvForm
  /** Trimmed, NFC. Cells without a name are ''. */
  headers: string[]
  /** Batches of at most `size` rows. Call it once. Throws Problems with their line. */
  batches(size: number): AsyncGenerator<CsvBatch>
  /** Call it if the batches are not read to their end. */
  close(): Promise<void>
}

/** Throws `file_unreadable`, `csv_empty`, `csv_binary`, `csv_broken_quotes`, `csv_too_wide`. */
export async function openCsv(path: string, options: { cut?: boolean } = {}): Promise<CsvIn> {
  const form = await sniffCsv(path, options)
  const pieces = records(path, form)
  const first = await pieces.next()
  const header = first.value?.rows.shift()
  const close = async () => {
    await pieces.return(undefined)
  }
  const headers = (header ?? []).map(name => normalForm(name.slice(0, maxHeader).trim()))
  if (headers.every(name => name === '') || headers.length > maxColumns) {
    await close()
    if (headers.length > maxColumns) throw problem('csv_too_wide', { columns: headers.length, limit: maxColumns })
    throw problem('csv_empty')
  }
  first.value?.lines.shift()
  return {
    form,
    headers,
    close,
    async *batches(size) {
      try {
        if (first.value) yield* slices(first.value, size)
        for await (const piece of pieces) yield* slices(piece, size)
      } finally {
        await close()
      }
    },
  }
}

function* slices(piece: CsvBatch, size: number): Generator<CsvBatch> {
  const { rows, lines, bytesRead } = piece
  for (let at = 0; at < rows.length; at += size) {
    yield { rows: rows.slice(at, at + size), lines: lines.slice(at, at + size), bytesRead }
  }
}

/** The records of each chunk, including the header. */
async function* records(path: string, form: CsvForm): AsyncGenerator<CsvBatch, undefined> {
  let piece: CsvBatch = { rows: [], lines: [], bytesRead: 0 }
  let line = form.skipLines
  let blankLines = 0
  const parser = parse({
    delimiter: form.separator,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maxRecordLength,
    // Taken here instead of from the stream: 40% faster, and the chunk limits memory.
    on_record(record: string[], info) {
      line += 1 + info.empty_lines - blankLines
      blankLines = info.empty_lines
      const breaks = breaksIn(record)
      for (let i = 0; i < record.length; i++) record[i] = unmarked(record[i]!)
      piece.rows.push(record)
      piece.lines.push(line)
      line += breaks
      return null
    },
  })
  parser.resume()
  parser.on('error', () => {}) // the write that caused it reports it
  const file = createReadStream(path, { highWaterMark: chunkBytes })
  try {
    for await (const chunk of decoded(file, form)) {
      await write(parser, chunk)
      if (piece.rows.length === 0) continue
      piece.bytesRead = file.bytesRead
      const full = piece
      piece = { rows: [], lines: [], bytesRead: 0 }
      yield full
    }
    await end(parser)
    if (piece.rows.length > 0) yield { ...piece, bytesRead: form.bytes }
  } catch (error) {
    throw toProblem(error, path, line + 1 + parser.info.empty_lines - blankLines)
  } finally {
    file.destroy()
    parser.destroy()
  }
}

/** Line breaks inside the cells. */
function breaksIn(record: string[]): number {
  let breaks = 0
  for (const cell of record) {
    if (cell.includes('\n') || cell.includes('\r')) breaks += cell.split(/\r\n|\n|\r/).length - 1
  }
  return breaks
}

/** The file as UTF-8, without its BOM and its line `sep=`. */
async function* decoded(file: AsyncIterable<Buffer>, form: CsvForm): AsyncGenerator<Buffer> {
  let skip = form.skipBytes
  const decoder = form.encoding === 'utf-8' ? null : iconv.getDecoder(form.encoding, { stripBOM: false })
  const cut = (bytes: Buffer): Buffer => {
    const rest = bytes.subarray(Math.min(skip, bytes.length))
    skip -= bytes.length - rest.length
    return rest
  }
  for await (const chunk of file) yield cut(decoder === null ? chunk : Buffer.from(decoder.write(chunk)))
  const rest = decoder?.end()
  if (rest) yield cut(Buffer.from(rest))
}

function write(parser: Parser, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.write(chunk, error => (error ? reject(error) : resolve()))
  })
}

function end(parser: Parser): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.once('error', reject)
    parser.once('end', resolve)
    parser.end()
  })
}

/** `line`: where the unreadable record begins. */
function toProblem(error: unknown, path: string, line: number): unknown {
  if (error instanceof CsvError) return csvProblem(error, line)
  return error instanceof Error && 'syscall' in error ? unreadable(path, error) : error
}

const broken: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'a closing quote is followed by more text',
  INVALID_OPENING_QUOTE: 'a quote is in the middle of a cell that is not quoted',
  CSV_MAX_RECORD_SIZE: `a row is longer than ${maxRecordLength} bytes; most likely a quote is never closed`,
}

function csvProblem(error: CsvError, line: number): Problem {
  return problem('csv_broken_quotes', { line, what: broken[error.code] ?? error.message }, { cause: error })
}
