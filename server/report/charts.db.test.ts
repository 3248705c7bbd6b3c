import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Code } from '../../core/gateways/code.ts'
import { cumulate, curveEvents, curves, mostPoints, noEvents } from '../../core/report/curves.ts'
import { latencyStep } from '../../core/report/latency.ts'
import { testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { anyPeople } from './any-people.fixture.ts'
import { getBreakdowns } from './breakdowns.ts'
import { compareActivities } from './compare.ts'
import { getReport } from './overview.ts'
import { getPast } from './past.ts'
import { freezeSettings, later, makeSent, type SentActivity, type SentPerson } from './sent.fixture.ts'
import { getCurves } from './series.ts'

const app = testApp()
const minutes = (n: number) => n * 60_000
const asOf = later(minutes(100 * 60))
const zero = noEvents()

/** Sent at `at`, with its later events, in minutes. */
function person({
  at = 0,
  deliveredAfter,
  bouncedAfter,
  clickedAfter,
  country = 'SE',
}: {
  at?: number
  deliveredAfter?: number
  bouncedAfter?: number
  clickedAfter?: number
  country?: string
}): SentPerson {
  const receipt = (outcome: 'delivered' | 'hard', after: number, code: Code) => ({
    n: 1,
    part: 1,
    outcome,
    counts: false,
    at: later(minutes(at + after)),
    code,
  })
  return {
    country,
    facts: {
      attempts: [{ n: 1, try: 1, parts: null, at: later(minutes(at)) }],
      answers: [{ n: 1, part: 1, outcome: 'accepted', counts: false, at: later(minutes(at)), code: null }],
      receipts: [
        ...(deliveredAfter === undefined ? [] : [receipt('delivered', deliveredAfter, 'dlr:delivrd')]),
        ...(bouncedAfter === undefined ? [] : [receipt('hard', bouncedAfter, 'gsm:1')]),
      ],
    },
    clicks: clickedAfter === undefined ? [] : [{ link: 0, at: later(minutes(at + clickedAfter)), verdict: 'human' }],
  }
}

const curvesOf = async (sent: SentActivity, span?: 'all' | '1h') => {
  const curves = await getCurves(app.db, sent.workspaceId, sent.activityId, asOf, span)
  if (curves === undefined) throw new Error('no curves')
  return curves
}
const breakdownsOf = async (sent: SentActivity) => {
  const breakdowns = await getBreakdowns(app.db, sent.workspaceId, sent.activityId, asOf)
  if (breakdowns === undefined) throw new Error('no breakdowns')
  return breakdowns
}

describe('for all facts', () => {
  test('curves end at the figures, and breakdowns add up to them', async () => {
    await fc.assert(
      fc.asyncProperty(anyPeople, fc.integer({ min: 1, max: 3 }), async (people, tallyBuckets) => {
        const sent = await makeSent(app.db, people, { tallyBuckets })
        const report = await getReport(app.db, sent.workspaceId, sent.activityId, asOf)
        if (report === undefined) throw new Error('no report')
        const { figures } = report
        const { points } = await curvesOf(sent, 'all')
        expect(points.length).toBeLessThanOrEqual(mostPoints)
        const last = cumulate(points).at(-1)
        if (figures.sent > 0)
          for (const event of curveEvents) expect([event, last?.[event]]).toEqual([event, figures[curves[event]]])

        const { countries, gateways, errors, latency } = await breakdownsOf(sent)
        for (const rows of [countries, gateways])
          for (const key of ['sent', 'delivered', 'bounced', 'pending'] as const)
            expect(rows.reduce((sum, row) => sum + row[key], 0)).toBe(figures[key])
        const bounces = sent.verdicts.filter(({ status, code }) => status.startsWith('bounced') && code !== null)
        expect(errors.reduce((sum, { hard, soft }) => sum + hard + soft, 0)).toBe(bounces.length)
        const known = sent.verdicts.filter(
          ({ status, statusAt }, i) =>
            status === 'delivered' && statusAt?.getTime() !== people[i]?.facts?.noReceiptAt?.getTime(),
        )
        expect(latency?.delivered ?? 0).toBe(known.length)
      }),
      { numRuns: 25, endOnFailure: true },
    )
  })
})

describe('curves', () => {
  test('curves count time from the first message sent', async () => {
    const sent = await makeSent(app.db, [
      person({ at: 600, deliveredAfter: 1, clickedAfter: 20 }),
      person({ at: 601, bouncedAfter: 3 }),
    ])
    const { sentSince, span, stepMinutes, points } = await curvesOf(sent, '1h')
    expect([sentSince, span, stepMinutes]).toEqual([later(minutes(600)).toISOString(), '1h', 1])
    expect(points).toHaveLength(60)
    expect(points.slice(0, 6)).toEqual([
      { ...zero, minutes: 1, sent: 1 },
      { ...zero, minutes: 2, sent: 1, delivered: 1 },
      { ...zero, minutes: 3 },
      { ...zero, minutes: 4 },
      { ...zero, minutes: 5, bounced: 1 },
      { ...zero, minutes: 6 },
    ])
    expect(points[20]).toEqual({ ...zero, minutes: 21, clicked: 1, unique: 1 })
  })

  test('curves and breakdowns of an activity without sent messages are empty', async () => {
    const sent = await makeSent(app.db, [{ facts: { excluded: 'landline' } }])
    // By default the first 24 hours.
    expect(await curvesOf(sent)).toMatchObject({ sentSince: null, span: '24h', points: [] })
    expect(await breakdownsOf(sent)).toMatchObject({ countries: [], gateways: [], errors: [], latency: null })
  })
})

test('breakdowns have the outcome by country, the error in words, and the delivery times', async () => {
  const took = [0.1, 0.2, 0.5, 1, 30]
  const sent = await makeSent(app.db, [
    ...took.map(deliveredAfter => person({ deliveredAfter })),
    person({ bouncedAfter: 2, country: 'NO' }),
  ])
  const { countries, gateways, errors, latency } = await breakdownsOf(sent)
  expect(countries).toEqual([
    { country: 'SE', sent: 5, delivered: 5, bounced: 0, pending: 0 },
    { country: 'NO', sent: 1, delivered: 0, bounced: 1, pending: 0 },
  ])
  expect(errors).toEqual([
    { code: 'gsm:1', words: expect.stringMatching(/^[A-Z].*number/), hard: 1, soft: 0, waiting: 0 },
  ])
  expect(latency?.steps).toEqual(took.map(n => ({ step: latencyStep(minutes(n)), n: 1 })))
  expect(latencyStep(latency?.p50 ?? 0)).toBe(30_000)
  expect(latencyStep(latency?.p99 ?? 0)).toBe(minutes(30))
  expect(gateways).toMatchObject([
    { id: sent.gatewayId, name: expect.stringMatching(/^G /), sent: 6, latency: { delivered: 5 } },
  ])
})

describe('a comparison', () => {
  test('counts all up to the age of the most recent activity', async () => {
    const old = await makeSent(app.db, [
      person({ deliveredAfter: 1, clickedAfter: 5 }),
      person({ deliveredAfter: 2, clickedAfter: 500 }),
    ])
    const young = await makeSent(app.db, [person({ at: 5880, deliveredAfter: 1 })], { workspaceId: old.workspaceId })
    const unsent = await makeSent(app.db, [{}], { workspaceId: old.workspaceId })
    const ids = [young, old, unsent].map(({ activityId }) => activityId)
    const { comparedAt, activities } = await compareActivities(app.db, old.workspaceId, ids, asOf)
    expect(comparedAt).toBe(120)
    expect(activities.map(({ id, age, counts }) => [id, age, counts])).toEqual([
      [young.activityId, 120, { ...zero, sent: 1, delivered: 1 }],
      [old.activityId, 6000, { ...zero, sent: 2, delivered: 2, clicked: 1, unique: 1 }],
      [unsent.activityId, null, zero],
    ])
    expect(activities.map(({ points }) => points.length)).toEqual([120, 120, 0])
    expect(activities.map(({ cost, currency }) => [cost, currency])).toEqual([
      ['1.00', 'SEK'],
      ['2.00', 'SEK'],
      ['0.00', 'SEK'],
    ])
  })

  test('by HTTP is limited to the workspace’s own activities', async () => {
    const mine = await app.workspace('Mine', 'viewer')
    const other = await app.workspace('Other', 'viewer')
    const sent = await makeSent(app.db, [person({ deliveredAfter: 1 })], { workspaceId: mine.id })
    const theirs = await makeSent(app.db, [person({ deliveredAfter: 1 })], { workspaceId: other.id })
    const get = (path: string) => app.call('GET', `${mine.base}/activities/${path}`, { key: mine.key })
    expect(await get(`compare?ids=${sent.activityId}`)).toMatchObject({
      status: 200,
      body: { activities: [{ id: sent.activityId, counts: { sent: 1 } }] },
    })
    expect(await get(`${sent.activityId}/series?span=24h`)).toMatchObject({ status: 200, body: { span: '24h' } })
    expect(await get(`${sent.activityId}/breakdowns`)).toMatchObject({
      status: 200,
      body: { countries: [{ sent: 1 }] },
    })
    const missing = await get('compare?ids=999999')
    for (const path of [
      `compare?ids=${sent.activityId},${theirs.activityId}`,
      `${theirs.activityId}/series`,
      `${theirs.activityId}/breakdowns`,
    ])
      expect(await get(path)).toMatchObject({ status: 404, body: { title: (missing.body as { title: string }).title } })
    for (const path of [
      'compare',
      'compare?ids=',
      'compare?ids=a',
      'compare?ids=1,2,3,4,5,6,7,8,9,10,11',
      `${sent.activityId}/series?span=2h`,
    ])
      expect((await get(path)).status).toBe(400)
  })
})

describe('the usual rates', () => {
  const people = (delivered: number, clicked: number, clickedAfter = 30): SentPerson[] =>
    Array.from({ length: 10 }, (_, i) => ({
      ...person({
        ...(i < delivered ? { deliveredAfter: 1 } : { bouncedAfter: 1 }),
        ...(i < clicked ? { clickedAfter } : {}),
      }),
      credits: '2.0000',
    }))

  const sentAs = (activityId: number, hour: number) =>
    app.db.run(
      sql`update activities set state = 'sent', frozen_at = ${later(hour * minutes(60))} where id = ${activityId}`,
    )

  test('are of those that were sent before it, whichever was created first', async () => {
    const createdFirst = await makeSent(app.db, people(10, 5))
    const { workspaceId } = createdFirst
    const createdLast = await makeSent(app.db, people(8, 4), { workspaceId })
    await sentAs(createdFirst.activityId, 9)
    await sentAs(createdLast.activityId, 8)
    const draft = await makeSent(app.db, [], { workspaceId })
    await app.db.run(sql`update activities set state = 'draft', frozen_at = null where id = ${draft.activityId}`)
    const past = (id: number) => getPast(app.db, workspaceId, id, asOf)
    expect(await past(createdFirst.activityId)).toMatchObject({ activities: 1, deliveryRate: 0.8 })
    expect(await past(createdLast.activityId)).toMatchObject({ activities: 0 })
    expect(await past(draft.activityId)).toMatchObject({ activities: 2 })
  })

  test.each<[string, object]>([
    ['a text', { creditValue: 'abc' }],
    ['an object', { creditValue: { hex: 5 } }],
    ['a number out of range', { creditValue: '1e400' }],
    ['with a currency that is none', { creditValue: '2', currency: ['SEK'] }],
  ])('and the report answer where the value of a credit was frozen as %s', async (_, bad) => {
    const first = await makeSent(app.db, people(10, 5))
    const { workspaceId } = first
    const good = await makeSent(app.db, people(10, 5), { workspaceId })
    await freezeSettings(app.db, first.activityId, bad)
    await freezeSettings(app.db, good.activityId, { currency: 'SEK', creditValue: '3' })
    await sentAs(first.activityId, 1)
    await sentAs(good.activityId, 2)
    const money = async (activityId: number) => {
      const report = await getReport(app.db, workspaceId, activityId, asOf)
      return [report?.credits.money.charged, report?.credits.currency]
    }
    const value = 'currency' in bad ? '40.00' : '20.00'
    expect(await money(first.activityId)).toEqual([value, 'SEK'])
    expect(await money(good.activityId)).toEqual(['60.00', 'SEK'])
    expect(await getPast(app.db, workspaceId, good.activityId, asOf)).toMatchObject({
      activities: 1,
      costPerClicker: Number(value) / 5,
    })
    expect(await getPast(app.db, workspaceId, first.activityId, asOf)).toMatchObject({ activities: 0 })
  })

  test('compare costs in one currency, each as it was when it was sent', async () => {
    const first = await makeSent(app.db, people(10, 5))
    const { workspaceId } = first
    const second = await makeSent(app.db, people(10, 5), { workspaceId })
    const third = await makeSent(app.db, people(10, 5), { workspaceId })
    for (const [i, { activityId }] of [first, second, third].entries()) await sentAs(activityId, i)
    const worth = (activityId: number, currency: string, creditValue: string) =>
      freezeSettings(app.db, activityId, { currency, creditValue })
    await worth(first.activityId, 'SEK', '0.5000')
    await worth(second.activityId, 'EUR', '9.0000')
    await worth(third.activityId, 'SEK', '0.7000')
    // Ten SMS of two credits each, five clickers.
    expect(await getPast(app.db, workspaceId, third.activityId, asOf)).toMatchObject({
      activities: 2,
      costPerClicker: 2,
    })
  })

  test('are medians of the earlier ones, each counted up to the age of this one', async () => {
    const first = await makeSent(app.db, people(10, 5))
    const { workspaceId } = first
    await makeSent(app.db, people(8, 4), { workspaceId })
    // Its clicks came after the time that is compared.
    await makeSent(app.db, people(6, 6, 300), { workspaceId })
    const other = await makeSent(app.db, people(1, 1))
    const recent = await makeSent(app.db, people(9, 1), { workspaceId })
    await app.db.run(
      sql`update activities set state = 'sent' where workspace_id = any(${[workspaceId, other.workspaceId]}::int[])`,
    )
    await sentAs(recent.activityId, 1)
    await app.db.run(sql`update activities set state = 'cancelled' where id = ${first.activityId}`)
    const sent = await makeSent(app.db, people(10, 5), { workspaceId })
    await sentAs(sent.activityId, 2)

    expect(await getPast(app.db, workspaceId, recent.activityId, later(minutes(120)))).toEqual({
      activities: 2,
      comparedAt: 120,
      deliveryRate: 0.7,
      clickRate: 0.25,
      unsubscribedRate: 0,
      costPerClicker: 5,
    })
    expect(await getPast(app.db, workspaceId, sent.activityId, later(minutes(120)))).toMatchObject({
      activities: 3,
      deliveryRate: 0.8,
    })
    expect(await getPast(app.db, other.workspaceId, recent.activityId, asOf)).toBeUndefined()
  })

  test('there are none before the first', async () => {
    const { workspaceId, activityId } = await makeSent(app.db, people(10, 5))
    expect(await getPast(app.db, workspaceId, activityId, asOf)).toMatchObject({
      activities: 0,
      deliveryRate: null,
      costPerClicker: null,
    })
  })
})
