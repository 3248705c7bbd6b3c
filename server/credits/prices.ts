/**
 * What one part costs to a number: the longest prefix of its E.164 form that has a price, the newest price that is valid.
 * A workspace without any price row pays 1 credit a part, for any country. Credits are ten-thousandths, integers.
 */

import { toE4 } from '../messages/tallies.ts'
import type { Db } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'

export interface PriceList {
  /** null: this number has no price, and cannot be sent to */
  creditsE4(phone: string): number | null
}

export async function readPrices(db: Db, workspaceId: number, now: Date): Promise<PriceList> {
  const rows = await db.query<{ prefix: string; credits: string }>(
    sql`select distinct on (prefix) prefix, credits from prices where workspace_id = ${workspaceId} and valid_from <= ${now}
      order by prefix, valid_from desc`,
  )
  if (rows.length === 0) return { creditsE4: () => 10_000 }
  const byPrefix = new Map(rows.map(row => [row.prefix, toE4(row.credits)]))
  const longest = Math.max(...rows.map(row => row.prefix.length))
  return {
    creditsE4(phone) {
      for (let length = Math.min(longest, phone.length); length >= 0; length--) {
        const price = byPrefix.get(phone.slice(0, length))
        if (price !== undefined) return price
      }
      return null
    },
  }
}
