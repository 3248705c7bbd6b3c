/** A value with all its texts as PostgreSQL can store them. */
import { cleanText } from '../../core/clean-text.ts'

export function cleaned<Value>(value: Value): Value
export function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (Array.isArray(value)) return value.map(cleaned)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [cleanText(key), cleaned(inner)]))
}

/** JSON writes what PostgreSQL refuses as escapes: where there is none, nothing is to be cleaned. */
export const mayNeedCleaning = (json: string): boolean => /\\u(0000|d[89a-f])/.test(json)
