/** For tests: requests that nobody sends in good faith, made from the OpenAPI document for each of its routes. */
import { encode } from './platform/http/cursor.ts'

export interface Schema {
  type?: string
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  format?: string
  minimum?: number
  maximum?: number
  minLength?: number
  minItems?: number
}

export interface HostileOperation {
  operationId: string
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { content?: Record<string, unknown> }>
}

export interface Request {
  path: string
  query: Record<string, string>
  body: unknown
  /** what is odd about it */
  odd: string
}

const long = 'x'.repeat(20_001)
const oddTexts = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\u200b',
  '\ud83d',
  '\udc00x',
  long,
  "'",
  '%',
  '\\',
  '"',
  '_',
  '$1',
  '{}',
  '[]',
  'null',
  '-1',
  '0',
  '1.5',
  '1e3',
  '1e400',
  'NaN',
  'Infinity',
  '9007199254740993',
  '9223372036854775808',
  '1000000000000000000000000000000',
  '../../etc/passwd',
  '=1+1',
  "'; drop table profiles; --",
  '1 or 1=1) union select password from sign_in_accounts --',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  'a\r\nSet-Cookie: homing.session_token=x\r\n\r\n<html>',
  '\u202etxt.exe\u2066\u200f',
  '__proto__',
  'constructor',
  '%00%0d%0a%2e%2e%2f',
  '{{7*7}}##first_name##',
  'مُحَمَّد',
  '👩‍👩‍👧',
  '2026-12-31T23:59:60Z',
  '2026-02-30T10:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59-14:00',
  '2026-03-02T10:00:00Z[Europe/Stockholm]',
]
/** An array in an array, and so on. */
function deep(levels: number): unknown {
  return levels === 0 ? 1 : [deep(levels - 1)]
}

const oddValues: unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e9,
  2_147_483_648,
  9_007_199_254_740_991,
  9_007_199_254_740_992,
  1e30,
  1e308,
  -1e30,
  [],
  {},
  [[]],
  [null],
  [1e30],
  ['x', 'x'],
  { a: 1 },
  { __proto__: null, constructor: 1 },
  JSON.parse('{"__proto__":{"role":"owner"},"constructor":{"prototype":{"role":"owner"}},"toString":1}'),
  deep(500),
  -0,
  5e-324,
  2 ** 63,
  Array(2000).fill('x'),
]
/** Cursors as ours are written, with a right checksum, and not written by us. */
const oddCursors = [
  [],
  [1],
  ['report sent keys', 1e30, null],
  ['report sent keys', -1, null],
  ['report sent keys', 1.5, null],
  ['report delivered newest', 1, '2026-02-30T00:00:00.000000Z'],
  ['report bounced newest', 1, '0000-01-01T00:00:00.000000Z'],
  ['report bounced newest', 1, '2026-02-30T00:00:00.000000Z'],
  ['report clicks newest', 1, '2026-02-30T00:00:00.000000Z'],
  ['report unsubscribed newest', 1, '2026-02-30T24:00:00.000000Z'],
  ['report sent name', 1, '\ud83d'],
  ['report sent name', 2 ** 53 + 2, 'x'],
  ['activities -when', 'x', 1],
  ['activities -when', '2026-99-99', 9_007_199_254_740_991],
  ['activities -when', '\0', 1],
  ['activities -credits', '1e9', 1],
  ['activities -credits', '99999999999999999999999999', 1],
  ['profiles', 9_007_199_254_740_991],
  ['profiles', '1 or true'],
  ['profile-messages', 9_007_199_254_740_991],
  ['imports', 9_007_199_254_740_991],
  ['audit', 9_007_199_254_740_991],
  ['unmatched', '2026-02-30T00:00:00.000000Z', 1, 1],
  ['unmatched', '9999-12-31T23:59:59.999999Z', 9_007_199_254_740_991, 9_007_199_254_740_991],
].map(encode)

/** A value that the schema takes. */
export function sample(schema: Schema): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  if (schema.anyOf !== undefined) return sample(schema.anyOf[0] ?? {})
  if (schema.type === 'object')
    return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, inner]) => [key, sample(inner)]))
  if (schema.type === 'array') return Array.from({ length: schema.minItems ?? 0 }, () => sample(schema.items ?? {}))
  if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 1
  if (schema.type === 'boolean') return true
  if (schema.format === 'date-time') return '2030-03-02T10:00:00Z'
  if (schema.format === 'email') return 'anna@acme.test'
  return 'x'.repeat(Math.max(1, schema.minLength ?? 1))
}

/** The value with one part of it, at whatever depth, replaced by each odd value. */
function* bent(value: unknown, at = 'body'): Generator<{ value: unknown; odd: string }> {
  for (const odd of [...oddValues, ...(typeof value === 'string' ? oddTexts : oddTexts.slice(0, 8))])
    yield { value: odd, odd: `${at} = ${JSON.stringify(odd)?.slice(0, 60)}` }
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries())
      for (const inner of bent(item, `${at}[${i}]`)) yield { ...inner, value: value.with(i, inner.value) }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value))
      for (const inner of bent(item, `${at}.${key}`)) yield { ...inner, value: { ...value, [key]: inner.value } }
    for (const key of [`${long.slice(0, 500)}\0`, 'role', 'workspaceId', 'workspace_id', 'id'])
      if (!Object.hasOwn(value, key))
        yield { value: { ...value, [key]: 1 }, odd: `${at} with a key ${key.slice(0, 20)}` }
  }
}

/**
 * Good requests with one odd thing each. `address`: the path with ids that exist; `ids`: more of
 * them, of others too; `bodies`: good ones, by operation, where the schema alone makes none.
 */
export function* hostileRequests(
  path: string,
  address: string,
  operation: HostileOperation,
  { ids, bodies }: { ids: readonly number[]; bodies: Readonly<Record<string, object>> },
): Generator<Request> {
  const { parameters = [], requestBody } = operation
  const inQuery = parameters.filter(parameter => parameter.in === 'query')
  const needed = Object.fromEntries(
    inQuery.filter(({ required }) => required).map(({ name }) => [name, String(ids[0])]),
  )
  const schema = requestBody?.content['application/json']?.schema
  const body = schema === undefined ? undefined : (bodies[operation.operationId] ?? sample(schema))
  const good: Request = { path: address, query: needed, body, odd: 'nothing' }
  yield good
  const [steps, names] = [address.split('/'), path.split('/')]
  for (const [i, name] of names.entries())
    if (name.startsWith('{') && name !== '{w}')
      for (const odd of [...oddTexts.map(text => text.slice(0, 190)), ...ids.map(String)].filter(
        text => text !== '' && text.isWellFormed(),
      ))
        yield {
          ...good,
          path: steps.with(i, encodeURIComponent(odd)).join('/'),
          odd: `${name} = ${JSON.stringify(odd).slice(0, 60)}`,
        }
  for (const { name } of inQuery)
    for (const odd of [
      ...oddTexts.filter(text => text.isWellFormed()).map(text => text.slice(0, 5000)),
      ...oddCursors,
      ...ids.map(String),
    ])
      yield { ...good, query: { ...needed, [name]: odd }, odd: `?${name} = ${JSON.stringify(odd).slice(0, 60)}` }
  if (body !== undefined) for (const { value, odd } of bent(body)) yield { ...good, body: value, odd }
}
