import { describe, expect, test, vi } from 'vitest'
import type { GatewayAnswer } from '../gateways/gateway.ts'
import { outgoing } from '../gateways/outgoing.fixture.ts'
import type { MessageChange } from '../messages/message-change.ts'
import { type Flight, Flights, type FlightsInput, type Submission } from './flights.ts'

const at = new Date('2026-11-28T12:00:00Z')
const later = (seconds: number) => new Date(at.getTime() + seconds * 1000)
const until = (check: () => void) => vi.waitFor(check, { interval: 1, timeout: 4000 })

function scene(more: Partial<FlightsInput> = {}) {
  const written: MessageChange[][] = []
  const left: Flight[] = []
  const database = { isAway: false }
  const flights = new Flights({
    now: () => later(60),
    log: { warn: () => {} },
    grouping: { byBucket: false, writer: 0 },
    gatewayId: 7,
    async write(group) {
      if (database.isAway) throw new Error('the database is away')
      written.push([...group.items])
    },
    countsAnyway: () => false,
    committed: some => left.push(...some),
    retryMs: 1,
    ...more,
  })
  const submit = (profileId: number, parts = 1): Submission => {
    const flight = flights.takeOff(1, { bucket: 5, profileId, n: 1, try: 1, parts: null }, later(profileId))
    flight.parts = parts
    flight.open = parts
    const submission: Submission = { ...outgoing(profileId), flight }
    flight.submission = submission
    return submission
  }
  return { flights, written, left, database, submit }
}

const answer = (message: Submission, more: Partial<GatewayAnswer<Submission>> = {}): GatewayAnswer<Submission> => ({
  message,
  part: 1,
  outcome: 'accepted',
  counts: false,
  personal: false,
  providerId: 'p1',
  code: null,
  late: false,
  ...more,
})

describe('an attempt leaves', () => {
  test('when all of its parts are answered and the answers are committed', async () => {
    const { flights, written, left, submit } = scene()
    const message = submit(1, 2)
    flights.answered([answer(message, { part: 2 })])
    await flights.allCommitted()
    expect([flights.size, written]).toEqual([1, []])
    flights.answered([answer(message, { part: 1, providerId: 'p2' })])
    await flights.allCommitted()
    expect(flights.settled).toBe(true)
    expect(written).toMatchObject([
      [
        {
          bucket: 5,
          activityId: 1,
          profileId: 1,
          parts: 2,
          attempt: { n: 1, try: 1, parts: null },
          answers: [
            { n: 1, part: 2, outcome: 'accepted', providerId: 'p1', gatewayId: 7 },
            { n: 1, part: 1, outcome: 'accepted', providerId: 'p2', gatewayId: 7 },
          ],
        },
      ],
    ])
    expect(left).toEqual([message.flight])
  })

  test('with one answer for all of its parts', async () => {
    const { flights, written, submit } = scene()
    flights.answered([answer(submit(1, 3), { part: 0 })])
    await flights.allCommitted()
    expect(flights.size).toBe(0)
    expect(written).toMatchObject([[{ answers: [{ part: 0, outcome: 'accepted' }] }]])
  })

  test('when it is refused or dropped before it was handed over; a drop stops its message', async () => {
    const { flights, written, left, submit } = scene()
    flights.refuse(submit(1).flight, 'homing:not_checked')
    flights.drop(submit(2).flight, 'homing:opted_out', 'opted_out')
    flights.drop(submit(3).flight, 'homing:settled', null)
    await flights.allCommitted()
    expect(left).toHaveLength(3)
    const changes = written.flat()
    expect(changes.map(({ answers }) => answers?.map(({ part, outcome, code }) => [part, outcome, code]))).toEqual([
      [[0, 'refused', 'homing:not_checked']],
      [[0, 'dropped', 'homing:opted_out']],
      [[0, 'dropped', 'homing:settled']],
    ])
    expect(changes.map(({ stop }) => stop?.reason)).toEqual([undefined, 'opted_out', undefined])
  })

  test('not before the database has its answers, however long it is away; what is answered meanwhile is the next batch', async () => {
    const { flights, written, database, submit } = scene()
    database.isAway = true
    flights.answered([answer(submit(1))])
    flights.answered([answer(submit(2)), answer(submit(3))])
    expect(flights.size).toBe(3)
    database.isAway = false
    await flights.allCommitted()
    expect(written.map(batch => batch.map(({ profileId }) => profileId))).toEqual([[1], [2, 3]])
    expect(flights.size).toBe(0)
  })
})

test('a late answer is a fact beside the first one, and moves nothing in flight', async () => {
  const { flights, written, submit } = scene()
  const message = submit(1)
  const other = submit(2)
  flights.answered([answer(message, { outcome: 'unknown', providerId: null, code: 'homing:no_answer' })])
  await flights.allCommitted()
  flights.answered([answer(message, { late: true, providerId: 'late' })])
  await flights.allCommitted()
  expect(written).toMatchObject([
    [{ profileId: 1, answers: [{ outcome: 'unknown', code: 'homing:no_answer' }] }],
    [{ profileId: 1, answers: [{ outcome: 'accepted', providerId: 'late' }] }],
  ])
  expect([...flights]).toEqual([other.flight])
})

test('a refusal counts where the connection says so, or the activity is refused as a whole', async () => {
  const { flights, written, submit } = scene({ countsAnyway: ({ message }) => message.flight.profileId === 2 })
  for (const [profileId, counts] of [
    [1, false],
    [2, false],
    [3, true],
  ] as const)
    flights.answered([answer(submit(profileId), { outcome: 'refused', counts, code: 'homing:no_answer' })])
  await flights.allCommitted()
  expect(written.flat().map(({ answers }) => answers?.[0]?.counts)).toEqual([false, true, true])
})

describe('everything is answered', () => {
  test('until the oldest claim that is open, under way, or broken off', async () => {
    const { flights, submit } = scene()
    expect(flights.answeredUntil).toEqual(later(60))
    flights.claimBegins(later(50))
    expect(flights.answeredUntil).toEqual(later(50))
    expect(flights.settled).toBe(false)
    const first = submit(20)
    submit(30)
    flights.claimEnded()
    expect(flights.answeredUntil).toEqual(later(20))
    flights.answered([answer(first)])
    await until(() => expect(flights.answeredUntil).toEqual(later(30)))
  })
})

test('on a cluster each transaction has one bucket', async () => {
  const { flights, written } = scene({ grouping: { byBucket: true, writer: 0 } })
  const take = (bucket: number) => flights.takeOff(1, { bucket, profileId: bucket, n: 1, try: 1, parts: null }, at)
  // The first leaves at once; the others are one batch.
  for (const flight of [take(1), take(9), take(2)]) flights.refuse(flight, 'homing:not_checked')
  await flights.allCommitted()
  expect(written.map(group => group.map(({ bucket }) => bucket))).toEqual([[1], [2], [9]])
})
