/** The settings that a kind of gateway asks for: read from its JSON Schema, checked, and sent as far as they have changed. */
import type { Body } from '../api/client.ts'

export type SettingValue = string | number | boolean

export interface SettingField {
  name: string
  type: 'string' | 'integer' | 'boolean'
  label: string
  help: string | undefined
  placeholder: string | undefined
  isSecret: boolean
  isRequired: boolean
  min: number | undefined
  max: number | undefined
  maxLength: number | undefined
  pattern: string | undefined
  /** what to enter, where the pattern is not met */
  rule: string | undefined
  start: SettingValue
}

export interface GatewayKindForm {
  kind: string
  label: string
  /** of a new gateway */
  window: number
  /** in the order of the form */
  fields: readonly SettingField[]
}

type Document = Readonly<Record<string, unknown>>

const isDocument = (value: unknown): value is Document => typeof value === 'object' && value !== null
const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
const number = (value: unknown) => (typeof value === 'number' ? value : undefined)
const isValue = (value: unknown): value is SettingValue =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

export function readKind({
  kind,
  label,
  window,
  settings,
}: {
  kind: string
  label: string
  window: number
  settings: Document
}): GatewayKindForm {
  const required: readonly unknown[] = Array.isArray(settings.required) ? settings.required : []
  const properties = isDocument(settings.properties) ? Object.entries(settings.properties) : []
  const fields = properties.flatMap(([name, schema]) =>
    isDocument(schema) && schema.readOnly !== true ? [fieldOf(name, schema, required.includes(name))] : [],
  )
  return { kind, label, window, fields }
}

function fieldOf(name: string, schema: Document, isRequired: boolean): SettingField {
  const type = schema.type === 'boolean' ? 'boolean' : schema.type === 'string' ? 'string' : 'integer'
  const [example] = Array.isArray(schema.examples) ? schema.examples : []
  return {
    name,
    type,
    label: text(schema.title) ?? name,
    help: text(schema.description),
    placeholder: text(example),
    isSecret: schema.writeOnly === true,
    isRequired,
    min: number(schema.minimum),
    max: number(schema.maximum),
    maxLength: number(schema.maxLength),
    pattern: text(schema.pattern),
    rule: text(schema.rule),
    start: isValue(schema.default) ? schema.default : type === 'boolean' ? false : '',
  }
}

/** `stored`: of a gateway that is corrected; null: a new one, or settings that cannot be read. */
export const initialSettings = ({ fields }: GatewayKindForm, stored: Document | null): Record<string, SettingValue> =>
  Object.fromEntries(
    fields.map(({ name, start }) => {
      const value = stored?.[name]
      return [name, isValue(value) ? value : start]
    }),
  )

/** Errors by the path of the field in the form. `isKept`: a secret may be left empty. */
export function wrongSettings(
  kind: GatewayKindForm | undefined,
  values: Readonly<Record<string, SettingValue>>,
  isKept: boolean,
): Record<string, string> {
  const wrong = (kind?.fields ?? []).map((field): [string, string | undefined] => [
    `settings.${field.name}`,
    wrongIn(field, values[field.name] ?? '', isKept),
  ])
  return Object.fromEntries(wrong.flatMap(([path, what]) => (what === undefined ? [] : [[path, what]])))
}

function wrongIn(field: SettingField, value: SettingValue, isKept: boolean): string | undefined {
  const { type, isSecret, isRequired, min = 0, max = Number.MAX_SAFE_INTEGER, maxLength, pattern, rule } = field
  const what = inSentence(field.label)
  if (type === 'boolean') return undefined
  const isEmpty = String(value).trim() === ''
  if (isEmpty && (!isRequired || (isSecret && isKept))) return undefined
  if (type === 'integer')
    return Number.isInteger(value) && Number(value) >= min && Number(value) <= max
      ? undefined
      : `Enter a ${what} from ${min} to ${max}.`
  if (isEmpty) return `Enter the ${what}.`
  const entered = isSecret ? String(value) : String(value).trim()
  if (maxLength !== undefined && entered.length > maxLength)
    return `The ${what} is too long: ${entered.length} characters, at most ${maxLength}.`
  return pattern === undefined || new RegExp(pattern).test(entered) ? undefined : (rule ?? `Enter another ${what}.`)
}

/** "User (system id)" -> "user"; "API key" keeps its capitals. */
function inSentence(label: string): string {
  const words = label.replace(/ \(.*\)$/, '')
  return /^\p{Lu}(?!\p{Lu})/u.test(words) ? words.charAt(0).toLowerCase() + words.slice(1) : words
}

/** Those that differ from what is stored (null: all). An empty secret, and an empty setting that is not required, is not sent. */
export function changedSettings(
  kinds: readonly GatewayKindForm[],
  kind: string,
  values: Readonly<Record<string, SettingValue>>,
  stored: Document | null,
): Record<string, SettingValue> {
  const fields = kinds.find(one => one.kind === kind)?.fields ?? []
  const changed = fields.flatMap(({ name, isSecret }): [string, SettingValue][] => {
    const value = values[name] ?? ''
    const sent = typeof value === 'string' && !isSecret ? value.trim() : value
    return sent === '' || sent === stored?.[name] ? [] : [[name, sent]]
  })
  return Object.fromEntries(changed)
}

type AddBody = Body<'/api/v1/workspaces/{w}/gateways', 'post'>
type ChangeBody = Body<'/api/v1/workspaces/{w}/gateways/{id}', 'patch'>
interface Shape {
  kind: string
  settings: Readonly<Record<string, SettingValue>>
}

/** The settings are named by the kind; the server checks their values by the same schema. */
export function isKnownBody<Loose extends Shape>(
  body: Loose,
  kinds: readonly GatewayKindForm[],
): body is Loose & AddBody & ChangeBody {
  const kind = kinds.find(one => one.kind === body.kind)
  return Object.keys(body.settings).every(name => kind?.fields.some(field => field.name === name) === true)
}
