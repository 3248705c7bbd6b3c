/**
 * Reads a CSV as a stream: its records in batches with the line on which each begins. Constant memory at any size. What a record means
 * (titles, header, row) is decided in list-in.ts.
 *
 * A file that cannot be trusted as a whole ends with a Problem (broken quotes); a fault of one row concerns that row only.
 * `csv-parse` splits the cells. Broken quotes are an error for it too, because the start of the next row would be a guess.
 */
import { createReadStream } from 'node:fs'
import { CsvError, type Parser, parse } from 'csv-parse'
import { type Problem, problem } from '../../core/problems.ts'
import { type CsvForm, unreadableFile } from './csv-sniff.ts'
import { decoderOf } from './decode.ts'
import { unmarked } from './formula.ts'
import type { ListBatch } from './list-batch.ts'

/** A longer record has an unclosed quote. */
export const maxRecordLength = 1024 * 1024
/** Bytes decoded and parsed at a time; with maxRecordLength, the limit of memory. */
const chunkBytes = 256 * 1024

/** The records of each chunk, including titles and header. Throws `file_unreadable`, `csv_broken_quotes`. */
export async function* csvRecords(path: string, form: CsvForm): AsyncGenerator<ListBatch, undefined> {
  let piece: ListBatch = { rows: [], lines: [], bytesRead: 0 }
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

/** The file as UTF-8, without its BOM, its line `sep=` and the guards of quoted cells. */
async function* decoded(file: AsyncIterable<Buffer>, form: CsvForm): AsyncGenerator<Buffer> {
  let skip = form.skipBytes
  const decoder = form.encoding === 'utf-8' ? null : decoderOf(form.encoding)
  const guards = guardRemover(form.separator)
  const cut = (bytes: Buffer): Buffer => {
    const rest = bytes.subarray(Math.min(skip, bytes.length))
    skip -= bytes.length - rest.length
    return guards.remove(rest)
  }
  for await (const chunk of file) yield cut(decoder === null ? chunk : Buffer.from(decoder.write(chunk)))
  const rest = decoder?.end()
  if (rest) yield cut(Buffer.from(rest))
  yield guards.end()
}

const quote = 0x22
const equals = 0x3d

/**
 * Removes the `=` of cells written as ="0123", which keep a spreadsheet from reading a number. For a CSV the quote in them would be in the
 * middle of a cell.
 */
function guardRemover(separator: string) {
  const starts = new Set([separator.charCodeAt(0), 0x0a, 0x0d])
  let quoted = false
  let held: Buffer = Buffer.alloc(0)
  /** The byte before the chunk; a file begins like a line. */
  let last = 0x0a
  function remove(given: Buffer): Buffer {
    if (given.length === 0) return given
    const chunk = held.length > 0 ? Buffer.concat([held, given]) : given
    // A guard at the very end is known by the next byte.
    held = chunk[chunk.length - 1] === equals ? chunk.subarray(chunk.length - 1) : Buffer.alloc(0)
    const bytes = held.length > 0 ? chunk.subarray(0, chunk.length - 1) : chunk
    if (bytes.length === 0) return bytes
    const before = (at: number) => (at < 0 ? last : bytes[at]!)
    const pieces: Buffer[] = []
    let from = 0
    for (let at = bytes.indexOf(quote); at >= 0; at = bytes.indexOf(quote, at + 1)) {
      if (!quoted && at > 0 && bytes[at - 1] === equals && starts.has(before(at - 2))) {
        pieces.push(bytes.subarray(from, at - 1))
        from = at
      }
      quoted = !quoted
    }
    last = bytes[bytes.length - 1]!
    if (pieces.length === 0) return bytes
    pieces.push(bytes.subarray(from))
    return Buffer.concat(pieces)
  }
  return {
    remove,
    end: () => {
      const rest = held
      held = Buffer.alloc(0)
      return rest
    },
  }
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
  return error instanceof Error && 'syscall' in error ? unreadableFile(path, error) : error
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
