/**
 * Reads cells as numbers and dates. Spreadsheets contain a dozen spellings of each.
 *
 * Numbers: "637,41", "3 320,06", "1,225.99", "1'000", "1,2E+05". Dates: ISO, 17.05.2019, 17/05/2019, 17-05-2019, Excel's day number.
 * An ambiguous cell ("1,234", "03/04/2024") is decided for its column: by its other cells, else by the file's separator (`;` comes from
 * countries with a decimal comma) and the default country; `Style` says which way.
 */

import type { AttributeType } from '../../core/attributes.ts'

export interface Style {
  /** The decimal separator. The other one groups thousands. */
  decimal: ',' | '.'
  /** Whether 03/04/2024 begins with the day. */
  dayFirst: boolean
  /** The column's own cells were ambiguous: the guess is shown. */
  guessed: boolean
}

export interface CellSurroundings {
  separator: string
  /** ISO 3166 alpha-2 */
  country: string
}

const spaces = /[\s\u00A0\u202F\u2009'’]/g
const plainNumber = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i
/** A longer cell is no number and no date. */
const maxLength = 100

/** Null if it is no number. */
export function readNumber(given: string, style: Pick<Style, 'decimal'>): number | null {
  if (given.length > maxLength) return null
  let text = given.trim().replace('−', '-').replace(spaces, '')
  if (!/\d/.test(text)) return null
  const comma = text.lastIndexOf(',')
  const point = text.lastIndexOf('.')
  if (comma >= 0 && point >= 0) {
    // With both, the last one is the decimal separator, and occurs once.
    const [decimal, group] = comma > point ? [',', '.'] : ['.', ',']
    if (text.indexOf(decimal) !== text.lastIndexOf(decimal) || !isGrouped(text, group, decimal)) return null
    text = text.replaceAll(group, '').replace(decimal, '.')
  } else if (comma >= 0 || point >= 0) {
    const character = comma >= 0 ? ',' : '.'
    const once = text.indexOf(character) === text.lastIndexOf(character)
    if (once && (character === style.decimal || !isGrouped(text, character, ''))) text = text.replace(character, '.')
    else if (isGrouped(text, character, '')) text = text.replaceAll(character, '')
    else return null
  }
  if (!plainNumber.test(text)) return null
  const value = Number(text)
  return Number.isFinite(value) ? value : null
}

/** Thousands are in groups of three: 1.234.567 */
function isGrouped(text: string, group: string, decimal: string): boolean {
  const end = decimal === '' ? text.length : text.indexOf(decimal)
  const [first, ...rest] = text.slice(0, end).split(group)
  return /^[+-]?\d{1,3}$/.test(first ?? '') && rest.length > 0 && rest.every(part => /^\d{3}$/.test(part))
}

/** "2019-05-17"; null if there is no such day. A time after it is dropped. */
export function readDate(given: string, style: Pick<Style, 'dayFirst'>): string | null {
  if (given.length > maxLength) return null
  const text = given.trim()
  const [day = '', time] = text.split(/[T\s]+/, 2)
  if (time !== undefined && !/^\d{1,2}[:.]\d{2}/.test(time)) return null
  const iso = /^(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})$/.exec(day)
  if (iso && (iso[2] !== '' || day.length === 8)) return calendarDay(Number(iso[1]), Number(iso[3]), Number(iso[4]))
  const parts = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})$/.exec(day)
  if (parts) {
    const [a, b, year] = [Number(parts[1]), Number(parts[3]), Number(parts[4])]
    // The month is first only with slashes.
    return parts[2] !== '/' || style.dayFirst ? calendarDay(year, b, a) : calendarDay(year, a, b)
  }
  if (time === undefined && /^\d{5}(?:[.,]\d+)?$/.test(day)) return excelDay(Number.parseInt(day, 10))
  return null
}

/**
 * "2019-05-17T14:30", with seconds and the offset where they were given; null if there is no such time. A day without a time is its
 * beginning.
 */
export function readDateTime(given: string, style: Pick<Style, 'dayFirst'>): string | null {
  if (given.length > maxLength) return null
  const [day = '', time = '', ...more] = given.trim().split(/[T\s]+/)
  const date = /\D/.test(day) ? readDate(day, style) : null
  if (date === null) return null
  const read = /^(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/i.exec(time || '00:00')
  if (read === null) return null
  const [, hours = '', minutes = '', seconds, offset = ''] = read
  const rest = more.join(' ').toLowerCase()
  if (rest !== '' && !/^(?:[ap]\.?m\.?|[+-]\d{2}:?\d{2}|utc|gmt)$/.test(rest)) return null
  const isPm = rest.startsWith('p')
  const isAm = rest.startsWith('a')
  if ((isPm || isAm) && (Number(hours) < 1 || Number(hours) > 12)) return null
  const hour = isPm || isAm ? (Number(hours) % 12) + (isPm ? 12 : 0) : Number(hours)
  if (hour > 23 || Number(minutes) > 59 || Number(seconds ?? 0) > 59) return null
  const zone = offset || (/^[+-]/.test(rest) ? rest : rest === 'utc' || rest === 'gmt' ? 'Z' : '')
  return `${date}T${two(hour)}:${minutes}${seconds === undefined ? '' : `:${seconds}`}${zone.toUpperCase()}`
}

const two = (n: number) => String(n).padStart(2, '0')

export function readTyped(given: string, type: 'number' | 'date' | 'datetime', style: Style): string | number | null {
  return type === 'number'
    ? readNumber(given, style)
    : type === 'date'
      ? readDate(given, style)
      : readDateTime(given, style)
}

/** The text to show instead of the value; null: the value shows it. A spreadsheet's number of a day is a date to nobody. */
export function writtenForm(given: string, value: string | number): string | null {
  if (String(value) === given || (typeof value === 'string' && /^\d{5}(?:[.,]\d+)?$/.test(given))) return null
  return given
}

/** Excel counts days from 1899-12-30; 10 000 is 1927, 99 999 is 2173. */
function excelDay(number: number): string | null {
  return number < 10_000 ? null : new Date(Date.UTC(1899, 11, 30 + number)).toISOString().slice(0, 10)
}

function calendarDay(year: number, month: number, day: number): string | null {
  if (year < 1000 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return null
  return `${year}-${month < 10 ? '0' : ''}${month}-${day < 10 ? '0' : ''}${day}`
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** The format of a column's cells. `cells`: a sample. */
export function styleOf(cells: readonly string[], around: CellSurroundings): Style {
  let commas = 0
  let points = 0
  let dayFirst = 0
  let monthFirst = 0
  const short = cells.filter(cell => cell.length <= maxLength)
  for (const cell of short) {
    const text = cell.trim().replace(spaces, '')
    const decimals = /^[+-]?[\d.,]*([.,])(\d+)$/.exec(text)
    // Three digits after a single separator could be thousands; anything else decides.
    if (decimals && (decimals[2]?.length !== 3 || text.search(/[.,]/) < text.length - 4))
      decimals[1] === ',' ? commas++ : points++
    const slashed = /^(\d{1,2})\/(\d{1,2})\/\d{4}/.exec(text)
    if (slashed && Number(slashed[1]) > 12) dayFirst++
    if (slashed && Number(slashed[2]) > 12) monthFirst++
  }
  const told = commas + points + dayFirst + monthFirst > 0
  const ambiguous = short.some(
    cell => /^[+-]?\d{1,3}[.,]\d{3}$/.test(cell.trim()) || /^\d{1,2}\/\d{1,2}\/\d{4}/.test(cell.trim()),
  )
  return {
    decimal: commas !== points ? (commas > points ? ',' : '.') : decimalOf(around),
    dayFirst: dayFirst !== monthFirst ? dayFirst > monthFirst : !monthFirstCountries.has(around.country),
    guessed: !told && ambiguous,
  }
}

const monthFirstCountries = new Set(['US', 'PH', 'PR', 'GU'])
const pointCountries = new Set([
  'US',
  'GB',
  'IE',
  'AU',
  'NZ',
  'CA',
  'IN',
  'JP',
  'CN',
  'KR',
  'TH',
  'MX',
  'IL',
  'SG',
  'HK',
  'MY',
  'PH',
  'NG',
  'KE',
  'PK',
  'TW',
])

function decimalOf({ separator, country }: CellSurroundings): ',' | '.' {
  if (separator === ';') return ','
  if (separator === ',') return '.'
  return pointCountries.has(country) ? '.' : ','
}

/** The type of all filled cells, if each is written as its value is; text if they differ or there are none. */
export function guessType(cells: readonly string[], style: Style): AttributeType {
  const filled = cells.map(cell => cell.trim()).filter(cell => cell !== '')
  if (filled.some(cell => cell.length > maxLength)) return 'text'
  if (filled.length === 0) return 'text'
  const isTime = (cell: string) => readNumber(cell, style) === null && readDateTime(cell, style) !== null
  if (filled.every(isTime)) return filled.some(cell => /[T\s]/.test(cell)) ? 'datetime' : 'date'
  const decimals = filled.map(cell => cell.length - 1 - cell.lastIndexOf(style.decimal))
  const isMoney =
    decimals[0]! >= 2 && filled.every((cell, i) => cell.includes(style.decimal) && decimals[i] === decimals[0])
  return filled.every(cell => isAmount(cell, style, isMoney)) ? 'number' : 'text'
}

/**
 * Is a cell an amount and nothing else? 0701234567 and 007 are identifiers, 12E4 is a code, 1.10 is a version, unless all cells have as
 * many decimals.
 */
function isAmount(cell: string, style: Style, isMoney: boolean): boolean {
  const value = readNumber(cell, style)
  if (value === null || /^[+]|^-?0\d|e/i.test(cell) || cell.replace(/\D/g, '').length > 15) return false
  const [whole = '', fraction = ''] = cell.split(style.decimal)
  const digits = whole.replace(/[^\d]/g, '') + (fraction === '' ? '' : `.${fraction}`)
  return String(Math.abs(value)) === digits || (isMoney && Math.abs(value).toFixed(fraction.length) === digits)
}
