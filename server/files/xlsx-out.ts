/**
 * Writes a workbook (XLSX) as a stream: rows in, bytes out, a few hundred kilobytes of memory at any size.
 *
 * Invariants: a text cell has the type text, so that nothing in it is a formula and +46… or 007 are kept; numbers are numbers; times
 * are date-times of the zone's wall clock, and the number format of each shows its offset. The header is bold and stays visible.
 * Rows beyond the limit of a sheet continue in the next sheet, under their own header.
 * Source: ECMA-376 part 1, sections 18.2–18.8 and 22.9.2.19; limits of Excel: "Excel specifications and limits".
 */
import { type ZipEntry, zipBytes } from './zip-out.ts'
import { offsetsAt, offsetText, type ZoneStretch } from './zone-times.ts'

export interface XlsxColumn {
  name: string
  kind: 'text' | 'number' | 'decimal' | 'time'
}

/** Cells in the order of the columns; null: empty. A time is in seconds since 1970. */
export type SheetRow = readonly (string | null)[]

export interface Workbook {
  /** of the first sheet; the next ones are "NAME 2", "NAME 3" */
  sheetName: string
  columns: readonly XlsxColumn[]
  stretches: readonly ZoneStretch[]
}

export interface SheetLimits {
  /** rows per sheet, including its header */
  rows: number
  /** of a sheet's XML: an entry of a ZIP file stays below 4 GiB */
  bytes: number
}

/** Excel's limits. */
export const sheetLimits: SheetLimits = { rows: 1_048_576, bytes: 4_000_000_000 }
/** Characters (UTF-16 units) per cell, by Excel. A longer text is cut and ends in "…". */
export const cellLimit = 32_767
const chunkLength = 32_768

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const relationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packageRelationships = 'http://schemas.openxmlformats.org/package/2006/relationships'
const mediaType = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

export function xlsxBytes(
  batches: AsyncIterable<readonly SheetRow[]>,
  workbook: Workbook,
  limits: SheetLimits = sheetLimits,
): AsyncGenerator<Buffer> {
  return zipBytes(entriesOf(batches, workbook, limits))
}

async function* entriesOf(
  batches: AsyncIterable<readonly SheetRow[]>,
  workbook: Workbook,
  limits: SheetLimits,
): AsyncGenerator<ZipEntry> {
  const rows = new Rows(batches)
  try {
    // First, so that the first bytes identify the type of the file.
    yield file('_rels/.rels', relsXml([['officeDocument', 'xl/workbook.xml']]))
    yield file('xl/styles.xml', stylesXml(workbook.stretches))
    const sheets: string[] = []
    do {
      sheets.push(`sheet${sheets.length + 1}.xml`)
      yield { name: `xl/worksheets/${sheets.at(-1)}`, content: sheetXml(rows, workbook, limits) }
    } while (await rows.ready())
    const links = sheets.map((sheet): [string, string] => ['worksheet', `worksheets/${sheet}`])
    yield file('xl/workbook.xml', workbookXml(workbook.sheetName, sheets.length))
    yield file('xl/_rels/workbook.xml.rels', relsXml([...links, ['styles', 'styles.xml']]))
    yield file('[Content_Types].xml', typesXml(sheets))
  } finally {
    await rows.leave()
  }
}

/** Batches of rows as single rows, shared by consecutive sheets. */
class Rows {
  private readonly source: AsyncIterator<readonly SheetRow[]>
  private batch: readonly SheetRow[] = []
  private next = 0

  constructor(batches: AsyncIterable<readonly SheetRow[]>) {
    this.source = batches[Symbol.asyncIterator]()
  }

  /** Whether `take` has a row. */
  async ready(): Promise<boolean> {
    while (this.next >= this.batch.length) {
      const { value, done } = await this.source.next()
      if (done) return false
      this.batch = value
      this.next = 0
    }
    return true
  }

  /** Undefined: await `ready` first. */
  take(): SheetRow | undefined {
    return this.batch[this.next++]
  }

  has(): boolean {
    return this.next < this.batch.length
  }

  async leave(): Promise<void> {
    await this.source.return?.()
  }
}

async function* sheetXml(rows: Rows, workbook: Workbook, limits: SheetLimits): AsyncGenerator<Buffer> {
  const write = rowWriter(workbook)
  let text = sheetHead(workbook.columns)
  // Reused for each chunk: a new buffer per chunk would add up to a hundred megabytes until the next collection.
  const memory = Buffer.allocUnsafe(chunkLength * 4)
  let row = 1
  let bytes = 0
  while (row < limits.rows && bytes < limits.bytes && (await rows.ready())) {
    while (row < limits.rows && text.length < chunkLength && rows.has()) text += write(++row, rows.take() ?? [])
    if (text.length < chunkLength) continue
    const chunk = text.length * 3 > memory.length ? Buffer.from(text) : memory.subarray(0, memory.write(text))
    bytes += chunk.length
    text = ''
    yield chunk
  }
  yield Buffer.from(`${text}</sheetData></worksheet>`)
}

const widths = { text: 18, number: 12, decimal: 12, time: 27 }

function sheetHead(columns: readonly XlsxColumn[]): string {
  const cols = columns.map(
    ({ kind }, i) => `<col min="${i + 1}" max="${i + 1}" width="${widths[kind]}" customWidth="1"/>`,
  )
  const cells = columns.map(({ name }, i) => textCell(columnLetters(i), 1, styles.header, name))
  return `${declaration}<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${cols.join('')}</cols><sheetData><row r="1">${cells.join('')}</row>`
}

function rowWriter({ columns, stretches }: Workbook): (row: number, cells: SheetRow) => string {
  const names = columns.map((_, i) => columnLetters(i))
  const offsetAt = offsetsAt(stretches)
  const timeStyles = new Map(offsetsOf(stretches).map((offset, i) => [offset, styles.times + i]))
  const numberCell = (name: string, row: number, style: number, value: string | number) =>
    `<c r="${name}${row}"${style === 0 ? '' : ` s="${style}"`}><v>${value}</v></c>`
  const timeCell = (name: string, row: number, value: string) => {
    const seconds = Math.floor(Number(value))
    const offset = offsetAt(seconds * 1000)
    // Days since 30 December 1899, on the wall clock of the zone.
    const serial = (seconds + offset * 60) / 86_400 + 25_569
    return numberCell(name, row, timeStyles.get(offset) ?? styles.times, serial)
  }
  return (row, cells) => {
    let text = `<row r="${row}">`
    for (let i = 0; i < columns.length; i++) {
      const value = cells[i]
      if (value === null || value === undefined) continue
      const name = names[i]!
      const { kind } = columns[i]!
      if (kind === 'text') text += textCell(name, row, styles.text, value)
      else if (kind === 'time') text += timeCell(name, row, value)
      else text += numberCell(name, row, kind === 'decimal' ? styles.decimal : styles.number, value)
    }
    return `${text}</row>`
  }
}

function textCell(name: string, row: number, style: number, value: string): string {
  const outer = value.charCodeAt(0) <= 32 || value.charCodeAt(value.length - 1) <= 32
  const cell = value.length > cellLimit ? `${value.slice(0, cellLimit - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : value
  return `<c r="${name}${row}" s="${style}" t="inlineStr"><is><t${outer ? ' xml:space="preserve"' : ''}>${escapeXml(cell)}</t></is></c>`
}

/**
 * Escapes characters that XML forbids as Excel does, _x0007_, and escapes texts that look like an escape (_x005F_x0007_).
 * A carriage return is escaped too: XML would turn it into a line feed.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it searches for
const special = /[&<>\0-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9a-fA-F]{4}_)/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same, as a quick check
const anySpecial = /[&<>_\0-\x08\x0b-\x1f\ufffe\uffff]/
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

export function escapeXml(text: string): string {
  if (!anySpecial.test(text)) return text
  return text.replace(
    special,
    character => entities[character] ?? `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`,
  )
}

/** 0 -> A, 25 -> Z, 26 -> AA */
export function columnLetters(i: number): string {
  return `${i >= 26 ? columnLetters(Math.floor(i / 26) - 1) : ''}${String.fromCharCode(65 + (i % 26))}`
}

/** Indices in `cellXfs`; from `times` on, one per offset of the zone. */
const styles = { number: 0, header: 1, text: 2, decimal: 3, times: 4 }
const [decimalFormat, timeFormats] = [164, 165]

const offsetsOf = (stretches: readonly ZoneStretch[]) => [
  ...new Set(stretches.map(({ offsetMinutes }) => offsetMinutes)),
]

function stylesXml(stretches: readonly ZoneStretch[]): string {
  const offsets = offsetsOf(stretches)
  const formats = [
    `<numFmt numFmtId="${decimalFormat}" formatCode="0.0000"/>`,
    ...offsets.map(
      (offset, i) =>
        `<numFmt numFmtId="${timeFormats + i}" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss&quot; ${offsetText(offset)}&quot;"/>`,
    ),
  ]
  const style = (format: number, font = 0) =>
    `<xf numFmtId="${format}" fontId="${font}" fillId="0" borderId="0" xfId="0"${format === 0 ? '' : ' applyNumberFormat="1"'}${font === 0 ? '' : ' applyFont="1"'}/>`
  // 49 is text (@): a number that somebody enters there stays a text.
  const cells = [
    style(0),
    style(0, 1),
    style(49),
    style(decimalFormat),
    ...offsets.map((_, i) => style(timeFormats + i)),
  ]
  const font = (bold: string) => `<font>${bold}<sz val="11"/><name val="Calibri"/><family val="2"/></font>`
  return `${declaration}<styleSheet xmlns="${main}"><numFmts count="${formats.length}">${formats.join('')}</numFmts><fonts count="2">${font('')}${font('<b/>')}</fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="${cells.length}">${cells.join('')}</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
}

function workbookXml(name: string, count: number): string {
  const sheets = Array.from({ length: count }, (_, i) => {
    const number = i === 0 ? '' : ` ${i + 1}`
    return `<sheet name="${escapeXml(sheetName(name, number)).replaceAll('"', '&quot;')}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`
  })
  return `${declaration}<workbook xmlns="${main}" xmlns:r="${relationships}"><sheets>${sheets.join('')}</sheets></workbook>`
}

/** Without characters that Excel forbids in a sheet name, and at most 31 characters. */
function sheetName(name: string, number: string): string {
  return `${name.replace(/[[\]:*?/\\']/g, ' ').slice(0, 31 - number.length)}${number}`
}

function relsXml(links: readonly (readonly [type: string, target: string])[]): string {
  const rows = links.map(
    ([type, target], i) => `<Relationship Id="rId${i + 1}" Type="${relationships}/${type}" Target="${target}"/>`,
  )
  return `${declaration}<Relationships xmlns="${packageRelationships}">${rows.join('')}</Relationships>`
}

function typesXml(sheets: readonly string[]): string {
  const parts = [
    ['/xl/workbook.xml', 'sheet.main'],
    ['/xl/styles.xml', 'styles'],
    ...sheets.map(sheet => [`/xl/worksheets/${sheet}`, 'worksheet']),
  ]
  const overrides = parts.map(([name, type]) => `<Override PartName="${name}" ContentType="${mediaType}.${type}+xml"/>`)
  return `${declaration}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${overrides.join('')}</Types>`
}

function file(name: string, xml: string): ZipEntry {
  return { name, content: [Buffer.from(xml)] }
}
