/**
 * What a workspace has to spend, what is set aside, and what it has spent this month: sums of the ledger, never stored.
 *
 * Always: grants = available + reserved + all that was ever charged. A workspace without a limit has no balance that means
 * anything; there it only has what was spent and what is set aside. Money is credits by their value, in the currency's
 * two decimals.
 */
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

/** Decimal text, never a float: credits with four places, money with two. */
export interface Amount {
  credits: string
  money: string
}

export interface Credits {
  /** limits begin with the first grant; until then sending is not bounded by credits */
  limited: boolean
  currency: string
  /** what one credit is worth */
  creditValue: string
  /** granted, and neither spent nor set aside; null: no limit is set */
  available: Amount | null
  /** set aside for what is being sent */
  reserved: Amount
  /** since the first of the month in the workspace's time zone */
  spentThisMonth: Amount
}

export async function getCredits(db: Db, workspaceId: number, now: Date): Promise<Credits> {
  const [row] = await db.query<{
    limited: boolean
    currency: string
    creditValue: string
    available: string
    availableMoney: string
    reserved: string
    reservedMoney: string
    spent: string
    spentMoney: string
  }>(sql`
    select w.credit_limited as limited, w.currency, w.credit_value as "creditValue",
      s.available, round(s.available * w.credit_value, 2) as "availableMoney",
      s.reserved, round(s.reserved * w.credit_value, 2) as "reservedMoney",
      s.spent, round(s.spent * w.credit_value, 2) as "spentMoney"
    from workspaces w, lateral (
      select coalesce(sum(l.credits), 0)::numeric(14, 4) as available,
        coalesce(-sum(l.credits) filter (where l.kind in ('reserve', 'release')), 0)::numeric(14, 4) as reserved,
        coalesce(-sum(l.credits) filter (where l.kind = 'charge'
          and l.at >= date_trunc('month', ${now}::timestamptz at time zone w.time_zone) at time zone w.time_zone), 0)::numeric(14, 4) as spent
      from ledger l where l.workspace_id = w.id) s
    where w.id = ${workspaceId}`)
  if (row === undefined) throw new Error(`workspace ${workspaceId} vanished`)
  const { limited, currency, creditValue } = row
  return {
    limited,
    currency,
    creditValue,
    available: limited ? { credits: row.available, money: row.availableMoney } : null,
    reserved: { credits: row.reserved, money: row.reservedMoney },
    spentThisMonth: { credits: row.spent, money: row.spentMoney },
  }
}
