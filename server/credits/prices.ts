/** The prices of a workspace: the newest one of each prefix that is valid, and the prefix of a number in SQL. */
import { type Channel, channels } from '../../core/channels.ts'
import { free, type PriceList, priceListOf } from '../../core/credits/prices.ts'
import { toE4 } from '../messages/tallies.ts'
import type { Db } from '../platform/db/database.ts'
import { join, type Sql, sql } from '../platform/db/sql.ts'

export async function readPrices(db: Db, workspaceId: number, channel: Channel, now: Date): Promise<PriceList> {
  if (!channels[channel].isCharged) return free
  const rows = await db.query<{ prefix: string; credits: string }>(
    sql`select distinct on (prefix) prefix, credits from prices where workspace_id = ${workspaceId} and valid_from <= ${now}
      order by prefix, valid_from desc`,
  )
  return priceListOf(rows.map(({ prefix, credits }) => ({ prefix, creditsE4: toE4(credits) })))
}

const fewPrefixes = 16

/**
 * The priced prefix of a number in SQL: numbers with the same one cost the same; null where none has a price. A join with the
 * prices takes ten times as long over a million numbers. A `like` costs 20 ns per number, a look-up in a constant array 130: for few
 * prefixes they are asked one by one.
 */
export function pricedPrefix(phone: Sql, prefixes: ReadonlyMap<number, string[]>): Sql {
  const all = [...prefixes.values()].flat()
  if (all.length <= fewPrefixes) {
    const cases = all.map(
      prefix => sql`when ${phone} like ${`${prefix.replace(/[\\%_]/g, '\\$&')}%`} then ${prefix}::text`,
    )
    return sql`case ${join(cases, ' ')} end`
  }
  const cases = [...prefixes].map(
    ([length, known]) =>
      sql`when left(${phone}, ${length}::int) = any(${known}::text[]) then left(${phone}, ${length}::int)`,
  )
  return sql`case ${join(cases, ' ')} end`
}
