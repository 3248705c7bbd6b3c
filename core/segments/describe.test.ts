/** The sentence of a tree: each condition in both wordings, groups, lists, and what holds for every tree. */
import fc from 'fast-check'
import { expect, describe as suite, test } from 'vitest'
import type { Names } from './clauses.ts'
import { describe, sentenceOf } from './describe.ts'
import { inverted } from './edit-tree.ts'
import { segmentEvents } from './events.ts'
import type { Condition, Group, Node, SegmentTree } from './tree.ts'
import { someTree } from './trees.fixture.ts'

const of = (entries: Record<number, string>) => (id: number) => entries[id]
const names: Names = {
  topic: of({ 1: 'Offers', 2: 'Service' }),
  activity: of({ 1: 'Autumn sale', 2: 'Tuesday', 3: 'Christmas', 4: 'Easter', 5: 'Summer' }),
  link: of({ 11: 'https://example.com/a' }),
  segment: of({ 7: 'Not yet clicked' }),
  gateway: of({ 1: 'Nordic SMPP' }),
  country: code => ({ SE: 'Sweden', NO: 'Norway', DK: 'Denmark' })[code] ?? code,
}
const zone = 'Europe/Stockholm'

const group = (match: Group['match'], ...items: Node[]): Group => ({ kind: 'group', match, items })
const tree = (...items: Node[]): SegmentTree => ({ v: 1, root: group('all', ...items) })
const said = (...items: Node[]) => sentenceOf(tree(...items), names, zone)
const event = (more: object = {}): Condition => ({ kind: 'event', event: 'clicked', of: [1], ...more })
const clicked = event()
const vip: Node = { kind: 'tag', match: 'any', tags: ['vip'] }

const leaves: Record<string, Condition> = {
  filled: { kind: 'filled', field: 'attr:City' },
  'filled, a column': { kind: 'filled', field: 'first_name' },
  'text is': { kind: 'text', field: 'attr:City', op: 'is', value: 'Stockholm' },
  'text is, in this case': { kind: 'text', field: 'attr:City', op: 'is', value: 'Stockholm', exactCase: true },
  'text contains': { kind: 'text', field: 'email', op: 'contains', value: '@example.com' },
  'text starts': { kind: 'text', field: 'phone', op: 'starts', value: '+46' },
  'text ends': { kind: 'text', field: 'external_key', op: 'ends', value: '7' },
  'text in': { kind: 'text', field: 'attr:City', op: 'in', values: ['Oslo', 'Malmö', 'Lund', 'Kiruna', 'Visby'] },
  'text in, one': { kind: 'text', field: 'attr:City', op: 'in', values: ['Oslo'] },
  'number is': { kind: 'number', field: 'attr:Points', op: 'is', value: 1234.5 },
  'number lt': { kind: 'number', field: 'attr:Points', op: 'lt', value: 100 },
  'number lte': { kind: 'number', field: 'attr:Points', op: 'lte', value: 100 },
  'number gt': { kind: 'number', field: 'attr:Points', op: 'gt', value: 100 },
  'number gte': { kind: 'number', field: 'attr:Points', op: 'gte', value: 100 },
  'number between': { kind: 'number', field: 'attr:Points', op: 'between', values: [1, 10000] },
  'date last': { kind: 'date', field: 'attr:Joined', days: { last: 7 } },
  'date today': { kind: 'date', field: 'attr:Joined', days: { last: 1 } },
  'date next': { kind: 'date', field: 'attr:Expires', days: { next: 7 } },
  'date next, today': { kind: 'date', field: 'attr:Expires', days: { next: 1 } },
  'date from': { kind: 'date', field: 'attr:Joined', days: { from: '2026-03-01' } },
  'date to': { kind: 'date', field: 'attr:Joined', days: { to: '2026-03-01' } },
  'date from to': { kind: 'date', field: 'attr:Joined', days: { from: '2026-03-01', to: '2026-03-31' } },
  'date on': { kind: 'date', field: 'attr:Joined', days: { from: '2026-03-01', to: '2026-03-01' } },
  anniversary: { kind: 'anniversary', field: 'attr:Birthday', days: { next: 7 } },
  'created last': { kind: 'created', window: { last: { n: 30, unit: 'days' } } },
  'created before': { kind: 'created', window: { before: { n: 1, unit: 'months' } } },
  'created from': { kind: 'created', window: { from: '2026-03-01' } },
  'created to': { kind: 'created', window: { to: '2026-03-28T09:00:00+01:00' } },
  'created from to': { kind: 'created', window: { from: '2026-03-01', to: '2026-03-31' } },
  'created on': { kind: 'created', window: { from: '2026-03-01', to: '2026-03-01' } },
  'page view': { kind: 'page_view', of: 'url', op: 'contains', value: '/basket' },
  'page view, by title, often': {
    kind: 'page_view',
    of: 'title',
    op: 'is',
    value: 'Basket',
    times: { op: 'at_least', n: 3 },
    window: { last: { n: 30, unit: 'days' } },
  },
  'website event': { kind: 'website_event', name: 'Order completed' },
  'website event, with a property': {
    kind: 'website_event',
    name: 'Order completed',
    property: { name: 'total', op: 'gte', value: 100 },
    times: { op: 'at_most', n: 1 },
  },
  'website event, with a text': {
    kind: 'website_event',
    name: 'Added',
    property: { name: 'sku', op: 'is', value: 'A1' },
  },
  'tag any': { kind: 'tag', match: 'any', tags: ['vip', 'web'] },
  'tag all': { kind: 'tag', match: 'all', tags: ['vip', 'web'] },
  country: { kind: 'country', countries: ['SE', 'NO'] },
  'phone types': { kind: 'phone', types: ['fixed', 'invalid'] },
  'phone shared': { kind: 'phone', shared: true },
  'phone both': { kind: 'phone', types: ['mobile'], shared: true },
  'consent yes': { kind: 'consent', topic: 1, channel: 'sms', state: 'yes' },
  'consent ended': { kind: 'consent', topic: 1, channel: 'email', state: 'ended' },
  'consent never': { kind: 'consent', topic: 1, channel: 'sms', state: 'never' },
  'closed, opted out': { kind: 'closed', channel: 'sms', why: ['opted_out'] },
  'closed, opted out of a topic': { kind: 'closed', channel: 'sms', why: ['opted_out'], topic: 2 },
  'closed, any': { kind: 'closed', channel: 'email', why: ['opted_out', 'hard_bounces', 'by_hand'] },
  segment: { kind: 'segment', id: 7 },
  'event, any': event({ of: 'any' }),
  'event, many': event({ of: [1, 2, 3, 4, 5] }),
  'event, at least 2': event({ of: 'any', times: { op: 'at_least', n: 2 } }),
  'event, at least 1': event({ of: 'any', times: { op: 'at_least', n: 1 } }),
  'event, exactly 1': event({ of: 'any', times: { op: 'exactly', n: 1 } }),
  'event, exactly 0': event({ of: 'any', times: { op: 'exactly', n: 0 } }),
  'event, at most 1': event({ event: 'sent', of: 'any', times: { op: 'at_most', n: 1 } }),
  'event, at most 0': event({ of: 'any', times: { op: 'at_most', n: 0 } }),
  'event, at least 2 of some': event({ of: [1, 2], times: { op: 'at_least', n: 2 } }),
  'event, between 2 and 4': event({ of: 'any', times: { op: 'between', values: [2, 4] } }),
  'event, between 0 and 4': event({ event: 'sent', of: 'any', times: { op: 'between', values: [0, 4] } }),
  'clicks, at least 3': event({ of: 'any', times: { op: 'at_least', n: 3, of: 'clicks' } }),
  'clicks, exactly 1': event({ times: { op: 'exactly', n: 1, of: 'clicks' } }),
  'clicks, at most 1': event({ of: [1, 2], times: { op: 'at_most', n: 1, of: 'clicks' } }),
  'clicks, between 2 and 4 on a link': event({ links: [11], times: { op: 'between', values: [2, 4], of: 'clicks' } }),
  'clicks, none': event({ times: { op: 'at_most', n: 0, of: 'clicks' } }),
  'event, a link, a device': event({ links: [11], where: { devices: ['iphone'] } }),
  'event, within hours': event({ withinHours: 24 }),
  'event, window': event({ of: 'any', window: { last: { n: 1, unit: 'weeks' } } }),
  'event, a reason': event({ event: 'not_sent', where: { reasons: ['duplicate_address'] } }),
  'event, where': event({ event: 'bounced', where: { countries: ['SE'], gateways: [1], codes: ['gsm:1'] } }),
  ...Object.fromEntries(segmentEvents.map(({ name }) => [`event ${name}`, event({ event: name })])),
}

suite('each condition, and what its exclusion says', () => {
  test.each(Object.entries(leaves))('%s', (_, leaf) => {
    expect([said(leaf), said(inverted(leaf))].join('\n')).toMatchSnapshot()
  })
})

test('the examples of the help', () => {
  expect(said(event({ event: 'delivered' }), inverted(clicked))).toBe(
    'People who got “Autumn sale”, and who did not click in “Autumn sale”.',
  )
  expect(said({ ...group('any', clicked, vip), exclude: true })).toBe(
    'People who did not click in “Autumn sale”, and who do not have the tag “vip”.',
  )
  expect(said(group('any', { kind: 'segment', id: 7 }, vip), inverted({ kind: 'segment', id: 7 }))).toBe(
    'People (who are in “Not yet clicked”, or who have the tag “vip”), and who are not in “Not yet clicked”.',
  )
  expect(sentenceOf({ v: 1, root: group('any', clicked, vip) }, names, zone)).toBe(
    'People who clicked in “Autumn sale”, or who have the tag “vip”.',
  )
})

test('everybody and nobody', () => {
  expect(said()).toBe('Everybody in this workspace.')
  expect(said(group('any'))).toBe('Nobody.')
  expect(said({ ...group('any'), exclude: true }, vip)).toBe('People who have the tag “vip”.')
  expect(said(event({ times: { op: 'at_least', n: 0 } }))).toBe('Everybody in this workspace.')
})

test('what is not filled in yet, or does not exist any more, reads "…"', () => {
  expect(said({ kind: 'text', field: 'attr:City', op: 'is', value: '' })).toBe('People whose City is ….')
  expect(said({ kind: 'tag', match: 'any', tags: [] })).toBe('People who have the tag ….')
  expect(said(event({ of: [] }))).toBe('People who clicked in ….')
  expect(said({ kind: 'segment', id: 99 })).toBe('People who are in ….')
  expect(said({ kind: 'number', field: 'attr:Points', op: 'is', value: Number.NaN })).toBe('People whose Points is ….')
  expect(said({ kind: 'created', window: {} })).toBe('People who were added ….')
})

test('the parts say what is a name, with its page, and what is a number', () => {
  const parts = describe(tree(event({ times: { op: 'at_least', n: 2 } })), names, zone)
  expect(parts.filter(({ role }) => role === 'name')).toEqual([
    { role: 'name', text: '“Autumn sale”', of: { kind: 'activity', id: 1 } },
  ])
  expect(parts.filter(({ role }) => role === 'number')).toEqual([{ role: 'number', text: '2' }])
})

test('the sentence of a tree and of its double exclusion are the same, and none says undefined', () => {
  fc.assert(
    fc.property(someTree, given => {
      const sentence = sentenceOf(given, names, zone)
      expect(sentence).not.toMatch(/undefined|null|NaN|\[object|not \(/)
      expect(sentence).toMatch(/^(People \(*whos?e? .*|Everybody in this workspace|Nobody)\.$/s)
      const twice: Group = { ...group('any', inverted(given.root)), exclude: true }
      expect(sentenceOf({ v: 1, root: twice }, names, zone)).toBe(sentence)
    }),
  )
})
