/** The real worker and gateways that are slow, strict, full, mute or picky, over TCP: what they got, and what became of everybody. */
import { afterEach, expect, test } from 'vitest'
import { perSecond } from '../server/gateways/smpp/paced-gateway.fixture.ts'
import { monotonicMs } from '../server/platform/clock.ts'
import { longestGapMs, openSending, type Sending } from './difficult-gateway.fixture.ts'
import { killAll, until } from './processes.ts'

let sending: Sending | undefined
afterEach(async () => {
  await sending?.close()
  sending = undefined
  await killAll()
})

const accepted = async (activityId: number, n: number, timeoutMs: number) =>
  until(`${n} are accepted`, async () => ((await sending!.statuses(activityId)).pending ?? 0) >= n, {
    timeoutMs,
    seen: async () => ({ ...(await sending!.statuses(activityId)), submits: sending!.submits.length }),
  })

test('a contract of 30 per second is used, though the window is large and the first submit is throttled', async () => {
  sending = await openSending({
    window: 100,
    rate: 30,
    react: sms => (sms.id === 'm1' ? { answer: { status: 0x58 } } : {}),
  })
  const activityId = await sending.send({ people: 150 })
  await accepted(activityId, 150, 20_000)
  const { submits } = sending
  const seconds = (submits.at(-1)!.atMs - submits[1]!.atMs) / 1000
  expect((submits.length - 2) / seconds).toBeGreaterThanOrEqual(30 * 0.95)
  expect((submits.length - 2) / seconds).toBeLessThanOrEqual(31)
  expect(longestGapMs(submits)).toBeLessThan(2000)
}, 60_000)

test('one at a time, 3 per second: nothing stands still, and long texts pass', async () => {
  sending = await openSending({ window: 1, rate: 3 })
  const activityId = await sending.send({ people: 6, body: 'x'.repeat(700) })
  await accepted(activityId, 6, 30_000)
  const { submits } = sending
  expect(submits).toHaveLength(30)
  expect(30 / ((submits.at(-1)!.atMs - submits[0]!.atMs) / 1000)).toBeGreaterThanOrEqual(3 * 0.95)
  expect(longestGapMs(submits)).toBeLessThan(2000)
}, 60_000)

test('a gateway that takes 20 per second and says so only by refusing is found out', async () => {
  const limiter = perSecond(20)
  const began = monotonicMs()
  sending = await openSending({
    window: 100,
    react: () => (limiter(monotonicMs() - began) ? {} : { answer: { status: 0x58 } }),
  })
  const activityId = await sending.send({ people: 150 })
  const startMs = monotonicMs()
  await accepted(activityId, 150, 40_000)
  expect(150 / ((monotonicMs() - startMs) / 1000)).toBeGreaterThanOrEqual(20 * 0.9)
}, 60_000)
