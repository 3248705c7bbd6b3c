/**
 * Reads contacts (vCard 2.1, 3.0, 4.0) as a stream: each card is a row. The first pass over the file finds the columns, the second gives the rows.
 *
 * "Phone" is the number for an SMS: the first mobile one, else the preferred one, else the first that is no fax or pager. Further numbers and
 * addresses have columns of their own. Cards of groups are no people and are left out; a card without an end may be cut within its number.
 * Lines are joined as bytes, because a fold may be in the middle of a character, and each value is decoded by its own charset.
 * Source: RFC 6350, RFC 2426, vCard 2.1 (versit, 1996); labels of Apple: X-ABLabel.
 */
import { createReadStream } from 'node:fs'
import { type EncodingName, encodingNamed } from '../../core/encodings.ts'
import { problem } from '../../core/problems.ts'
import { breather } from '../platform/breathe.ts'
import { unreadableFile } from './csv-sniff.ts'
import { decode, decoderOf } from './decode.ts'
import type { ListBatch } from './list-batch.ts'

export interface VcardOptions {
  encoding: EncodingName
  bytes: number
  /** more are refused */
  maxColumns: number
}

export interface Vcards {
  headers: string[]
  records: AsyncGenerator<ListBatch, undefined>
  notes(): string[]
}

/** Throws `file_unreadable`, `csv_empty`, `csv_too_wide`. */
export async function openVcards(path: string, options: VcardOptions): Promise<Vcards> {
  const seen = new Set<string>()
  for await (const { cells } of cards(path, options, nothingFound())) {
    for (const column of cells.keys()) seen.add(column)
    if (seen.size > options.maxColumns) throw problem('csv_too_wide', { columns: seen.size, limit: options.maxColumns })
  }
  if (seen.size === 0) throw problem('csv_empty')
  const headers = [...seen].toSorted((a, b) => rank(a) - rank(b))
  const found = nothingFound()
  return { headers, records: records(path, options, headers, found), notes: () => notesOf(found) }
}

async function* records(
  path: string,
  options: VcardOptions,
  headers: readonly string[],
  found: Found,
): AsyncGenerator<ListBatch, undefined> {
  let piece: ListBatch = { rows: [], lines: [], bytesRead: 0 }
  for await (const { cells, line, bytesRead } of cards(path, options, found)) {
    piece.rows.push(headers.map(column => cells.get(column) ?? ''))
    piece.lines.push(line)
    if (piece.rows.length < batchCards) continue
    yield { ...piece, bytesRead }
    piece = { rows: [], lines: [], bytesRead: 0 }
  }
  if (piece.rows.length > 0) yield { ...piece, bytesRead: options.bytes }
}

const batchCards = 500

interface Found {
  groups: number
  unended: number
}

const nothingFound = (): Found => ({ groups: 0, unended: 0 })

function notesOf({ groups, unended }: Found): string[] {
  const notes: string[] = []
  if (groups > 0)
    notes.push(groups === 1 ? '1 card is a group and was left out.' : `${groups} cards are groups and were left out.`)
  if (unended > 0)
    notes.push(
      unended === 1
        ? '1 card has no end (END:VCARD). It may be cut, and was left out.'
        : `${unended} cards have no end (END:VCARD). They may be cut, and were left out.`,
    )
  return notes
}

interface Card {
  cells: Map<string, string>
  /** of its BEGIN */
  line: number
  bytesRead: number
}

interface Property {
  /** of the group, in lower case; '' */
  group: string
  /** in capitals */
  name: string
  /** in lower case: cell, pref, work */
  types: readonly string[]
  value: string
}

/** The most properties of a card that are read; the richest cards of address books have 50. */
const maxProperties = 1000

async function* cards(path: string, { encoding }: VcardOptions, found: Found): AsyncGenerator<Card, undefined> {
  let card: { line: number; properties: Property[] } | undefined
  // A card within a card (AGENT) is of somebody else.
  let depth = 0
  let last = ''
  const breathe = breather()
  for await (const { text, line, bytesRead } of contentLines(path, encoding)) {
    const property = propertyOf(text, encoding)
    if (property === null) continue
    const { name, value } = property
    const isMark = (mark: string) => name === mark && value.trim().toUpperCase() === 'VCARD'
    const within = last === 'AGENT'
    last = name
    if (isMark('BEGIN')) {
      if (card !== undefined && within) {
        depth++
        continue
      }
      if (card !== undefined) found.unended++
      depth = 1
      card = { line, properties: [] }
    } else if (isMark('END')) {
      depth = Math.max(0, depth - 1)
      if (depth > 0 || card === undefined) continue
      await breathe()
      const { properties } = card
      if (isGroup(properties)) found.groups++
      else yield { cells: cellsOf(properties), line: card.line, bytesRead }
      card = undefined
    } else if (depth === 1 && card !== undefined && card.properties.length < maxProperties)
      card.properties.push(property)
  }
  if (card !== undefined) found.unended++
}

function isGroup(properties: readonly Property[]): boolean {
  return properties.some(
    ({ name, value }) =>
      (name === 'KIND' || name === 'X-ADDRESSBOOKSERVER-KIND') && value.trim().toLowerCase() === 'group',
  )
}

interface ContentLine {
  /** its bytes, one character each */
  text: string
  line: number
  bytesRead: number
}

/** A longer property is a picture, of which nothing is read. */
const maxProperty = 64 * 1024

/** Lines with their continuations: folded (a space first), or quoted-printable ("=" at the end). */
async function* contentLines(path: string, encoding: EncodingName): AsyncGenerator<ContentLine, undefined> {
  let current: ContentLine | undefined
  let soft = false
  let version21 = false
  for await (const next of lines(path, encoding)) {
    const { text } = next
    if (current !== undefined && (soft || /^[ \t]/.test(text))) {
      // vCard 2.1 folds at a space, which is part of the text.
      const more = soft || (version21 && !isBinary(current.text)) ? text : text.slice(1)
      if (soft) current.text = current.text.slice(0, -1)
      if (current.text.length < maxProperty) current.text += more.slice(0, maxProperty)
      soft = isQuoted(current.text) && current.text.endsWith('=')
      continue
    }
    if (current !== undefined) yield current
    if (/^VERSION:/i.test(text)) version21 = /2\.1/.test(text)
    current = next
    soft = isQuoted(text) && text.endsWith('=')
  }
  if (current !== undefined) yield current
}

const isQuoted = (text: string) => /^[^:]{0,200};(?:ENCODING=)?QUOTED-PRINTABLE[;:]/i.test(text)
const isBinary = (text: string) => /^[^:]{0,200};(?:ENCODING=)?(?:BASE64|B)[;:]/i.test(text)

async function* lines(path: string, encoding: EncodingName): AsyncGenerator<ContentLine, undefined> {
  const file = createReadStream(path, { highWaterMark: 256 * 1024 })
  // Bytes of UTF-16 cannot be joined line by line.
  const decoder = isWide(encoding) ? decoderOf(encoding) : null
  let rest = ''
  let line = 0
  let first = true
  const split = function* (text: string, last: boolean): Generator<ContentLine> {
    const pieces = (rest + text).split(/\r\n|\n|\r(?!$)/)
    rest = last ? '' : (pieces.pop() ?? '')
    // A line without an end is no line of text.
    if (rest.length > maxLine) throw problem('csv_broken_quotes', { line: line + 1, what: 'the line is too long' })
    for (const piece of pieces) {
      line++
      const bare = first ? piece.replace(/^(?:\u00ef\u00bb\u00bf)/, '') : piece
      first = false
      yield { text: bare.replace(/\r$/, ''), line, bytesRead: file.bytesRead }
    }
  }
  try {
    for await (const chunk of file) {
      const bytes: Buffer = decoder === null ? chunk : Buffer.from(decoder.write(chunk))
      yield* split(bytes.toString('latin1'), false)
    }
    yield* split(Buffer.from(decoder?.end() ?? '').toString('latin1'), true)
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? unreadableFile(path, error) : error
  } finally {
    file.destroy()
  }
}

const maxLine = 16 * 1024 * 1024
const isWide = (encoding: EncodingName) => encoding.startsWith('utf-16')

/** Null: the line is no property. */
function propertyOf(text: string, encoding: EncodingName): Property | null {
  const colon = endOfParameters(text)
  if (colon < 0) return null
  const [full = '', ...parameters] = splitOutside(text.slice(0, colon), ';')
  const dot = full.lastIndexOf('.')
  const types: string[] = []
  let charset: EncodingName | undefined
  let quoted = false
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=')
    const name = equals < 0 ? '' : parameter.slice(0, equals).trim().toUpperCase()
    const value = parameter
      .slice(equals + 1)
      .replaceAll('"', '')
      .trim()
    if (/^QUOTED-PRINTABLE$/i.test(value)) quoted = true
    else if (name === 'CHARSET') charset = encodingNamed(value)
    else if (name === 'PREF') types.push('pref')
    else if (name === 'TYPE' || name === '') types.push(...value.toLowerCase().split(','))
  }
  const raw = text.slice(colon + 1)
  const bytes = Buffer.from(quoted ? unquoted(raw) : raw, 'latin1')
  const value = decode(bytes, charset ?? (isWide(encoding) ? 'utf-8' : encoding))
  return {
    group: full.slice(0, Math.max(0, dot)).toLowerCase(),
    name: full
      .slice(dot + 1)
      .trim()
      .toUpperCase(),
    types,
    value,
  }
}

/** The colon before the value: the first one outside quotes. */
function endOfParameters(text: string): number {
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') quoted = !quoted
    else if (text[at] === ':' && !quoted) return at
  }
  return -1
}

function splitOutside(text: string, character: string): string[] {
  const parts: string[] = []
  let from = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') quoted = !quoted
    else if (text[at] === character && !quoted) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, text.slice(from)]
}

const unquoted = (text: string) =>
  text.replace(/=([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

/** The parts of a value of several, without their escapes. `separator` '': the value is one. */
function partsOf(value: string, separator: ';' | ',' | ''): string[] {
  const parts = ['']
  for (let at = 0; at < value.length; at++) {
    const character = value[at]!
    if (character === separator) parts.push('')
    else if (character === '\\' && at + 1 < value.length) {
      const next = value[++at]!
      parts[parts.length - 1] += next === 'n' || next === 'N' ? '\n' : /[\\;,:]/.test(next) ? next : `\\${next}`
    } else parts[parts.length - 1] += character
  }
  return parts.map(part => part.trim())
}

const textOf = (value: string) => partsOf(value, '').join('')

/**
 * The columns in their order; those with a number ("Second e-mail 2") follow the first of their kind. Landlines are not called phones, so that
 * they neither are suggested for an SMS nor tell the country of the list.
 */
const columns = [
  ...(['Name', 'First name', 'Last name', 'Phone', 'E-mail', 'Organization', 'Department', 'Job title'] as const),
  ...([
    'Birthday',
    'Birthday (as written)',
    'Street',
    'City',
    'Region',
    'Postal code',
    'Country',
    'Categories',
  ] as const),
  ...([
    'Second number (cell)',
    'Second number (work)',
    'Second number (home)',
    'Second number',
    'Fax',
    'Pager',
  ] as const),
  ...(['Second e-mail', 'Nickname', 'Website', 'Note', 'vCard UID'] as const),
]

type Column = (typeof columns)[number]

const ranks: ReadonlyMap<string, number> = new Map(columns.map((column, i) => [column, i]))

function rank(column: string): number {
  return ranks.get(column.replace(/ \d+$/, '')) ?? 0
}

function cellsOf(properties: readonly Property[]): Map<string, string> {
  const cells = new Map<string, string>()
  const put = (column: Column, given: string | undefined) => {
    const value = given?.trim() ?? ''
    if (value === '') return
    let name: string = column
    for (let n = 2; cells.has(name); n++) {
      if (cells.get(name) === value) return
      name = `${column} ${n}`
    }
    cells.set(name, value)
  }
  /** The first is enough. */
  const set = (column: Column, given: string | undefined) => {
    if (!cells.has(column)) put(column, given)
  }
  const all = (name: string) => properties.filter(one => one.name === name).toSorted(preferredFirst)
  setNames(all('N')[0], all('FN')[0], all('ORG')[0], set)
  putPhones(all('TEL'), labelsOf(properties), put)
  for (const [i, { value }] of all('EMAIL').entries()) {
    put(i === 0 ? 'E-mail' : 'Second e-mail', textOf(value).replace(/^mailto:/i, ''))
  }
  const [organization, department] = partsOf(all('ORG')[0]?.value ?? '', ';')
  set('Organization', organization)
  set('Department', department)
  set('Job title', textOf(all('TITLE')[0]?.value ?? ''))
  setBirthday(textOf(all('BDAY')[0]?.value ?? ''), set)
  const [, , street, city, region, code, country] = partsOf(all('ADR')[0]?.value ?? '', ';')
  set('Street', street)
  set('City', city)
  set('Region', region)
  set('Postal code', code)
  set('Country', country)
  set(
    'Categories',
    all('CATEGORIES')
      .flatMap(({ value }) => partsOf(value, ','))
      .join(', '),
  )
  set('Nickname', textOf(all('NICKNAME')[0]?.value ?? ''))
  set('Website', textOf(all('URL')[0]?.value ?? ''))
  set('Note', textOf(all('NOTE')[0]?.value ?? ''))
  set('vCard UID', all('UID')[0]?.value.replace(/^urn:uuid:/i, ''))
  return cells
}

const isPreferred = ({ types }: Property) => types.includes('pref')
const preferredFirst = (a: Property, b: Property) => Number(isPreferred(b)) - Number(isPreferred(a))

type Put = (column: Column, value: string | undefined) => void

function setNames(
  name: Property | undefined,
  full: Property | undefined,
  organization: Property | undefined,
  set: Put,
): void {
  const [last = '', first = ''] = partsOf(name?.value ?? '', ';')
  const shown = textOf(full?.value ?? '') || [first, last].filter(Boolean).join(' ')
  set('Name', shown || partsOf(organization?.value ?? '', ';')[0])
  set('First name', first)
  set('Last name', last)
  if (first !== '' || last !== '') return
  // A card of version 4.0 needs no parts. More than two words may be divided anywhere, and the name of a company is none of a person.
  const words = shown.split(/\s+/)
  if (words.length !== 2 || organization !== undefined) return
  set('First name', words[0])
  set('Last name', words[1])
}

/** What a property is called, by its group. */
function labelsOf(properties: readonly Property[]): ReadonlyMap<string, string> {
  return new Map(
    properties
      .filter(({ name, group }) => name === 'X-ABLABEL' && group !== '')
      .map(({ group, value }) => [
        group,
        textOf(value)
          .replace(/^_\$!<|>!\$_$/g, '')
          .toLowerCase(),
      ]),
  )
}

const kinds: readonly (readonly [RegExp, Column])[] = [
  [/fax/, 'Fax'],
  [/pager|beeper/, 'Pager'],
  [/cell|mobil|iphone|handy|portable|móvil|movil|cellulare|celular|komórk|matkapuh/, 'Second number (cell)'],
  [/work|arbet|arbeit|arbejd|jobb|travail|trabajo|lavoro|praca|työ|company|main/, 'Second number (work)'],
  [/home|hem|hjem|privat|zuhause|domicile|casa|dom\b|koti/, 'Second number (home)'],
]

function putPhones(phones: readonly Property[], labels: ReadonlyMap<string, string>, put: Put): void {
  const read = phones.map(property => {
    const words = [...property.types, labels.get(property.group) ?? ''].join(' ')
    const column = kinds.find(([pattern]) => pattern.test(words))?.[1] ?? 'Second number'
    return { column, number: numberOf(property.value) }
  })
  const own =
    read.find(({ column }) => column === 'Second number (cell)') ??
    read.find(({ column }) => column !== 'Fax' && column !== 'Pager')
  put('Phone', own?.number)
  for (const phone of read) if (phone !== own) put(phone.column, phone.number)
}

/** "tel:+46-70-174-06-05;ext=12" */
function numberOf(value: string): string {
  return /^tel:/i.test(value) ? (value.slice(4).split(';')[0] ?? '') : textOf(value)
}

/** A birthday without its year is no date; Apple writes 1604 for one. */
function setBirthday(given: string, set: Put): void {
  const [, year = '', month, day] = /^(\d{4})-?(\d{2})-?(\d{2})(?:T.*)?$/.exec(given) ?? []
  if (month === undefined) set('Birthday (as written)', given)
  else if (year === '1604') set('Birthday (as written)', `--${month}-${day}`)
  else set('Birthday', `${year}-${month}-${day}`)
}
