/** Which activities a comparison is of, as its address has them: "1,2,3"; one alone is a plain number. */
import { mostCompared } from '../../../core/report/curves.ts'

/** What the address says: the ids in their order, each once, at most `mostCompared`; what is no id is passed over. */
export function readIds(value: unknown): number[] {
  const words = typeof value === 'number' ? [String(value)] : typeof value === 'string' ? value.split(',') : []
  const ids = words.filter(word => /^[1-9]\d{0,14}$/.test(word.trim())).map(Number)
  return [...new Set(ids)].slice(0, mostCompared)
}

/** Undefined: none, and the address stays bare. */
export function writeIds(ids: readonly number[]): string | number | undefined {
  return ids.length > 1 ? ids.join(',') : ids[0]
}
