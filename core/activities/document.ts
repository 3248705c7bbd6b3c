/**
 * What does a document of an activity consist of? Each field is described once: how a stored one is read, what it means where an older
 * document lacks it, and what the API takes and answers (JSON Schema).
 * A stored document is read more leniently than a request: what a limit of the API refuses today may have been stored before it.
 */
import type { JsonSchema } from '../segments/shape.ts'
import type { Fields, ValueKind } from './fields.ts'

export interface DocumentField<T> {
  read(from: Fields, key: string): T
  /** of a new document */
  neutral: T
  schema: JsonSchema
  /** of a request, where that may say what no answer says */
  given?: JsonSchema
}

export type DocumentShape = Readonly<Record<string, DocumentField<unknown>>>
export type ValueOf<S extends DocumentShape> = { -readonly [Key in keyof S]: S[Key]['neutral'] }

/** `older`: what it means that the field is missing. */
export function field<T>(kind: ValueKind<T>, older: T, schema: JsonSchema): DocumentField<T> {
  return { read: (from, key) => from.read(key, kind, older), neutral: older, schema }
}

/** A document without it is not readable. */
export function neededField<T>(kind: ValueKind<T>, neutral: T, schema: JsonSchema): DocumentField<T> {
  return { read: (from, key) => from.required(key, kind, neutral), neutral, schema }
}

export function trimmed(field: DocumentField<string>): DocumentField<string> {
  return { ...field, read: (from, key) => field.read(from, key).trim() }
}

/** An object in the document. A missing one has the values of a new document. */
export function group<S extends DocumentShape>(shape: S, about: JsonSchema = {}): DocumentField<ValueOf<S>> {
  return {
    read: (from, key) => readShape(from.object(key), shape),
    neutral: neutralOf(shape),
    schema: { ...requestSchema(shape), ...about },
  }
}

/** Null where it is missing. */
export function groupOrNull<S extends DocumentShape>(
  shape: S,
  about: JsonSchema = {},
): DocumentField<ValueOf<S> | null> {
  return {
    read: (from, key) => (!from.has(key) || from.value(key) === null ? null : readShape(from.object(key), shape)),
    neutral: null,
    schema: { anyOf: [requestSchema(shape), { type: 'null' }], ...about },
  }
}

/** What tells this kind of document from others. Its reader is chosen by it, so it is not read again. */
export function constant<const T extends string>(value: T): DocumentField<T> {
  return { read: () => value, neutral: value, schema: { type: 'string', const: value } }
}

export function readShape<S extends DocumentShape>(from: Fields, shape: S): ValueOf<S> {
  return valuesOf(shape, (field, key) => field.read(from, key))
}

export function neutralOf<S extends DocumentShape>(shape: S): ValueOf<S> {
  return valuesOf(shape, field => field.neutral)
}

function valuesOf<S extends DocumentShape>(
  shape: S,
  value: (field: DocumentField<unknown>, key: string) => unknown,
): ValueOf<S>
function valuesOf(shape: DocumentShape, value: (field: DocumentField<unknown>, key: string) => unknown) {
  return Object.fromEntries(Object.entries(shape).map(([key, field]) => [key, value(field, key)]))
}

/** What the API answers: all fields. */
export function answerSchema(shape: DocumentShape): JsonSchema {
  const properties = Object.fromEntries(Object.entries(shape).map(([key, { schema }]) => [key, schema]))
  return { type: 'object', required: Object.keys(shape), properties }
}

/** What the API takes: other fields than `required` may be left out. */
export function requestSchema<S extends DocumentShape>(
  shape: S,
  required: readonly (keyof S & string)[] = Object.keys(shape),
): JsonSchema {
  const properties = Object.fromEntries(Object.entries(shape).map(([key, { schema, given }]) => [key, given ?? schema]))
  return { type: 'object', required, properties, additionalProperties: false }
}

export function eitherOf(schemas: readonly JsonSchema[]): JsonSchema {
  const [only] = schemas
  return only !== undefined && schemas.length === 1 ? only : { anyOf: schemas }
}
