import { describe, expect, test } from 'vitest'
import { parseTemplate } from '../../core/sms/template.ts'
import { ActivityLane, type Claims, type LaneInput } from './activity-lane.ts'
import type { Claimed, QueuePosition } from './claim.ts'
import { planOf } from './plan.fixture.ts'

const now = new Date('2026-11-28T12:00:00Z')
const one = (bucket: number, profileId: number): Claimed => ({ bucket, profileId, n: 1, try: 1, parts: null })

/** A lane over three pools of work; what a statement returned is gone from its pool. */
function scene(plan = planOf()) {
  const clock = { ms: 0 }
  const pools = { walk: [] as Claimed[], again: [] as Claimed[], retry: [] as Claimed[] }
  const asked: { kind: string; after?: QueuePosition | undefined; buckets?: readonly number[] }[] = []
  const inbox = { applied: true, headsRead: 0 }
  const take = (from: Claimed[], limit: number, may: (claimed: Claimed) => boolean) => {
    const taken = from.filter(may).slice(0, limit)
    for (const claimed of taken) from.splice(from.indexOf(claimed), 1)
    return taken
  }
  const claims: Claims = {
    async queued({ limit }, buckets, after) {
      asked.push({ kind: 'walk', after })
      return take(pools.walk, limit, ({ bucket }) => buckets.includes(bucket))
    },
    async due({ limit }, buckets, kind) {
      asked.push({ kind, buckets })
      return take(pools[kind], limit, ({ bucket }) => buckets.includes(bucket))
    },
    async heads() {
      inbox.headsRead++
      return new Map()
    },
    hasPassed: async () => inbox.applied,
  }
  const lane = new ActivityLane(plan, null, claims, () => clock.ms)
  lane.left({ queued: 100, retrying: 100 })
  const claim = (more: Partial<LaneInput> = {}) =>
    lane.claim({ gatewayId: 1, sessionId: 1, limit: 2, now, buckets: [1, 2, 3], ...more })
  return { lane, claim, clock, pools, asked, inbox }
}

const profiles = (claimed: readonly Claimed[]) => claimed.map(({ profileId }) => profileId)

test('what was never tried, what was refused and what bounced softly take turns', async () => {
  const { claim, pools } = scene()
  pools.walk.push(...[1, 2, 3, 4, 5, 6].map(id => one(1, id)))
  pools.again.push(...[11, 12, 13].map(id => one(1, id)))
  pools.retry.push(...[21, 22, 23].map(id => one(2, id)))
  const turns: number[][] = []
  for (let i = 0; i < 7; i++) turns.push(profiles(await claim()))
  expect(turns).toEqual([[21, 22], [11, 12], [1, 2], [23], [13], [3, 4], [5, 6]])
})

describe('the walk', () => {
  test('continues behind the last message in key order, and ends at the end', async () => {
    const { claim, pools, asked } = scene()
    pools.walk.push(one(2, 9), one(2, 3), one(3, 1))
    while ((await claim()).length > 0);
    expect(asked.filter(({ kind }) => kind === 'walk').map(({ after }) => after)).toEqual([
      undefined,
      { bucket: 2, profileId: 9 },
      { bucket: 3, profileId: 1 },
    ])
  })

  test('begins again 3 s after its end where the sums say that something is left, and not where nothing is', async () => {
    const { lane, claim, clock, pools } = scene()
    expect(await claim()).toEqual([])
    pools.walk.push(one(1, 1))
    clock.ms = 2999
    expect(await claim()).toEqual([])
    lane.left({ queued: 0, retrying: 0 })
    clock.ms = 3000
    expect(await claim()).toEqual([])
    lane.left({ queued: 1, retrying: 0 })
    expect(profiles(await claim())).toEqual([1])
  })

  test('begins again at once where the session got other buckets', async () => {
    const { lane, claim, pools } = scene()
    pools.walk.push(one(3, 1))
    await claim()
    await claim()
    pools.walk.push(one(1, 7))
    expect(await claim()).toEqual([])
    lane.walkAgain()
    expect(profiles(await claim())).toEqual([7])
  })
})

describe('a round over due messages', () => {
  test('goes from bucket to bucket, so that a bucket that is always full holds up no other', async () => {
    const { claim, pools } = scene()
    pools.again.push(one(1, 1), one(1, 2), one(1, 3), one(2, 4))
    expect(profiles(await claim())).toEqual([1, 2])
    expect(profiles(await claim())).toEqual([4])
    expect(profiles(await claim())).toEqual([3])
  })

  test('waits a quarter of a second where nothing was due, but not after a refusal', async () => {
    const { lane, claim, clock, pools } = scene()
    await claim()
    pools.again.push(one(1, 1))
    clock.ms = 250
    expect(await claim()).toEqual([])
    clock.ms = 251
    expect(profiles(await claim())).toEqual([1])
    await claim()
    pools.again.push(one(1, 2))
    expect(await claim()).toEqual([])
    lane.askAgain()
    expect(profiles(await claim())).toEqual([2])
  })

  test('asks for no retry where the sums know none, and for none before the inbox is applied', async () => {
    const { lane, claim, pools, inbox, asked } = scene()
    pools.retry.push(one(1, 1))
    lane.left({ queued: 0, retrying: 0 })
    expect(await claim()).toEqual([])
    lane.left({ queued: 0, retrying: 1 })
    inbox.applied = false
    expect(await claim()).toEqual([])
    expect(await claim()).toEqual([])
    expect(inbox.headsRead).toBe(1)
    expect(asked.some(({ kind }) => kind === 'retry')).toBe(false)
    inbox.applied = true
    expect(profiles(await claim())).toEqual([1])
  })
})

describe('nothing is asked', () => {
  test('after the latest time', async () => {
    const { claim, asked } = scene(planOf({ latestAt: now }))
    await claim({ now: new Date(now.getTime() + 1) })
    expect(asked).toEqual([])
    await claim({ now })
    expect(asked.length).toBeGreaterThan(0)
  })

  test('without capacity, and while all of its messages are refused', async () => {
    const { lane, claim, asked } = scene()
    await claim({ limit: 0 })
    for (let i = 0; i < 5; i++) lane.backOff.refused(0)
    await claim()
    expect(asked).toEqual([])
  })
})

test('it knows how many parts its messages have: first by the template, then by what was rendered', () => {
  const { lane } = scene(planOf({ template: parseTemplate('x'.repeat(400), { smart: true }) }))
  expect(lane.parts).toBe(3)
  for (let i = 0; i < 200; i++) lane.rendered(1)
  expect(lane.parts).toBeCloseTo(1, 2)
})
