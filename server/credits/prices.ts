/** The prices of a workspace: the newest one of each prefix that is valid, and the prefix of a number in SQL. */
import { type PriceList, priceListOf } from '../../core/credits/prices.ts'
import { toE4 } from '../messages/tallies.ts'
import type { Db } from '../platform/db/database.ts'
import { join, type Sql, sql } from '../platform/db/sql.ts'

export async function readPrices(db: Db, workspaceId: number, now: Date): Promise<PriceList> {
  const rows = await db.query<{ prefix: string; credits: string }>(
    sql`select distinct on (prefix) prefix, credits from prices where workspace_id = ${workspaceId} and valid_from <= ${now}
      order by prefix, valid_from desc`,
  )
  return priceListOf(rows.map(({ prefix, credits }) => ({ prefix, creditsE4: toE4(credits) })))
}

/**
 * The priced prefix of a number in SQL: numbers with the same one cost the same; null where none has a price. Look-ups in
 * constant arrays: a join with the prices takes ten times as long over a million numbers.
 */
export function pricedPrefix(phone: Sql, prefixes: ReadonlyMap<number, string[]>): Sql {
  const cases = [...prefixes].map(
    ([length, known]) =>
      sql`when left(${phone}, ${length}::int) = any(${known}::text[]) then left(${phone}, ${length}::int)`,
  )
  return sql`case ${join(cases, ' ')} end`
}
