/**
 * Reads a sheet of a workbook (XLSX, XLSM) as a stream of rows, as a CSV of the same list would give them. Memory is constant at any size: the
 * sheet is never held, and shared strings beyond 32 MiB are in a temporary file (text-table.ts).
 *
 * A cell gives what a person reads in it: a formula its stored result, a date 2024-05-17, a phone number its digits (number-formats.ts), a
 * boolean TRUE or FALSE, an error its word (#N/A). Cells are placed by their references, and rows without any value are left out.
 * Without a choice, the first visible sheet with a value is read.
 * Source: ECMA-376 part 1, 18.2 (workbook), 18.3 (sheets), 18.4 (shared strings), 18.8 (styles); part 2 (packages).
 */
import { posix } from 'node:path'
import { normalForm } from '../../core/normal-form.ts'
import { problem } from '../../core/problems.ts'
import { breather } from '../platform/breathe.ts'
import type { ListBatch } from './list-batch.ts'
import { type NumberReader, numberReader, plainNumber } from './number-formats.ts'
import { openTextTable, type TextTable } from './text-table.ts'
import { readXml, xmlReader } from './xml-in.ts'
import { tooLarge, unreadableWorkbook, type ZipIn } from './zip-in.ts'

export interface Sheet {
  name: string
  hidden: boolean
}

export interface SourceWorkbook {
  sheets: Sheet[]
  /** The name of the sheet that is read. */
  sheet: string
  /** Begin to read them, or return them: they close the file. */
  records: AsyncGenerator<ListBatch, undefined>
  /** What a person should know of the sheet; complete when all records were read. */
  notes(): string[]
}

export interface WorkbookLimits {
  sheets: number
  sharedStrings: number
  /** of a sheet */
  columns: number
  formats: number
  /** unpacked bytes of the parts that are held in memory: the list of sheets, the styles */
  smallPart: number
}

const mebibyte = 1024 * 1024

export const workbookLimits: WorkbookLimits = {
  sheets: 1000,
  sharedStrings: 16_000_000,
  columns: 16_384,
  formats: 65_536,
  smallPart: 64 * mebibyte,
}

/** `sheet`: the name of one, or undefined. `longest`: characters of a cell that are kept; `widest`: cells of a row. */
export interface WorkbookOptions {
  sheet?: string | undefined
  longest: number
  widest: number
  bytes: number
  limits?: WorkbookLimits
}

/** Null: a ZIP file, and no workbook. It closes `zip`. Throws `workbook_unreadable`, `workbook_too_large`, `sheet_unknown`, `csv_empty`. */
export async function openWorkbook(zip: ZipIn, options: WorkbookOptions): Promise<SourceWorkbook | null> {
  const { limits = workbookLimits } = options
  let strings: TextTable | undefined
  try {
    const place = await workbookPart(zip)
    if (place === null) {
      zip.close()
      return null
    }
    const book = await readBook(zip, place, limits)
    strings = await readStrings(zip, book.strings, options)
    const formats = await readFormats(zip, book, limits)
    const source = { zip, strings, formats, options }
    const sheet = await chosenSheet(source, book.sheets, options.sheet)
    return opened(source, sheet, book.sheets)
  } catch (error) {
    strings?.close()
    zip.close()
    throw error
  }
}

/** What the sheets of a workbook are read with. */
interface Source {
  zip: ZipIn
  strings: TextTable
  formats: readonly NumberReader[]
  options: WorkbookOptions
}

function opened(source: Source, sheet: SheetPart, sheets: readonly SheetPart[]): SourceWorkbook {
  const found = nothingFound()
  async function* records(): AsyncGenerator<ListBatch, undefined> {
    try {
      yield* sheetRecords(source, sheet, found)
    } finally {
      source.strings.close()
      source.zip.close()
    }
  }
  return {
    sheets: sheets.map(({ name, hidden }) => ({ name, hidden })),
    sheet: sheet.name,
    records: records(),
    notes: () => notesOf(found),
  }
}

interface SheetPart extends Sheet {
  part: string
}

interface Book {
  sheets: SheetPart[]
  date1904: boolean
  strings: string | null
  styles: string | null
}

const related = (type: string) => (link: Link) => link.type.endsWith(`/${type}`)

/** The main part by the relationships of the package; null: it is no workbook. */
async function workbookPart(zip: ZipIn): Promise<string | null> {
  const links = await readLinks(zip, '')
  const main = links.find(related('officeDocument'))?.target ?? 'xl/workbook.xml'
  return zip.has(main) && /(?:^|\/)workbook[^/]*\.xml$/i.test(main) ? main : null
}

interface Link {
  id: string
  type: string
  target: string
}

/** The relationships of a part, their targets as names of parts. `part` '': of the package. */
async function readLinks(zip: ZipIn, part: string): Promise<Link[]> {
  const folder = posix.dirname(part)
  const name = posix.join(folder, '_rels', `${posix.basename(part)}.rels`)
  const links: Link[] = []
  if (!zip.has(name)) return links
  refuseLong(zip, name, workbookLimits.smallPart)
  await readXml(zip.read(name), {
    open(element, { Id = '', Type = '', Target = '', TargetMode }) {
      if (element !== 'Relationship' || TargetMode === 'External') return
      const target = Target.replaceAll('\\', '/')
      const from = target.startsWith('/') ? target.slice(1) : posix.join(folder, target)
      links.push({ id: Id, type: Type, target: posix.join(from) })
    },
  })
  return links
}

async function readBook(zip: ZipIn, place: string, limits: WorkbookLimits): Promise<Book> {
  const links = await readLinks(zip, place)
  const sheets: SheetPart[] = []
  let date1904 = false
  refuseLong(zip, place, limits.smallPart)
  await readXml(zip.read(place), {
    open(element, attributes) {
      if (element === 'workbookPr') date1904 = isTrue(attributes.date1904)
      if (element !== 'sheet') return
      if (sheets.length === limits.sheets) throw tooLarge(`it has more than ${limits.sheets} sheets`, 'this number')
      const id = Object.entries(attributes).find(([name]) => /^(?:\w+:)?id$/.test(name))?.[1]
      const link = links.find(one => one.id === id)
      // Charts and dialogs are sheets, too.
      if (link === undefined || !related('worksheet')(link) || !zip.has(link.target)) return
      const { name = '', state = 'visible' } = attributes
      sheets.push({ name, hidden: state !== 'visible', part: link.target })
    },
  })
  if (sheets.length === 0) throw unreadableWorkbook('it has no sheet with cells')
  const partOf = (type: string) => {
    const target = links.find(related(type))?.target
    return target !== undefined && zip.has(target) ? target : null
  }
  return { sheets, date1904, strings: partOf('sharedStrings'), styles: partOf('styles') }
}

const isTrue = (value: string | undefined) => value === '1' || value === 'true' || value === 'on'

function refuseLong(zip: ZipIn, part: string, limit: number): void {
  const bytes = zip.sizeOf(part)
  if (bytes > limit)
    throw tooLarge(`${part} unpacks to ${Math.round(bytes / mebibyte)} MiB`, `${Math.round(limit / mebibyte)} MiB`)
}

/** How the numbers of each style are read. */
async function readFormats(zip: ZipIn, { styles, date1904 }: Book, limits: WorkbookLimits): Promise<NumberReader[]> {
  if (styles === null) return []
  refuseLong(zip, styles, limits.smallPart)
  const codes = new Map<number, string>()
  const readers = new Map<number, NumberReader>()
  const formats: number[] = []
  let inCells = false
  await readXml(zip.read(styles), {
    open(element, attributes) {
      if (element === 'numFmt') codes.set(Number(attributes.numFmtId), attributes.formatCode ?? '')
      else if (element === 'cellXfs') inCells = true
      else if (element === 'xf' && inCells) formats.push(Number(attributes.numFmtId ?? 0))
      if (formats.length > limits.formats || codes.size > limits.formats)
        throw tooLarge(`it has more than ${limits.formats} formats of cells`, 'this number')
    },
    close(element) {
      if (element === 'cellXfs') inCells = false
    },
  })
  return formats.map(id => {
    const known = readers.get(id) ?? numberReader(id, codes.get(id), date1904)
    readers.set(id, known)
    return known
  })
}

async function readStrings(
  zip: ZipIn,
  part: string | null,
  { longest, limits = workbookLimits }: WorkbookOptions,
): Promise<TextTable> {
  const table = await openTextTable()
  if (part === null) return table
  try {
    const text = textReader(longest)
    await readXml(zip.read(part), {
      open(element) {
        if (element === 'si') text.begin()
        else text.open(element)
      },
      close(element) {
        if (element !== 'si') return text.close(element)
        if (table.size === limits.sharedStrings)
          throw tooLarge(`it has more than ${limits.sharedStrings} different texts`, 'this number')
        table.add(text.end())
      },
      text: text.add,
    })
    return table
  } catch (error) {
    table.close()
    throw error
  }
}

/** The text of a string of one or several runs (<t>); readings beside it (<rPh>) are not part of it. */
function textReader(longest: number) {
  let text = ''
  let inText = false
  let beside = false
  return {
    begin() {
      text = ''
      inText = false
      beside = false
    },
    open(element: string) {
      if (element === 't') inText = !beside
      else if (element === 'rPh') beside = true
    },
    close(element: string) {
      if (element === 't') inText = false
      else if (element === 'rPh') beside = false
    },
    add(piece: string) {
      // One character more than fits, so that the row is refused and not silently cut.
      if (inText && text.length <= longest) text += piece.slice(0, longest + 1 - text.length)
    },
    end: () => unescaped(text),
  }
}

const escaped = /_x([0-9A-Fa-f]{4})_/g

/** Excel writes characters that XML forbids as _x000D_. */
function unescaped(text: string): string {
  return text.includes('_x')
    ? text.replace(escaped, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : text
}

/** The named one, else the first visible one with rows below its first, else the first with a value. */
async function chosenSheet(
  source: Source,
  sheets: readonly SheetPart[],
  asked: string | undefined,
): Promise<SheetPart> {
  if (asked !== undefined) {
    const same = (name: string) => normalForm(name).toLowerCase()
    const named = sheets.find(({ name }) => name === asked) ?? sheets.find(({ name }) => same(name) === same(asked))
    if (named !== undefined) return named
    const names = sheets.map(({ name }) => `“${name}”`).join(', ')
    throw problem('sheet_unknown', { sheet: asked, sheets: names })
  }
  let first: SheetPart | undefined
  for (const sheet of sheets.toSorted((a, b) => Number(a.hidden) - Number(b.hidden))) {
    const rows = await rowsOf(source, sheet, 2)
    if (rows === 2) return sheet
    if (rows > 0) first ??= sheet
  }
  if (first === undefined) throw problem('csv_empty')
  return first
}

/** The rows with a value, as far as `limit`. */
async function rowsOf(source: Source, sheet: SheetPart, limit: number): Promise<number> {
  let rows = 0
  for await (const piece of sheetRecords(source, sheet, nothingFound())) {
    rows += piece.rows.length
    if (rows >= limit) break
  }
  return Math.min(rows, limit)
}

const nothingFound = (): Found => ({ hiddenRows: 0, merged: 0, unsolved: 0 })

interface Found {
  /** rows with values that the sheet does not show */
  hiddenRows: number
  /** areas of merged cells */
  merged: number
  /** formulas without a stored result */
  unsolved: number
}

function notesOf({ hiddenRows, merged, unsolved }: Found): string[] {
  const notes: string[] = []
  if (hiddenRows > 0)
    notes.push(
      hiddenRows === 1
        ? '1 row that is hidden in the sheet was read like the others.'
        : `${hiddenRows} rows that are hidden in the sheet, by a filter or by hand, were read like the others.`,
    )
  if (merged > 0)
    notes.push(
      `The sheet has ${merged === 1 ? '1 area' : `${merged} areas`} of merged cells. Only the first cell of each has a value; the others are empty.`,
    )
  if (unsolved > 0)
    notes.push(
      `${unsolved === 1 ? '1 cell is a formula' : `${unsolved} cells are formulas`} without a stored result and counted as empty. Open the workbook in a spreadsheet, save it, and import it again.`,
    )
  return notes
}

/** Cells of a batch. */
const batchCells = 20_000

async function* sheetRecords(
  { zip, strings, formats, options }: Source,
  sheet: SheetPart,
  found: Found,
): AsyncGenerator<ListBatch, undefined> {
  const whole = Math.max(1, zip.sizeOf(sheet.part))
  let piece: ListBatch = { rows: [], lines: [], bytesRead: 0 }
  let cells = 0
  const reader = rowReader({ strings, formats, options, found }, (row, line) => {
    piece.rows.push(row)
    piece.lines.push(line)
    cells += row.length
  })
  let read = 0
  const breathe = breather()
  for await (const chunk of zip.read(sheet.part)) {
    read += chunk.length
    reader.write(chunk)
    await breathe()
    if (cells < batchCells) continue
    piece.bytesRead = Math.floor((options.bytes * read) / whole)
    const full = piece
    piece = { rows: [], lines: [], bytesRead: 0 }
    cells = 0
    yield full
  }
  reader.end()
  if (piece.rows.length > 0) yield { ...piece, bytesRead: options.bytes }
}

interface RowReader extends Omit<Source, 'zip'> {
  found: Found
}

/** Calls `onRow` for each row with a value: its cells from the first column on, and its number. */
function rowReader({ strings, formats, options, found }: RowReader, onRow: (row: string[], line: number) => void) {
  const { longest, widest, limits = workbookLimits } = options
  const inline = textReader(longest)
  let row: string[] = []
  let line = 0
  let filled = false
  let hidden = false
  let column = -1
  let type = ''
  let style = 0
  let value = ''
  let inValue = false
  let hasFormula = false
  const shownValue = (): string => {
    switch (type) {
      case 's':
        return strings.get(Number(value)) ?? ''
      case 'inlineStr':
        return inline.end()
      case 'str':
        return unescaped(value)
      case 'b':
        return value === '' ? '' : isTrue(value) ? 'TRUE' : 'FALSE'
      case 'e':
        return value
      case 'd':
        return value.replace(/T00:00(?::00(?:\.0+)?)?Z?$/, '').replace('T', ' ')
      default:
        return value === '' ? '' : (formats[style] ?? plainNumber)(value.trim())
    }
  }
  const put = (text: string) => {
    if (text === '') return
    // A row that is too wide is refused with what is beyond its last column.
    const at = Math.min(column, widest)
    while (row.length < at) row.push('')
    row[at] = text
    filled ||= text.trim() !== ''
  }
  return xmlReader({
    open(element, attributes) {
      switch (element) {
        case 'row':
          row = []
          filled = false
          column = -1
          line = Number(attributes.r) || line + 1
          hidden = isTrue(attributes.hidden)
          return
        case 'c':
          column = attributes.r === undefined ? column + 1 : columnOf(attributes.r, column + 1)
          if (column >= limits.columns) throw unreadableWorkbook(`a cell is beyond column ${limits.columns}`)
          type = attributes.t ?? 'n'
          style = Number(attributes.s ?? 0)
          value = ''
          hasFormula = false
          inline.begin()
          return
        case 'v':
          inValue = true
          return
        case 'f':
          hasFormula = true
          return
        case 'mergeCell':
          found.merged++
          return
        default:
          inline.open(element)
      }
    },
    close(element) {
      switch (element) {
        case 'v':
          inValue = false
          return
        case 'c':
          if (hasFormula && value === '' && type !== 'inlineStr' && type !== 'str') found.unsolved++
          put(shownValue())
          return
        case 'row':
          if (!filled) return
          if (hidden) found.hiddenRows++
          onRow(row, line)
          return
        default:
          inline.close(element)
      }
    },
    text(piece) {
      if (inValue) {
        if (value.length <= longest) value += piece.slice(0, longest + 1 - value.length)
      } else inline.add(piece)
    },
  })
}

/** "AB12" -> 27 */
function columnOf(reference: string, otherwise: number): number {
  let column = 0
  for (let i = 0; i < reference.length; i++) {
    const letter = reference.charCodeAt(i) & ~0x20
    if (letter < 65 || letter > 90) break
    column = column * 26 + letter - 64
    if (column > 1_000_000) break
  }
  return column === 0 ? otherwise : column - 1
}
