/** What settles an attempt of which nobody knows: receipts with ids that were never heard of, for its parts, each once. */

import { expect, test } from 'vitest'
import { homingCode } from '../core/gateways/homing.ts'
import { makeClock } from '../server/platform/clock.ts'
import { sql } from '../server/platform/db/sql.ts'
import { createLog } from '../server/platform/log.ts'
import { later, makeSent, START } from '../server/report/sent.fixture.ts'
import { runLanes } from '../server/run-lanes.ts'
import { verify } from '../server/verify/verify.ts'
import { ownDatabase } from './database.ts'
import { until } from './processes.ts'

const db = await ownDatabase({ max: 4 })

test('a receipt that comes twice settles one part of an unknown attempt, not two', async () => {
  const phone = '+46701740001'
  const attempts = [{ n: 1, try: 1, parts: null, at: START }]
  const answers = [
    { n: 1, part: 0, outcome: 'unknown' as const, counts: false, at: START, code: homingCode('process_died') },
  ]
  const { activityId, gatewayId } = await makeSent(db, [{ phone, facts: { parts: 2, attempts, answers } }])
  const ids = ['A', 'A', 'B']
  for (const [seq, providerId] of ids.entries()) {
    const body = {
      providerId,
      state: 'delivered',
      counts: false,
      code: 'dlr:delivrd',
      number: phone.slice(1),
      sender: 'Acme',
    }
    await db.run(sql`insert into waiting (source, seq, kind, gateway_id, at, body, tries, next_try_at)
      values (1, ${seq + 1}, 'receipt', ${gatewayId}, ${later(60_000)}, ${JSON.stringify(body)}::json, 3, ${new Date(0)})`)
  }
  const lanes = runLanes({
    open: () => ({ ...db, end: async () => {} }),
    leases: db,
    clock: makeClock(1, Date.now(), later(120_000).getTime()),
    log: createLog({ part: 'test', level: 'silent' }),
    grouping: { byBucket: false, writer: 1 },
  })
  await until('all have been looked at', async () => {
    const [row] = await db.query<{ n: number }>(sql`select count(*) as n from waiting`)
    return row?.n === 0
  })
  await lanes.stop()
  const accepted = await db.query(
    sql`select part, provider_id as id from answers where activity_id = ${activityId} and outcome = 'accepted' order by part`,
  )
  expect(accepted).toEqual([
    { part: 1, id: 'A' },
    { part: 2, id: 'B' },
  ])
  const [message] = await db.query(sql`select status, charged from messages where activity_id = ${activityId}`)
  expect(message).toEqual({ status: 'delivered', charged: true })
  expect(
    (await verify(db, { activityId, ledgerWaitMs: 0 })).differences.filter(({ what }) => !what.includes('ledger')),
  ).toEqual([])
})
