/**
 * What a workspace has to spend, what is set aside, and what it has spent this month: sums of the ledger, never stored.
 *
 * Always: grants = available + reserved + all that was ever charged. A workspace without a limit has no balance that means
 * anything; there it only has what was spent and what is set aside. Money is credits by their value, in the
 * decimals of the currency.
 */
import { inCurrency, moneyOf } from '../../core/money.ts'
import { gatewayJoin, isSimulated } from '../messages/simulated.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

/** Decimal text, never a float: credits with four places, money with those of the currency. */
export interface Amount {
  credits: string
  money: string
}

export interface CreditBalance {
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
  /** of it, over the built-in simulator: nobody pays for it */
  simulatedThisMonth: Amount
}

export async function getCredits(db: Db, workspaceId: number, now: Date): Promise<CreditBalance> {
  const charged = sql`l.kind = 'charge'
    and l.at >= date_trunc('month', ${now}::timestamptz at time zone w.time_zone) at time zone w.time_zone`
  const [row] = await db.query<{
    limited: boolean
    currency: string
    creditValue: string
    available: string
    reserved: string
    spent: string
    simulated: string
  }>(sql`
    select w.credit_limited as limited, w.currency, w.credit_value as "creditValue",
      s.available, s.reserved, s.spent, s.simulated
    from workspaces w, lateral (
      select coalesce(sum(l.credits), 0)::numeric(14, 4) as available,
        coalesce(-sum(l.credits) filter (where l.kind in ('reserve', 'release')), 0)::numeric(14, 4) as reserved,
        coalesce(-sum(l.credits) filter (where ${charged}), 0)::numeric(14, 4) as spent,
        coalesce(-sum(l.credits) filter (where ${charged} and ${isSimulated}), 0)::numeric(14, 4) as simulated
      from ledger l left join activities a on a.id = l.activity_id ${gatewayJoin} where l.workspace_id = w.id) s
    where w.id = ${workspaceId}`)
  if (row === undefined) throw new Error(`workspace ${workspaceId} vanished`)
  const { limited, currency, creditValue } = row
  const amountOf = (credits: string): Amount => ({
    credits,
    money: inCurrency(moneyOf(credits, creditValue), currency),
  })
  return {
    limited,
    currency,
    creditValue,
    available: limited ? amountOf(row.available) : null,
    reserved: amountOf(row.reserved),
    spentThisMonth: amountOf(row.spent),
    simulatedThisMonth: amountOf(row.simulated),
  }
}
