import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../server/platform/db.ts'
import { getReport } from '../server/report/overview.ts'
import { verify } from '../server/verify/verify.ts'
import { freshDatabase } from '../test/database.ts'
import { makeSentActivity } from './sent.ts'

let db: Database
let drop: () => Promise<void>
beforeAll(async () => {
  const database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test', max: 3 })
  drop = database.drop
})
afterAll(async () => {
  await db.end()
  await drop()
})

test('the activity of the benchmarks is one that a sending could have left: verify finds nothing', async () => {
  const size = 20_000
  const { workspaceId, activityId } = await makeSentActivity(db, size)
  expect(await verify(db, { ledgerWaitMs: 0 })).toEqual({ checked: size, toJudge: 0, differences: [] })
  const report = await getReport(db, workspaceId, activityId, new Date())
  expect(report?.figures).toMatchObject({ targeted: size, notSent: size * 0.04, delivered: size * 0.82 })
  expect(Object.keys(report?.notSentReasons ?? {})).toHaveLength(5)
})
