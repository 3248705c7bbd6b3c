/**
 * The mapping from the columns of a list to the fields of a profile: as written on the command line, and bound to a file's columns.
 *
 *   phone=Mobil,external_key=Kundnr,attr.points:number=Poäng,notes=Note\, internal
 *
 * Keys: phone, external_key, first_name, last_name, email, city, sms_consent, attr.NAME[:text|number|date|datetime]. Any other name is an attribute.
 * An attribute without a type has the type in the catalogue, else one guessed from the first rows. `city` is the text attribute of that name.
 */
import { type AttributeType, attributeTypes, isAttributeType } from '../../core/attributes.ts'
import { normalForm } from '../../core/normal-form.ts'
import { problem } from '../../core/problems.ts'
import { attributeNameRule, isAttributeName } from '../profiles/attribute-name.ts'
import { refuseAttributesOfOne } from '../profiles/catalogue.ts'
import type { Who } from '../profiles/stage.ts'

export const profileKeys = ['external_key', 'phone', 'email', 'first_name', 'last_name', 'sms_consent'] as const
export type ProfileKey = (typeof profileKeys)[number]

/** One pair of the mapping. `type` null: to be determined. */
export type ColumnTarget =
  | { kind: 'key'; key: ProfileKey }
  | { kind: 'attribute'; name: string; type: AttributeType | null }

export interface MapEntry {
  target: ColumnTarget
  column: string
}

/** An entry whose column was found: its index in the row, and its name in the file. */
export interface BoundEntry extends MapEntry {
  index: number
}

/** Throws `mapping_invalid`. */
export function parseMap(text: string, how?: { whole: boolean }): MapEntry[] {
  const pairs = splitUnescaped(text, ',').filter(pair => pair.trim() !== '')
  return mapFrom(
    pairs.map(pair => {
      const at = pair.indexOf('=')
      if (at < 1) throw problem('mapping_invalid', { part: pair, what: 'there is no "="' })
      return [pair.slice(0, at), unescaped(pair.slice(at + 1))]
    }),
    how,
  )
}

/** From pairs of key and column, as in JSON. `whole`: it must identify the profiles. Throws `mapping_invalid`, `import_key_missing`. */
export function mapFrom(pairs: readonly (readonly [string, string])[], { whole } = { whole: true }): MapEntry[] {
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
  if (whole && !entries.some(entry => isWho(entry.target))) throw problem('import_key_missing')
  return entries
}

/** The targets that may identify a profile. Without a choice, the first of them that is mapped does: several people may share an e-mail. */
export const whoKeys = ['external_key', 'phone', 'email'] as const satisfies readonly Who[]

/** `chosen`: by a person. Throws `import_key_not_mapped` if no column has it. */
export function whoOf(entries: readonly MapEntry[], chosen: Who | null = null): Who {
  const mapped = new Set(entries.map(entry => targetName(entry.target)))
  if (chosen !== null && !mapped.has(chosen)) throw problem('import_key_not_mapped', { key: chosen })
  return chosen ?? whoKeys.find(key => mapped.has(key)) ?? 'phone'
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
export function targetName(target: ColumnTarget): string {
  return target.kind === 'key' ? target.key : `attr.${target.name}`
}

/** The mapping as the options of an import have it. */
export function optionsMap(entries: readonly MapEntry[]): Record<string, string> {
  return Object.fromEntries(
    entries.map(({ target, column }) => [
      target.kind === 'attribute' && target.type !== null ? `${targetName(target)}:${target.type}` : targetName(target),
      column,
    ]),
  )
}

function checkAttributeName(name: string): string {
  if (isAttributeName(name)) return name
  throw problem('mapping_invalid', { part: name.slice(0, 80), what: attributeNameRule })
}

function targetOf(key: string): ColumnTarget {
  const plain = profileKeys.find(known => known === key)
  if (plain) return { kind: 'key', key: plain }
  if (key === 'city') return { kind: 'attribute', name: 'city', type: 'text' }
  const [path, type, more] = key.split(':')
  if (more !== undefined || (type !== undefined && !isAttributeType(type))) {
    throw problem('mapping_invalid', { part: key, what: `the type is none of ${attributeTypes.join(', ')}` })
  }
  const name = normalForm((path ?? '').replace(/^attr\./, ''))
  return {
    kind: 'attribute',
    name: checkAttributeName(name),
    type: type === undefined || !isAttributeType(type) ? null : type,
  }
}

function isWho(target: ColumnTarget): boolean {
  return target.kind === 'key' && whoKeys.some(key => key === target.key)
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
    const character = text.charAt(i)
    if (character === '\\' && i + 1 < text.length) parts[parts.length - 1] += character + text.charAt(++i)
    else if (character === separator) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts
}

/** `\,` and `\\`; a backslash before anything else is a backslash. */
const unescaped = (text: string) => text.replace(/\\([,\\])/g, '$1')
