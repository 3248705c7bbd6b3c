/**
 * Writes cells of a CSV so that a spreadsheet shows them and runs none of them. UTF-8 with BOM, comma, CRLF.
 *
 * A cell that begins as a formula does (= + - @, tab, carriage return) gets an apostrophe in front. Numbers are exempt, and so are
 * phone numbers (+46…), which nothing can run. Source: OWASP, CSV injection.
 */

export const csvBom = '\uFEFF'

const formula = /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/
const harmless = /^[+-]?\d+(?:[.,]\d+)?$/
const needsQuotes = /[",\r\n]|^\s|\s$/

/** `null` is an empty cell. */
export function csvCell(value: string | number | null): string {
  if (value === null) return ''
  const text = String(value)
  const safe = formula.test(text) && !harmless.test(text) ? `'${text}` : text
  return needsQuotes.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(csvCell).join(',')}\r\n`
}
