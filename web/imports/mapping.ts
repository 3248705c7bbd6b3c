/**
 * The target of each column of a file: suggested by the server, changed on the page, sent as the mapping of the import
 * (keys as on the command line: phone, external_key, attr.NAME:type).
 */
import { normalForm } from '../../core/normal-form.ts'
import { trimEndWhere } from '../../core/trim.ts'

export type Target = 'external_key' | 'phone' | 'email' | 'first_name' | 'last_name' | 'sms_consent' | 'attribute'
export type AttributeType = 'text' | 'number' | 'date'

export interface Choice {
  column: string
  samples: readonly string[]
  /** null: the column is left out. */
  target: Target | null
  /** Of an attribute. */
  name: string
  /** Of an attribute; null: as in the catalogue, else guessed from the first rows. */
  type: AttributeType | null
}

export const targetLabels: Record<Target, string> = {
  external_key: 'Key (customer number)',
  phone: 'Phone',
  email: 'E-mail',
  first_name: 'First name',
  last_name: 'Last name',
  sms_consent: 'Consent to SMS',
  attribute: 'Attribute',
}

/** The attribute name is made from at most this many characters of the column name. */
const maxColumnName = 200
/** As server/imports/mapping.ts has it. */
const nameOfAttribute = /^[\p{L}_][\p{L}\p{N}_.-]{0,63}$/u
const plainTargets: readonly string[] = Object.keys(targetLabels).filter(key => key !== 'attribute')

/** `suggested` as the server writes it: phone, city, attr.points:number; null: no target fits. */
export function choiceOf(column: { name: string; samples: readonly string[]; suggested: string | null }): Choice {
  const { name, samples, suggested } = column
  const plain = isTarget(suggested) ? suggested : null
  const [path = '', type] = plain || !suggested ? [] : suggested.split(':')
  return {
    column: name,
    samples,
    target: plain ?? (suggested ? 'attribute' : null),
    name: path.replace(/^attr\./, '') || attributeName(name),
    type: type === 'text' || type === 'number' || type === 'date' ? type : null,
  }
}

/** A valid attribute name from a column name: letters, digits, "_", "-" and ".", at most 64. */
export function attributeName(column: string): string {
  const name = normalForm(column.slice(0, maxColumnName))
    .trim()
    .replace(/[^\p{L}\p{N}_.-]+/gu, '_')
    .replace(/^[^\p{L}]+/u, '')
  return trimEndWhere(name, character => character === '_').slice(0, 64) || 'column'
}

export function mapOf(choices: readonly Choice[]): Record<string, string> {
  const map: Record<string, string> = {}
  for (const { column, target, name, type } of choices) {
    if (target === null) continue
    map[target === 'attribute' ? `attr.${name}${type ? `:${type}` : ''}` : target] = column
  }
  return map
}

/** The sentence that says why the import cannot start; null: it can. */
export function faultOf(choices: readonly Choice[]): string | null {
  const used = choices.filter(({ target }) => target !== null)
  const who = used.some(({ target }) => target === 'external_key' || target === 'phone' || target === 'email')
  if (!who) return 'Map a column to the key, the phone number or the e-mail address. It identifies the profile.'
  const seen = new Set<string>()
  for (const { target, name } of used) {
    const key = target === 'attribute' ? `the attribute “${name}”` : `“${targetLabels[target!]}”`
    if (target === 'attribute' && !nameOfAttribute.test(name)) {
      return `Rename the attribute “${name}”. A name starts with a letter and contains only letters, digits, “_”, “-” and “.”.`
    }
    if (seen.has(key)) return `Two columns are mapped to ${key}. Change one of them.`
    seen.add(key)
  }
  return null
}

/** A likely mistake in the file, reported before the import; null: none found. */
export function doubtOf(columns: readonly { name: string; samples: readonly string[] }[]): string | null {
  if (columns.every(({ samples }) => samples.length === 0)) return 'The file has column names but no rows.'
  const value = columns.find(({ name }) => isValue(name))?.name
  return value === undefined
    ? null
    : `The first line looks like data (“${value}”), not column names, so it would not be imported. Add a line with column names above it, then choose the file again.`
}

/** An e-mail address or a phone number is unlikely to be a column name. */
function isValue(name: string): boolean {
  return /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(name.trim()) || /^\+?[\d\s()./-]{7,}$/.test(name.trim())
}

function isTarget(text: string | null): text is Target {
  return text !== null && plainTargets.includes(text)
}
