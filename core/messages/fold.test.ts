import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { channelKeys, channels } from '../channels.ts'
import type { Code } from '../gateways/code.ts'
import { codeTables } from '../gateways/codes.ts'
import {
  type AnswerFact,
  type AnswerOutcome,
  type AttemptFact,
  type MessageFacts,
  mostParts,
  noFacts,
  type ReceiptFact,
  type ReceiptOutcome,
} from './facts.ts'
import { foldMessage } from './fold.ts'
import { HOUR_MS, nextSlot, RETRY_HOURS, RETRY_WINDOW_MS, windowEnd } from './retry.ts'

const START = Date.UTC(2026, 10, 1, 12)
const hours = (h: number) => new Date(START + h * HOUR_MS)
const attempt = (n: number, at = hours(0), more: Partial<AttemptFact> = {}): AttemptFact => ({
  n,
  try: n,
  parts: null,
  at,
  ...more,
})
const answer = (n: number, outcome: AnswerOutcome, more: Partial<AnswerFact> = {}): AnswerFact => ({
  n,
  part: 1,
  outcome,
  counts: false,
  at: hours(0),
  code: null,
  ...more,
})
const receipt = (n: number, outcome: ReceiptOutcome, more: Partial<ReceiptFact> = {}): ReceiptFact => ({
  n,
  part: 1,
  outcome,
  counts: false,
  at: hours(0.1),
  code: null,
  ...more,
})
const facts = (more: Partial<MessageFacts>): MessageFacts => ({ ...noFacts, ...more })
const statusOf = (more: Partial<MessageFacts>) => foldMessage(facts(more)).status

describe('the status of a message', () => {
  test('without any fact it is queued', () => expect(statusOf({})).toBe('queued'))
  test('an attempt without an answer changes nothing', () => {
    expect(statusOf({ attempts: [attempt(1)] })).toBe('queued')
    expect(foldMessage(facts({ attempts: [attempt(1)] })).attempts).toBe(0)
  })
  test('left out at the freeze is not sent, with the reason', () =>
    expect(foldMessage(facts({ excluded: 'landline' }))).toMatchObject({
      status: 'not_sent',
      reason: 'landline',
      charged: false,
    }))
  test('a stop before any submission is not sent', () =>
    expect(foldMessage(facts({ stop: { reason: 'cancelled', at: hours(0) } }))).toMatchObject({
      status: 'not_sent',
      reason: 'cancelled',
    }))
  test('a submission outranks a stop whatever the order', () =>
    expect(
      statusOf({
        stop: { reason: 'cancelled', at: hours(0) },
        attempts: [attempt(1)],
        answers: [answer(1, 'accepted')],
      }),
    ).toBe('pending'))
  test('accepted is pending and charged', () =>
    expect(foldMessage(facts({ attempts: [attempt(1)], answers: [answer(1, 'accepted')] }))).toMatchObject({
      status: 'pending',
      attempts: 1,
      t0: hours(0),
      charged: true,
    }))
  test('unknown is pending, not charged until a receipt settles it', () => {
    const unknown = facts({ attempts: [attempt(1)], answers: [answer(1, 'unknown')] })
    expect(foldMessage(unknown)).toMatchObject({ status: 'pending', t0: hours(0), charged: false })
    expect(foldMessage({ ...unknown, receipts: [receipt(1, 'delivered')] })).toMatchObject({
      status: 'delivered',
      charged: true,
    })
  })
  test('a late "refused" takes an unknown back: queued again, t0 cleared', () =>
    expect(
      foldMessage(
        facts({ attempts: [attempt(1)], answers: [answer(1, 'unknown', { part: 0 }), answer(1, 'refused')] }),
      ),
    ).toMatchObject({ status: 'queued', t0: null, attempts: 1 }))
  test('refused, taken up again and then unknown: on the air, never sent again', () =>
    expect(
      foldMessage(
        facts({
          attempts: [attempt(1), attempt(2, hours(1), { try: 1 })],
          answers: [answer(1, 'refused'), answer(2, 'unknown')],
        }),
      ),
    ).toMatchObject({ status: 'pending', resend: null, due: null, t0: hours(1) }))
  test('throttled is queued, no bounce, no t0, due again', () =>
    expect(foldMessage(facts({ attempts: [attempt(1)], answers: [answer(1, 'refused')] }))).toMatchObject({
      status: 'queued',
      t0: null,
      charged: false,
      attempts: 1,
      due: hours(0),
    }))
  test('soft is retried at the next slot', () =>
    expect(
      foldMessage(
        facts({ attempts: [attempt(1)], answers: [answer(1, 'soft', { at: hours(0.5), code: 'smpp:0x64' })] }),
      ),
    ).toMatchObject({
      status: 'bounced_soft_retrying',
      due: hours(1),
      code: 'smpp:0x64',
      charged: true,
    }))
  test('a late delivered receipt of an earlier attempt wins over the retries', () =>
    expect(
      statusOf({
        attempts: [attempt(1), attempt(2, hours(1))],
        answers: [answer(1, 'accepted'), answer(2, 'soft')],
        receipts: [receipt(1, 'soft'), receipt(1, 'delivered', { at: hours(2) })],
      }),
    ).toBe('delivered'))
  test('a late delivered receipt wins over a hard bounce', () =>
    expect(
      statusOf({
        attempts: [attempt(1)],
        answers: [answer(1, 'accepted')],
        receipts: [receipt(1, 'hard'), receipt(1, 'delivered')],
      }),
    ).toBe('delivered'))
  test('after 48 hours a soft bounce is final; a delivered receipt still wins', () => {
    const over = { attempts: [attempt(1)], answers: [answer(1, 'soft')], windowOverAt: hours(48.1) }
    expect(statusOf(over)).toBe('bounced_soft_final')
    expect(statusOf({ ...over, receipts: [receipt(1, 'delivered')] })).toBe('delivered')
  })
  test('opted out between two tries: is a final soft bounce', () =>
    expect(
      statusOf({
        attempts: [attempt(1), attempt(2, hours(1))],
        answers: [answer(1, 'soft'), answer(2, 'dropped', { part: 0 })],
        stop: { reason: 'opted_out', at: hours(1) },
      }),
    ).toBe('bounced_soft_final'))
  test('no receipt after 72 hours; a receipt afterwards counts', () => {
    const silent = { attempts: [attempt(1)], answers: [answer(1, 'accepted')], noReceiptAt: hours(72.1) }
    expect(statusOf(silent)).toBe('no_receipt')
    expect(statusOf({ ...silent, receipts: [receipt(1, 'soft')] })).toBe('bounced_soft_final')
    expect(statusOf({ ...silent, receipts: [receipt(1, 'delivered')] })).toBe('delivered')
  })
  test('all parts must be delivered in one attempt', () => {
    const two = {
      parts: 2,
      attempts: [attempt(1)],
      answers: [answer(1, 'accepted'), answer(1, 'accepted', { part: 2 })],
    }
    expect(statusOf({ ...two, receipts: [receipt(1, 'delivered')] })).toBe('pending')
    expect(statusOf({ ...two, receipts: [receipt(1, 'delivered'), receipt(1, 'delivered', { part: 2 })] })).toBe(
      'delivered',
    )
    expect(statusOf({ ...two, receipts: [receipt(1, 'delivered'), receipt(1, 'soft', { part: 2 })] })).toBe(
      'bounced_soft_retrying',
    )
    expect(statusOf({ ...two, receipts: [receipt(1, 'delivered')], noReceiptAt: hours(72.1) })).toBe('delivered')
  })
  test('one part refused: only that part is sent again, as the same try', () => {
    const partly = {
      parts: 2,
      attempts: [attempt(1)],
      answers: [answer(1, 'accepted'), answer(1, 'refused', { part: 2, at: hours(0.2) })],
    }
    expect(foldMessage(facts(partly))).toMatchObject({ status: 'pending', resend: 2, due: hours(0.2) })
    const again = {
      ...partly,
      attempts: [attempt(1), attempt(2, hours(0.3), { try: 1, parts: 2 })],
      answers: [...partly.answers, answer(2, 'accepted', { part: 2 })],
    }
    expect(foldMessage(facts(again))).toMatchObject({ status: 'pending', resend: null, due: null })
    expect(statusOf({ ...again, receipts: [receipt(1, 'delivered'), receipt(2, 'delivered', { part: 2 })] })).toBe(
      'delivered',
    )
  })
  test('a part above 31 is a bug, not a wrong part that is sent again', () => {
    const answers = Array.from({ length: 40 }, (_, i) => answer(1, i === 32 ? 'refused' : 'accepted', { part: i + 1 }))
    expect(() => foldMessage(facts({ parts: 40, attempts: [attempt(1)], answers }))).toThrow(RangeError)
    const most = answers.slice(0, 31).map(one => (one.part === 31 ? { ...one, outcome: 'refused' as const } : one))
    expect(foldMessage(facts({ parts: 31, attempts: [attempt(1)], answers: most })).resend).toBe(1 << 30)
  })
  test('only a hard bounce that counts is evidence against the number', () => {
    expect(foldMessage(facts({ attempts: [attempt(1)], answers: [answer(1, 'hard', { counts: true })] })).counts).toBe(
      true,
    )
    expect(foldMessage(facts({ attempts: [attempt(1)], answers: [answer(1, 'hard')] })).counts).toBe(false)
  })

  test('one receipt for all parts delivers the message; one for the first part alone does when the 72 hours are over', () => {
    const accepted = [1, 2, 3].map(part => answer(1, 'accepted', { part }))
    const long = { parts: 3, attempts: [attempt(1)], answers: accepted }
    expect(statusOf({ ...long, receipts: [receipt(1, 'delivered', { part: 0 })] })).toBe('delivered')
    const first = { ...long, receipts: [receipt(1, 'delivered')] }
    expect(statusOf(first)).toBe('pending')
    expect(statusOf({ ...first, noReceiptAt: hours(72) })).toBe('delivered')
  })
})

describe('a gateway that takes others and refuses this one', () => {
  const seconds = (s: number) => new Date(START + s * 1000)
  /** One attempt after the other of the same message, refused at these seconds. */
  const refused = (at: number[], code: Code = 'smpp:0x0a', more: Partial<AnswerFact> = {}) => ({
    attempts: at.map((s, i) => attempt(i + 1, seconds(s))),
    answers: at.map((s, i) => answer(i + 1, 'refused', { at: seconds(s), code, counts: true, ...more })),
  })

  test('it waits longer each time, queued and with the reason, and costs nothing', () => {
    expect(foldMessage(facts(refused([0])))).toMatchObject({ status: 'queued', code: 'smpp:0x0a', due: seconds(5) })
    expect(foldMessage(facts(refused([0, 6])))).toMatchObject({ status: 'queued', t0: null, due: seconds(26) })
  })
  test('the third is its outcome: hard, no evidence against the number, sent but not charged', () => {
    expect(foldMessage(facts(refused([0, 6, 30])))).toMatchObject({
      status: 'bounced_hard',
      code: 'smpp:0x0a',
      counts: false,
      charged: false,
      t0: seconds(30),
      statusAt: seconds(30),
      due: null,
    })
  })
  test('a full inbox is a soft bounce, tried again at the next hour and by the same rule', () => {
    const full = refused([0, 6, 30], 'smpp:0x14')
    expect(foldMessage(facts(full))).toMatchObject({
      status: 'bounced_soft_retrying',
      code: 'smpp:0x14',
      due: seconds(3630),
    })
    const again = {
      attempts: [...full.attempts, attempt(4, seconds(3630))],
      answers: [...full.answers, answer(4, 'refused', { at: seconds(3631), code: 'smpp:0x14', counts: true })],
    }
    expect(foldMessage(facts(again))).toMatchObject({ status: 'bounced_soft_retrying', due: seconds(3636) })
    expect(statusOf({ ...again, windowOverAt: hours(48.1) })).toBe('bounced_soft_final')
  })
  test('refusals that do not count never end it', () => {
    const many = Array.from({ length: 20 }, (_, i) => i)
    expect(foldMessage(facts(refused(many, 'smpp:0x58', { counts: false })))).toMatchObject({
      status: 'queued',
      due: seconds(19),
    })
  })
  test('a part that is refused three times ends a message whose other parts were taken', () => {
    const attempts = [1, 2, 3].map(n => attempt(n, seconds(n), { try: 1, parts: n === 1 ? null : 2 }))
    const answers = [
      answer(1, 'accepted'),
      ...[1, 2, 3].map(n => answer(n, 'refused', { part: 2, at: seconds(n * 10), code: 'smpp:0x62', counts: true })),
    ]
    expect(foldMessage(facts({ parts: 2, attempts, answers: answers.slice(0, 3) }))).toMatchObject({
      status: 'pending',
      resend: 2,
      due: seconds(40),
    })
    expect(foldMessage(facts({ parts: 2, attempts, answers }))).toMatchObject({ status: 'bounced_hard', charged: true })
  })
})

describe('the retry rule', () => {
  test('slots are whole hours after t0, the last at 48 h exactly', () => {
    expect(nextSlot(hours(0), hours(0))).toEqual(hours(1))
    expect(nextSlot(hours(0), hours(1))).toEqual(hours(2))
    expect(nextSlot(hours(0), hours(47.9))).toEqual(hours(48))
    expect(nextSlot(hours(0), hours(48))).toBeNull()
    expect(nextSlot(hours(0), hours(48.1))).toBeNull()
  })
  test('bounced at once each time: 48 retries, 49 attempts', () => {
    let slots = 0
    for (let at: Date | null = hours(0); at !== null; at = nextSlot(hours(0), at)) slots++
    expect(slots).toBe(49)
  })
  test('is what the advice of a code says', () => {
    const rows = [...codeTables].flatMap(([, table]) => table.rows)
    for (const { fix } of rows.filter(row => row.class === 'soft')) expect(fix).toContain(`for ${RETRY_HOURS} hours`)
    for (const { fix } of rows.filter(({ counts }) => counts))
      expect(fix).toContain(`after ${channels.sms.closesAfter} such bounces`)
  })
  test('a slot never lies behind the bounce nor beyond the window', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 * HOUR_MS }), ms => {
        const slot = nextSlot(hours(0), new Date(START + ms))
        if (slot === null) return ms >= RETRY_WINDOW_MS
        return (
          slot.getTime() > START + ms &&
          slot.getTime() <= START + RETRY_WINDOW_MS &&
          slot.getTime() - (START + ms) <= HOUR_MS
        )
      }),
    ))
})

const when = fc.integer({ min: 0, max: 80 * HOUR_MS }).map(ms => new Date(START + ms))
const code = fc.constantFrom<Code | null>(null, 'dlr:a', 'smpp:0x14', 'smpp:0x0a')
const anyFacts: fc.Arbitrary<MessageFacts> = fc.record({
  channel: fc.constantFrom(...channelKeys),
  parts: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(null, 1, 2, 3) },
    { weight: 1, arbitrary: fc.constantFrom(10, 31) },
  ),
  excluded: fc.constant(null),
  stop: fc.option(fc.record({ reason: fc.constantFrom('cancelled', 'opted_out'), at: when }), { nil: null, freq: 4 }),
  windowOverAt: fc.option(when, { nil: null, freq: 3 }),
  noReceiptAt: fc.option(when, { nil: null, freq: 3 }),
  attempts: fc.tuple(when, when, when, when, when, when, fc.constantFrom(null, 1, 5, 1 << 30)).map(([...times]) => {
    const parts = times.pop() as number | null
    return (times as Date[]).map((at, i) =>
      attempt(i + 1, at, { try: [1, 2, 2, 4, 4, 4][i]!, parts: i === 4 ? parts : null }),
    )
  }),
  answers: fc.array(
    fc.record({
      n: fc.integer({ min: 1, max: 6 }),
      part: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 0, max: 3 }) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 31 }) },
      ),
      outcome: fc.constantFrom<AnswerOutcome>('accepted', 'soft', 'hard', 'refused', 'dropped', 'unknown'),
      counts: fc.boolean(),
      at: when,
      code,
    }),
  ),
  receipts: fc.array(
    fc.record({
      n: fc.integer({ min: 1, max: 6 }),
      part: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 0, max: 3 }) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 31 }) },
      ),
      outcome: fc.constantFrom<ReceiptOutcome>('pending', 'delivered', 'soft', 'hard'),
      counts: fc.boolean(),
      at: when,
      code,
    }),
  ),
})
const shuffled = <T>(rows: readonly T[], seed: number): T[] =>
  rows
    .map((row, i) => [Math.sin(seed * 1000 + i * 77.7), row] as const)
    .sort((a, b) => a[0] - b[0])
    .map(([, row]) => row)

describe('facts that contradict each other', () => {
  const whole = { part: 0 }
  test('a refused part takes back the unknown of that part only', () => {
    const attempts = [attempt(1)]
    const unknown = answer(1, 'unknown', whole)
    expect(foldMessage(facts({ attempts, answers: [unknown, answer(1, 'refused', { part: 2 })] }))).toMatchObject({
      status: 'pending',
      t0: hours(0),
    })
    expect(foldMessage(facts({ attempts, answers: [unknown, answer(1, 'refused')] }))).toMatchObject({
      status: 'queued',
      t0: null,
    })
  })
  test('a refusal and a drop of one attempt are the same in either order', () => {
    const answers = [answer(1, 'refused', whole), answer(1, 'dropped', whole), answer(1, 'accepted', { part: 2 })]
    const known = facts({ attempts: [attempt(1)], answers })
    expect(foldMessage({ ...known, answers: [...answers].reverse() })).toEqual(foldMessage(known))
  })
})

const eachOf = (parts: number) => Array.from({ length: parts }, (_, i) => i + 1)

/** The same facts as a gateway tells them that answers and reports each part alone. */
function eachPartAlone(known: MessageFacts): MessageFacts {
  const told = known.attempts.flatMap(({ parts }) => eachOf(mostParts).filter(part => ((parts ?? 0) >> (part - 1)) & 1))
  const named = [...known.answers, ...known.receipts].map(({ part }) => part)
  const parts = Math.max(known.parts ?? 1, ...told, ...named)
  const alone = <Fact extends { n: number; part: number }>(fact: Fact): Fact[] => {
    const carried = known.attempts.find(({ n }) => n === fact.n)?.parts ?? null
    if (fact.part !== 0) return [fact]
    return eachOf(parts)
      .filter(part => carried === null || ((carried >> (part - 1)) & 1) === 1)
      .map(part => ({ ...fact, part }))
  }
  return { ...known, answers: known.answers.flatMap(alone), receipts: known.receipts.flatMap(alone) }
}

describe('a gateway that speaks for the whole message', () => {
  const whole = { part: 0 }
  test('delivers three parts by one answer and one receipt', () => {
    const sent = { parts: 3, attempts: [attempt(1)], answers: [answer(1, 'accepted', whole)] }
    expect(statusOf(sent)).toBe('pending')
    expect(statusOf({ ...sent, receipts: [receipt(1, 'delivered', whole)] })).toBe('delivered')
    expect(statusOf({ ...sent, receipts: [receipt(1, 'soft', whole)] })).toBe('bounced_soft_retrying')
  })
  test('ends a message by its third refusal, although one of them named a part', () => {
    const refused = [1, 2, 3].map(n => answer(n, 'refused', { part: n === 2 ? 1 : 0, code: 'smpp:0x62', counts: true }))
    const attempts = [1, 2, 3].map(n => attempt(n, hours(0), { try: 1 }))
    expect(statusOf({ parts: 2, attempts, answers: refused })).toBe('bounced_hard')
    expect(statusOf({ parts: 2, attempts, answers: refused.slice(0, 2) })).toBe('queued')
  })
  test('says the same as one that speaks of each part alone, in any order and repetition, also where both are mixed', () =>
    fc.assert(
      fc.property(anyFacts, fc.integer(), (known, seed) => {
        const mixed = { ...eachPartAlone(known), attempts: shuffled(known.attempts, seed) }
        const answers = shuffled([...known.answers, ...mixed.answers, ...known.answers], seed + 1)
        const receipts = shuffled([...known.receipts, ...mixed.receipts], seed + 2)
        expect(foldMessage(mixed)).toEqual(foldMessage(known))
        expect(foldMessage({ ...mixed, answers, receipts })).toEqual(foldMessage(known))
      }),
      { numRuns: 500 },
    ))
})

describe('an e-mail', () => {
  const email = (more: Partial<MessageFacts>) => foldMessage(facts({ channel: 'email', ...more }))
  const accepted = { attempts: [attempt(1)], answers: [answer(1, 'accepted', { part: 0 })] }
  const later = (outcome: ReceiptOutcome, more: Partial<ReceiptFact> = {}) =>
    receipt(1, outcome, { part: 0, at: hours(70), ...more })

  test('that a mail server accepted is delivered, at that time', () =>
    expect(email(accepted)).toMatchObject({ status: 'delivered', statusAt: hours(0), t0: hours(0), due: null }))
  test('that is returned days later has bounced, whatever was said before and in whatever order', () => {
    const returned = later('hard', { counts: true, code: 'smtp:5.1.1' })
    for (const receipts of [
      [returned],
      [later('delivered'), returned],
      [returned, later('pending'), later('delivered')],
    ])
      expect(email({ ...accepted, receipts })).toMatchObject({
        status: 'bounced_hard',
        statusAt: hours(70),
        code: 'smtp:5.1.1',
        counts: true,
      })
  })
  test('that a relay gave up on is sent again within its 48 hours, and not after them', () => {
    const gaveUp = (at: number) =>
      email({ ...accepted, receipts: [later('soft', { at: hours(at), code: 'smtp:4.2.2' })] })
    expect(gaveUp(10)).toMatchObject({ status: 'bounced_soft_retrying', due: hours(11) })
    expect(gaveUp(70)).toMatchObject({ status: 'bounced_soft_retrying', due: windowEnd(hours(0)) })
    expect(email({ ...accepted, receipts: [later('soft')], windowOverAt: hours(70) }).status).toBe('bounced_soft_final')
  })
  test('whose second try was accepted is delivered, until that is returned too', () => {
    const attempts = [attempt(1), attempt(2, hours(1))]
    const answers = [answer(1, 'soft'), answer(2, 'accepted', { at: hours(1) })]
    expect(email({ attempts, answers })).toMatchObject({ status: 'delivered', statusAt: hours(1) })
    const returned = { attempts, answers, receipts: [receipt(2, 'hard', { part: 0 })] }
    expect(email(returned).status).toBe('bounced_hard')
  })
  test('that is delayed on the way is delivered so far; one that nobody knows of is pending', () => {
    expect(email({ ...accepted, receipts: [later('pending')] }).status).toBe('delivered')
    const unknown = { attempts: [attempt(1)], answers: [answer(1, 'unknown', { part: 0 })] }
    expect(email(unknown).status).toBe('pending')
    expect(email({ ...unknown, noReceiptAt: hours(72) }).status).toBe('no_receipt')
    expect(email({ ...unknown, receipts: [later('hard')] }).status).toBe('bounced_hard')
  })
})

describe('whatever the facts', () => {
  test('order and repetition never matter', () =>
    fc.assert(
      fc.property(anyFacts, fc.integer(), (known, seed) => {
        const mixed = {
          ...known,
          attempts: shuffled([...known.attempts, ...known.attempts], seed),
          answers: shuffled([...known.answers, ...known.answers], seed + 1),
          receipts: shuffled([...known.receipts, ...known.receipts], seed + 2),
        }
        expect(foldMessage(mixed)).toEqual(foldMessage(known))
      }),
      { numRuns: 2000 },
    ))
  test('delivered by receipts is absorbing, for an SMS', () =>
    fc.assert(
      fc.property(anyFacts, anyFacts, (found, more) => {
        const known: MessageFacts = { ...found, channel: 'sms' }
        if (foldMessage({ ...known, parts: 31, noReceiptAt: null }).status !== 'delivered') return
        const later = {
          ...known,
          parts: 31,
          stop: known.stop ?? more.stop,
          windowOverAt: more.windowOverAt,
          noReceiptAt: more.noReceiptAt,
          answers: [...known.answers, ...more.answers],
          receipts: [...known.receipts, ...more.receipts],
        }
        // a part that failed in the same attempt and was delivered is delivered: facts only add up
        expect(foldMessage(later).status).toBe('delivered')
      }),
      { numRuns: 2000 },
    ))
  test('a report of failure outranks acceptance, for an e-mail: only another try that is not returned delivers it', () =>
    fc.assert(
      fc.property(
        anyFacts,
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom<ReceiptOutcome>('soft', 'hard'),
        (found, n, outcome) => {
          const whole = <Fact extends object>(fact: Fact) => ({ ...fact, part: 0 })
          const attempts = found.attempts.map(one => ({ ...one, parts: null }))
          const told = { answers: found.answers.map(whole), receipts: found.receipts.map(whole) }
          const known: MessageFacts = { ...found, ...told, attempts, parts: 1, channel: 'email' }
          const returned = { ...known, receipts: [...known.receipts, receipt(n, outcome, { part: 0, at: hours(100) })] }
          const tried = known.attempts.find(one => one.n === n)?.try
          const others = { ...known, attempts: known.attempts.filter(one => one.try !== tried) }
          const isDelivered = foldMessage(returned).status === 'delivered'
          expect(isDelivered).toBe(foldMessage(others).status === 'delivered')
        },
      ),
      { numRuns: 1000 },
    ))
  test('a stop never makes a submitted message "not sent", and nothing stopped is due', () =>
    fc.assert(
      fc.property(anyFacts, known => {
        const stopped = foldMessage({ ...known, stop: { reason: 'cancelled', at: hours(1) } })
        const t0 = foldMessage(known).t0
        expect(stopped.status === 'not_sent').toBe(t0 === null)
        expect(stopped.due).toBeNull()
      }),
      { numRuns: 1000 },
    ))
  test('only refusals that count end a message that no gateway took, and only the third', () =>
    fc.assert(
      fc.property(anyFacts, known => {
        const answers = known.answers.filter(({ outcome }) => outcome === 'refused')
        const verdict = foldMessage({ ...known, stop: null, receipts: [], answers })
        const counting = answers.filter(({ counts }) => counts)
        const refusalsOf = (part: number) => counting.filter(one => one.part === part || one.part === 0)
        const ended = eachOf(mostParts).some(part => new Set(refusalsOf(part).map(({ n }) => n)).size >= 3)
        if (!ended) expect(verdict).toMatchObject({ status: 'queued', t0: null })
        expect(verdict).toMatchObject({ charged: false, counts: false })
        if (verdict.status === 'queued' && answers.length > 0)
          expect(verdict.due!.getTime()).toBeGreaterThanOrEqual(Math.max(...answers.map(({ at }) => at.getTime())))
      }),
      { numRuns: 2000 },
    ))
  test('a message on the air is never due as a whole', () =>
    fc.assert(
      fc.property(anyFacts, known => {
        const verdict = foldMessage(known)
        if (verdict.status === 'pending') expect(verdict.due === null || verdict.resend !== null).toBe(true)
        if (['delivered', 'bounced_hard', 'bounced_soft_final', 'no_receipt', 'not_sent'].includes(verdict.status))
          expect(verdict.due).toBeNull()
      }),
      { numRuns: 1000 },
    ))
})
