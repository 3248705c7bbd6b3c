/**
 * The shapes of a document: what each field may hold, once. From a shape come the reader, which says where a document breaks it, the JSON
 * Schema of the API, and the type.
 */
import { normalForm } from '../normal-form.ts'
import { type Problem, problem } from '../problems.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

export interface Shape<T> {
  readonly schema: JsonSchema
  /** What was given, as it is kept. Throws with the place. */
  read(given: unknown, where: string): T
}

export type Of<S> = S extends Shape<infer T> ? T : never

export const wrong = (where: string, what: string): Problem => problem('segment_malformed', { where, what })
const unfinished = (where: string, what: string): Problem => problem('segment_unfinished', { where, what })

/** Trimmed and in NFC, so that it compares with what an import keeps. Blank is refused: nobody has a blank value. */
export function words(longest: number): Shape<string> {
  return {
    schema: { type: 'string', minLength: 1, maxLength: longest },
    read(given, where) {
      if (typeof given !== 'string') throw wrong(where, 'is not text')
      if (given.includes('\0')) throw wrong(where, 'has a character that cannot be stored (U+0000)')
      const text = normalForm(given).trim()
      if (text === '') throw unfinished(where, 'is empty')
      if (text.length > longest) throw problem('segment_list', { where, what: `is longer than ${longest} characters` })
      return text
    },
  }
}

export function wholeNumber(least: number, most: number): Shape<number> {
  return {
    schema: { type: 'integer', minimum: least, maximum: most },
    read(given, where) {
      if (typeof given === 'number' && Number.isSafeInteger(given) && given >= least && given <= most) return given
      throw wrong(where, `is not a whole number from ${least} to ${most}`)
    },
  }
}

export const anyNumber: Shape<number> = {
  schema: { type: 'number' },
  read(given, where) {
    if (typeof given === 'number' && Number.isFinite(given)) return given === 0 ? 0 : given
    throw wrong(where, 'is not a number')
  },
}

export function oneOfWords<const T extends string>(values: readonly T[]): Shape<T> {
  return {
    schema: { enum: values },
    read(given, where) {
      const found = values.find(value => value === given)
      if (found === undefined)
        throw wrong(where, `must be ${values.length === 1 ? '' : 'one of: '}${values.join(', ')}`)
      return found
    },
  }
}

/** A flag that is written only where it is set. */
export const onlyTrue: Shape<true | undefined> = {
  schema: { type: 'boolean' },
  read(given, where) {
    if (typeof given === 'boolean') return given || undefined
    throw wrong(where, 'is not true or false')
  },
}

export function listOf<T>(item: Shape<T>, most: number): Shape<T[]> {
  return {
    schema: { type: 'array', items: item.schema, minItems: 1, maxItems: most },
    read(given, where) {
      if (!Array.isArray(given)) throw wrong(where, 'is not a list')
      if (given.length === 0) throw unfinished(where, 'is empty')
      if (given.length > most)
        throw problem('segment_list', { where, what: `has ${given.length} entries; ${most} are allowed` })
      return given.map((value, i) => item.read(value, `${where}[${i}]`))
    },
  }
}

export function pairOf<T>(item: Shape<T>): Shape<[T, T]> {
  return {
    schema: { type: 'array', items: item.schema, minItems: 2, maxItems: 2 },
    read(given, where) {
      if (!Array.isArray(given) || given.length !== 2) throw wrong(where, 'is not a pair')
      return [item.read(given[0], `${where}[0]`), item.read(given[1], `${where}[1]`)]
    },
  }
}

/** One of two shapes. `isFirst` tells from the value which one it must have. */
export function either<A, B>(isFirst: (given: unknown) => boolean, first: Shape<A>, second: Shape<B>): Shape<A | B> {
  return {
    schema: { anyOf: [first.schema, second.schema] },
    read: (given, where) => (isFirst(given) ? first.read(given, where) : second.read(given, where)),
  }
}

type Fields = Readonly<Record<string, Shape<unknown>>>
type Defined<F extends Fields> = { [K in keyof F]: Of<F[K]> }
type Maybe<F extends Fields> = { [K in keyof F]?: NonNullable<Of<F[K]>> }
type Flat<T> = { [K in keyof T]: T[K] }

/** Fields that must be there, and fields that may. Other fields are refused: a condition is never dropped. */
export function fields<const R extends Fields, const O extends Fields>(
  required: R,
  optional: O,
): Shape<Flat<Defined<R> & Maybe<O>>> {
  const shapes: Fields = { ...required, ...optional }
  const needed = Object.keys(required)
  /** Each field was read by its shape: those that are needed make the rest of the type true. */
  const isWhole = (read: object): read is Flat<Defined<R> & Maybe<O>> => needed.every(name => name in read)
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, shape.schema])),
      ...(needed.length > 0 && { required: needed }),
      additionalProperties: false,
    },
    read(given, where) {
      const values = objectOf(given, where)
      for (const name of Object.keys(values))
        if (!Object.hasOwn(shapes, name)) throw wrong(`${where}.${name}`, 'is not known')
      for (const name of needed) if (values[name] === undefined) throw unfinished(`${where}.${name}`, 'is missing')
      const read: Record<string, unknown> = {}
      for (const [name, shape] of Object.entries(shapes)) {
        if (values[name] === undefined) continue
        const value = shape.read(values[name], `${where}.${name}`)
        if (value !== undefined) read[name] = value
      }
      if (!isWhole(read)) throw wrong(where, 'is not whole')
      return read
    },
  }
}

export function objectOf(given: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw wrong(where, 'is not an object')
  return { ...given }
}
