/**
 * Does the ledger hold what was charged? For each activity the sum of its tallies; for each test SMS what its facts say, by the
 * same fold. A test that was forgotten after its 30 days can no longer be compared: its charge stands without it.
 *
 * The ledger follows by a second or so: what differs is looked at again, and told only when it still differs in the same way.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { foldMessage } from '../../core/messages/fold.ts'
import { fromE4, toE4 } from '../messages/tallies.ts'
import { readTestFacts } from '../messages/test-sms.ts'
import type { Db } from '../platform/db/database.ts'
import { empty, sql } from '../platform/db/sql.ts'
import type { Difference } from './difference.ts'

export interface LedgerOptions {
  activityIds: readonly number[]
  /** test SMS of this activity only */
  testsOf: number | undefined
  /** real time to wait for a ledger that lags */
  waitMs: number
}

export async function ledgerDifferences(
  db: Db,
  { activityIds, testsOf, waitMs }: LedgerOptions,
): Promise<Difference[]> {
  const read = async () =>
    [...(await activityCharges(db, activityIds)), ...(await testCharges(db, testsOf))].filter(differs)
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

const TESTS_A_READ = 1_000

async function testCharges(db: Db, activityId: number | undefined): Promise<Difference[]> {
  const charges: Difference[] = []
  const only = activityId === undefined ? empty : sql`and t.activity_id = ${activityId}`
  for (let after = 0; ; ) {
    const tests = await db.query<{ id: number; credits: string; posted: string }>(
      sql`select t.id, t.credits, coalesce((select -sum(l.credits) from ledger l
          where l.test_id = t.id and l.workspace_id = t.workspace_id and l.kind = 'charge'), 0) as posted
        from test_sms t where t.id > ${after} ${only} order by t.id limit ${TESTS_A_READ}`,
    )
    const ids = tests.map(({ id }) => id)
    const facts = await readTestFacts(db, ids)
    for (const { id, credits, posted } of tests) {
      const known = facts.get(id)
      const isCharged = known !== undefined && foldMessage(known).charged
      const computed = inCredits(isCharged ? credits : '0')
      charges.push({ what: `test SMS ${id}: ledger charge`, stored: inCredits(posted), computed })
    }
    after = ids.at(-1) ?? 0
    if (tests.length < TESTS_A_READ) return charges
  }
}

const inCredits = (credits: string) => fromE4(toE4(credits))
