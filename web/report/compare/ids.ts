/** The activities of a comparison as written in its address: "1,2,3"; a single one is a number. */
import { mostCompared } from '../../../core/report/curves.ts'

/** The ids in the address, in their order, each once, at most `mostCompared`. Invalid ones are ignored. */
export function readIds(value: unknown): number[] {
  const words = typeof value === 'number' ? [String(value)] : typeof value === 'string' ? value.split(',') : []
  const ids = words.filter(word => /^[1-9]\d{0,14}$/.test(word.trim())).map(Number)
  return [...new Set(ids)].slice(0, mostCompared)
}

/** Undefined: no ids, so the address has no parameter. */
export function writeIds(ids: readonly number[]): string | number | undefined {
  return ids.length > 1 ? ids.join(',') : ids[0]
}
