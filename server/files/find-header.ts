/**
 * Which record of a list names its columns? Exports have titles above it ("Customers", "Printed on …"), and some have none.
 * The header is the first record that is as filled as the rows below it. A name that is missing or occurs twice gets one by its place, so
 * that each column can be chosen.
 */
import { withoutInvisible } from '../../core/invisible.ts'
import { normalForm } from '../../core/normal-form.ts'

/** Characters of a column name; the rest is cut. */
export const maxHeader = 1000
/** Titles are at most this many records. */
const maxTitles = 20
const sampled = 60

/** The place of the header among the first records. */
export function findHeader(records: readonly string[][]): number {
  const filled = records.slice(0, sampled).map(record => record.filter(cell => cell.trim() !== '').length)
  const most = Math.max(0, ...filled)
  if (most < 2)
    return Math.max(
      0,
      filled.findIndex(n => n > 0),
    )
  // Half as filled as the fullest rows: a title has one or two cells.
  const usual = median(filled.filter(n => n > 0))
  for (let at = 0; at < Math.min(maxTitles, records.length); at++) {
    const n = filled[at] ?? 0
    if (n * 2 < Math.max(2, usual) || n < 2) continue
    // A row of data below titles is no header: then there is none, and the first line is shown as one.
    return records[at]!.some(isValue) && at > 0 ? firstFilled(filled) : at
  }
  return firstFilled(filled)
}

/** Does the first record look like a row of data? */
export function looksLikeData(record: readonly string[]): boolean {
  return record.some(isValue)
}

/** An e-mail address or a phone number is unlikely to be the name of a column. */
function isValue(cell: string): boolean {
  const text = cell.trim()
  return /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(text) || (/^\+?[\d\s()./-]{7,}$/.test(text) && /\d{2}/.test(text))
}

const firstFilled = (filled: readonly number[]) =>
  Math.max(
    0,
    filled.findIndex(n => n > 0),
  )

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** The names of the columns: trimmed, none empty, none twice. `width`: how many there are. */
export function columnNames(header: readonly string[], width: number): string[] {
  const given = header.map(name => normalForm(withoutInvisible(name.slice(0, maxHeader)).trim()))
  const named = Array.from({ length: width }, (_, i) => given[i] || `Column ${i + 1}`)
  const taken = new Set(given)
  const seen = new Set<string>()
  return named.map((name, i) => {
    const isGiven = (given[i] ?? '') !== ''
    let own = name
    for (let n = 2; seen.has(own) || (!isGiven && taken.has(own)) || (own !== name && taken.has(own)); n++)
      own = `${name} (${n})`
    seen.add(own)
    return own
  })
}
