/**
 * Reads cells as numbers, dates and yes or no. Spreadsheets contain a dozen spellings of each.
 *
 * Numbers: "637,41", "3 320,06", "1,225.99", "1'000", "1,2E+05". Dates: ISO, 17.05.2019, 17/05/2019, 17-05-2019, Excel's day number.
 * An ambiguous cell ("1,234", "03/04/2024") is decided for its column: by its other cells, else by the file's separator (`;` comes from
 * countries with a decimal comma) and the default country; `Style` says which way.
 */

export interface Style {
  /** The decimal separator. The other one groups thousands. */
  decimal: ',' | '.'
  /** Whether 03/04/2024 begins with the day. */
  dayFirst: boolean
  /** The column's own cells were ambiguous: the guess is shown. */
  guessed: boolean
}

export interface Surroundings {
  separator: string
  /** ISO 3166 alpha-2 */
  country: string
}

const spaces = /[\s\u00A0\u202F\u2009'’]/g
const plainNumber = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i
/** A longer cell is no number, date or yes. */
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
    const sign = comma >= 0 ? ',' : '.'
    const once = text.indexOf(sign) === text.lastIndexOf(sign)
    if (once && (sign === style.decimal || !isGrouped(text, sign, ''))) text = text.replace(sign, '.')
    else if (isGrouped(text, sign, '')) text = text.replaceAll(sign, '')
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
export function styleOf(cells: readonly string[], around: Surroundings): Style {
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

function decimalOf({ separator, country }: Surroundings): ',' | '.' {
  if (separator === ';') return ','
  if (separator === ',') return '.'
  return pointCountries.has(country) ? '.' : ','
}

/** The type of all filled cells; text if they differ or there are none. */
export function guessType(cells: readonly string[], style: Style): 'text' | 'number' | 'date' {
  const filled = cells.map(cell => cell.trim()).filter(cell => cell !== '')
  if (filled.some(cell => cell.length > maxLength)) return 'text'
  if (filled.length === 0) return 'text'
  const isDay = (cell: string) => /\D/.test(cell) && readDate(cell, style) !== null && readNumber(cell, style) === null
  if (filled.every(isDay)) return 'date'
  // 0701234567 and 00123 are identifiers, not amounts.
  const isAmount = (cell: string) => readNumber(cell, style) !== null && !/^[+]|^0\d|\d{16}/.test(cell)
  return filled.every(isAmount) ? 'number' : 'text'
}

const yes = words(
  'ja yes y j true 1 x on ok si sí oui o tak kyllä k igen ano áno sim jah taip jā evet da hai vrai wahr sant sand sann tosi verdadero verdadeiro vero waar prawda да так ναι истина ✓ ✔ ☑',
)
const no = words(
  'nej no n false 0 nein non nei ei nie ne não nao off faux falsch falskt falsk usann epätosi falso onwaar fałsz nem hayır не нет ні όχι ложь ✗ ✘ ☐',
)

/** True, false; null for an unknown word. Not called for an empty cell, which changes nothing. */
export function readConsent(given: string): boolean | null {
  if (given.length > maxLength) return null
  const word = given.trim().toLowerCase().normalize('NFC')
  return yes.has(word) ? true : no.has(word) ? false : null
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.normalize('NFC').split(' '))
}
