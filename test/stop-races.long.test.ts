import { afterEach, expect, test } from 'vitest'
import { killAll } from './processes.ts'
import { race } from './stop-races.ts'

afterEach(killAll)

test.each([
  ['one bind of one worker', { races: 1000 }],
  ['two binds of one worker', { races: 1000, binds: 2 }],
  ['two workers, paced', { races: 1000, workers: 2, binds: 2, rate: 300 }],
  ['two workers, each stopped in turn', { races: 1000, workers: 2, binds: 2, rate: 100, freezes: true }],
  ['the opt-out page', { races: 1000, byPage: true }],
])('1,000 races, %s: nobody is sent to after the acknowledgement', async (_, input) => {
  const { acknowledged, sentAfter, won, close } = await race(input)
  expect({ acknowledged, sentAfter }).toEqual({ acknowledged: 1000, sentAfter: [] })
  expect(won).toBeGreaterThan(100)
  await close()
})
