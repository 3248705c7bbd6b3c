/**
 * The mapping from the columns of a list to the fields of a profile: as written on the command line, and bound to a file's columns.
 *
 *   phone=Mobil,external_key=Kundnr,attr.points:number=Poäng,notes=Note\, internal
 *
 * Keys: phone, external_key, first_name, last_name, email, city, sms_consent, attr.NAME[:text|number|date]. Any other name is an attribute.
 * An attribute without a type has the type in the catalogue, else one guessed from the first rows. `city` is the text attribute of that name.
 */
import { normalForm } from '../../core/normal-form.ts'
import { problem } from '../../core/problems.ts'
import { attributeNameRule, isAttributeName } from '../profiles/attribute-name.ts'
import { refuseAttributesOfOne } from '../profiles/catalogue.ts'

export type AttributeType = 'text' | 'number' | 'date'
export const profileKeys = ['external_key', 'phone', 'email', 'first_name', 'last_name', 'sms_consent'] as const
export type ProfileKey = (typeof profileKeys)[number]

/** One pair of the mapping. `type` null: to be determined. */
export type Target = { kind: 'key'; key: ProfileKey } | { kind: 'attribute'; name: string; type: AttributeType | null }

export interface MapEntry {
  target: Target
  column: string
}

/** An entry whose column was found: its index in the row, and its name in the file. */
export interface BoundEntry extends MapEntry {
  index: number
}

const types: readonly string[] = ['text', 'number', 'date'] satisfies AttributeType[]

/** Throws `mapping_invalid`. */
export function parseMap(text: string): MapEntry[] {
  const pairs = splitUnescaped(text, ',').filter(pair => pair.trim() !== '')
  return mapOf(
    pairs.map(pair => {
      const at = pair.indexOf('=')
      if (at < 1) throw problem('mapping_invalid', { part: pair, what: 'there is no "="' })
      return [pair.slice(0, at), unescaped(pair.slice(at + 1))]
    }),
  )
}

/** From pairs of key and column, as in JSON. Throws `mapping_invalid`. */
export function mapOf(pairs: readonly (readonly [string, string])[]): MapEntry[] {
  const seen = new Set<string>()
  const entries = pairs.map(([key, column]): MapEntry => {
    const entry = { target: targetOf(key.trim()), column: normalForm(column.trim()) }
    if (entry.column === '') throw problem('mapping_invalid', { part: `${key}=`, what: 'the column has no name' })
    const name = targetName(entry.target)
    if (seen.has(name)) throw problem('mapping_invalid', { part: key, what: `${name} is mapped twice` })
    seen.add(name)
    return entry
  })
  refuseAttributesOfOne(entries.filter(({ target }) => target.kind === 'attribute').length)
  if (entries.length === 0) throw problem('mapping_invalid', { part: '', what: 'it is empty' })
  if (!entries.some(entry => isWho(entry.target))) throw problem('import_key_missing')
  return entries
}

/** The column that identifies a profile: the first of these that is mapped. */
export function whoOf(entries: readonly MapEntry[]): 'external_key' | 'email' | 'phone' {
  const mapped = new Set(entries.map(entry => targetName(entry.target)))
  return mapped.has('external_key') ? 'external_key' : mapped.has('email') ? 'email' : 'phone'
}

/** Throws `csv_column_missing` with the file's columns, `csv_column_twice`. */
export function bindMap(entries: readonly MapEntry[], headers: readonly string[]): BoundEntry[] {
  const exact = placesOf(headers, header => header)
  const folded = placesOf(headers, fold)
  return entries.map(entry => {
    const places = exact.get(entry.column) ?? folded.get(fold(entry.column)) ?? []
    const index = places[0]
    if (index === undefined) {
      const columns = headers.filter(header => header !== '').map(header => `"${header}"`)
      const shown = columns.length > 50 ? [...columns.slice(0, 50), `and ${columns.length - 50} more`] : columns
      throw problem('csv_column_missing', { column: entry.column, columns: shown.join(', ') })
    }
    if (places.length > 1) {
      throw problem('csv_column_twice', { column: entry.column, numbers: places.map(place => place + 1).join(', ') })
    }
    return { ...entry, index, column: headers[index] ?? entry.column }
  })
}

/** A target as the mapping writes it, without its type: "phone", "attr.points". */
export function targetName(target: Target): string {
  return target.kind === 'key' ? target.key : `attr.${target.name}`
}

function checkAttributeName(name: string): string {
  if (isAttributeName(name)) return name
  throw problem('mapping_invalid', { part: name.slice(0, 80), what: attributeNameRule })
}

function targetOf(key: string): Target {
  const plain = profileKeys.find(known => known === key)
  if (plain) return { kind: 'key', key: plain }
  if (key === 'city') return { kind: 'attribute', name: 'city', type: 'text' }
  const [path, type, more] = key.split(':')
  if (more !== undefined || (type !== undefined && !isType(type))) {
    throw problem('mapping_invalid', { part: key, what: 'the type is none of text, number, date' })
  }
  const name = normalForm((path ?? '').replace(/^attr\./, ''))
  return { kind: 'attribute', name: checkAttributeName(name), type: type === undefined || !isType(type) ? null : type }
}

function isType(text: string): text is AttributeType {
  return types.includes(text)
}

function isWho(target: Target): boolean {
  return target.kind === 'key' && ['external_key', 'email', 'phone'].includes(target.key)
}

function placesOf(headers: readonly string[], keyOf: (header: string) => string): Map<string, number[]> {
  const named = headers.map((_, i) => i).filter(i => headers[i] !== '')
  return Map.groupBy(named, i => keyOf(headers[i]!))
}

const fold = (text: string) => text.toLowerCase().replace(/\s+/g, ' ')

/** Splits at separators without a backslash in front; the backslashes stay. */
function splitUnescaped(text: string, separator: string): string[] {
  const parts = ['']
  for (let i = 0; i < text.length; i++) {
    const sign = text.charAt(i)
    if (sign === '\\' && i + 1 < text.length) parts[parts.length - 1] += sign + text.charAt(++i)
    else if (sign === separator) parts.push('')
    else parts[parts.length - 1] += sign
  }
  return parts
}

/** `\,` and `\\`; a backslash before anything else is a backslash. */
const unescaped = (text: string) => text.replace(/\\([,\\])/g, '$1')
