/**
 * What one part costs to a number: the longest prefix of its E.164 form that has a price, the newest price that is valid.
 * A workspace without any price row pays 1 credit a part, for any country. Credits are ten-thousandths, integers.
 */

import { toE4 } from '../messages/tallies.ts'
import type { Db } from '../platform/db/database.ts'
import { join, type Sql, sql } from '../platform/db/sql.ts'

export interface PriceList {
  /** the beginnings that have a price, by their length, the longest first; null: one price for every number */
  prefixes: ReadonlyMap<number, string[]> | null
  /** null: this number has no price, and cannot be sent to */
  creditsE4(phone: string): number | null
}

export async function readPrices(db: Db, workspaceId: number, now: Date): Promise<PriceList> {
  const rows = await db.query<{ prefix: string; credits: string }>(
    sql`select distinct on (prefix) prefix, credits from prices where workspace_id = ${workspaceId} and valid_from <= ${now}
      order by prefix, valid_from desc`,
  )
  if (rows.length === 0) return { prefixes: null, creditsE4: () => 10_000 }
  const priceOf = new Map(rows.map(row => [row.prefix, toE4(row.credits)]))
  const longest = Math.max(...rows.map(row => row.prefix.length))
  const prefixes = Map.groupBy(
    [...priceOf.keys()].sort((a, b) => b.length - a.length),
    prefix => prefix.length,
  )
  return {
    prefixes,
    creditsE4(phone) {
      for (let length = Math.min(longest, phone.length); length >= 0; length--) {
        const price = priceOf.get(phone.slice(0, length))
        if (price !== undefined) return price
      }
      return null
    },
  }
}

/**
 * The priced beginning of a number in SQL: numbers with the same one cost the same; null where it has no price. Look-ups in
 * constant arrays, as a join with the prices costs ten times as much over a million numbers.
 */
export function pricedPrefix(phone: Sql, prefixes: ReadonlyMap<number, string[]>): Sql {
  const cases = [...prefixes].map(
    ([length, known]) =>
      sql`when left(${phone}, ${length}::int) = any(${known}::text[]) then left(${phone}, ${length}::int)`,
  )
  return sql`case ${join(cases, ' ')} end`
}
