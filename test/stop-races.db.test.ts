/** Who has the acknowledgement of a STOP gets nothing more: 100 races here, 1,000 in stop-races.long.test.ts. */
import { afterEach, expect, test } from 'vitest'
import { killAll } from './processes.ts'
import { race } from './stop-races.ts'

afterEach(killAll)

test('nobody is sent to after the acknowledgement of a STOP: one bind of one worker', async () => {
  const { acknowledged, sentAfter, won, close } = await race({ races: 60 })
  expect({ acknowledged, sentAfter }).toEqual({ acknowledged: 60, sentAfter: [] })
  expect(won).toBeGreaterThan(10)
  await close()
})

test('nor where another worker sends, over another bind', async () => {
  const { acknowledged, sentAfter, won, close } = await race({ races: 40, workers: 2, binds: 2, rate: 200 })
  expect({ acknowledged, sentAfter }).toEqual({ acknowledged: 40, sentAfter: [] })
  expect(won).toBeGreaterThan(5)
  await close()
})
