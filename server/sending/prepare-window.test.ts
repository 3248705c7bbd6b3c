import { expect, test } from 'vitest'
import { parseTemplate } from '../../core/sms/template.ts'
import type { CheckedMessage } from './claim.ts'
import { Flights } from './flights.ts'
import { planOf } from './plan.fixture.ts'
import { referenceOf, validityMinutes } from './plan.ts'
import { prepareWindow } from './prepare-window.ts'

const now = new Date('2026-11-28T12:00:00Z')
const hours = (count: number) => new Date(now.getTime() + count * 3_600_000)

const flights = new Flights({
  now: () => now,
  log: { warn: () => {} },
  grouping: { byBucket: false, writer: 0 },
  gatewayId: 1,
  write: async () => {},
  countsAnyway: () => false,
  committed: () => {},
})
const flight = (profileId: number, more: { n?: number; try?: number; parts?: number | null } = {}) =>
  flights.takeOff(1, { bucket: profileId & 255, profileId, n: 1, try: 1, parts: null, ...more }, now)
const checked = (profileId: number, more: Partial<CheckedMessage> = {}): CheckedMessage => ({
  bucket: profileId & 255,
  profileId,
  address: `+4670174000${profileId}`,
  vars: { first_name: 'Anna' },
  t0: null,
  barred: null,
  settled: false,
  ...more,
})
const prepare = (plan = planOf(), list = [flight(1)], checks = [checked(1)]) =>
  prepareWindow(plan, list, checks, 123, now)

test('a message is rendered, split, and priced by its parts', () => {
  const [submission] = prepare().submissions
  expect(submission).toMatchObject({
    key: '1/1/1',
    n: 1,
    to: '+46701740001',
    from: 'Homing',
    content: { channel: 'sms', text: 'Hi Anna!', split: { encoding: 'GSM-7' } },
    parts: null,
    validMinutes: 48 * 60,
    again: false,
    bounced: false,
    flight: { parts: 1, open: 1, creditsE4: 500, checkedMs: 123, audience: { workspaceId: 1, topics: [1] } },
  })
})

test('who must not be sent to is dropped with the reason, and stops; what was settled meanwhile only leaves', () => {
  const list = [1, 2, 3, 4, 5].map(id => flight(id))
  const { submissions, dropped } = prepare(planOf(), list, [
    checked(1, { barred: 'opted_out' }),
    checked(3, { settled: true, barred: 'opted_out' }),
    checked(4, { address: null }),
    checked(5),
  ])
  expect(dropped.map(({ flight: { profileId }, code, stop }) => [profileId, code, stop])).toEqual([
    [1, 'homing:opted_out', 'opted_out'],
    [2, 'homing:erased', 'erased'],
    [3, 'homing:settled', null],
    [4, 'homing:erased', 'erased'],
  ])
  expect(submissions.map(({ flight: { profileId } }) => profileId)).toEqual([5])
})

test('a text with more parts than the workspace allows is dropped, and costs nothing', () => {
  const plan = planOf({ template: parseTemplate('x'.repeat(400), { smart: true }), maxParts: 2 })
  const { submissions, dropped } = prepare(plan)
  expect(submissions).toEqual([])
  expect(dropped).toMatchObject([{ code: 'homing:too_long', stop: 'too_long', flight: { parts: 0, creditsE4: 0 } }])
})

test('what is sent again carries the refused parts, the reference of its try, and the price of the whole', () => {
  const plan = planOf({ template: parseTemplate('x'.repeat(400), { smart: true }) })
  const [first] = prepare(plan).submissions
  const [again] = prepare(plan, [flight(1, { n: 2, try: 1, parts: 0b100 })]).submissions
  expect(again).toMatchObject({
    parts: 0b100,
    again: true,
    bounced: false,
    flight: { open: 1, parts: 3, creditsE4: 1500 },
  })
  expect(again?.reference).toBe(first?.reference)
})

test('the retry of a soft bounce differs from that of a refused message', () => {
  const t0 = hours(-2)
  const [retry] = prepare(planOf(), [flight(1, { n: 2, try: 2 })], [checked(1, { t0 })]).submissions
  expect(retry).toMatchObject({ again: true, bounced: true, validMinutes: 46 * 60 })
})

test('the gateway tries for what is left of the 48 hours, or until the latest time, and at least 10 minutes', () => {
  expect(validityMinutes({ latestAt: null, isTest: false }, null, now)).toBe(48 * 60)
  expect(validityMinutes({ latestAt: null, isTest: false }, hours(-47.5), now)).toBe(30)
  expect(validityMinutes({ latestAt: hours(3), isTest: false }, null, now)).toBe(180)
  expect(validityMinutes({ latestAt: hours(-1), isTest: false }, null, now)).toBe(10)
  expect(validityMinutes({ latestAt: hours(0.25), isTest: true }, null, now)).toBe(60)
})

test('profiles that share a number, activities and tries have different references', () => {
  const references = [referenceOf(1, 1, 1), referenceOf(1, 2, 1), referenceOf(2, 1, 1), referenceOf(1, 1, 2)]
  expect(references.every(reference => reference >= 0 && reference <= 255)).toBe(true)
  expect(referenceOf(1, 1, 1)).not.toBe(referenceOf(1, 2, 1))
  expect(referenceOf(1, 1, 1)).not.toBe(referenceOf(2, 1, 1))
})
