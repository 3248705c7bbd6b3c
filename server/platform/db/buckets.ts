/**
 * Buckets as they stand on the right of `bucket =`. Every statement on a table by bucket names them, so that its key is used
 * from its first column on. They are text of the statement, not a parameter: the plan knows them, and 256 numbers are not
 * sent again and again.
 */
import { raw, type Sql } from './sql.ts'

export function bucketsFrom(first: number, last = 255): Sql {
  const buckets = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  return raw(`any('{${buckets.join(',')}}'::int[])`)
}

export const everyBucket = bucketsFrom(0)

/** Sixteenths: what is read one after the other, with a snapshot of its own each. */
export const bucketParts: readonly Sql[] = Array.from({ length: 16 }, (_, part) =>
  bucketsFrom(part * 16, part * 16 + 15),
)
