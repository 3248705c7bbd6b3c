/**
 * Which cells stand for "nothing"? Those that are a placeholder everywhere (core/placeholders.ts), and in a list a few words more. "Null" is
 * a surname, so NULL counts only in capitals, where the others of its column are not.
 */
import { isPlaceholder } from '../../core/placeholders.ts'

const words = new Set(['undefined', 'NaN', '-NaN'])
const inCapitals = new Set(['NULL', 'N/A', 'NAN', 'UNDEFINED'])

/** `capitals`: the other cells of the column are in capitals too. */
export function isEmptyCell(text: string, capitals: boolean): boolean {
  return isPlaceholder(text) || words.has(text) || (!capitals && inCapitals.has(text))
}

/** A dash, a dot or a question mark alone is no name. */
export function isNoName(text: string): boolean {
  return /^[\p{Pd}.?_*\u2212]{1,10}$/u.test(text)
}

/** Are the cells of a column written in capitals? */
export function areCapitals(cells: readonly string[]): boolean {
  const written = cells.map(cell => cell.trim()).filter(cell => /\p{L}/u.test(cell) && !inCapitals.has(cell))
  return written.length > 0 && written.filter(cell => cell === cell.toUpperCase()).length > written.length / 2
}
