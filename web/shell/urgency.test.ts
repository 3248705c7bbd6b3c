import { expect, test } from 'vitest'
import { isOfUnmatched, urgentFirst } from './urgency.ts'

const of = (...kinds: string[]) => kinds.map(kind => ({ kind }))

test('an SMS that failed comes before what is slow, and what is unmatched comes last', () => {
  const listed = of('receipts_unmatched', 'gateway_down', 'deliveries_unreadable', 'activity_failed', 'inbox_behind')
  const sorted = of('activity_failed', 'gateway_down', 'inbox_behind', 'receipts_unmatched', 'deliveries_unreadable')
  expect(urgentFirst(listed)).toEqual(sorted)
})

test('what is listed under Unmatched leads there, also where it is of a gateway', () => {
  expect(of('receipts_unmatched', 'deliveries_unreadable', 'records_set_aside').every(isOfUnmatched)).toBe(true)
  expect(isOfUnmatched({ kind: 'gateway_down' })).toBe(false)
})
