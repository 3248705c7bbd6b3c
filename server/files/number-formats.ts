/**
 * What does a number of a workbook show? Its number format decides: the same 45429.604 is a date, a time or an amount, and the number
 * 701740605 with the format 0000000000 is written 0701740605.
 *
 * A date becomes 2024-05-17, with its time where the format has one: 2024-05-17 14:30. An amount becomes plain digits with a point, without
 * exponent, symbols or groups. A format of digits and separators alone (zip codes, phone numbers) is applied as it is.
 * Source: ECMA-376 part 1, 18.8.30 and 18.17.4 (dates); 15 digits by "Excel specifications and limits".
 */

import { trimEndWhere } from '../../core/trim.ts'

/** From the number as the workbook stores it to the text of its cell. */
export type NumberReader = (raw: string) => string

type Kind = 'plain' | 'date' | 'time' | 'datetime' | 'elapsed'

const builtIn: Readonly<Record<number, Kind>> = {
  ...Object.fromEntries([14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58].map(id => [id, 'date'])),
  ...Object.fromEntries([18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56].map(id => [id, 'time'])),
  22: 'datetime',
  46: 'elapsed',
}

/** `code`: of a format of the workbook itself; undefined: `id` is built into Excel. */
export function numberReader(id: number, code: string | undefined, date1904: boolean): NumberReader {
  if (code === undefined) return readerOf(builtIn[id] ?? 'plain', date1904)
  const { section, bare, conditional } = firstSection(code)
  const kind = kindOf(bare)
  if (kind !== 'plain') return readerOf(kind, date1904)
  const pattern = conditional ? null : digitPattern(section)
  return pattern === null ? plainNumber : raw => byPattern(plainNumber(raw), pattern)
}

function readerOf(kind: Kind, date1904: boolean): NumberReader {
  if (kind === 'plain') return plainNumber
  return raw => {
    const serial = Number(raw)
    return raw === '' || !(serial >= 0 && serial < endOfDays) ? plainNumber(raw) : moment(serial, kind, date1904)
  }
}

/** Digits with a point: never an exponent, and no digits beyond the fifteen that a spreadsheet shows. */
export function plainNumber(raw: string): string {
  if (/^-?\d{1,20}$/.test(raw)) return raw
  const value = Number(raw)
  if (raw.trim() === '' || !Number.isFinite(value)) return raw
  if (Number.isInteger(value)) return Math.abs(value) < 1e21 ? String(value) : BigInt(value).toString()
  const rounded = Number(value.toPrecision(15))
  const text = String(rounded)
  return text.includes('e') ? trimEndWhere(rounded.toFixed(20), character => character === '0') : text
}

interface Section {
  /** With quotes and escapes. */
  section: string
  /** Without literals, colours, locales; [h] and the like stay. */
  bare: string
  conditional: boolean
}

/** A format has up to four sections; the first is for positive numbers. */
function firstSection(code: string): Section {
  let bare = ''
  let conditional = false
  let at = 0
  for (; at < code.length && code[at] !== ';'; at++) {
    const character = code[at]!
    if (character === '"') {
      const end = code.indexOf('"', at + 1)
      at = end < 0 ? code.length : end
    } else if (character === '\\' || character === '_' || character === '*') at++
    else if (character === '[') {
      const end = code.indexOf(']', at)
      const inside = code.slice(at + 1, end < 0 ? code.length : end)
      if (/^(?:h+|m+|s+)$/i.test(inside)) bare += `[${inside}]`
      if (/^[<>=]/.test(inside)) conditional = true
      at = end < 0 ? code.length : end
    } else bare += character
  }
  return { section: code.slice(0, at), bare, conditional }
}

function kindOf(bare: string): Kind {
  if (/general/i.test(bare)) return 'plain'
  const text = bare.replace(/E[+-]/g, '')
  if (/\[(?:h+|m+|s+)\]/i.test(text)) return 'elapsed'
  const day = /[yd]/i.test(text)
  const time = /[hs]/i.test(text) || /am\/pm|a\/p/i.test(text)
  if (day) return time ? 'datetime' : 'date'
  if (time) return 'time'
  return /m/i.test(text) ? 'date' : 'plain'
}

/** Placeholders of digits and the characters between them. */
type Pattern = readonly { digit: '0' | '#' | null; character: string }[]

/** Null: the format is more than digits and separators, or changes nothing. */
function digitPattern(section: string): Pattern | null {
  const pattern: { digit: '0' | '#' | null; character: string }[] = []
  for (let at = 0; at < section.length; at++) {
    const character = section[at]!
    if (character === '0') pattern.push({ digit: '0', character: '' })
    else if (character === '#' || character === '?') pattern.push({ digit: '#', character: '' })
    else if (character === '[') {
      const end = section.indexOf(']', at)
      // A colour or a locale; a currency is a text.
      if (end < 0 || /^\[\$[^-]/.test(section.slice(at))) return null
      at = end
    } else if (character === '\\') pattern.push({ digit: null, character: section[++at] ?? '' })
    else if (character === '_' || character === '*') at++
    else if (character === '"') {
      const end = section.indexOf('"', at + 1)
      for (const one of section.slice(at + 1, end < 0 ? section.length : end))
        pattern.push({ digit: null, character: one })
      at = end < 0 ? section.length : end
    } else pattern.push({ digit: null, character })
  }
  const literals = pattern.filter(({ digit }) => digit === null)
  if (!literals.every(({ character }) => /^[\d+()\- ]$/.test(character))) return onlyZeros(section)
  const zeros = pattern.filter(({ digit }) => digit === '0').length
  return zeros > 1 || literals.some(({ character }) => /[\d+]/.test(character)) ? pattern : null
}

/** Of a format with other characters, the leading zeros alone: 0000" pcs". */
function onlyZeros(section: string): Pattern | null {
  const zeros = /^0{2,}(?![.,%\d#?])/.exec(section)?.[0].length ?? 0
  return zeros > 1 ? Array.from({ length: zeros }, () => ({ digit: '0', character: '' }) as const) : null
}

function byPattern(number: string, pattern: Pattern): string {
  if (!/^\d+$/.test(number)) return number
  // From the right: each placeholder takes a digit, the leftmost one all that are left.
  const first = pattern.findIndex(({ digit }) => digit !== null)
  let digits = number
  let text = ''
  for (let at = pattern.length - 1; at >= 0; at--) {
    const { digit, character } = pattern[at]!
    if (digit === null) text = character + text
    else if (at === first) text = (digits === '' && digit === '0' ? '0' : digits) + text
    else {
      text = (digits.at(-1) ?? (digit === '0' ? '0' : '')) + text
      digits = digits.slice(0, -1)
    }
  }
  return text.trim()
}

const endOfDays = 2_958_466
const secondsPerDay = 86_400

function moment(serial: number, kind: Exclude<Kind, 'plain'>, date1904: boolean): string {
  const seconds = Math.round(serial * secondsPerDay)
  const inDay = seconds % secondsPerDay
  if (kind === 'elapsed') return clock(Math.floor(seconds / 3600), seconds)
  if (kind === 'time') return clock(Math.floor(inDay / 3600), inDay)
  const day = dayOf(Math.floor(seconds / secondsPerDay), date1904)
  // A formula without a date gives 0, which a spreadsheet shows as the day before the first.
  if (day === null) return ''
  return kind === 'date' ? day : `${day} ${clock(Math.floor(inDay / 3600), inDay)}`
}

function clock(hours: number, seconds: number): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const rest = seconds % 60
  return `${two(hours)}:${two(Math.floor(seconds / 60) % 60)}${rest === 0 ? '' : `:${two(rest)}`}`
}

/** Excel counts 29 February 1900, which was no day: earlier days are one further on. */
function dayOf(serial: number, date1904: boolean): string | null {
  if (date1904) return iso(Date.UTC(1904, 0, 1) / 86_400_000 + serial)
  if (serial === 0) return null
  return iso(Date.UTC(1899, 11, 30) / 86_400_000 + serial + (serial < 60 ? 1 : 0))
}

const iso = (days: number) => new Date(days * 86_400_000).toISOString().slice(0, 10)
