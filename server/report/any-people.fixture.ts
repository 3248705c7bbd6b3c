/** For tests: people with any combination of possible facts, as fast-check arbitraries. */
import fc from 'fast-check'
import { notSentReasonKeys } from '../../core/audience/not-sent-reasons.ts'
import type { AnswerOutcome, MessageFacts, ReceiptOutcome } from '../../core/messages/facts.ts'
import { later, type SentPerson } from './sent.fixture.ts'

const HOUR_MS = 3_600_000
const when = fc.integer({ min: 0, max: 80 * HOUR_MS }).map(later)
const code = fc.constantFrom(null, 'smpp:0x0b', 'gsm:27', 'dlr:expired')
const excluded = fc.constantFrom(...notSentReasonKeys)

const answer = (n: number) =>
  fc.record({
    n: fc.constant(n),
    part: fc.constantFrom(0, 1),
    outcome: fc.constantFrom<AnswerOutcome>(
      'accepted',
      'accepted',
      'accepted',
      'soft',
      'hard',
      'refused',
      'dropped',
      'unknown',
    ),
    counts: fc.boolean(),
    at: when,
    code,
  })
const receipt = (n: number) =>
  fc.record({
    n: fc.constant(n),
    part: fc.constant(1),
    outcome: fc.constantFrom<ReceiptOutcome>('pending', 'delivered', 'delivered', 'soft', 'hard'),
    counts: fc.boolean(),
    at: when,
    code,
  })

const sent: fc.Arbitrary<Partial<MessageFacts>> = fc.integer({ min: 1, max: 3 }).chain(n =>
  fc.record({
    attempts: fc
      .array(when, { minLength: n, maxLength: n })
      .map(times => times.map((at, i) => ({ n: i + 1, try: i + 1, parts: null, at }))),
    answers: fc.tuple(...Array.from({ length: n }, (_, i) => answer(i + 1))),
    receipts: fc.array(fc.integer({ min: 1, max: n }).chain(receipt), { maxLength: 3 }),
    stop: fc.option(fc.record({ reason: fc.constantFrom('cancelled', 'too_late', 'opted_out'), at: when }), {
      nil: null,
      freq: 4,
    }),
    windowOverAt: fc.option(when, { nil: null, freq: 3 }),
    noReceiptAt: fc.option(when, { nil: null, freq: 3 }),
  }),
)
const facts: fc.Arbitrary<Partial<MessageFacts>> = fc.oneof(
  { weight: 6, arbitrary: sent },
  { weight: 2, arbitrary: excluded.map(reason => ({ excluded: reason })) },
  { weight: 1, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: when.map(at => ({ stop: { reason: 'cancelled', at } })) },
)

const person: fc.Arbitrary<SentPerson> = fc.record({
  facts,
  firstName: fc.constantFrom('Anna', 'Åsa', 'محمد', '=1+1', null),
  lastName: fc.constantFrom('Berg', "O'Neil", 'a"b,c\nd', null),
  country: fc.constantFrom('SE', 'NO'),
  credits: fc.constantFrom('1.0000', '0.3500', '2.7500'),
})
/**
 * Visits long after all other facts, half a minute apart, each of one link, tapped once or several times. No rule over several visits
 * (core/clicks/message.ts) changes their verdicts.
 */
const clicks = fc
  .array(
    fc.record({
      link: fc.constantFrom(0, 1),
      taps: fc.array(fc.integer({ min: 0, max: 12_000 }), { minLength: 1, maxLength: 3 }),
      verdict: fc.constantFrom('human', 'human', 'suspect', 'bot'),
    }),
    { maxLength: 3 },
  )
  .map(visits =>
    visits.flatMap(({ link, taps, verdict }, i) => {
      const device = i === 1 ? 'android' : 'iphone'
      return [...new Set(taps)].map(ms => ({ link, at: later(81 * HOUR_MS + i * 30_000 + ms), verdict, device }))
    }),
  )

/** Clicks and opt-outs only of people whose message was sent. */
export const anyPeople: fc.Arbitrary<SentPerson[]> = fc.array(
  fc.tuple(person, clicks, fc.option(when, { freq: 3 })).map(([who, clicked, unsubscribedAt]): SentPerson => {
    if ((who.facts?.attempts?.length ?? 0) === 0) return who
    return { ...who, clicks: clicked, ...(unsubscribedAt === null ? {} : { unsubscribedAt }) }
  }),
  { minLength: 1, maxLength: 90 },
)
