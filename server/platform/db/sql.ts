/**
 * SQL is text with values: sql`select … where w.id = ${id}` becomes $1, never pasted text. `db.query` takes nothing else.
 * COPY takes no parameters; `literally` renders the same statement with escaped literals for it.
 */
import sqlTag, { empty, join, raw, Sql } from 'sql-template-tag'

export const sql = sqlTag
export { empty, join, raw, Sql }

/**
 * An array in PostgreSQL's text format, for hot statements: the driver quotes every element with two regular expressions, which costs more
 * than the rest of a batch. Dates are written in UTC.
 */
export function pgArray(values: readonly (string | number | boolean | Date | null | undefined)[]): string {
  let text = ''
  for (const value of values) {
    if (text !== '') text += ','
    if (value === null || value === undefined) text += 'NULL'
    else if (typeof value === 'string') text += `"${/[\\"]/.test(value) ? value.replace(/[\\"]/g, '\\$&') : value}"`
    else text += value instanceof Date ? `"${value.toISOString()}"` : String(value)
  }
  return `{${text}}`
}

/** The statement with its values as SQL literals, for COPY (… ) TO STDOUT only. Strings, finite numbers, booleans, dates, null and arrays of them. */
export function literally(statement: Sql): string {
  return statement.strings.reduce((text, part, i) => text + (i > 0 ? literal(statement.values[i - 1]) : '') + part, '')
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value === 'boolean') return String(value)
  if (value instanceof Date) return `${quote(value.toISOString())}::timestamptz`
  if (typeof value === 'string') return quote(value)
  if (Array.isArray(value)) return `array[${value.map(literal).join(',')}]`
  throw new TypeError(`no SQL literal for a ${typeof value}`)
}

// The E'' form does not depend on standard_conforming_strings. PostgreSQL accepts no NUL in text.
function quote(text: string): string {
  if (text.includes('\0')) throw new TypeError('a text for PostgreSQL cannot hold U+0000')
  return `E'${text.replace(/\\/g, '\\\\').replace(/'/g, "''")}'`
}
