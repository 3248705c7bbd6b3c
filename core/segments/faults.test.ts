/** What is missing in a condition that is being filled in. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { faultOf, faultsOf } from './faults.ts'
import type { Condition } from './tree.ts'
import { someTree } from './trees.fixture.ts'

const unfinished: [string, Condition][] = [
  ['Enter a value.', { kind: 'text', field: 'attr:City', op: 'is', value: ' ' }],
  ['Enter at least one value.', { kind: 'text', field: 'attr:City', op: 'in', values: [] }],
  ['Enter a number.', { kind: 'number', field: 'attr:Points', op: 'gt', value: Number.NaN }],
  ['Enter two numbers.', { kind: 'number', field: 'attr:Points', op: 'between', values: [1, Number.NaN] }],
  [
    'The first number must not be above the second.',
    { kind: 'number', field: 'attr:Points', op: 'between', values: [2, 1] },
  ],
  ['Enter at least one tag.', { kind: 'tag', match: 'any', tags: [] }],
  ['Choose at least one country.', { kind: 'country', countries: [] }],
  ['Choose a kind of number, or shared numbers.', { kind: 'phone' }],
  ['Choose a topic.', { kind: 'consent', topic: 0, channel: 'sms', state: 'yes' }],
  ['Choose at least one reason.', { kind: 'closed', channel: 'sms', why: [] }],
  ['Choose a segment.', { kind: 'segment', id: 0 }],
  ['Enter a number of days, or a day.', { kind: 'date', field: 'attr:Joined', days: {} }],
  ['Enter a number, or a day.', { kind: 'created', window: { last: { n: Number.NaN, unit: 'days' } } }],
  ['Choose an SMS.', { kind: 'event', event: 'clicked', of: [] }],
  ['Choose a link.', { kind: 'event', event: 'clicked', of: [1], links: [] }],
  ['Choose at least one value of each detail.', { kind: 'event', event: 'clicked', of: [1], where: { devices: [] } }],
  [
    'The first number must not be above the second.',
    { kind: 'event', event: 'clicked', of: 'any', times: { op: 'between', values: [4, 2], of: 'clicks' } },
  ],
  ['Enter how many.', { kind: 'event', event: 'clicked', of: 'any', times: { op: 'at_least', n: Number.NaN } }],
  ['Enter a number of hours.', { kind: 'event', event: 'clicked', of: 'any', withinHours: Number.NaN }],
  [
    'A value of this condition is longer than 500 characters.',
    { kind: 'text', field: 'attr:City', op: 'is', value: 'x'.repeat(501) },
  ],
]

test.each(unfinished)('%s', (what, condition) => {
  expect(faultOf(condition)).toBe(what)
  const tree = { v: 1 as const, root: { kind: 'group' as const, match: 'any' as const, items: [condition] } }
  expect(faultsOf(tree)).toEqual([{ path: [0], what }])
})

test('a tree that is read has no fault', () => {
  fc.assert(
    fc.property(someTree, tree => {
      expect(faultsOf(tree)).toEqual([])
    }),
  )
})
