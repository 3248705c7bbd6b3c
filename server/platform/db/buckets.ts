/**
 * Lists of buckets for the right side of `bucket =`. Every statement on a table by bucket names its buckets, so that PostgreSQL uses the key
 * from its first column. The lists are part of the statement's text, not a parameter: the planner sees them, and 256 numbers are not sent
 * with every call.
 */
import { raw, type Sql } from './sql.ts'

/** Of profiles, messages and what belongs to them: id & 255. */
export const bucketCount = 256

export function bucketsFrom(first: number, last = bucketCount - 1): Sql {
  const buckets = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  return raw(`any('{${buckets.join(',')}}'::int[])`)
}

export const everyBucket = bucketsFrom(0)

/** Sixteenths, to be read one after the other, each in its own snapshot. */
export const bucketParts: readonly Sql[] = Array.from({ length: 16 }, (_, part) =>
  bucketsFrom(part * 16, part * 16 + 15),
)
