/** One meaning: the SQL of a tree finds whom the naive evaluator finds, in the cases of a table and over random trees and people. */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Condition, type Group, type Node, readTree, type SegmentTree } from '../../core/segments/tree.ts'
import {
  attributes,
  devices,
  eventNames,
  numbers,
  pageTitles,
  pageUrls,
  someTree,
  texts,
} from '../../core/segments/trees.fixture.ts'
import { ownDatabase } from '../../test/database.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import { sql } from '../platform/db/sql.ts'
import { compile, type SegmentSurroundings } from './compile.ts'
import { bind, type FilledWorld, fill, membersOf, type World, world } from './people.fixture.ts'

const db = await ownDatabase({ max: 4 })

const group = (match: 'all' | 'any', items: Node[], more: Partial<Group> = {}): Group => ({
  kind: 'group',
  match,
  ...more,
  items,
})
const tree = (...items: Node[]): SegmentTree => ({ v: 1, root: group('all', items) })
const not = <N extends Node>(node: N): N => ({ ...node, exclude: true })
type Event = Extract<Condition, { kind: 'event' }>
const event = (name: Event['event'], of: Event['of'] = [1], more: Partial<Event> = {}): Event => ({
  kind: 'event',
  event: name,
  of,
  ...more,
})
const city = (value: string, more: object = {}): Node => ({
  kind: 'text',
  field: 'attr:city',
  op: 'is',
  value,
  ...more,
})
const points = (op: 'is' | 'lt' | 'lte' | 'gt' | 'gte', value: number): Node => ({
  kind: 'number',
  field: 'attr:points',
  op,
  value,
})
const consent = (topic: number, state: 'yes' | 'ended' | 'never'): Node => ({
  kind: 'consent',
  topic,
  channel: 'sms',
  state,
})
const closed = (topic?: number): Node => ({
  kind: 'closed',
  channel: 'sms',
  why: ['opted_out'],
  ...(topic && { topic }),
})
const tag = (name: string): Node => ({ kind: 'tag', match: 'any', tags: [name] })

const clickedA = tree(event('clicked'))
const remind = tree(event('delivered'), not(event('clicked')))
const inSegment = (id: number): Node => ({ kind: 'segment', id })

let ids: FilledWorld

beforeAll(async () => {
  ids = await fill(db, world)
  // Of another workspace, with the number of the first person.
  await fill(db, { ...world, people: world.people.slice(0, 1) })
})

function surroundings(
  of: World,
  filled: FilledWorld,
  segments: ReadonlyMap<number, SegmentTree | null> = new Map(),
): SegmentSurroundings {
  return {
    workspaceId: filled.workspaceId,
    now: of.now,
    zone: of.zone,
    attributes: new Map(Object.entries(of.attributes)),
    segments,
    frozenAt: new Map(Object.entries(of.frozenAt).map(([name, at]) => [filled.activity[name] ?? 0, new Date(at)])),
  }
}

async function found(
  given: SegmentTree,
  of: World,
  filled: FilledWorld,
  segments?: ReadonlyMap<number, SegmentTree | null>,
): Promise<number[]> {
  const condition = compile(bind(given, filled, of), surroundings(of, filled, segments))(everyBucket)
  const rows = await db.query<{ id: number }>(
    sql`select p.profile_id as id from profiles p where p.workspace_id = ${filled.workspaceId} and p.bucket = ${everyBucket} and p.erased_at is null and (${condition})`,
  )
  const names = new Map(Object.entries(filled.profile).map(([name, id]) => [id, Number(name)]))
  return rows.map(({ id }) => names.get(id) ?? -1).toSorted((a, b) => a - b)
}

const cases: [string, SegmentTree, number[]][] = [
  ['clicked A', clickedA, [1, 4]],
  ['delivered in A and did not click', remind, [2, 5]],
  ['did not click A', tree(not(event('clicked'))), [2, 3, 5, 6, 7, 8, 9]],
  ['a double exclusion', tree(group('any', [not(event('clicked'))], { exclude: true })), [1, 4]],
  ['city is Stockholm', tree(city('Stockholm')), [1, 2, 8]],
  ['city is Stockholm, as written', tree(city('Stockholm', { exactCase: true })), [1]],
  ['city is not Stockholm', tree(not(city('Stockholm'))), [3, 4, 5, 6, 7, 9]],
  ['has no city', tree(not({ kind: 'filled', field: 'attr:city' })), [3, 4]],
  ['city contains a percent sign', tree({ kind: 'text', field: 'attr:city', op: 'contains', value: '%' }), []],
  ['points of 100 or more', tree(points('gte', 100)), [1, 4, 7, 9]],
  ['not points of 100 or more', tree(not(points('gte', 100))), [2, 3, 5, 6, 8]],
  ['points below 100', tree(points('lt', 100)), [3, 5]],
  ['has no points', tree(not({ kind: 'filled', field: 'attr:points' })), [2, 6, 8]],
  ['both consents', tree(consent(1, 'yes'), consent(2, 'yes')), [9]],
  ['no consent to Service', tree(not(consent(2, 'yes'))), [1, 2, 3, 4, 5, 6, 8]],
  ['consent to Service ended', tree(consent(2, 'ended')), [2]],
  ['never asked for Offers', tree(consent(1, 'never')), [7]],
  ['opted out of Offers', tree(closed(1)), [4]],
  ['opted out of anything', tree(closed()), [4, 9]],
  ['bounced in A', tree(event('bounced')), [3]],
  ['bounced in B, delivered since', tree(event('bounced', [2])), []],
  ['pending in B', tree(event('pending', [2])), [9]],
  ['sent at least twice', tree(event('sent', 'any', { times: { op: 'at_least', n: 2 } })), [1, 2, 9]],
  ['sent exactly once', tree(event('sent', 'any', { times: { op: 'exactly', n: 1 } })), [3, 4, 5, 6, 7]],
  ['sent at most once', tree(event('sent', 'any', { times: { op: 'at_most', n: 1 } })), [3, 4, 5, 6, 7, 8]],
  ['clicked 2 times in A', tree(event('clicked', [1], { times: { op: 'at_least', n: 2, of: 'clicks' } })), [1]],
  ['clicked in 2 SMS', tree(event('clicked', 'any', { times: { op: 'at_least', n: 2 } })), []],
  [
    'clicked between 1 and 2 times',
    tree(event('clicked', 'any', { times: { op: 'between', values: [1, 2], of: 'clicks' } })),
    [1, 4, 6, 7],
  ],
  [
    'clicked at most once',
    tree(event('clicked', 'any', { times: { op: 'at_most', n: 1, of: 'clicks' } })),
    [2, 3, 4, 5, 6, 7, 8, 9],
  ],
  ['left out of A as a duplicate', tree(event('not_sent', [1], { where: { reasons: ['duplicate_address'] } })), [6]],
  ['left out of A', tree(event('not_sent')), [6, 8]],
  ['not targeted by A', tree(not(event('targeted'))), [7]],
  ['clicked link 11', tree(event('clicked', [1], { links: [11] })), [1]],
  ['visited link 11', tree(event('visited', [1], { links: [11] })), [1, 2]],
  ['unsubscribed through A and clicked', tree(event('unsubscribed'), event('clicked')), [4]],
  ['country SE', tree({ kind: 'country', countries: ['SE'] }), [1, 2, 3, 4, 5, 6, 9]],
  ['not country SE', tree(not({ kind: 'country', countries: ['SE'] })), [7, 8]],
  ['clicked within an hour of sending', tree(event('clicked', [1], { withinHours: 1 })), [1]],
  [
    'clicked in the last day of 23 hours',
    tree(event('clicked', 'any', { window: { last: { n: 1, unit: 'days' } } })),
    [7],
  ],
  [
    'clicked in the last 24 hours',
    tree(event('clicked', 'any', { window: { last: { n: 24, unit: 'hours' } } })),
    [6, 7],
  ],
  ['clicked on 28 March', tree(event('clicked', 'any', { window: { from: '2026-03-28', to: '2026-03-28' } })), [6, 7]],
  ['created on 29 March', tree({ kind: 'created', window: { from: '2026-03-29', to: '2026-03-29' } }), [7]],
  ['birthday in the next 7 days', tree({ kind: 'anniversary', field: 'attr:birthday', days: { next: 7 } }), [1]],
  ['birthday in the last 2 days', tree({ kind: 'anniversary', field: 'attr:birthday', days: { last: 2 } }), [2]],
  ['all of nothing', tree(), [1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ['any of nothing', { v: 1, root: group('any', []) }, []],
]

describe('a tree finds', () => {
  test.each(cases)('%s', async (_, given, expected) => {
    expect(membersOf(given, world)).toEqual(expected)
    expect(await found(given, world, ids)).toEqual(expected)
    expect(await found(readTree(JSON.parse(JSON.stringify(given))), world, ids)).toEqual(expected)
  })

  test('the members of other segments, live and frozen', async () => {
    const given = tree(group('any', [inSegment(2), tag('vip')]), not(inSegment(1)))
    const live = new Map([
      [1, bind(clickedA, ids, world)],
      [2, bind(remind, ids, world)],
    ])
    expect(await found(given, world, ids, live)).toEqual([2, 5])
    const listed = [3, 7, 10].map(name => ids.profile[name] ?? 0)
    await db.run(sql`insert into segment_members (bucket, segment_id, profile_id, workspace_id)
      select i & 255, 3, i, ${ids.workspaceId}::int from unnest(${listed}::bigint[]) i`)
    expect(await found(tree(inSegment(3)), world, ids, new Map([[3, null]]))).toEqual([3, 7])
    expect(await found(tree(not(inSegment(3))), world, ids, new Map([[3, null]]))).toEqual([1, 2, 4, 5, 6, 8, 9])
  })
})

const times = [
  '2026-03-27T08:00:00Z',
  '2026-03-27T08:59:59.999Z',
  '2026-03-27T09:00:00Z',
  '2026-03-28T10:30:00Z',
  '2026-03-28T10:30:06Z',
  '2026-03-28T10:30:12Z',
  '2026-03-29T00:30:00Z',
]
const statuses = [
  'queued',
  'not_sent',
  'pending',
  'no_receipt',
  'delivered',
  'bounced_hard',
  'bounced_soft_retrying',
  'bounced_soft_final',
]
const someSms = fc
  .record({
    status: fc.constantFrom(...statuses),
    t0: fc.constantFrom(...times),
    statusAt: fc.constantFrom(...times),
    reason: fc.constantFrom('frequency', 'no_address'),
    code: fc.constantFrom('gsm:1', 'gsm:27'),
    clicks: fc.array(
      fc.record({
        link: fc.constantFrom(1, 2),
        at: fc.constantFrom(...times),
        isHuman: fc.boolean(),
        device: fc.constantFrom(...devices),
      }),
      { maxLength: 6 },
    ),
    unsubscribedAt: fc.option(fc.constantFrom(...times), { nil: undefined }),
  })
  .map(({ status, t0, statusAt, reason, code, clicks, unsubscribedAt }) =>
    status === 'not_sent' || status === 'queued'
      ? { status, ...(status === 'not_sent' && { reason }) }
      : {
          status,
          t0,
          statusAt,
          ...(status.startsWith('bounced') && { code }),
          clicks,
          ...(unsubscribedAt && { unsubscribedAt }),
        },
  )

const somePerson = fc.record({
  phone: fc.constantFrom(null, '+46701740601', '+46701740602', '+4792345670'),
  phoneType: fc.constantFrom('mobile', 'fixed'),
  shared: fc.boolean(),
  country: fc.constantFrom(null, 'SE', 'NO'),
  attrs: fc.record(
    {
      city: fc.oneof(fc.constantFrom(...texts), fc.constantFrom(1, true, null)),
      points: fc.oneof(fc.constantFrom(...numbers), fc.constantFrom('100', null, false)),
      birthday: fc.constantFrom('1990-04-01', '1996-02-29', '2026-03-29', 'soon', ''),
      seen: fc.constantFrom('2026-03-28T10:00', '2026-03-29T10:00+02:00'),
    },
    { requiredKeys: [] },
  ),
  columns: fc.record({ first_name: fc.constantFrom(...texts) }, { requiredKeys: [] }),
  tags: fc.subarray(['vip', 'web', 'VIP']),
  created: fc.constantFrom(...times),
  erased: fc.constantFrom(false, false, false, true),
  consents: fc.record({ offers: fc.boolean(), service: fc.boolean() }, { requiredKeys: [] }),
  sms: fc.record({ A: someSms, B: someSms, C: someSms }, { requiredKeys: [] }),
  website: fc.array(
    fc.oneof(
      fc.record({
        at: fc.constantFrom(...times),
        url: fc.constantFrom(...pageUrls),
        title: fc.constantFrom(...pageTitles),
      }),
      fc.record({
        at: fc.constantFrom(...times),
        event: fc.constantFrom(...eventNames),
        properties: fc.constantFrom({ total: 100, sku: 'A1' }, { total: '100', sku: 'a%' }, { total: 0.1, sku: null }),
      }),
    ),
    { maxLength: 5 },
  ),
})

const someWorld: fc.Arbitrary<World> = fc
  .record({
    people: fc.array(somePerson, { minLength: 4, maxLength: 12 }),
    optOuts: fc.array(
      fc.record({
        phone: fc.constantFrom('+46701740601', '+4792345670'),
        topic: fc.constantFrom(null, 'offers', 'service'),
        released: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
    suppressed: fc.array(
      fc.record({
        phone: fc.constantFrom('+46701740601', '+46701740602'),
        reason: fc.constantFrom('hard_bounces' as const, 'by_hand' as const),
      }),
      { maxLength: 2 },
    ),
  })
  .map(({ people, optOuts, suppressed }) => ({
    ...world,
    attributes,
    frozenAt: { A: '2026-03-27T08:00:00Z', B: '2026-03-28T09:00:00Z', C: '2026-03-29T01:00:00Z' },
    links: { A: [1, 2], B: [], C: [] },
    people: people.map((person, i) => ({ id: i + 1, ...person })),
    optOuts,
    suppressed,
  }))

test('any tree over any people: SQL and complement agree with the naive evaluator', async () => {
  await fc.assert(
    fc.asyncProperty(someWorld, fc.array(someTree, { minLength: 6, maxLength: 6 }), async (of, trees) => {
      const filled = await fill(db, of)
      for (const one of trees) {
        const expected = membersOf(one, of)
        expect(await found(one, of, filled)).toEqual(expected)
        const others: SegmentTree = { v: 1, root: group('all', [{ ...one.root, exclude: true }]) }
        const rest = of.people.filter(({ id, erased }) => !erased && !expected.includes(id)).map(({ id }) => id)
        expect(await found(others, of, filled)).toEqual(rest)
      }
    }),
    { numRuns: 40 },
  )
})
