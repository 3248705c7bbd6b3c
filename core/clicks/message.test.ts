import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crowdsOf } from './crowd.ts'
import { judgeVisits, type MessageContext, type Visit } from './message.ts'

const start = Date.parse('2026-03-01T12:00:00Z')
const at = (seconds: number) => new Date(start + seconds * 1000)
const visit = (seconds: number, slot: number | null = 0, more: Partial<Visit> = {}): Visit => ({
  slot,
  at: at(seconds),
  ownReason: null,
  ownSign: false,
  visitor: 'a',
  crowd: false,
  ...more,
})
const sent: MessageContext = { slots: [0], submittedAt: [at(0)], deliveredAt: at(5) }
const two: MessageContext = { ...sent, slots: [0, 1] }
const reasons = (visits: readonly Visit[], context = sent) => judgeVisits(visits, context).map(({ reason }) => reason)

test('somebody who reads first is a person', () => {
  expect(judgeVisits([visit(30)], sent)).toEqual([{ verdict: 'human', reason: null, signed: false }])
})

test('within 2 s of any submission, also that of a retry, nobody has read the SMS', () => {
  const context = { ...sent, submittedAt: [at(0), at(3600)], deliveredAt: null }
  expect(reasons([visit(2), visit(2.001), visit(3601), visit(3603)], context)).toEqual([
    'too_soon',
    null,
    'too_soon',
    null,
  ])
})

test('before the phone had it nobody clicks; as long as no delivery is known nothing is said', () => {
  expect(reasons([visit(4), visit(5)])).toEqual(['before_delivery', null])
  expect(reasons([visit(4)], { ...sent, deliveredAt: null })).toEqual([null])
})

test('all links within 3 s are a program’s work, also from several addresses; the earlier ones are turned', () => {
  expect(reasons([visit(30, 0), visit(33, 1, { visitor: 'b' })], two)).toEqual(['all_at_once', 'all_at_once'])
  expect(reasons([visit(30, 0), visit(33.001, 1)], two)).toEqual([null, null])
  expect(reasons([visit(10, 0), visit(30, 0), visit(31, 0), visit(32, 1), visit(40, 1)], two)).toEqual([
    null,
    'all_at_once',
    'all_at_once',
    'all_at_once',
    null,
  ])
})

test('visits of one moment are judged alike in whatever order they came', () => {
  const [first, second, third, page] = [visit(60, 0), visit(60, 1), visit(80, 2), visit(90, null)]
  const three = { ...sent, slots: [0, 1, 2] }
  for (const given of [
    [first, second, third, page],
    [page, third, second, first],
  ])
    expect(reasons(given, three)).toEqual(given.map(() => 'in_order'))
})

test('of a message with one link it needs the unsubscribe link too, or each double tap would be suspect', () => {
  expect(reasons([visit(30), visit(31)])).toEqual([null, null])
  expect(reasons([visit(30), visit(31, null)])[0]).toBe('all_at_once')
})

test('a known bot beside a person turns nobody', () => {
  expect(reasons([visit(30, 0), visit(31, 1, { ownReason: 'agent' })], two)).toEqual([null, 'agent'])
})

test('the unsubscribe link and all links in the order of the text, by one visitor within a minute', () => {
  const walk = [visit(30, 0), visit(38, 1), visit(46, null)]
  expect(reasons(walk, two).slice(0, 2)).toEqual(['in_order', 'in_order'])
  expect(reasons([walk[2]!, walk[0]!, walk[1]!], two).slice(1)).toEqual(['in_order', 'in_order'])
  expect(reasons([visit(30, 1), visit(38, 0), visit(46, null)], two).slice(0, 2)).toEqual([null, null])
  expect(reasons([visit(30, 0), visit(38, 1), visit(91, null)], two).slice(0, 2)).toEqual([null, null])
  expect(reasons([visit(30, 0), visit(38, 1, { visitor: 'b' }), visit(46, null)], two).slice(0, 2)).toEqual([
    null,
    null,
  ])
})

test('who looks and then opts out is a person, with a sign that only counts among many', () => {
  const judged = judgeVisits([visit(30), visit(45, null)], sent)
  expect(judged[0]).toEqual({ verdict: 'human', reason: null, signed: true })
  expect(judgeVisits([visit(30), visit(91, null)], sent)[0]?.signed).toBe(false)
  expect(judgeVisits([visit(30), visit(45, null, { visitor: 'b' })], sent)[0]?.signed).toBe(false)
})

test('what a visit alone shows comes first, and a bot is no part of a crowd', () => {
  const own = judgeVisits([visit(1, 0, { ownReason: 'agent', ownSign: true, crowd: true })], sent)
  expect(own).toEqual([{ verdict: 'bot', reason: 'agent', signed: false }])
  expect(reasons([visit(1, 0, { crowd: true })])).toEqual(['crowd'])
})

const visits = fc.array(
  fc.record({
    slot: fc.constantFrom(null, 0, 1, 2),
    at: fc.integer({ min: 0, max: 120 }).map(seconds => at(seconds / 2)),
    ownReason: fc.constantFrom(null, null, null, 'agent', 'no_language'),
    ownSign: fc.boolean(),
    visitor: fc.constantFrom('a', 'b'),
    crowd: fc.constantFrom(false, false, true),
  }),
  { maxLength: 25 },
)
const context = fc.record({
  slots: fc.constantFrom([0], [0, 1], [0, 1, 2]),
  submittedAt: fc.constantFrom([], [at(0)], [at(0), at(20)]),
  deliveredAt: fc.constantFrom(null, at(3), at(30)),
})

test('verdicts do not depend on the order in which the visits came', () => {
  const shuffled = visits.chain(given =>
    fc.tuple(fc.constant(given), fc.shuffledSubarray([...given.keys()], { minLength: given.length })),
  )
  fc.assert(
    fc.property(shuffled, context, ([given, order], known) => {
      const straight = judgeVisits(given, known)
      const mixed = judgeVisits(
        order.map(i => given[i]!),
        known,
      )
      for (const [place, i] of order.entries()) expect(mixed[place]).toEqual(straight[i])
    }),
  )
})

test('more visits only ever turn more: what was suspect stays so, what had a sign keeps it', () => {
  fc.assert(
    fc.property(visits, fc.array(visits, { minLength: 1, maxLength: 1 }), context, (given, [more = []], known) => {
      const earlier = judgeVisits(given, known)
      const after = judgeVisits([...given, ...more], known)
      for (const [i, { verdict, signed }] of earlier.entries()) {
        if (verdict !== 'human') expect(after[i]?.verdict).toBe(verdict)
        if (signed) expect(after[i]?.signed).toBe(true)
      }
    }),
  )
})

/** The rule as it is said, without cleverness. */
function coveredSlowly(given: readonly Visit[], slots: readonly number[]): boolean[] {
  const open = given.filter(({ ownReason }) => ownReason !== 'agent')
  const wanted = slots.length === 1 ? [...slots, null] : slots
  return given.map(one => {
    if (!open.includes(one)) return false
    return open.some(({ at: from }) => {
      const inside = open.filter(({ at: time }) => time >= from && time.getTime() - from.getTime() <= 3000)
      return inside.includes(one) && wanted.every(slot => inside.some(other => other.slot === slot))
    })
  })
}

test('the walk over time finds just the stretches that the rule names', () => {
  fc.assert(
    fc.property(visits, fc.constantFrom([0], [0, 1], [0, 1, 2]), (given, slots) => {
      const plain = given.map(one => ({ ...one, crowd: false, ownReason: one.ownReason === 'agent' ? 'agent' : null }))
      const judged = judgeVisits(plain, { slots, submittedAt: [], deliveredAt: null })
      expect(judged.map(({ reason }) => reason === 'all_at_once')).toEqual(coveredSlowly(plain, slots))
    }),
  )
})

const hits = fc.array(
  fc.record({
    address: fc.constantFrom('x', 'x', 'x', 'y'),
    profileId: fc.integer({ min: 1, max: 30 }),
    at: fc.integer({ min: 0, max: 160 }).map(half => at(half / 2)),
  }),
  { maxLength: 60, size: 'max' },
)

test('a crowd is ten profiles of one address within ten seconds, or twenty within a minute; each of them is turned, and nobody else', () => {
  let found = 0
  fc.assert(
    fc.property(hits, given => {
      const slowly = given.filter(one =>
        given.some(({ at: from }) =>
          [
            [10, 10_000],
            [20, 60_000],
          ].some(([profiles = 0, ms = 0]) => {
            const inside = given.filter(
              ({ at: time, address }) =>
                address === one.address && time >= from && time.getTime() - from.getTime() <= ms,
            )
            return inside.includes(one) && new Set(inside.map(({ profileId }) => profileId)).size >= profiles
          }),
        ),
      )
      found += Math.sign(slowly.length)
      expect(new Set(crowdsOf(given))).toEqual(new Set(slowly))
    }),
  )
  expect(found).toBeGreaterThan(5)
})

test('six people behind one address are no crowd, nor are nineteen in a minute, nor some at two addresses', () => {
  const hit = (address: string, seconds: number, profileId: number) => ({ address, at: at(seconds), profileId })
  const many = (n: number, seconds: number) =>
    Array.from({ length: n }, (_, id) => hit('x', (id * seconds) / (n - 1), id))
  expect(crowdsOf(many(6, 1))).toEqual([])
  expect(crowdsOf(many(9, 5))).toEqual([])
  expect(crowdsOf(many(10, 10))).toHaveLength(10)
  expect(crowdsOf(many(10, 10.01))).toEqual([])
  expect(crowdsOf(many(19, 60))).toEqual([])
  expect(crowdsOf(many(20, 60))).toHaveLength(20)
  expect(crowdsOf(many(20, 60.01))).toEqual([])
  expect(crowdsOf(many(30, 9).map(one => ({ ...one, profileId: one.profileId % 9 })))).toEqual([])
  expect(crowdsOf(many(18, 9).map(one => ({ ...one, address: one.profileId % 2 ? 'x' : 'y' })))).toEqual([])
})
