/** Who has the acknowledgement of a STOP gets nothing more: 100 races here, 1,000 of each kind in stop-races.long.test.ts. */
import { afterEach, expect, test } from 'vitest'
import { killAll } from './processes.ts'
import { race } from './stop-races.ts'

afterEach(killAll)

test.each([
  ['of a STOP: one bind of one worker', { races: 50 }, 10],
  ['of a STOP where another worker sends, over another bind', { races: 30, workers: 2, binds: 2, rate: 200 }, 5],
  ['of the opt-out page', { races: 20, byPage: true }, 5],
])('nobody is sent to after the acknowledgement %s', async (_, input, least) => {
  // On a busy machine most of a short send may be over before a STOP arrives: then another one, until enough of them have won.
  let winners = 0
  for (let sends = 0; winners < least && sends < 5; sends++) {
    const { acknowledged, sentAfter, won, close } = await race(input)
    expect({ acknowledged, sentAfter }).toEqual({ acknowledged: input.races, sentAfter: [] })
    winners += won
    await close()
  }
  expect(winners).toBeGreaterThanOrEqual(least)
})
