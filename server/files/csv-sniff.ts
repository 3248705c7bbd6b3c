/**
 * Detects the encoding and separator of a CSV, and whether the file is one.
 *
 * Encodings that Excel and databases write: UTF-8 with or without BOM, UTF-16 of either byte order with or without BOM, else
 * Windows-1252. A file is UTF-8 only if all of it is valid: the first "å" may be a million lines into it, so the whole file is
 * checked (1 GB/s). Separators: `;` `,` tab `|`, or the one in Excel's own first line `sep=;`.
 */
import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import iconv from 'iconv-lite'
import { type Problem, problem } from '../../core/problems.ts'

export type CsvEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'
export type CsvSeparator = ';' | ',' | '\t' | '|'

export interface CsvForm {
  encoding: CsvEncoding
  separator: CsvSeparator
  /** Bytes of UTF-8 to skip at the start, after decoding: the BOM and the line `sep=`. */
  skipBytes: number
  /** Lines skipped with them. */
  skipLines: number
  /** Of the file. */
  bytes: number
}

const separators: readonly CsvSeparator[] = [';', ',', '\t', '|']
const headBytes = 128 * 1024
const bom = '\uFEFF'

/** `cut`: only the beginning of a file, which may end inside a character. Throws `csv_empty`, `csv_binary`, `file_unreadable`. */
export async function sniffCsv(path: string, { cut = false }: { cut?: boolean } = {}): Promise<CsvForm> {
  const { head, bytes, utf8 } = await readOver(path, cut)
  refuseBinary(head)
  const encoding = encodingOf(head, utf8)
  const text = decode(head, encoding)
  const body = text.startsWith(bom) ? text.slice(1) : text
  if (body.trim() === '' && bytes <= head.length) throw problem('csv_empty')
  const line = firstLine(body)
  if (line.includes('\0')) throw problem('csv_binary', { what: 'its first line holds NUL bytes' })
  const told = /^"?sep=(.)"?\r?\n?\r?$/i.exec(line)?.[1]
  const separator = separators.find(known => known === told)
  if (separator !== undefined) {
    const skipped = text.slice(0, text.length - body.length + line.length)
    return { encoding, separator, skipBytes: Buffer.byteLength(skipped), skipLines: 1, bytes }
  }
  const skipBytes = Buffer.byteLength(text.slice(0, text.length - body.length))
  return { encoding, separator: separatorOf(body), skipBytes, skipLines: 0, bytes }
}

/** The separator with which most of the first records have as many columns as the first one. */
export function separatorOf(text: string): CsvSeparator {
  const records = firstRecords(text, 30)
  let best: { separator: CsvSeparator; score: number } = { separator: ',', score: 0 }
  for (const separator of separators) {
    const counts = records.map(record => record.split(separator).length - 1)
    const columns = counts[0] ?? 0
    if (columns === 0) continue
    const alike = counts.filter(count => count === columns).length / counts.length
    // Agreement of the rows first; among equals, more columns win.
    const score = Math.round(alike * 10) * 1000 + columns
    if (score > best.score) best = { separator, score }
  }
  return best.separator
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

function encodingOf(head: Buffer, utf8: boolean): CsvEncoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  const order = zeroBytes(head)
  if (order !== null) return order
  return utf8 ? 'utf-8' : 'windows-1252'
}

/** UTF-16 without BOM: digits, separators and line ends have a zero in every second byte. */
function zeroBytes(head: Buffer): CsvEncoding | null {
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

export function decode(bytes: Buffer, encoding: CsvEncoding): string {
  return iconv.decode(bytes, encoding, { stripBOM: false })
}

const signatures: readonly [string, string][] = [
  ['25504446', 'it is a PDF'],
  ['1f8b', 'it is compressed (gzip)'],
  ['d0cf11e0', 'it is an old Excel workbook (XLS)'],
  ['89504e47', 'it is an image'],
  ['ffd8ff', 'it is an image'],
  ['53514c69746520666f726d6174', 'it is a database'],
]

function refuseBinary(head: Buffer): void {
  if (head.subarray(0, 4).toString('hex') === '504b0304') throw problem('csv_binary', { what: zipInWords(head) })
  const hex = head.subarray(0, 16).toString('hex')
  const known = signatures.find(([start]) => hex.startsWith(start))
  if (known) throw problem('csv_binary', { what: known[1] })
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff) || zeroBytes(head) !== null)
    return
  let controls = 0
  for (const byte of head) if (byte < 9 || (byte > 13 && byte < 32)) controls++
  // A stray NUL costs its row, not the file; a file full of them is no text.
  const share = controls / Math.max(1, head.length)
  const text = isUtf8(head.subarray(0, head.length - tailOf(head)))
  if (share > 0.3 || (!text && share > 0.02))
    throw problem('csv_binary', { what: 'it is full of bytes that are no text' })
}

function zipInWords(head: Buffer): string {
  const text = head.toString('latin1')
  if (text.includes('xl/') || text.includes('[Content_Types]')) return 'it is an Excel workbook (XLSX)'
  if (text.includes('opendocument')) return 'it is a LibreOffice sheet (ODS)'
  return 'it is compressed (ZIP)'
}

/** One pass: the beginning, the size, and whether all of it is valid UTF-8. */
async function readOver(path: string, cut: boolean): Promise<{ head: Buffer; bytes: number; utf8: boolean }> {
  const file = await open(path).catch((error: Error) => {
    throw unreadable(path, error)
  })
  try {
    const buffer = Buffer.allocUnsafe(1024 * 1024)
    let head: Buffer = Buffer.alloc(0)
    let bytes = 0
    let carried = 0
    let utf8 = true
    for (;;) {
      const { bytesRead } = await file.read(buffer, carried, buffer.length - carried).catch((error: Error) => {
        throw unreadable(path, error)
      })
      if (bytesRead === 0) break
      const filled = buffer.subarray(0, carried + bytesRead)
      if (bytes === 0) head = Buffer.from(filled.subarray(0, headBytes))
      bytes += bytesRead
      if (!utf8) continue
      const tail = tailOf(filled)
      utf8 = isUtf8(filled.subarray(0, filled.length - tail))
      filled.copyWithin(0, filled.length - tail)
      carried = tail
    }
    if (bytes === 0) throw problem('csv_empty')
    return { head, bytes, utf8: utf8 && (cut || carried === 0) }
  } finally {
    await file.close()
  }
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

export function unreadable(path: string, error: Error): Problem {
  const code = 'code' in error ? error.code : undefined
  const known = { ENOENT: 'there is none.', EACCES: 'no rights.', EISDIR: 'it is a folder.' }
  const what = Object.entries(known).find(([name]) => name === code)?.[1] ?? error.message
  return problem('file_unreadable', { file: path, what }, { cause: error })
}
