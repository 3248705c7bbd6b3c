/**
 * Reads a stored JSON document field by field. What an older version did not write gets its default; what is missing without a
 * default, or is of another kind, is a fault with its path. Never throws: the caller decides what a document with faults may do.
 */
import { type Problem, problem } from '../problems.ts'

export interface Fault {
  code: 'activity_unreadable' | 'activity_channel' | 'activity_newer'
  /** as a path: content.utm.source */
  where: string
  /** completes "{where} …" */
  what: string
}

/** What was read, with defaults where it could not be; not to be acted on where there are faults. */
export interface Reading<T> {
  value: T
  faults: Fault[]
}

const mostTold = 3

/** The faults as one problem: its code is that of the first. */
export function problemOf(faults: readonly Fault[]): Problem {
  const code = faults[0]?.code ?? 'activity_unreadable'
  return problem(code, {
    what: faults
      .slice(0, mostTold)
      .map(({ where, what }) => `${where} ${what}`)
      .join('; '),
  })
}

/** A kind of value, and its name in the sentence of a fault: "is not …", "is not a list of …". */
export interface ValueKind<T> {
  name: string
  plural: string
  is(value: unknown): value is T
}

export const textKind: ValueKind<string> = { name: 'text', plural: 'texts', is: value => typeof value === 'string' }
export const flagKind: ValueKind<boolean> = {
  name: 'true or false',
  plural: 'true or false',
  is: value => typeof value === 'boolean',
}
export const positiveKind: ValueKind<number> = {
  name: 'a positive integer',
  plural: 'positive integers',
  is: (value): value is number => Number.isSafeInteger(value) && Number(value) > 0,
}
/** As text, as PostgreSQL writes a numeric(12, 4): a sum of money is never a float. */
export const decimalKind: ValueKind<string> = {
  name: 'a decimal number in quotes, as in "0.45"',
  plural: 'decimal numbers in quotes',
  is: (value): value is string => typeof value === 'string' && /^\d{1,8}(\.\d{1,4})?$/.test(value),
}
export const currencyKind: ValueKind<string> = {
  name: 'a currency of three letters, as in SEK',
  plural: 'currencies of three letters',
  is: (value): value is string => typeof value === 'string' && /^[A-Z]{3}$/.test(value),
}
export function oneOfKind<const T extends string>(...values: T[]): ValueKind<T> {
  const name = `one of ${values.join(', ')}`
  return { name, plural: name, is: (value): value is T => values.some(known => known === value) }
}
export function listKind<T>(kind: ValueKind<T>): ValueKind<T[]> {
  const name = `a list of ${kind.plural}`
  return { name, plural: name, is: (value): value is T[] => Array.isArray(value) && value.every(kind.is) }
}
export function orNullKind<T>(kind: ValueKind<T>): ValueKind<T | null> {
  const name = `${kind.name} or null`
  return { name, plural: name, is: (value): value is T | null => value === null || kind.is(value) }
}

/** The fields of one object of a document. */
export class Fields {
  readonly #fields: Readonly<Record<string, unknown>>
  readonly #path: string
  readonly #faults: Fault[]

  constructor(document: unknown, path: string, faults: Fault[]) {
    const isObject = typeof document === 'object' && document !== null && !Array.isArray(document)
    this.#fields = isObject ? { ...document } : {}
    this.#path = path
    this.#faults = faults
    if (!isObject) this.fault('', 'is not an object')
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#fields, key)
  }

  /** `older`: what it means that the field is missing. */
  read<T>(key: string, kind: ValueKind<T>, older: T): T {
    return this.has(key) ? this.required(key, kind, older) : older
  }

  /** A document without the field is not readable; `instead` keeps it presentable. */
  required<T>(key: string, kind: ValueKind<T>, instead: T): T {
    const value = this.#fields[key]
    if (kind.is(value)) return value
    this.fault(key, value === undefined ? 'is missing' : `is not ${kind.name}`)
    return instead
  }

  /** The fields of an object in this one; an object without fields where it is missing. */
  object(key: string): Fields {
    return new Fields(this.#fields[key] ?? {}, this.#pathOf(key), this.#faults)
  }

  objects(key: string): Fields[] {
    const values = this.#fields[key] ?? []
    if (Array.isArray(values))
      return values.map((value, i) => new Fields(value, `${this.#pathOf(key)}.${i}`, this.#faults))
    this.fault(key, 'is not a list')
    return []
  }

  value(key: string): unknown {
    return this.#fields[key]
  }

  fault(key: string, what: string, code: Fault['code'] = 'activity_unreadable'): void {
    this.#faults.push({ code, where: this.#pathOf(key), what })
  }

  #pathOf(key: string): string {
    return [this.#path, key].filter(part => part !== '').join('.')
  }
}
