/**
 * Suggests the meaning of each column of a list: a key of the mapping (phone, city, attr.points:number) or null. A person confirms it.
 *
 * The score of a header (read-header.ts) times the fit of the cells decides; the best column of each key gets it. Where that is no safe choice (a rival
 * that is almost as good, a header with a reservation, few numbers that can get an SMS), `ask` says so, for a person to confirm.
 * A consent is always asked. It is suggested only if the header names SMS, or only consent in a file without another permission.
 */
import type { CountryCode } from 'libphonenumber-js/max'
import { normalForm } from '../../core/normal-form.ts'
import { isSendable } from '../../core/phone.ts'
import { trimEndWhere } from '../../core/trim.ts'
import { breather } from '../platform/breathe.ts'
import { isAttributeName } from '../profiles/attribute-name.ts'
import { readEmail } from '../profiles/email-check.ts'
import { checkPhone } from '../profiles/phone-check.ts'
import { type ConsentWords, wordsOfColumn } from './consent-words.ts'
import { type CountryProposal, proposeCountry } from './propose-country.ts'
import { type ColumnKey, type HeaderRead, type HeaderReading, readHeader } from './read-header.ts'
import { type CellSurroundings, guessType, styleOf } from './typed-cells.ts'

export interface Suggestion {
  suggested: string | null
  /** What a person should confirm, in sentences; null: nothing. */
  ask: string | null
  /** The words of a column that may be a consent. */
  words: ConsentWords | null
}

export interface SuggestInput extends CellSurroundings {
  /** the workspace's */
  country: CountryCode
  /** Numbers are read for this country; without it, for the one that is proposed. */
  chosen?: CountryCode
  /** The sample is the whole file. */
  complete?: boolean
  /** The names of the columns are ours, and tell nothing of the language of the list. */
  ownNames?: boolean
}

export interface Suggested {
  /** One per header, in their order; no key twice. */
  columns: Suggestion[]
  country: CountryProposal
}

interface Column {
  index: number
  header: string
  read: HeaderRead
  /** Not empty, trimmed. */
  cells: string[]
  /** The share of rows that have a cell. */
  filled: number
  words: ConsentWords | null
  phones: Phones
}

interface Phones {
  valid: number
  sendable: number
  /** the rows with a number that can get an SMS */
  rows: ReadonlySet<number>
}

interface Candidate {
  column: Column
  key: ColumnKey
  total: number
  reading: HeaderReading
}

/** A weaker header is asked. */
const sure = 0.7
/** A rival with this share of the winner's total is a close one. Lists have ids of many things. */
const close = (key: ColumnKey) => (key === 'external_key' ? 0.85 : 0.65)
/** An empty column is better than none. */
const emptyFit = 0.02

export async function suggestMapping(
  headers: readonly string[],
  sample: readonly string[][],
  input: SuggestInput,
): Promise<Suggested> {
  const breathe = breather()
  const columns: Column[] = []
  for (const [index, header] of headers.entries()) {
    columns.push(columnOf(index, header, sample))
    await breathe()
  }
  const languages = input.ownNames ? [] : columns.flatMap(({ read }) => [...read.languages])
  const country = await proposeCountry(numbersOf(columns), input.country, languages)
  const permissions = columns.filter(({ read }) => read.permission).length
  const candidates: Candidate[] = []
  for (const column of columns) {
    column.phones = phonesIn(column, sample, input.chosen ?? country.country)
    for (const reading of readingsOf(column)) {
      if (reading.key === 'sms_consent' && reading.score <= 0.6 && permissions > 1) continue
      const total = reading.score * (sample.length === 0 ? 1 : fitOf(reading, column))
      if (total > 0) candidates.push({ column, key: reading.key, total, reading })
    }
    await breathe()
  }
  const chosen = best(candidates)
  const taken = new Set<string>([...chosen.values()].map(({ key }) => key))
  const suggestions: Suggestion[] = []
  for (const column of columns) {
    const winner = chosen.get(column)
    const words = column.words
    suggestions.push(
      winner === undefined
        ? { suggested: attributeOf(column, input, taken), ask: null, words }
        : { suggested: winner.key, ask: askOf(winner, candidates, chosen, sample.length), words },
    )
    await breathe()
  }
  return { columns: suggestions, country }
}

function columnOf(index: number, header: string, sample: readonly string[][]): Column {
  const cells = sample.map(row => (row[index] ?? '').trim()).filter(cell => cell !== '')
  return {
    index,
    header,
    read: readHeader(header),
    cells,
    filled: sample.length === 0 ? 1 : cells.length / sample.length,
    words: cells.length === 0 ? null : wordsOfColumn(cells),
    phones: { valid: 0, sendable: 0, rows: new Set() },
  }
}

/** The best pair first; then the best of the columns and keys that are left. */
function best(candidates: readonly Candidate[]): Map<Column, Candidate> {
  const chosen = new Map<Column, Candidate>()
  const keys = new Set<ColumnKey>()
  for (const candidate of candidates.toSorted((a, b) => b.total - a.total || a.column.index - b.column.index)) {
    if (chosen.has(candidate.column) || keys.has(candidate.key)) continue
    chosen.set(candidate.column, candidate)
    keys.add(candidate.key)
  }
  return chosen
}

/** Of the header, and of cells that are recognizable where the header says nothing. */
function readingsOf(column: Column): HeaderReading[] {
  const { readings, elsewhere } = column.read
  if (elsewhere || column.cells.length === 0 || readings.some(({ key }) => key === 'phone' || key === 'email')) {
    return readings
  }
  const look = lookOf(column)
  if (look === null) return readings
  const what = look === 'phone' ? 'phone numbers' : 'e-mail addresses'
  const doubt = `Its cells look like ${what}. The column name does not say so.`
  return [...readings, { key: look, score: 0.45, doubt, oneWord: false }]
}

function lookOf({ cells, phones }: Column): 'phone' | 'email' | null {
  if (share(cells, cell => readEmail(cell).valid) > 0.8) return 'email'
  // A plain number may be anything.
  const written = share(cells, cell => /^(?:\+|00|0)[\d\s()/-]{6,}$/.test(cell))
  return written > 0.7 && phones.valid / cells.length > 0.7 ? 'phone' : null
}

/** Between 0 (it cannot be) and 1. Filled columns come before empty ones. */
function fitOf(reading: HeaderReading, column: Column): number {
  if (column.cells.length === 0) return reading.key === 'sms_consent' ? 0 : emptyFit
  return fits[reading.key](column, reading) * (0.3 + 0.7 * column.filled)
}

const fits: Record<ColumnKey, (column: Column, reading: HeaderReading) => number> = {
  // Numbers that can get an SMS come before others.
  phone: ({ cells, phones }) => {
    if (share(cells, isNumberLike) < 0.5) return 0
    return Math.max(0.15, (0.2 * phones.valid + 0.8 * phones.sendable) / cells.length)
  },
  email: ({ cells }) => {
    const addresses = share(cells, cell => cell.includes('@'))
    return addresses > 0.3 ? addresses : 0
  },
  external_key: ({ cells }) => {
    const distinct = new Set(cells).size / cells.length
    return distinct > 0.9 ? 1 : distinct > 0.3 ? 0.6 : cells.length < 5 ? 0.6 : 0.2
  },
  first_name: nameFit,
  last_name: nameFit,
  city: ({ cells }) => (share(cells, cell => /\p{L}/u.test(cell) && !cell.includes('@')) > 0.6 ? 1 : 0),
  sms_consent: ({ words }) => {
    if (words === null) return 0
    const known = words.yes.length + words.no.length
    return known > 0 ? 1 : words.unknown.length <= 4 ? 0.5 : 0
  },
}

function nameFit({ cells }: Column, { oneWord }: HeaderReading): number {
  if (share(cells, cell => /\p{L}/u.test(cell) && !/[\d@]/.test(cell)) < 0.6) return 0
  return oneWord && share(cells, cell => !/\s/.test(cell)) < 0.7 ? 0 : 1
}

function askOf(
  winner: Candidate,
  candidates: readonly Candidate[],
  chosen: ReadonlyMap<Column, Candidate>,
  rows: number,
): string | null {
  const { key, reading, column } = winner
  const asks: string[] = []
  const weak = reading.score < sure && key !== 'city'
  if ((weak || key === 'sms_consent') && reading.doubt !== null) asks.push(reading.doubt)
  if (key === 'sms_consent') asks.push(consentAsk(column.words))
  if (key === 'phone' && column.cells.length > 0 && column.phones.sendable < 0.3 * column.cells.length) {
    asks.push(`Only ${column.phones.sendable} of the first ${column.cells.length} numbers can get an SMS.`)
  }
  const rivals = candidates.filter(
    other =>
      other.key === key &&
      other !== winner &&
      other.column.cells.length > 0 &&
      other.total >= close(key) * winner.total &&
      !chosen.has(other.column) &&
      other.column.cells.some((cell, i) => cell !== column.cells[i]),
  )
  if (rivals.length > 0 && !['city', 'last_name'].includes(key)) asks.push(rivalAsk(key, rivals))
  else if (key === 'phone') asks.push(...elsewhereAsk(column, candidates, chosen, rows))
  return asks.length === 0 ? null : asks.join(' ')
}

/** The columns by which people without a number in the suggested one could be reached: Google's "Phone 1" may be the landline. */
function elsewhereAsk(
  { header, phones }: Column,
  candidates: readonly Candidate[],
  chosen: ReadonlyMap<Column, Candidate>,
  rows: number,
): string[] {
  const others = candidates.filter(other => other.key === 'phone' && !chosen.has(other.column))
  return others.flatMap(({ column: other }) => {
    const missed = [...other.phones.rows].filter(row => !phones.rows.has(row)).length
    if (missed === 0 || missed < noticeable * rows) return []
    return `In ${missed} of the first ${rows} rows, only “${other.header}” has a number that can get an SMS, and “${header}” has none.`
  })
}
/** Fewer rows are no reason to ask. */
const noticeable = 0.05

const keyNames: Record<ColumnKey, string> = {
  external_key: 'the key',
  phone: 'the phone number',
  email: 'the e-mail address',
  first_name: 'the first name',
  last_name: 'the last name',
  city: 'the city',
  sms_consent: 'the consent to SMS',
}

function rivalAsk(key: ColumnKey, rivals: readonly Candidate[]): string {
  const names = rivals
    .slice(0, 3)
    .map(
      ({ column }) =>
        `“${column.header || `Column ${column.index + 1}`}” (${column.cells.slice(0, 2).join(', ').slice(0, 60)})`,
    )
  return `${names.join(' and ')} may also be ${keyNames[key]}.`
}

function consentAsk(words: ConsentWords | null): string {
  const listed = (name: string, given: readonly string[]) =>
    given.length === 0 ? [] : [`${name}: ${given.map(word => `“${word.slice(0, 40)}”`).join(', ')}.`]
  return [
    'A consent is imported only after you confirm the column.',
    ...listed('Yes', words?.yes ?? []),
    ...listed('No', words?.no ?? []),
    ...listed('Not understood', words?.unknown ?? []),
  ].join(' ')
}

/** The cells in which the country shows: of the columns that say phone, else of those that look like it. */
function numbersOf(columns: readonly Column[]): string[] {
  const named = columns.filter(({ read }) => read.readings.some(({ key }) => key === 'phone'))
  const looking = columns.filter(({ read, cells }) => !read.elsewhere && share(cells, isNumberLike) > 0.7)
  const mobiles = named.filter(({ read }) => read.readings.some(({ key, score }) => key === 'phone' && score === 1))
  const [first = []] = [mobiles, named, looking].filter(list => list.some(({ cells }) => cells.length > 0))
  return first.flatMap(({ cells }) => cells)
}

function phonesIn({ index }: Column, sample: readonly string[][], country: CountryCode): Phones {
  let valid = 0
  const rows = new Set<number>()
  for (const [row, cells] of sample.entries()) {
    const cell = (cells[index] ?? '').trim()
    if (!isNumberLike(cell)) continue
    const { phone, type } = checkPhone(cell, country)
    if (phone !== null) valid++
    if (isSendable(type)) rows.add(row)
  }
  return { valid, sendable: rows.size, rows }
}

function isNumberLike(cell: string): boolean {
  const digits = cell.replace(/\P{Nd}/gu, '').length
  return cell.length <= 60 && digits >= 6 && digits >= cell.length / 3
}

function share(cells: readonly string[], test: (cell: string) => boolean): number {
  return cells.length === 0 ? 0 : cells.filter(test).length / cells.length
}

function attributeOf({ header, cells }: Column, around: SuggestInput, taken: Set<string>): string | null {
  // A column without any value would only add a name to the catalogue.
  if (cells.length === 0 && around.complete) return null
  const words = normalForm(header)
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_.-]+/gu, '_')
    .replace(/^[^\p{L}]+/u, '')
  const name = trimEndWhere(words, character => character === '_').slice(0, 64)
  if (!isAttributeName(name) || taken.has(`attr.${name}`)) return null
  taken.add(`attr.${name}`)
  return `attr.${name}:${guessType(cells, styleOf(cells, around))}`
}
