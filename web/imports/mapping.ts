/**
 * The target of each column of a file: suggested by the server, changed on the page, sent as the mapping of the import
 * (keys as on the command line: phone, external_key, attr.NAME:type).
 */
import { type AttributeType, isAttributeType } from '../../core/attributes.ts'
import { normalForm } from '../../core/normal-form.ts'
import { trimEndWhere } from '../../core/trim.ts'

export type MappingField = 'external_key' | 'phone' | 'email' | 'first_name' | 'last_name' | 'sms_consent' | 'attribute'

export interface ColumnChoice {
  column: string
  samples: readonly string[]
  /** null: the column is not imported. */
  target: MappingField | null
  /** Of an attribute. */
  name: string
  /** Of an attribute; null: as in the catalogue, else guessed from the first rows. */
  type: AttributeType | null
  /** What a person should confirm; null: nothing. */
  ask: string | null
  confirmed: boolean
  /** What each type would make of the first values. */
  conversions: ColumnConversions
  /** The different cells as a consent column would be read; null: too many. */
  words: ColumnWords | null
  /** What the unknown words of a consent column mean. */
  answers: Readonly<Record<string, Word | null>>
}

export interface ColumnConversions {
  /** how many values were read */
  values: number
  /** the type of a new attribute without a choice */
  automatic: AttributeType
  types: readonly {
    type: Exclude<AttributeType, 'text'>
    different: number
    example: { given: string; read: string } | null
    unreadable: number
    unread: string | null
  }[]
}

export interface ColumnWords {
  yes: readonly string[]
  no: readonly string[]
  unknown: readonly string[]
}
export type Word = 'yes' | 'no'
export type Key = 'external_key' | 'phone' | 'email'

export const isWord = (value: string): value is Word => value === 'yes' || value === 'no'
export const isKey = (value: string): value is Key => keys.some(key => key === value)

/** In the order in which the server takes the first that is mapped. */
const keys: readonly Key[] = ['external_key', 'phone', 'email']

export const keyLabels: Record<Key, string> = {
  external_key: 'Customer number',
  phone: 'Phone number',
  email: 'E-mail address',
}

export function keysOf(choices: readonly ColumnChoice[]): Key[] {
  return keys.filter(key => choices.some(({ target }) => target === key))
}

/** The name of a column, also of one without. */
export function columnName({ column }: Pick<ColumnChoice, 'column'>, at: number): string {
  return column || `Column ${at + 1}`
}

/** A new target is a choice of a person: nothing is asked about it again, a consent excepted, whose words must be seen. */
export function changed(choice: ColumnChoice, change: Partial<ColumnChoice>): ColumnChoice {
  const next = { ...choice, ...change }
  if (change.target === undefined || change.target === choice.target) return next
  if (change.target === 'sms_consent') {
    return { ...next, ask: choice.ask ?? 'A consent is imported only after you confirm the column.', confirmed: false }
  }
  return { ...next, confirmed: true }
}

/** The columns that wait for a confirmation. */
export function unconfirmed(choices: readonly ColumnChoice[]): number {
  return choices.filter(({ ask, confirmed }) => ask !== null && !confirmed).length
}

/** The answers about the words of the consent column, as the import takes them. */
export function consentWordsOf(choices: readonly ColumnChoice[]): { yes: string[]; no: string[] } {
  const answers = Object.entries(choices.find(({ target }) => target === 'sms_consent')?.answers ?? {})
  const meaning = (wanted: Word) => answers.flatMap(([word, is]) => (is === wanted ? [word] : []))
  return { yes: meaning('yes'), no: meaning('no') }
}

export const targetLabels: Record<MappingField, string> = {
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
export function choiceOf(
  column: {
    name: string
    samples: readonly string[]
    suggested: string | null
    ask: string | null
    words: ColumnWords | null
  } & ColumnConversions,
): ColumnChoice {
  const { name, samples, suggested, ask, words, values, automatic, types } = column
  const plain = isTarget(suggested) ? suggested : null
  const [path = '', type] = plain || !suggested ? [] : suggested.split(':')
  return {
    column: name,
    samples,
    target: plain ?? (suggested ? 'attribute' : null),
    name: path.replace(/^attr\./, '') || attributeNameFrom(name),
    type: type !== undefined && isAttributeType(type) ? type : null,
    ask,
    confirmed: false,
    conversions: { values, automatic, types },
    words,
    answers: {},
  }
}

/** What an import of the column as its type would change; empty: nothing. The second kind costs rows. */
export function changesOf({ target, type, conversions: { values, automatic, types } }: ColumnChoice): {
  different: string | null
  unreadable: string | null
} {
  const chosen = type ?? automatic
  const found = target === 'attribute' ? types.find(one => one.type === chosen) : undefined
  if (found === undefined) return { different: null, unreadable: null }
  const { different, example, unreadable, unread } = found
  const of = `of the first ${values} ${values === 1 ? 'value' : 'values'}`
  return {
    different:
      example === null
        ? null
        : `${different} ${of} ${different === 1 ? 'is' : 'are'} read differently: “${example.given}” is ${example.read}.`,
    unreadable:
      unread === null
        ? null
        : `${unreadable} ${of} cannot be read as ${typeWords[found.type]}: “${unread}”. ${unreadable === 1 ? 'Its row' : 'Their rows'} would be rejected.`,
  }
}

const typeWords = { number: 'a number', date: 'a date', datetime: 'a date and time' } as const

/** A valid attribute name from a column name: letters, digits, "_", "-" and ".", at most 64. */
export function attributeNameFrom(column: string): string {
  const name = normalForm(column.slice(0, maxColumnName))
    .trim()
    .replace(/[^\p{L}\p{N}_.-]+/gu, '_')
    .replace(/^[^\p{L}]+/u, '')
  return trimEndWhere(name, character => character === '_').slice(0, 64) || 'column'
}

export function mapOf(choices: readonly ColumnChoice[]): Record<string, string> {
  const map: Record<string, string> = {}
  for (const { column, target, name, type } of choices) {
    if (target === null) continue
    map[target === 'attribute' ? `attr.${name}${type ? `:${type}` : ''}` : target] = column
  }
  return map
}

/** The sentence that says why the import cannot start; null: it can. */
export function faultOfChoices(choices: readonly ColumnChoice[]): string | null {
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

function isTarget(text: string | null): text is MappingField {
  return text !== null && plainTargets.includes(text)
}
