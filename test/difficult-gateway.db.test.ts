/** The real worker with gateways that are slow, strict, full, mute or picky, over TCP: their submits, and the outcome of each message. */
import { afterAll, describe, expect, test } from 'vitest'
import { perSecond } from '../server/gateways/paced-gateway.fixture.ts'
import { monotonicMs } from '../server/platform/clock.ts'
import { sql } from '../server/platform/db/sql.ts'
import { getBreakdowns } from '../server/report/breakdowns.ts'
import {
  fastestPerSecond,
  longestGapMs,
  mostInARow,
  numberOf,
  openSending,
  profileOf,
  type Sending,
} from './difficult-gateway.ts'
import { killAll, until } from './processes.ts'

const opened: Sending[] = []
const openGateway = async (input: Parameters<typeof openSending>[0]): Promise<Sending> => {
  const sending = await openSending(input)
  opened.push(sending)
  return sending
}
afterAll(async () => {
  await Promise.all(opened.map(sending => sending.close()))
  await killAll()
})

/** Waits until n messages of the activity have this status. */
const have = (sending: Sending, activityId: number, status: string, n: number) =>
  until(`${n} are ${status}`, async () => ((await sending.statuses(activityId))[status] ?? 0) >= n, {
    timeoutMs: 240_000,
    seen: async () => ({ ...(await sending.statuses(activityId)), submits: sending.submits.length }),
  })

const submitsTo = (sending: Sending, profile: number) =>
  sending.submits.filter(({ to }) => to === numberOf(profile)).length

/** What a busy machine leaves of a rate, and adds to a gap. pace.test.ts has exact figures, on a simulated clock. */
const least = 0.6
const mostGapMs = 5_000

describe('a gateway with a rate', () => {
  test('a contract of 30 per second is used, though the window is large and the first submit is throttled', async () => {
    const sending = await openGateway({
      window: 100,
      rate: 30,
      react: sms => (sms.id === 'm1' ? { answer: { status: 0x58 } } : {}),
    })
    const activityId = await sending.send({ people: 150 })
    await have(sending, activityId, 'pending', 150)
    const { submits } = sending
    const seconds = (submits.at(-1)!.atMs - submits[1]!.atMs) / 1000
    expect(fastestPerSecond(submits.slice(1), 60)).toBeGreaterThanOrEqual(30 * least)
    expect((submits.length - 2) / seconds).toBeLessThanOrEqual(31)
    expect(longestGapMs(submits)).toBeLessThan(mostGapMs)
  }, 300_000)

  test('one at a time, 3 per second: sending never stalls, and long texts pass', async () => {
    const sending = await openGateway({ window: 1, rate: 3 })
    const activityId = await sending.send({ people: 6, body: 'x'.repeat(700) })
    await have(sending, activityId, 'pending', 6)
    const { submits } = sending
    expect(submits).toHaveLength(30)
    expect(fastestPerSecond(submits, 15)).toBeGreaterThanOrEqual(3 * least)
    expect(longestGapMs(submits)).toBeLessThan(mostGapMs)
  }, 300_000)

  test('one text of ten parts slows nobody down afterwards', async () => {
    let open = 0
    let most = 0
    const sending = await openGateway({
      window: 50,
      react: () => {
        most = Math.max(most, ++open)
        setTimeout(() => open--, 40)
        return { answer: { afterMs: 40 } }
      },
    })
    const long = await sending.send({ people: 20, body: 'x'.repeat(1500) })
    await have(sending, long, 'pending', 20)
    most = 0
    const short = await sending.send({ people: 600 })
    await have(sending, short, 'pending', 600)
    expect(most).toBeGreaterThanOrEqual(45)
  }, 300_000)

  test('a gateway that takes 20 per second and says so only by refusing is found out', async () => {
    const limiter = perSecond(20)
    const began = monotonicMs()
    const sending = await openGateway({
      window: 100,
      react: () => (limiter(monotonicMs() - began) ? {} : { answer: { status: 0x58 } }),
    })
    const activityId = await sending.send({ people: 150 })
    await have(sending, activityId, 'pending', 150)
    const accepted = sending.submits.filter(sms => sms.accepted)
    // After the first third, in which the rate is found.
    expect(fastestPerSecond(accepted.slice(50), 20)).toBeGreaterThanOrEqual(20 * least)
  }, 300_000)
})

describe.concurrent('a gateway that takes most and refuses some', () => {
  /** 20 % are not allowed for this sender, three inboxes are full, a few numbers are refused for their form or for nothing at all. */
  const codeOf = (profile: number): number => {
    if ([256, 1, 130].includes(profile)) return 0x14
    if (profile === 257) return 0x62
    if (profile === 258) return 0x50
    if (profile === 259) return 0xc3
    if (profile === 260) return 0x58
    return profile % 5 === 0 ? 0x0a : 0
  }

  test('the others get theirs at once, each refused one is tried three times and ends with its reason', async () => {
    const sending = await openGateway({
      window: 10,
      clockRate: 10,
      react: sms => ({ answer: { status: codeOf(profileOf(sms.to)), afterMs: 20 } }),
    })
    const profiles = Array.from({ length: 300 }, (_, i) => i + 1)
    const good = profiles.filter(profile => codeOf(profile) === 0)
    const hard = profiles.filter(profile => [0x0a, 0x50, 0x62, 0xc3].includes(codeOf(profile)))
    const activityId = await sending.send({ people: 300 })
    await have(sending, activityId, 'pending', good.length)
    // By order, not by time: on a busy machine more of the refused ones are due again.
    expect(mostInARow(sending.submits, ({ to }) => codeOf(profileOf(to)) !== 0)).toBeLessThanOrEqual(
      2 * (300 - good.length),
    )
    await have(sending, activityId, 'bounced_hard', hard.length)
    await have(sending, activityId, 'bounced_soft_retrying', 4)
    for (const profile of good) expect(submitsTo(sending, profile)).toBe(1)
    for (const profile of hard) expect(submitsTo(sending, profile)).toBeLessThanOrEqual(5)
    const errors = (await getBreakdowns(sending.db, 1, activityId, new Date()))!.errors
    expect(errors[0]).toMatchObject({ code: 'smpp:0x0a', hard: 58, words: 'The gateway does not allow this sender' })
    expect(errors.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['smpp:0x14', 'smpp:0x50', 'smpp:0x62', 'smpp:0xc3']),
    )
    await until('the alarm is shown', async () => (await sending.alarms()).includes('activity_refused'))
    expect(await sending.differences(activityId)).toEqual([])
    const [charged] = await sending.db.query<{ n: number }>(
      sql`select count(*) as n from messages where activity_id = ${activityId} and charged`,
    )
    expect(charged!.n).toBe(good.length)
  }, 300_000)

  test('an activity whose sender is refused everywhere ends with the reason, and another one is not held up', async () => {
    const sending = await openGateway({
      window: 10,
      rate: 50,
      clockRate: 10,
      react: sms => ({ answer: { status: sms.from === 'Nobody' ? 0x0a : 0 } }),
    })
    const refused = await sending.send({ people: 30, sender: 'Nobody' })
    await until('the first are refused', () => sending.submits.length > 10)
    const good = await sending.send({ people: 200 })
    await have(sending, good, 'pending', 200)
    // Each refused one at most twice before the next good one.
    expect(mostInARow(sending.submits, ({ from }) => from === 'Nobody')).toBeLessThanOrEqual(2 * 30)
    await until('the alarm is shown', async () => (await sending.alarms()).includes('activity_refused'))
    await have(sending, refused, 'bounced_hard', 30)
    expect(sending.submits.filter(({ from }) => from === 'Nobody').length).toBeLessThanOrEqual(30 * 4)
    expect(await sending.differences(refused)).toEqual([])
  }, 300_000)

  test('half of the numbers are full for good: the others of this activity and of the next one are not held up', async () => {
    const isFull = (from: string, profile: number) => from === 'Half' && profile % 2 === 0
    const sending = await openGateway({
      window: 13,
      react: sms => ({ answer: { status: isFull(sms.from, profileOf(sms.to)) ? 0x14 : 0, afterMs: 10 } }),
    })
    const half = await sending.send({ people: 100, sender: 'Half' })
    await have(sending, half, 'pending', 50)
    const good = await sending.send({ people: 40 })
    await have(sending, good, 'pending', 40)
  }, 300_000)

  test('too many temporary faults are congestion: nobody bounces, and sending continues when they are over', async () => {
    let troubled = true
    const sending = await openGateway({ window: 100, react: () => ({ answer: { status: troubled ? 0x08 : 0 } }) })
    const activityId = await sending.send({ people: 300 })
    await until('it has been refused for a while', () => sending.submits.length > 15)
    await until('it slows down', async () =>
      (await sending.states()).some(state => state === 'throttled' || state === 'refusing'),
    )
    troubled = false
    const inTrouble = sending.submits.length
    // Without congestion all 300 would bounce within a second. Some are tried often enough before it is recognized, more on a busy machine.
    await have(sending, activityId, 'pending', 270)
    // A message that the gateway takes is not submitted again.
    expect(sending.submits.length - inTrouble).toBeLessThanOrEqual(300)
    expect((await sending.statuses(activityId)).bounced_soft_retrying ?? 0).toBeLessThanOrEqual(30)
  }, 300_000)

  test('a gateway that takes messages and never answers loses a few, raises an alarm, and gets all when it answers', async () => {
    let mute = true
    const sending = await openGateway({ window: 50, react: () => ({ answer: { silent: mute } }) })
    const activityId = await sending.send({ people: 100 })
    await until('the alarm is shown', async () => (await sending.alarms()).includes('gateway_silent'), {
      timeoutMs: 30_000,
    })
    expect(sending.submits.length).toBeLessThanOrEqual(12)
    mute = false
    await have(sending, activityId, 'pending', 100)
    expect(sending.submits).toHaveLength(100)
    await until('it is over', async () => !(await sending.alarms()).includes('gateway_silent'))
  }, 300_000)
})
