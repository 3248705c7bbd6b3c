import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isNotSentReason } from '../../core/audience/not-sent-reasons.ts'
import { ownDatabase } from '../../test/database.ts'
import { makeTestSms } from '../activities/test-sms.fixture.ts'
import { applyVisits, judgeDelivered } from '../clicks/visit-applier.ts'
import { postCharges } from '../credits/ledger.ts'
import type { MessageChange } from '../messages/message-change.ts'
import { record } from '../messages/record.ts'
import { Tallies } from '../messages/tallies.ts'
import { testKey } from '../messages/test-sms.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import { anyPeople } from '../report/any-people.fixture.ts'
import { factsOf, later, makeSent, type SentActivity, type SentPerson, START } from '../report/sent.fixture.ts'
import { verify } from './verify.ts'

const db = await ownDatabase()

/** The ledger as its lane leaves it. */
async function post(sent: SentActivity): Promise<void> {
  await db.run(sql`insert into ledger (workspace_id, activity_id, kind, credits, at)
    select ${sent.workspaceId}::int, t.activity_id, 'charge', -sum(t.credits), ${START} from tallies t
    where t.activity_id = ${sent.activityId} and t.figure = 'charged' group by t.activity_id having sum(t.credits) <> 0`)
}
const check = (sent: SentActivity) => verify(db, { activityId: sent.activityId, ledgerWaitMs: 0 })

describe('verify', () => {
  test('tells consents that are not the latest, and shared numbers that are not marked', async () => {
    const sent = await makeSent(db, [{ phone: '+46700000001' }, { phone: '+46700000002' }])
    const [a, b] = sent.profileIds
    const row = (table: string, granted: boolean, at: Date) =>
      sql`insert into ${sql([`${table} (bucket, profile_id, workspace_id, topic_id, channel, at, granted${table === 'consents' ? ', source' : ''})`])}
        values (${(a ?? 0) & 255}, ${a}, ${sent.workspaceId}, 1, 'sms', ${at}, ${granted} ${sql([table === 'consents' ? ", 'import'" : ''])})`
    const clean = async () =>
      (await verify(db, { ledgerWaitMs: 0 })).differences.filter(({ what }) => what.startsWith('profile'))
    expect(await clean()).toEqual([])
    await db.run(row('consents', true, START))
    expect(await clean()).toMatchObject([{ what: `profile ${a}: consent to topic 1 on sms`, stored: null }])
    await db.run(row('current_consents', true, START))
    expect(await clean()).toEqual([])
    await db.run(row('consents', false, later(1)))
    expect(await clean()).toHaveLength(1)
    await db.run(sql`update current_consents set granted = false, at = ${later(1)} where profile_id = ${a}`)
    await db.run(sql`update profiles set phone = '+46700000001' where profile_id = ${b}`)
    expect(await clean()).toMatchObject([
      { what: `profile ${a}: number shared` },
      { what: `profile ${b}: number shared` },
    ])
    await db.run(sql`update profiles set phone_shared = true where profile_id in (${a}, ${b})`)
    expect(await clean()).toEqual([])
  })

  test('tells a consent without its profile', async () => {
    const sent = await makeSent(db, [{ phone: '+46700000003' }])
    const stranger = (sent.profileIds[0] ?? 0) + 256_000_000
    await db.run(sql`
      insert into consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted, source)
      values (${stranger & 255}, ${stranger}, ${sent.workspaceId}, 1, 'sms', ${START}, true, 'import')`)
    await db.run(sql`
      insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
      values (${stranger & 255}, ${stranger}, ${sent.workspaceId}, 1, 'sms', ${START}, true)`)
    expect((await verify(db, { ledgerWaitMs: 0 })).differences).toEqual([
      { what: `profile ${stranger}: consents without the profile`, stored: true, computed: null },
    ])
    await db.run(sql`delete from consents where profile_id = ${stranger}`)
    await db.run(sql`delete from current_consents where profile_id = ${stranger}`)
  })

  test('finds nothing where caches follow from facts, whatever the facts', async () => {
    await fc.assert(
      fc.asyncProperty(anyPeople, fc.integer({ min: 1, max: 3 }), async (people, tallyBuckets) => {
        const sent = await makeSent(db, people, { tallyBuckets })
        await post(sent)
        expect(await check(sent)).toEqual({ checked: people.length, toJudge: 0, differences: [] })
      }),
      { numRuns: 25, endOnFailure: true },
    )
  })

  test('finds nothing after the facts came in one by one, in any order and more than once', async () => {
    await fc.assert(
      fc.asyncProperty(anyPeople, fc.infiniteStream(fc.nat(1_000_000)), async (people, random) => {
        const plain = people.map(({ facts, clicks: _, unsubscribedAt: __, ...person }) => ({
          ...person,
          facts: facts?.excluded == null ? {} : { excluded: facts.excluded },
        }))
        const sent = await makeSent(db, plain)
        const pick = (n: number) => (random.next().value ?? 0) % n
        await insertAttempts(sent, people)
        const steps = people.flatMap((person, i) => changesOf(sent, person, i))
        const order = [...steps, ...steps.filter(() => pick(4) === 0)]
          .map(step => ({ step, at: pick(1_000_000) }))
          .sort((a, b) => a.at - b.at)
        for (let from = 0; from < order.length; ) {
          const batch = order.slice(from, from + 1 + pick(20))
          from += batch.length
          await db.tx(async tx => {
            const tallies = new Tallies()
            await record(
              tx,
              batch.map(({ step }) => step),
              tallies,
            )
            await tallies.flush(tx, pick(3))
          })
        }
        await post(sent)
        expect((await check(sent)).differences).toEqual([])
      }),
      { numRuns: 25, endOnFailure: true },
    )
  })

  test('finds nothing after clicks and receipts came in any order, and verdicts were revised', async () => {
    const step = fc.record({
      person: fc.nat(6),
      kind: fc.constantFrom('click', 'click', 'click', 'view', 'receipt'),
      link: fc.nat(1),
      second: fc.integer({ min: 0, max: 40 }),
      ownReason: fc.constantFrom(null, null, null, 'agent', 'no_language'),
      visitor: fc.constantFrom('a', 'a', 'b'),
    })
    const attempts = [{ n: 1, try: 1, parts: null, at: START }]
    const people: SentPerson[] = Array.from({ length: 7 }, () => ({ facts: { attempts } }))
    let seq = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async steps => {
        const sent = await makeSent(db, people)
        const { activityId } = sent
        for (const { person, kind, link, second, ownReason, visitor } of steps) {
          const profileId = sent.profileIds[person] ?? 0
          const key = { bucket: profileId & 255, activityId, profileId }
          const at = later(second * 1000)
          if (kind === 'receipt') {
            const delivered = { n: 1, part: 1, outcome: 'delivered' as const, counts: false, at, code: null }
            const afterMs = link === 0 ? null : second * 500
            await db.tx(async tx => {
              const tallies = new Tallies()
              await record(tx, [{ ...key, receipts: [{ ...delivered, source: 8, seq: ++seq, afterMs }] }], tallies)
              await judgeDelivered(tx, [key], tallies)
              await tallies.flush(tx, 1)
            })
            continue
          }
          const from = { addressHash: `${visitor} ${activityId}`, agent: visitor, method: 'GET' }
          const view = { ...key, ...from, source: 7, seq: ++seq, at, ownReason }
          const own = { ownSign: ownReason === 'no_language', addressClass: null, headers: {}, device: visitor }
          const click = { ...view, ...own, linkId: sent.linkIds[link] ?? 0 }
          await applyVisits(db, [kind === 'view' ? { ...key, view } : { ...key, click }], {
            byBucket: false,
            writer: 1,
          })
        }
        await post(sent)
        expect((await check(sent)).differences).toEqual([])
      }),
      { numRuns: 25, endOnFailure: true },
    )
  })

  test('finds nothing after a reminder left out who had clicked, also where clicks come after that', async () => {
    const first = await makeSent(db, [{ facts: delivered() }, { facts: delivered() }])
    const reminder = await makeSent(db, [{}, {}], { workspaceId: first.workspaceId })
    let seq = 0
    const click = async ({ activityId, profileIds, linkIds }: SentActivity, person: number) => {
      const profileId = profileIds[person] ?? 0
      const key = { bucket: profileId & 255, activityId, profileId }
      const from = { addressHash: `late ${profileId}`, agent: 'phone', method: 'GET', addressClass: null, headers: {} }
      const visit = { ...key, ...from, source: 9, seq: ++seq, at: later(3_600_000), device: 'phone' }
      const own = { ownReason: null, ownSign: false, linkId: linkIds[0] ?? 0 }
      await applyVisits(db, [{ ...key, click: { ...visit, ...own } }], { byBucket: false, writer: 1 })
    }
    const found = async () => {
      const [of, about] = await Promise.all([check(first), check(reminder)])
      return [...of.differences, ...about.differences]
    }
    await insertAttempts(
      reminder,
      reminder.profileIds.map(() => ({ facts: delivered() })),
    )
    const leftOut = reminder.profileIds[0] ?? 0
    const at = later(1000)
    const dropped = { n: 1, part: 0, outcome: 'dropped' as const, counts: false, at, code: null, providerId: null }
    await click(first, 0)
    await db.tx(async tx => {
      const tallies = new Tallies()
      const key = { bucket: leftOut & 255, activityId: reminder.activityId, profileId: leftOut }
      const answers = [{ ...dropped, gatewayId: reminder.gatewayId }]
      await record(
        tx,
        [
          { ...key, stop: { reason: 'clicked_before', at }, answers },
          ...changesOf(reminder, { facts: delivered() }, 1),
        ],
        tallies,
      )
      await tallies.flush(tx, 1)
    })
    await post(first)
    await post(reminder)
    const sums = await db.query<{ n: number }>(
      sql`select sum(n)::bigint as n from tallies where activity_id = ${reminder.activityId} and figure = 'not_sent:clicked_before'`,
    )
    expect(sums).toEqual([{ n: 1 }])
    expect(await found()).toEqual([])
    // Of the one who got the reminder, of the one who did not, and in what it reminds of.
    await click(first, 1)
    await click(reminder, 1)
    await click(reminder, 0)
    expect(await found()).toEqual([])
  })

  test('tells each planted fault, and nothing else', async () => {
    const people: SentPerson[] = [
      { facts: delivered(), clicks: [{ link: 0, at: later(60_000), verdict: 'human' }], unsubscribedAt: later(70_000) },
      { facts: delivered() },
      {},
      { facts: { excluded: 'landline' } },
      { facts: softBounced() },
    ]
    const faults: [fault: (sent: SentActivity) => Sql, told: RegExp][] = [
      [
        s =>
          sql`update messages set status = 'pending' where activity_id = ${s.activityId} and profile_id = ${s.profileIds[1]}`,
        /^message .*: status$/,
      ],
      [
        s =>
          sql`update messages set t0 = t0 + interval '1 ms' where activity_id = ${s.activityId} and profile_id = ${s.profileIds[1]}`,
        /: t0$/,
      ],
      [
        s =>
          sql`update messages set due = null where activity_id = ${s.activityId} and profile_id = ${s.profileIds[4]}`,
        /: due$/,
      ],
      [s => sql`update messages set first_click_at = null where activity_id = ${s.activityId}`, /: firstClickAt$/],
      [s => sql`update messages set first_visit_at = null where activity_id = ${s.activityId}`, /: firstVisitAt$/],
      [
        s => sql`update clicks set verdict = 'suspect', reason = 'crowd' where activity_id = ${s.activityId}`,
        /: verdict of the click at /,
      ],
      [s => sql`update clicks set counts = false where activity_id = ${s.activityId}`, /: count of the click at /],
      [s => sql`update clicks set counts = null where activity_id = ${s.activityId}`, /: count of the click at /],
      [s => sql`update clicks set signed = true where activity_id = ${s.activityId}`, /: sign of the click at /],
      [
        s => sql`update breakdowns set n = 0 where activity_id = ${s.activityId} and kind = 'device'`,
        /: breakdown device iphone clicks$/,
      ],
      [
        s => sql`update messages set unsubscribed_at = null where activity_id = ${s.activityId}`,
        /: (unsubscribed|series unsubscribed .*)$/,
      ],
      [
        s => sql`update tallies set n = n + 1 where activity_id = ${s.activityId} and figure = 'unique'`,
        /: tally unique$/,
      ],
      [
        s =>
          sql`update tallies set credits = credits + 0.0001 where activity_id = ${s.activityId} and figure = 'charged'`,
        /: (credits of charged|ledger charges)$/,
      ],
      [
        s =>
          sql`update breakdowns set n = 0 where activity_id = ${s.activityId} and kind = 'link' and figure = 'clicks'`,
        /: breakdown link \d+ clicks$/,
      ],
      [
        s => sql`update breakdowns set n = n + 1 where activity_id = ${s.activityId} and kind = 'latency'`,
        /: breakdown latency \d+\/5000 delivered$/,
      ],
      [
        s =>
          sql`update breakdowns set credits = credits - 0.0001 where activity_id = ${s.activityId} and kind = 'country' and figure = 'charged'`,
        /: credits of breakdown country SE charged$/,
      ],
      [
        s =>
          sql`update series set minute = minute + interval '1 minute' where activity_id = ${s.activityId} and event = 'delivered'`,
        /: series delivered 2026-11-01T12:0[01]:00.000Z$/,
      ],
      [
        s => sql`delete from series where activity_id = ${s.activityId} and event in ('clicked', 'unique')`,
        /: series (clicked|unique) .*$/,
      ],
      [s => sql`update ledger set credits = credits - 1 where activity_id = ${s.activityId}`, /: ledger charges$/],
      [s => sql`delete from ledger where activity_id = ${s.activityId}`, /: ledger charges$/],
      [
        s => sql`delete from receipts where activity_id = ${s.activityId} and profile_id = ${s.profileIds[1]}`,
        /^(message .*: (status|statusAt)|activity .*: (tally|breakdown|series) .*)$/,
      ],
      [
        s => sql`delete from clicks where activity_id = ${s.activityId}`,
        /: (firstClickAt|firstVisitAt|tally (clicks|unique|visited)|breakdown (link|device) .*|series (clicked|unique) .*)$/,
      ],
      [
        s => sql`delete from messages where activity_id = ${s.activityId} and profile_id = ${s.profileIds[0]}`,
        /: (facts without a message|(tally|credits|breakdown|series) .*)$/,
      ],
      [
        s => sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at)
        select m.bucket, m.activity_id, m.profile_id, 3, 3, 1, 1, ${START} from messages m where m.activity_id = ${s.activityId} and m.profile_id = ${s.profileIds[2]}`,
        /: attempts without an answer$/,
      ],
    ]
    for (const [fault, told] of faults) {
      const sent = await makeSent(db, people)
      await post(sent)
      expect((await check(sent)).differences).toEqual([])
      expect(await db.run(fault(sent))).toBeGreaterThan(0)
      const { differences } = await check(sent)
      expect([differences.length > 0, differences.filter(({ what }) => !told.test(what))]).toEqual([true, []])
    }
  })

  test('compares test SMS as it compares messages, and tells a charge that does not follow from their facts', async () => {
    const { workspaceId, gatewayId } = await makeSent(db, [{}])
    const of = new Map<string, number>()
    for (const outcome of ['accepted', 'hard', 'unknown', 'refused', 'dropped'] as const) {
      const id = await makeTestSms(db, { workspaceId, gatewayId, creditsE4: 25_000, now: START })
      of.set(outcome, id)
      const key = testKey(id)
      await db.run(sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at)
        values (${key.bucket}, ${id}, ${key.profileId}, 1, 1, ${gatewayId}, 1, ${START})`)
      const answer = { n: 1, part: 1, outcome, counts: false, at: START, code: null, gatewayId, providerId: null }
      await db.tx(async tx => {
        const tallies = new Tallies()
        await record(tx, [{ ...key, answers: [answer] }], tallies)
        await tallies.flush(tx, 0)
      })
    }
    const found = async () =>
      (await Promise.all([...of.values()].map(id => verify(db, { activityId: id, ledgerWaitMs: 0 })))).flatMap(
        ({ differences }) => differences,
      )
    const name = (outcome: string) => `activity ${of.get(outcome)}: ledger charges`
    expect(await found()).toEqual(
      ['accepted', 'hard'].map(outcome => ({ what: name(outcome), stored: '0.0000', computed: '2.5000' })),
    )
    await postCharges(db, START)
    expect(await found()).toEqual([])
    const faults: [Sql, string, string][] = [
      [sql`update ledger set credits = -2 where activity_id = ${of.get('accepted')}`, 'accepted', '2.0000'],
      [
        sql`update ledger set activity_id = ${of.get('refused')} where activity_id = ${of.get('hard')}`,
        'refused',
        '2.5000',
      ],
    ]
    for (const [fault, outcome, stored] of faults) {
      expect(await db.run(fault)).toBe(1)
      expect(await found()).toContainEqual(expect.objectContaining({ what: name(outcome), stored }))
      expect((await verify(db, { ledgerWaitMs: 0 })).differences.map(({ what }) => what)).toContain(name(outcome))
    }
    const hard = testKey(of.get('hard') ?? 0)
    await db.run(sql`update messages set status = 'delivered' where bucket = 0 and activity_id = ${hard.activityId}`)
    expect((await found()).map(({ what }) => what)).toContain(`message ${hard.activityId}/0: status`)
    expect(await db.query(sql`select from outbox where activity_id = ${hard.activityId}`)).toEqual([])
  })

  test('says nothing wrong of a database where messages change all the time', async () => {
    const people = Array.from({ length: 3000 }, () => ({}))
    const sent = await makeSent(db, people)
    await insertAttempts(
      sent,
      people.map(() => ({ facts: delivered() })),
    )
    let checks = 0
    const writing = (async () => {
      for (let from = 0; from < people.length; from += 50)
        await db.tx(async tx => {
          const tallies = new Tallies()
          const changes = sent.profileIds
            .slice(from, from + 50)
            .flatMap((_, i) => changesOf(sent, { facts: delivered() }, from + i))
          await record(tx, changes, tallies)
          await tallies.flush(tx, from % 7)
        })
    })()
    let done = false
    void writing.finally(() => {
      done = true
    })
    while (!done) {
      const { differences } = await check(sent)
      expect(differences.filter(({ what }) => !what.endsWith('ledger charges'))).toEqual([])
      checks++
    }
    await writing
    expect(checks).toBeGreaterThan(2)
  })
})

function delivered(): NonNullable<SentPerson['facts']> {
  return {
    attempts: [{ n: 1, try: 1, parts: null, at: START }],
    answers: [{ n: 1, part: 1, outcome: 'accepted', counts: false, at: START, code: null }],
    receipts: [{ n: 1, part: 1, outcome: 'delivered', counts: false, at: later(5_000), code: 'dlr:delivrd' }],
  }
}

function softBounced(): NonNullable<SentPerson['facts']> {
  return {
    ...delivered(),
    receipts: [{ n: 1, part: 1, outcome: 'soft', counts: false, at: later(5_000), code: 'dlr:expired' }],
  }
}

async function insertAttempts(sent: SentActivity, people: readonly SentPerson[]): Promise<void> {
  const rows = people.flatMap((person, i) =>
    factsOf(person).attempts.map(({ n, try: tryN, at }) => ({ id: sent.profileIds[i] ?? 0, n, tryN, at })),
  )
  await db.run(sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at)
    select (u.id & 255)::int, ${sent.activityId}::bigint, u.id, u.n, u.try, ${sent.gatewayId}::int, 1, u.at
    from unnest(${rows.map(row => row.id)}::bigint[], ${rows.map(row => row.n)}::int[], ${rows.map(row => row.tryN)}::int[], ${rows.map(row => row.at)}::timestamptz[]) as u (id, n, try, at)`)
}

/** The facts of a person, each as a change of its own. */
function changesOf(sent: SentActivity, person: SentPerson, i: number): MessageChange[] {
  const { answers, receipts, stop, windowOverAt, noReceiptAt, attempts } = factsOf(person)
  const profileId = sent.profileIds[i] ?? 0
  const key = { bucket: profileId & 255, activityId: sent.activityId, profileId }
  return [
    ...answers.map(answer => {
      const attempt = attempts.find(({ n }) => n === answer.n)
      return {
        ...key,
        parts: 1,
        creditsE4: 10_000,
        answers: [{ ...answer, gatewayId: sent.gatewayId, providerId: null }],
        ...(attempt ? { attempt } : {}),
      }
    }),
    ...receipts.map((receipt, n) => ({ ...key, receipts: [{ ...receipt, source: 1, seq: profileId * 1000 + n }] })),
    ...(stop === null || !isNotSentReason(stop.reason) ? [] : [{ ...key, stop: { reason: stop.reason, at: stop.at } }]),
    ...(windowOverAt === null ? [] : [{ ...key, windowOverAt }]),
    ...(noReceiptAt === null ? [] : [{ ...key, noReceiptAt }]),
  ]
}
