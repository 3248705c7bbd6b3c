import { expect, test } from 'vitest'
import { getReport } from '../server/report/overview.ts'
import { verify } from '../server/verify/verify.ts'
import { ownDatabase } from '../test/database.ts'
import { makeSentActivity } from './sent.ts'

const db = await ownDatabase({ max: 3 })

test('the activity of the benchmarks is one that a sending could have left: verify finds nothing', async () => {
  const size = 20_000
  const { workspaceId, activityId } = await makeSentActivity(db, size)
  expect(await verify(db, { ledgerWaitMs: 0 })).toEqual({ checked: size, toJudge: 0, differences: [] })
  const report = await getReport(db, workspaceId, activityId, new Date())
  expect(report?.figures).toMatchObject({ targeted: size, notSent: size * 0.04, delivered: size * 0.82 })
  expect(Object.keys(report?.notSentReasons ?? {})).toHaveLength(5)
})
