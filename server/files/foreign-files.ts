/** Files that are not lists of text, recognized by their first bytes: the error names them and says what to do. */
import { open } from 'node:fs/promises'
import { type Problem, problem } from '../../core/problems.ts'
import { decode } from './decode.ts'

export const saveAsCsv = 'Open it in the program that made it, save it as CSV (UTF-8), and import that.'
const unpack = 'Unpack it, and import the list that is in it.'

/** Bytes in hex at the start, what it is, and what to do. */
const signatures: readonly (readonly [string, string, string])[] = [
  ['25504446', 'it is a PDF', 'Ask for the list as CSV: a PDF has no columns.'],
  ['1f8b', 'it is compressed (gzip)', unpack],
  ['425a6839314159', 'it is compressed (bzip2)', unpack],
  ['fd377a585a00', 'it is compressed (XZ)', unpack],
  ['28b52ffd', 'it is compressed (Zstandard)', unpack],
  ['377abcaf271c', 'it is compressed (7-Zip)', unpack],
  ['526172211a07', 'it is compressed (RAR)', unpack],
  [
    'd0cf11e0',
    'it is an old Excel workbook (XLS), or one with a password',
    'Open it in Excel, save it as XLSX without a password, and import that.',
  ],
  ['0908', 'it is an old Excel workbook (XLS)', 'Open it in Excel, save it as XLSX, and import that.'],
  ['89504e47', 'it is an image', 'Ask for the list as CSV.'],
  ['ffd8ff', 'it is an image', 'Ask for the list as CSV.'],
  ['47494638', 'it is an image', 'Ask for the list as CSV.'],
  ['53514c69746520666f726d6174', 'it is a database (SQLite)', 'Export its table as CSV, and import that.'],
  ['5041523115', 'it is a Parquet file', 'Export it as CSV, and import that.'],
  ['000100005374616e64617264', 'it is a database (Access)', 'Export its table as CSV, and import that.'],
]

const texts: readonly (readonly [RegExp, string, string])[] = [
  [/^\{\\rtf/, 'it is a text document (RTF)', saveAsCsv],
  [/^<\?xml[^>]{0,200}>\s{0,100}<\?mso-application/i, 'it is an Excel workbook in XML', saveAsCsv],
  [
    /^(?:<!--[^>]{0,500}-->\s{0,100})?<(?:!doctype html|html|head|body|table|meta)\b/i,
    'it is a web page (HTML), even if its name ends with .xls or .csv',
    saveAsCsv,
  ],
  [/^<\?xml|^<[a-z][\w:.-]{0,100}(?:\s[^<>]{0,500})?>\s{0,100}</i, 'it is XML', 'Export it as CSV, and import that.'],
  [
    /^(?:\[\s{0,100})?\{\s{0,100}(?:"[^"]{0,200}"\s{0,100}:|\})/,
    'it is JSON',
    'Export it as CSV, or send the profiles to the API (POST …/profiles).',
  ],
  [
    /^\[\s{0,100}(?:\[|\]|"[^"]{0,200}"\s{0,100},)/,
    'it is JSON',
    'Export it as CSV, or send the profiles to the API (POST …/profiles).',
  ],
  [/^MIME-Version:/i, 'it is an e-mail', 'Save its attachment, and import that.'],
]

export function refuseForeign(head: Buffer): void {
  const hex = head.subarray(0, 16).toString('hex')
  const known = signatures.find(([start]) => hex.startsWith(start))
  if (known !== undefined) throw foreign(known[1], known[2])
  const text = startOf(head)
  const written = texts.find(([start]) => start.test(text))
  if (written !== undefined) throw foreign(written[1], written[2])
}

/** Whether the file is one of contacts. */
export const isVcard = (head: Buffer): boolean => /^BEGIN:VCARD/i.test(startOf(head))

function startOf(head: Buffer): string {
  const [first, second] = head
  // Also without a mark: the second letter's zero tells.
  const utf16 = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0)
  const utf16be = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0)
  const start = head.subarray(0, 4096)
  const text = utf16be ? decode(start, 'utf-16be') : start.toString(utf16 ? 'utf16le' : 'utf8')
  return text.replace(/^\uFEFF/, '').trimStart()
}

export function foreign(what: string, fix: string): Problem {
  return problem('csv_binary', { what, fix })
}

export const isZip = (head: Buffer): boolean => /^504b(?:0304|0506|0708)/.test(head.subarray(0, 4).toString('hex'))

const isOle = (head: Buffer): boolean => head.subarray(0, 4).toString('hex') === 'd0cf11e0'

/**
 * The container of old Office files holds an XLS, or a workbook encrypted with a password: its directory says which.
 * Source: [MS-CFB] 2.2 and 2.6, [MS-OFFCRYPTO] 2.3.
 */
export async function refuseOle(path: string, head: Buffer): Promise<void> {
  if (!isOle(head) || head.length < 512) return
  const sector = 2 ** Math.min(16, head.readUInt16LE(30))
  const file = await open(path)
  try {
    const directory = Buffer.alloc(8192)
    await file.read(directory, 0, directory.length, (head.readUInt32LE(48) + 1) * sector)
    if (!directory.includes(Buffer.from('EncryptedPackage', 'utf16le'))) return
  } finally {
    await file.close()
  }
  throw foreign(
    'it is an Excel workbook with a password',
    'Open it in Excel, remove the password (File, Info, Protect Workbook), save it, and import that.',
  )
}

/** By the beginning alone, of one whose directory cannot be read. */
export function looksLikeWorkbook(head: Buffer): boolean {
  const text = head.toString('latin1')
  return /xl\/|\[Content_Types\]|_rels\/\.rels/.test(text) && !/word\/|ppt\//.test(text)
}

/** By the names of its parts, or of the first of them, which are written before their contents. */
export function foreignZip(head: Buffer, names: readonly string[]): Problem {
  const text = [head.toString('latin1'), ...names].join('\n')
  const has = (pattern: RegExp) => pattern.test(text)
  if (has(/xl\/workbook\.bin/))
    return foreign('it is a binary Excel workbook (XLSB)', 'Open it in Excel, save it as XLSX, and import that.')
  if (has(/\.iwa|Index\.zip|Index\//))
    return foreign('it is a Numbers spreadsheet', 'Open it in Numbers, choose File, Export To, Excel, and import that.')
  if (has(/word\//))
    return foreign('it is a Word document', 'Copy its table into a spreadsheet, save it as XLSX, and import that.')
  if (has(/ppt\//)) return foreign('it is a presentation', 'Ask for the list as CSV or XLSX.')
  if (has(/opendocument/))
    return foreign('it is a LibreOffice sheet (ODS)', 'Open it in LibreOffice, save it as XLSX, and import that.')
  return foreign('it is compressed (ZIP)', unpack)
}
