/**
 * What does an entry of a list stand for? A number, an address, a customer id or a profile id, in the form in which profiles are found by it:
 * by the same rules as an import reads them. Pure; numbers are expensive to read, so long lists are read in worker threads.
 */
import type { CountryCode } from 'libphonenumber-js/max'
import { withoutInvisible } from '../../core/invisible.ts'
import { phoneFaults } from '../../core/phone.ts'
import { readEmail } from '../profiles/email-check.ts'
import { checkPhone } from '../profiles/phone-check.ts'
import { faultOfWriting } from '../profiles/phone-writing.ts'
import { maxExternalKey, maxText } from '../profiles/stage.ts'

export const matchKinds = ['phone', 'email', 'key', 'id'] as const
export type MatchKind = (typeof matchKinds)[number]

export interface EntryPlan {
  by: MatchKind
  /** of numbers without a country code */
  country: CountryCode
}

/** `key`: what profiles are found by; else `fault`: why it is none. */
export type ReadEntry = { key: string; fault: null } | { key: null; fault: string }

export function readEntry(given: string, { by, country }: EntryPlan): ReadEntry {
  const wrong = (fault: string): ReadEntry => ({ key: null, fault })
  if (given.includes('\0')) return wrong('holds a NUL byte')
  if (given.length > maxText) return wrong(`is longer than ${maxText} characters`)
  const text = withoutInvisible(given).trim().toWellFormed()
  if (text === '') return wrong('shows nothing')
  switch (by) {
    case 'phone': {
      const { phone } = checkPhone(text, country)
      return phone === null ? wrong(phoneFaults[faultOfWriting(text)]) : { key: phone, fault: null }
    }
    case 'email': {
      const { email, valid } = readEmail(text)
      return valid ? { key: email, fault: null } : wrong('is not an e-mail address')
    }
    case 'key':
      return text.length > maxExternalKey
        ? wrong(`is longer than ${maxExternalKey} characters`)
        : { key: text, fault: null }
    case 'id':
      return /^0*[1-9]\d{0,14}$/.test(text) ? { key: String(Number(text)), fault: null } : wrong('is not a profile id')
  }
}

export interface EntryRequest {
  values: string[]
  lines: number[]
  /** the number of the first one */
  first: number
}

export interface EntryAnswer {
  /** In the text format of COPY: entry, line, key, given (where it is written in another way), fault. */
  copy: Uint8Array<ArrayBuffer>
}

const encoder = new TextEncoder()

export function readEntries(plan: EntryPlan, { values, lines, first }: EntryRequest): EntryAnswer {
  let text = ''
  values.forEach((given, i) => {
    const { key, fault } = readEntry(given, plan)
    const shown = key === given ? '\\N' : cell(shownEntry(given))
    text += `${first + i}\t${lines[i]}\t${key === null ? '\\N' : cell(key)}\t${shown}\t${fault === null ? '\\N' : cell(fault)}\n`
  })
  return { copy: encoder.encode(text) }
}

/** As it is given, except for what PostgreSQL cannot store. */
function shownEntry(given: string): string {
  const cut = given.length > maxText ? `${given.slice(0, maxText)}…` : given
  return cut.replaceAll('\0', '\uFFFD').toWellFormed()
}

const special = /[\\\n\r\t]/
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

const cell = (value: string): string =>
  special.test(value) ? value.replace(/[\\\n\r\t]/g, character => escapes[character] ?? character) : value
