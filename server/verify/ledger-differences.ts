/**
 * Does the ledger hold what was charged? For each activity, tests among them, the sum of its tallies. A test that was forgotten after
 * its 30 days can no longer be compared: its charge stays without it.
 *
 * The ledger follows by a second or so: what differs is looked at again, and told only when it still differs in the same way.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { fromE4, toE4 } from '../messages/tallies.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Difference } from './difference.ts'

export interface LedgerOptions {
  activityIds: readonly number[]
  /** real time to wait for a ledger that lags */
  waitMs: number
}

export async function ledgerDifferences(db: Db, { activityIds, waitMs }: LedgerOptions): Promise<Difference[]> {
  const read = async () => (await activityCharges(db, activityIds)).filter(differs)
  const before = new Map((await read()).map(row => [row.what, row]))
  if (before.size === 0) return []
  await sleep(waitMs)
  return (await read()).filter(({ what, stored, computed }) => {
    const was = before.get(what)
    return was?.stored === stored && was.computed === computed
  })
}

const differs = ({ stored, computed }: Difference) => stored !== computed

async function activityCharges(db: Db, activityIds: readonly number[]): Promise<Difference[]> {
  if (activityIds.length === 0) return []
  const tallied = await db.query<{ id: number; credits: string }>(
    sql`select /* fanout */ t.activity_id as id, sum(t.credits) as credits from tallies t
      where t.activity_id = any(${[...activityIds]}::bigint[]) and t.figure = 'charged' group by t.activity_id`,
  )
  const posted = await db.query<{ id: number; credits: string }>(
    sql`select l.activity_id as id, -sum(l.credits) as credits from ledger l
      where l.activity_id = any(${[...activityIds]}::bigint[]) and l.kind = 'charge' group by l.activity_id`,
  )
  const of = (rows: { id: number; credits: string }[]) => new Map(rows.map(row => [row.id, inCredits(row.credits)]))
  const [talliedOf, postedOf] = [of(tallied), of(posted)]
  return activityIds.map(id => ({
    what: `activity ${id}: ledger charges`,
    stored: postedOf.get(id) ?? inCredits('0'),
    computed: talliedOf.get(id) ?? inCredits('0'),
  }))
}

const inCredits = (credits: string) => fromE4(toE4(credits))
