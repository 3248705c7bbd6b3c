/**
 * The cursor of a list: the key of the row at which the next page begins or the previous one ends. Every list of the API uses these cursors.
 * A cursor is opaque to clients. It contains the list with its order, the row's key, and a checksum over both, so that a cursor that was cut,
 * edited or taken from another list is refused. It is no secret and grants nothing: it names a position in a list that the client may read
 * anyway, so the checksum needs no key, and any server can read it.
 */
import { createHash } from 'node:crypto'
import { problem } from '../../../core/problems.ts'
import { isTime } from '../../../core/times.ts'

/** The possible types of a key's columns. Our cursors contain nothing else, and PostgreSQL accepts all of it. */
const columnTypes = {
  /** a whole number from 0 */
  id: (value: unknown) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0,
  /** ISO with microseconds, as PostgreSQL stores it */
  time: (value: unknown) => typeof value === 'string' && /\.\d{6}Z$/.test(value) && isTime(value),
  text: (value: unknown) => typeof value === 'string' && !value.includes('\0') && value.isWellFormed(),
  decimal: (value: unknown) => typeof value === 'string' && /^-?\d{1,30}(\.\d{1,40})?$/.test(value),
  nothing: (value: unknown) => value === null,
}
type ColumnType = keyof typeof columnTypes
type ValueOf<Type extends ColumnType> = Type extends 'id' ? number : Type extends 'nothing' ? null : string

export interface Cursor<Key> {
  write(key: Key): string
  /** Throws `cursor_invalid`. `where`: the name of the parameter. */
  read(text: string, where: string): Key
}

/** `list`: its name, with everything that decides its order. `columns`: the key of a row, in the order of the list. */
export function cursorOf<const Columns extends Readonly<Record<string, ColumnType>>>(
  list: string,
  columns: Columns,
): Cursor<{ [Name in keyof Columns]: ValueOf<Columns[Name]> }> {
  type Key = { [Name in keyof Columns]: ValueOf<Columns[Name]> }
  const names: (keyof Columns & string)[] = Object.keys(columns)
  const isKey = (key: Record<string, unknown>): key is Key =>
    names.every(name => columnTypes[columns[name] ?? 'nothing'](key[name]))
  return {
    write: key => encode([list, ...names.map(name => key[name])]),
    read: (text, where) => {
      const [of, ...values] = decode(text) ?? []
      const key = Object.fromEntries(names.map((name, at) => [name, values[at]]))
      if (of !== list || values.length !== names.length || !isKey(key)) throw problem('cursor_invalid', { where })
      return key
    },
  }
}

/** A text of 200 characters has up to six bytes for each in JSON, and a third more in base64. */
const maxLength = 2_000
const checksumBytes = 6

const checksum = (content: Buffer) => createHash('sha256').update(content).digest().subarray(0, checksumBytes)

/** Exported for tests that forge cursors. */
export function encode(values: readonly unknown[]): string {
  const content = Buffer.from(JSON.stringify(values))
  return Buffer.concat([checksum(content), content]).toString('base64url')
}

/** Undefined: not one of our cursors. */
function decode(text: string): unknown[] | undefined {
  if (text.length > maxLength) return undefined
  const bytes = Buffer.from(text, 'base64url')
  // Node skips characters that are not base64; only the spelling that we write is valid.
  if (bytes.toString('base64url') !== text) return undefined
  const content = bytes.subarray(checksumBytes)
  if (!checksum(content).equals(bytes.subarray(0, checksumBytes))) return undefined
  try {
    const values: unknown = JSON.parse(content.toString())
    return Array.isArray(values) ? values : undefined
  } catch {
    return undefined
  }
}
