/**
 * Checks one row of a list: what it says about a profile, or why it is rejected. A pure function of the plan and the row. It runs in worker
 * threads, because phone numbers are expensive to check.
 *
 * A row is rejected if it cannot be trusted: no key, a value of the wrong type, an unknown consent word, too many or too few cells.
 * A profile with an invalid number or e-mail is kept and marked.
 */
import type { CountryCode } from 'libphonenumber-js/max'
import { readEmail } from '../profiles/email-check.ts'
import { checkPhone } from '../profiles/phone-check.ts'
import { maxExternalKey, maxName, maxText, type StagedProfile, type Who } from '../profiles/stage.ts'
import type { AttributeType, ProfileKey } from './mapping.ts'
import { readConsent, readDate, readNumber, type Style } from './values.ts'

/** A mapping bound to a file. Plain data: it is sent to the worker threads. */
export interface Plan {
  who: Who
  /** the default country of numbers */
  country: CountryCode
  /** the columns of the file, by name */
  headers: string[]
  columns: PlannedColumn[]
}

export type PlannedColumn =
  | { kind: 'key'; key: ProfileKey; index: number }
  | { kind: 'attribute'; name: string; type: AttributeType; style: Style; index: number }

export interface Rejected {
  line: number
  /** '' for the row as a whole */
  column: string
  value: string
  reason: string
}

export type Checked = { profile: StagedProfile } | { rejected: Rejected }

const maxGiven = 100

/** The reasons of rejected rows, in words. */
export const reasons = {
  cells: (found: number, wanted: number) =>
    `has ${found} cells where the header has ${wanted}; check separators and quotes`,
  nul: 'holds a NUL byte',
  long: (limit: number) => `is longer than ${limit} signs`,
  noKey: 'is empty, and it tells who is who',
  emailKey: 'is not an e-mail address, and it tells who is who',
  phoneKey: 'is not a valid phone number, and it tells who is who',
  number: 'is not a number',
  date: 'is not a date (as 2024-05-17, 17.05.2024 or 17/05/2024)',
  consent: 'is neither a yes nor a no',
} as const

export function checkRow(plan: Plan, cells: string[], line: number): Checked {
  const reject = (index: number | null, value: string, reason: string): Checked => ({
    rejected: { line, column: index === null ? '' : (plan.headers[index] ?? ''), value: value.slice(0, 200), reason },
  })
  const width = plan.headers.length
  const surplus = cells.slice(width).some(cell => cell.trim() !== '')
  if (cells.length < width || surplus) return reject(null, cells.join(' | '), reasons.cells(cells.length, width))
  for (let i = 0; i < width; i++) {
    const cell = cells[i] ?? ''
    if (cell.length > maxText) return reject(i, cell, reasons.long(maxText))
    if (cell.includes('\0')) return reject(i, cell.replaceAll('\0', '\uFFFD'), reasons.nul)
  }
  const profile = emptyProfile(line)
  for (const column of plan.columns) {
    const value = (cells[column.index] ?? '').trim()
    if (value === '') continue
    const reason =
      column.kind === 'key' ? setKey(profile, column.key, value, plan.country) : setAttribute(profile, column, value)
    if (reason !== null) return reject(column.index, value, reason)
  }
  const noKey = keyReason(profile, plan.who)
  if (noKey !== null) {
    const index = plan.columns.find(column => column.kind === 'key' && column.key === plan.who)?.index ?? null
    return reject(index, index === null ? '' : (cells[index] ?? ''), noKey)
  }
  return { profile }
}

/** Null if the profile has its key. */
function keyReason(profile: StagedProfile, who: Who): string | null {
  if (who === 'external_key') return profile.externalKey === null ? reasons.noKey : null
  if (who === 'email') return profile.email === null ? reasons.noKey : profile.emailValid ? null : reasons.emailKey
  return profile.phoneType === 'none' ? reasons.noKey : profile.phone === null ? reasons.phoneKey : null
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
    consent: null,
    consentGiven: null,
  }
}

/** Without a prototype: an attribute may be called "__proto__". */
const noAttributes = (): Record<string, string | number> => Object.create(null)

type Draft = Omit<StagedProfile, 'attributes'> & { attributes: Record<string, string | number> }

/** Null, or why the value is refused. `value` is trimmed and not empty. */
function setKey(profile: Draft, key: ProfileKey, value: string, country: CountryCode): string | null {
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
    case 'sms_consent':
      profile.consent = readConsent(value)
      profile.consentGiven = value.slice(0, maxGiven)
      return profile.consent === null ? reasons.consent : null
  }
}

function setAttribute(
  profile: Draft,
  { name, type, style }: { name: string; type: AttributeType; style: Style },
  value: string,
): string | null {
  const read = type === 'number' ? readNumber(value, style) : type === 'date' ? readDate(value, style) : value
  if (read === null) return type === 'number' ? reasons.number : reasons.date
  profile.attributes[name] = read
  return null
}
