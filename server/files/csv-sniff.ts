/**
 * Detects the encoding and separator of a CSV.
 *
 * The encoding is decided once, over the whole file: the first "å" may be a million lines into it. A byte order mark or the zeros of UTF-16
 * decide first. A file with more characters of UTF-8 than wrong bytes is UTF-8: a byte that was cut or came from another file spoils its
 * own cell, not all others. What is left is one of the old encodings (encoding-guess.ts).
 * Separators: `;` `,` tab `|`, or the one in Excel's own first line `sep=;`.
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import type { EncodingName } from '../../core/encodings.ts'
import { type Problem, problem } from '../../core/problems.ts'
import { decode } from './decode.ts'
import { guessEncoding } from './encoding-guess.ts'
import { foreign, refuseForeign, saveAsCsv } from './foreign-files.ts'

export type CsvSeparator = ';' | ',' | '\t' | '|'

export interface CsvForm {
  encoding: EncodingName
  /** Nothing outside ASCII was found: any encoding would show the same. */
  ascii: boolean
  separator: CsvSeparator
  /** Bytes of UTF-8 to skip at the start, after decoding: the BOM and the line `sep=`. */
  skipBytes: number
  /** Lines skipped with them. */
  skipLines: number
  /** Of the file. */
  bytes: number
}

export interface CsvOptions {
  /** Only the beginning of a file, which may end inside a character. */
  cut?: boolean
  /** Chosen by a person; undefined: detected. */
  encoding?: EncodingName | undefined
  /** Lines are folded, also within a character: a line end before a space is none of the text. */
  folded?: boolean
}

const separators: readonly CsvSeparator[] = [';', ',', '\t', '|']
const headBytes = 128 * 1024
const bom = '\uFEFF'

/** Throws `csv_empty`, `csv_binary`, `file_unreadable`. */
export async function sniffCsv(path: string, options: CsvOptions = {}): Promise<CsvForm> {
  const { head, bytes, ascii, encoding: found } = await readOver(path, options)
  refuseForeign(head)
  refuseBinary(head, options.encoding)
  const encoding = options.encoding ?? found
  const text = decode(head, encoding)
  const body = text.startsWith(bom) ? text.slice(1) : text
  if (body.trim() === '' && bytes <= head.length) throw problem('csv_empty')
  const line = firstLine(body)
  if (line.includes('\0')) throw foreign('its first line contains NUL bytes', saveAsCsv)
  const told = /^"?sep=(.)"?\r?\n?\r?$/i.exec(line)?.[1]
  const separator = separators.find(known => known === told)
  if (separator !== undefined) {
    const skipped = text.slice(0, text.length - body.length + line.length)
    return { encoding, ascii, separator, skipBytes: Buffer.byteLength(skipped), skipLines: 1, bytes }
  }
  const skipBytes = Buffer.byteLength(text.slice(0, text.length - body.length))
  return { encoding, ascii, separator: separatorOf(body), skipBytes, skipLines: 0, bytes }
}

/** The encoding of a text of any kind. Throws `csv_empty`, `file_unreadable`. */
export async function sniffText(
  path: string,
  options: CsvOptions = {},
): Promise<Pick<CsvForm, 'encoding' | 'ascii' | 'bytes'>> {
  const { bytes, ascii, encoding } = await readOver(path, options)
  return { encoding: options.encoding ?? encoding, ascii, bytes }
}

/** The separator with which most of the first records have as many columns as the first one, or as the others below titles. */
export function separatorOf(text: string): CsvSeparator {
  const records = firstRecords(text, 30)
  let best: { separator: CsvSeparator; score: number } = { separator: ',', score: 0 }
  for (const separator of separators) {
    const counts = records.map(record => record.split(separator).length - 1)
    // Below a title without a separator, a comma before a space is one of a sentence.
    const columns = counts[0] || usual(records.map(record => splitTightly(record, separator)))
    if (columns === 0) continue
    const alike = counts.filter(count => count === columns).length / counts.length
    // Agreement of the rows first; among equals, more columns win.
    const score = Math.round(alike * 10) * 1000 + columns
    if (score > best.score) best = { separator, score }
  }
  return best.separator
}

const splitTightly = (record: string, separator: string) =>
  record.split(separator).length - record.split(`${separator} `).length

function usual(counts: readonly number[]): number {
  const times = Map.groupBy(
    counts.filter(count => count > 0),
    count => count,
  )
  const [most] = [...times].toSorted(([, a], [, b]) => b.length - a.length)
  return most !== undefined && most[1].length > 1 ? most[0] : 0
}

/** Records without their quoted parts. The last one may be incomplete and only counts if it is the only one. */
function firstRecords(text: string, limit: number): string[] {
  const bare = text.replace(/"[^"]*"/g, '""')
  const lines = bare.split(/\r\n|\n|\r/).slice(0, limit + 1)
  const records = lines.length > 1 ? lines.slice(0, -1) : lines
  return records.filter(line => line.trim() !== '')
}

function firstLine(text: string): string {
  return /^[^\r\n]*(?:\r\n|\n|\r)?/.exec(text)?.[0] ?? ''
}

/** A mark or zeros that tell the encoding; undefined: there is neither. */
function markedEncoding(head: Buffer): EncodingName | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8'
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  return zeroBytes(head) ?? undefined
}

/** UTF-16 without BOM: digits, separators and line ends have a zero in every second byte. */
function zeroBytes(head: Buffer): EncodingName | null {
  let even = 0
  let odd = 0
  const length = head.length - (head.length % 2)
  for (let i = 0; i < length; i += 2) {
    if (head[i] === 0) even++
    if (head[i + 1] === 0) odd++
  }
  const pairs = length / 2
  if (pairs === 0) return null
  if (odd / pairs > 0.2 && even < odd / 20) return 'utf-16le'
  if (even / pairs > 0.2 && odd < even / 20) return 'utf-16be'
  return null
}

function refuseBinary(head: Buffer, chosen: EncodingName | undefined): void {
  if (chosen?.startsWith('utf-16') || markedEncoding(head)?.startsWith('utf-16')) return
  let controls = 0
  for (const byte of head) if (byte < 9 || (byte > 13 && byte < 32)) controls++
  // A stray NUL costs its row, not the file; a file full of them is no text.
  const share = controls / Math.max(1, head.length)
  const text = isUtf8(head.subarray(0, head.length - tailOf(head)))
  if (share > 0.3 || (!text && share > 0.02)) throw foreign('it is full of bytes that are not text', saveAsCsv)
}

interface Read {
  head: Buffer
  bytes: number
  ascii: boolean
  encoding: EncodingName
}

/** One pass: the beginning, the size, and the encoding. */
async function readOver(path: string, { cut = false, folded = false }: CsvOptions): Promise<Read> {
  const file = await open(path).catch((error: Error) => {
    throw unreadableFile(path, error)
  })
  try {
    const buffer = Buffer.allocUnsafe(1024 * 1024)
    let head: Buffer = Buffer.alloc(0)
    let bytes = 0
    let carried = 0
    const seen = { good: 0, bad: 0, ascii: true, sample: [] as Buffer[], sampled: 0 }
    for (;;) {
      const { bytesRead } = await file.read(buffer, carried, buffer.length - carried).catch((error: Error) => {
        throw unreadableFile(path, error)
      })
      if (bytesRead === 0) break
      const filled = buffer.subarray(0, carried + bytesRead)
      if (bytes === 0) head = Buffer.from(filled.subarray(0, headBytes))
      bytes += bytesRead
      const tail = tailOf(filled)
      const whole = filled.subarray(0, filled.length - tail)
      look(folded ? unfolded(whole) : whole, seen)
      filled.copyWithin(0, filled.length - tail)
      carried = tail
    }
    if (bytes === 0) throw problem('csv_empty')
    if (carried > 0 && !cut) look(buffer.subarray(0, carried), seen)
    const isUnicode = seen.bad === 0 || seen.good > seen.bad
    const encoding = markedEncoding(head) ?? (isUnicode ? 'utf-8' : guessEncoding(Buffer.concat(seen.sample)))
    return { head, bytes, ascii: seen.ascii && markedEncoding(head) === undefined, encoding }
  } finally {
    await file.close()
  }
}

/** The first bytes of a file. Throws `file_unreadable`, `csv_empty`. */
export async function readHead(path: string): Promise<Buffer> {
  const fail = (error: Error) => {
    throw unreadableFile(path, error)
  }
  const file = await open(path).catch(fail)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0).catch(fail)
    if (bytesRead === 0) throw problem('csv_empty')
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

const unfolded = (bytes: Buffer): Buffer => Buffer.from(bytes.toString('latin1').replace(/\r?\n[ \t]/g, ''), 'latin1')

const sampleBytes = 128 * 1024
/** Of one chunk: names far into a file count too. */
const sampleOfChunk = 16 * 1024

interface Seen {
  /** Characters of UTF-8 outside ASCII, and bytes that are part of none. */
  good: number
  bad: number
  ascii: boolean
  /** Lines with bytes outside ASCII, of chunks that are not UTF-8. */
  sample: Buffer[]
  sampled: number
}

function look(chunk: Buffer, seen: Seen): void {
  if (isAscii(chunk)) return
  seen.ascii = false
  // Counted only where it matters: a valid chunk has at least one character.
  if (isUtf8(chunk)) {
    seen.good++
    return
  }
  for (let at = 0; at < chunk.length; ) {
    const length = characterLength(chunk, at)
    if (length > 1) seen.good++
    else if (length === 0) seen.bad++
    at += Math.max(1, length)
  }
  let taken = 0
  for (let at = 0; at < chunk.length && taken < sampleOfChunk && seen.sampled < sampleBytes; ) {
    const newline = chunk.indexOf(0x0a, at)
    const end = Math.min(newline < 0 ? chunk.length : newline + 1, at + sampleOfChunk)
    const line = chunk.subarray(at, end)
    if (!isAscii(line)) {
      seen.sample.push(Buffer.from(line))
      taken += line.length
      seen.sampled += line.length
    }
    at = end
  }
}

/** Bytes of the UTF-8 character at this place; 0: there is none. */
function characterLength(bytes: Buffer, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) return 1
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return 0
  return isUtf8(bytes.subarray(at, at + length)) ? length : 0
}

/** Bytes at the end that begin a UTF-8 character without completing it (0..3). */
function tailOf(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0
  }
  return 0
}

export function unreadableFile(path: string, error: Error): Problem {
  const code = 'code' in error ? error.code : undefined
  const known = { ENOENT: 'there is none.', EACCES: 'no rights.', EISDIR: 'it is a folder.' }
  const what = Object.entries(known).find(([name]) => name === code)?.[1] ?? error.message
  return problem('file_unreadable', { file: path, what }, { cause: error })
}
