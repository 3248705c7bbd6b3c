/**
 * Checks one row of a list: what it says about a profile, or why it is rejected. A pure function of the plan and the row. It runs in worker
 * threads, because phone numbers are expensive to check.
 *
 * A row is rejected if it cannot be trusted: nothing tells who it is, a value of the wrong type, too many cells. Missing cells at its end are
 * empty. A row with bytes that could not be read is imported and noted, unless they are in the key.
 * A profile with an invalid number or e-mail is kept and marked. An unknown word in the consent column is no consent, and costs no row.
 */

import type { CountryCode } from 'libphonenumber-js/max'
import type { AttributeType } from '../../core/attributes.ts'
import { withoutInvisible } from '../../core/invisible.ts'
import { type PhoneFault, phoneFaults } from '../../core/phone.ts'
import type { Aside } from '../files/list-batch.ts'
import { readEmail } from '../profiles/email-check.ts'
import { checkPhone } from '../profiles/phone-check.ts'
import { faultOfWriting } from '../profiles/phone-writing.ts'
import { maxExternalKey, maxName, maxText, type StagedProfile, type Who } from '../profiles/stage.ts'
import { type ConsentAnswers, readConsent } from './consent-words.ts'
import { isEmptyCell, isNoName } from './empty-cells.ts'
import type { ProfileKey } from './mapping.ts'
import { readTyped, type Style, writtenForm } from './typed-cells.ts'

/** A mapping bound to a file. Plain data: it is sent to the worker threads. */
export interface BoundMapping {
  /** The key that identifies a row; a row without it has another one. */
  who: Who
  /** What a person said about the words of the consent column. */
  answers: ConsentAnswers
  /** the default country of numbers */
  country: CountryCode
  /** the columns of the file, by name */
  headers: string[]
  columns: PlannedColumn[]
}

export type PlannedColumn =
  | { kind: 'key'; key: ProfileKey; index: number; capitals: boolean }
  | { kind: 'attribute'; name: string; type: AttributeType; style: Style; index: number; capitals: boolean }

/** What a person should know of a row: why it was rejected, or what of it could not be read. */
export interface RowNote {
  line: number
  /** '' for the row as a whole */
  column: string
  value: string
  reason: string
  imported: boolean
}

/** `placeholders`: cells with a word for "nothing". `unknown`: a word of the consent column that is neither a yes nor a no. */
export type CheckedRow =
  | { profile: StagedProfile; notes: RowNote[]; placeholders: number; unknown: string | null }
  | { rejected: RowNote }

const maxGiven = 100

/** The reasons of rejected rows, in words. */
export const reasons = {
  cells: (found: number, wanted: number) =>
    `has ${found} cells, and the header has ${wanted}; check separators and quotes`,
  footer: 'looks like a sum or a remark at the end of the list, not like a person',
  split:
    'seems to be the beginning of a row that a line break splits; put the cell with the line break in quotes, or remove it',
  continuation:
    'seems to continue the row above, which a line break splits; put the cell with the line break in quotes, or remove it',
  bytes: 'has bytes that could not be read (shown as \uFFFD); the row was imported. Check the encoding of the file',
  bytesOfKey: 'has bytes that could not be read (shown as \uFFFD), and it identifies the profile',
  nul: 'holds a NUL byte',
  long: (limit: number) => `is longer than ${limit} characters`,
  noKey: 'is empty, and nothing else in the row identifies a profile',
  emailKey: 'is not an e-mail address, and nothing else in the row identifies a profile',
  phoneKey: (fault: PhoneFault) => `${phoneFaults[fault]}, and nothing else in the row identifies a profile`,
  number: 'is not a number',
  date: 'is not a date (as 2024-05-17, 17.05.2024 or 17/05/2024)',
  datetime: 'is not a date and time (as 2024-05-17 14:30 or 17.05.2024 14:30)',
} as const

export function checkRow(plan: BoundMapping, cells: string[], line: number, aside?: Aside): CheckedRow {
  const reject = (index: number | null, value: string, reason: string): CheckedRow => ({
    rejected: noteOf(index, value, reason, false),
  })
  const noteOf = (index: number | null, value: string, reason: string, imported: boolean): RowNote => ({
    line,
    column: index === null ? '' : (plan.headers[index] ?? ''),
    value: value.slice(0, 200),
    reason,
    imported,
  })
  if (aside !== undefined) return reject(null, cells.join(' | '), reasons[aside])
  const width = plan.headers.length
  // Excel leaves out empty cells at the end of a row.
  const surplus = cells.length > width && cells.slice(width).some(cell => cell.trim() !== '')
  if (surplus) return reject(null, cells.join(' | '), reasons.cells(cells.length, width))
  for (let i = 0; i < Math.min(width, cells.length); i++) {
    const cell = cells[i]!
    if (cell.length > maxText) return reject(i, cell, reasons.long(maxText))
    if (cell.includes('\0')) return reject(i, cell.replaceAll('\0', '\uFFFD'), reasons.nul)
  }
  const profile = emptyProfile(line)
  const notes: RowNote[] = []
  let placeholders = 0
  for (const column of plan.columns) {
    const cell = cells[column.index] ?? ''
    const value = (column.kind === 'key' ? withoutInvisible(cell) : cell).trim()
    if (value === '') continue
    if (isNothing(column, value)) {
      placeholders++
      continue
    }
    if (value.includes('\uFFFD')) {
      // A key of which a part is lost identifies somebody else, or nobody.
      if (column.kind === 'key' && column.key === plan.who) return reject(column.index, value, reasons.bytesOfKey)
      notes.push(noteOf(column.index, value, reasons.bytes, true))
    }
    const reason =
      column.kind === 'key' ? setKey(profile, column.key, value, plan) : setAttribute(profile, column, value)
    if (reason !== null) return reject(column.index, value, reason)
  }
  const noKey = keyReason(profile, plan.who)
  if (noKey !== null) {
    const index = plan.columns.find(column => column.kind === 'key' && column.key === plan.who)?.index ?? null
    return reject(index, index === null ? '' : (cells[index] ?? ''), noKey)
  }
  const { unknown, ...staged } = profile
  return { profile: staged, notes, placeholders, unknown }
}

function isNothing(column: PlannedColumn, value: string): boolean {
  if (isEmptyCell(value, column.capitals)) return true
  return column.kind === 'key' && (column.key === 'first_name' || column.key === 'last_name') && isNoName(value)
}

/** Null if anything identifies the profile: a person with a number is one, whatever else is missing. */
function keyReason(profile: StagedProfile, who: Who): string | null {
  if (profile.externalKey !== null || profile.phone !== null || profile.emailValid) return null
  if (who === 'email' && profile.email !== null) return reasons.emailKey
  return who === 'phone' && profile.phoneType !== 'none'
    ? reasons.phoneKey(faultOfWriting(profile.phoneGiven ?? ''))
    : reasons.noKey
}

function emptyProfile(line: number): Draft {
  return {
    line,
    externalKey: null,
    phone: null,
    phoneGiven: null,
    phoneType: 'none',
    country: null,
    email: null,
    emailValid: false,
    firstName: null,
    lastName: null,
    attributes: noAttributes(),
    written: noWritten(),
    consent: null,
    consentGiven: null,
    unknown: null,
  }
}

/** Without a prototype: an attribute may be called "__proto__". */
const noAttributes = (): Record<string, string | number> => Object.create(null)

const noWritten = (): Record<string, string | null> => Object.create(null)

type Draft = Omit<StagedProfile, 'attributes' | 'written'> & {
  attributes: Record<string, string | number>
  written: Record<string, string | null>
  unknown: string | null
}

/** Null, or why the value is refused. `value` is trimmed and not empty. */
function setKey(profile: Draft, key: ProfileKey, value: string, { country, answers }: BoundMapping): string | null {
  switch (key) {
    case 'external_key':
      if (value.length > maxExternalKey) return reasons.long(maxExternalKey)
      profile.externalKey = value
      return null
    case 'phone': {
      const checked = checkPhone(value, country)
      profile.phone = checked.phone
      profile.phoneType = checked.type
      profile.country = checked.country
      profile.phoneGiven = checked.phone === null ? value.slice(0, maxGiven) : null
      return null
    }
    case 'email': {
      const read = readEmail(value)
      profile.email = read.email.slice(0, 254)
      profile.emailValid = read.valid
      return null
    }
    case 'first_name':
    case 'last_name':
      if (value.length > maxName) return reasons.long(maxName)
      if (key === 'first_name') profile.firstName = value
      else profile.lastName = value
      return null
    case 'sms_consent': {
      const read = readConsent(value, answers)
      if (read === 'unknown') profile.unknown = value.slice(0, maxGiven)
      else if (read !== null) {
        profile.consent = read
        profile.consentGiven = value.slice(0, maxGiven)
      }
      return null
    }
  }
}

function setAttribute(
  profile: Draft,
  { name, type, style }: { name: string; type: AttributeType; style: Style },
  value: string,
): string | null {
  if (type === 'text') {
    profile.attributes[name] = value
    return null
  }
  const read = readTyped(value, type, style)
  if (read === null) return reasons[type]
  profile.attributes[name] = read
  profile.written[name] = writtenForm(value, read)
  return null
}
