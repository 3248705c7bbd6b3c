/**
 * Which column of a file becomes what of a profile: from what the server suggests, through the choices on the page, to the
 * mapping that the import takes (keys as on the command line: phone, external_key, attr.NAME:type).
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

/** So much of the name of a column is looked at. */
const maxColumnName = 200
/** As server/imports/mapping.ts has it. */
const nameOfAttribute = /^[\p{L}_][\p{L}\p{N}_.-]{0,63}$/u
const plainTargets: readonly string[] = Object.keys(targetLabels).filter(key => key !== 'attribute')

/** `suggested` as the server writes it: phone, city, attr.points:number; null: nothing fits. */
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

/** A name that an attribute may have, made from a column's: letters, digits, "_", "-" and ".", 64 at most. */
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

/** What keeps the import from starting, in a sentence; null: nothing. */
export function faultOf(choices: readonly Choice[]): string | null {
  const used = choices.filter(({ target }) => target !== null)
  const who = used.some(({ target }) => target === 'external_key' || target === 'phone' || target === 'email')
  if (!who) return 'Choose a column for the key, the phone number or the e-mail: it identifies the profile.'
  const seen = new Set<string>()
  for (const { target, name } of used) {
    const key = target === 'attribute' ? `the attribute “${name}”` : `“${targetLabels[target!]}”`
    if (target === 'attribute' && !nameOfAttribute.test(name)) {
      return `The attribute “${name}” needs another name: it begins with a letter and has letters, digits, “_”, “-” and “.”.`
    }
    if (seen.has(key)) return `Two columns are chosen for ${key}. Leave one of them out.`
    seen.add(key)
  }
  return null
}

/** What a stranger's file is most likely wrong in, before it is imported; null: nothing seems to be. */
export function doubtOf(columns: readonly { name: string; samples: readonly string[] }[]): string | null {
  if (columns.every(({ samples }) => samples.length === 0)) return 'The file has column names but no rows.'
  const value = columns.find(({ name }) => isValue(name))?.name
  return value === undefined
    ? null
    : `The first line looks like data (“${value}”), not column names, and would not be imported. Add a line with column names above it and choose the file again.`
}

/** An e-mail address or a phone number is no name of a column. */
function isValue(name: string): boolean {
  return /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(name.trim()) || /^\+?[\d\s()./-]{7,}$/.test(name.trim())
}

function isTarget(text: string | null): text is Target {
  return text !== null && plainTargets.includes(text)
}
