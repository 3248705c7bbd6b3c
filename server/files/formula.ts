/**
 * Keeps spreadsheets from running CSV cells as formulas. An apostrophe is put before a cell that begins with = + - @, tab or line break (or
 * the full-width forms of the first four), and before one that follows a ; | , tab or line break in the middle of a cell: a spreadsheet
 * that splits there, as Excel does in countries with a decimal comma, begins a cell.
 *
 * Invariants: a number or a phone number is not changed; `unmarked` restores any input of `marked`. Every CSV writer applies this rule:
 * csv-out.ts by `marked`, an export by `markedStart` in its statement and `insideMarker` on its bytes.
 * Source: OWASP, CSV injection.
 */
import { type Sql, sql } from '../platform/db/sql.ts'

const number = /^[+-]?[0-9]+(?:[.,][0-9]+)?$/
/** A number as text, as some programs write it. */
const markedNumber = /^'+[0-9]+$/
/** Quotes, spaces and apostrophes before a formula do not stop a spreadsheet. A line break within a text is no start. */
const toMark =
  /^([" ']*)(?=[=+\-@\t\r\n\uFF0B\uFF0D\uFF1D\uFF20])|(?<=[;|,\t\r\n])([" ']*)(?=[=+\-@\t\uFF0B\uFF0D\uFF1D\uFF20]|\r(?!\n))/g
const toUnmark =
  /^([" ']*)'(?=[=+\-@\t\r\n\uFF0B\uFF0D\uFF1D\uFF20])|(?<=[;|,\t\r\n])([" ']*)'(?=[=+\-@\t\uFF0B\uFF0D\uFF1D\uFF20]|\r(?!\n))/g
const mayNeed = /[=+\-@\t\r\n\uFF0B\uFF0D\uFF1D\uFF20]|^'/

/** The cell, safe for a CSV; quoting is the caller's. */
export function marked(cell: string): string {
  if (!mayNeed.test(cell) || number.test(cell)) return cell
  return markedNumber.test(cell) ? `'${cell}` : cell.replace(toMark, "$1$2'")
}

/** Excel's own guard: a formula whose value is a text. */
const guarded = /^=\s?["\u201c\u201d\u201e]([^"\u201c\u201d\u201e]*)["\u201c\u201d]$/
/** An apostrophe before what a spreadsheet would read as a number or a date. */
const guardedNumber = /^'[\d\s().,+\-/:]+$/

/** The original of a marked cell. A foreign list loses an apostrophe or ="…" around a number or a formula, and nothing else. */
export function unmarked(cell: string): string {
  if (cell.startsWith('=')) return guarded.exec(cell)?.[1] ?? cell
  if (!cell.includes("'")) return cell
  return markedNumber.test(cell) || (guardedNumber.test(cell) && /\d/.test(cell))
    ? cell.slice(1)
    : cell.replace(toUnmark, '$1$2')
}

/** A text, marked at its start. A text that begins with none of these is skipped quickly: tab, LF, CR, space, " ' + - = @ and the full-width forms. */
export function markedStart(text: Sql): Sql {
  return sql`case when ascii(${text}) in (9, 10, 13, 32, 34, 39, 43, 45, 61, 64, 65291, 65293, 65309, 65312) then
    case when ${text} ~ '^[+-]?[0-9]+([.,][0-9]+)?$' then ${text} when ${text} ~ '^''+[0-9]+$' then '''' || ${text}
      else regexp_replace(${text}, ${startInSql}, '\\1''') end
    else ${text} end`
}
const startInSql = '^([" \']*)(?=[=+@\t\r\n\uFF0B\uFF0D\uFF1D\uFF20-])'

/** Classes of bytes; 0 is any other byte. */
const Quote = 1
const Separator = 2
const LineFeed = 3
const Return = 4
const Tab = 5
const Formula = 6
const Skipped = 7
const Wide = 8
const kindOf = new Uint8Array(256)
for (const [kind, characters] of [
  [Quote, '"'],
  [Separator, ';|,'],
  [LineFeed, '\n'],
  [Return, '\r'],
  [Tab, '\t'],
  [Formula, '=+-@'],
  [Skipped, " '"],
  [Wide, '\u00ef'],
] as const)
  for (const character of characters) kindOf[character.charCodeAt(0)] = kind
/** EF BC and one of these bytes: a full-width + - = @ in UTF-8. */
const wide = new Set([0x8b, 0x8d, 0x9d, 0xa0])
const apostrophe = Buffer.from("'")
const nothing = Buffer.alloc(0)

export interface InsideMarker {
  /** The bytes with marks in the middle of cells. An incomplete sequence is held back until the next call. */
  mark(chunk: Buffer): Buffer
  end(): Buffer
  /** Rows that have ended. */
  rows(): number
}

/** For CSV bytes from COPY: UTF-8, rows end with LF, line breaks in cells are quoted, starts of cells are marked. */
export function insideMarker(separator: string): InsideMarker {
  const delimiter = separator.charCodeAt(0)
  // A chunk without any of these has nothing to mark in the middle of its cells: most chunks.
  const telling = [...'";|,\t'].filter(character => character !== separator).map(character => character.charCodeAt(0))
  let rows = 0
  let quoted = false
  // After a separator that does not end a cell of this file.
  let behind = false
  let held: Buffer = nothing

  function run(chunk: Buffer, last: boolean): Buffer {
    if (!quoted && !behind && held.length === 0 && telling.every(byte => chunk.indexOf(byte) < 0)) {
      rows += lineFeedsIn(chunk)
      return chunk
    }
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    held = nothing
    const places: number[] = []
    let i = 0
    for (; i < bytes.length; i++) {
      const byte = bytes[i]!
      const kind = kindOf[byte]!
      if (kind === 0) behind = false
      else if (kind === Quote) quoted = !quoted
      else if (kind === Separator) behind = quoted || byte !== delimiter
      else if (kind === LineFeed) {
        behind = quoted
        if (!quoted) rows++
      } else if (kind === Tab && byte === delimiter && !quoted) behind = false
      else if (kind !== Skipped) {
        // A line break of two bytes or a full-width character of three may be split here.
        if (behind && !last && i + (kind === Wide ? 2 : kind === Return ? 1 : 0) >= bytes.length) break
        if (behind && isFormula(bytes, i, kind)) places.push(i)
        behind = kind === Tab || kind === Return
      }
    }
    if (i < bytes.length) held = bytes.subarray(i)
    return withMarks(i < bytes.length ? bytes.subarray(0, i) : bytes, places)
  }
  return { mark: chunk => run(chunk, false), end: () => run(nothing, true), rows: () => rows }
}

function lineFeedsIn(chunk: Buffer): number {
  let n = 0
  for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) n++
  return n
}

function isFormula(bytes: Buffer, at: number, kind: number): boolean {
  if (kind === Return) return bytes[at + 1] !== 0x0a
  return kind !== Wide || (bytes[at + 1] === 0xbc && wide.has(bytes[at + 2] ?? 0))
}

function withMarks(bytes: Buffer, places: readonly number[]): Buffer {
  if (places.length === 0) return bytes
  const pieces = [bytes.subarray(0, places[0])]
  places.forEach((place, i) => {
    pieces.push(apostrophe, bytes.subarray(place, places[i + 1] ?? bytes.length))
  })
  return Buffer.concat(pieces)
}
