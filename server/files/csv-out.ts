/** Writes CSV cells so that a spreadsheet shows them and runs none as a formula (formula.ts). UTF-8 with BOM, comma, CRLF. */
import { marked } from './formula.ts'

export const csvBom = '\uFEFF'

const needsQuotes = /[",\r\n]|^\s|\s$/

/** `null` is an empty cell. */
export function csvCell(value: string | number | null): string {
  if (value === null) return ''
  const safe = typeof value === 'number' ? String(value) : marked(value)
  return needsQuotes.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(csvCell).join(',')}\r\n`
}
