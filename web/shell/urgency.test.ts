import { expect, test } from 'vitest'
import { isOfUnmatched, urgentFirst } from './urgency.ts'

const of = (...kinds: string[]) => kinds.map(kind => ({ kind }))

test('failed SMS come first, then delays, then unmatched records', () => {
  const listed = of('receipts_unmatched', 'gateway_down', 'deliveries_unreadable', 'activity_failed', 'inbox_behind')
  const sorted = of('activity_failed', 'gateway_down', 'inbox_behind', 'receipts_unmatched', 'deliveries_unreadable')
  expect(urgentFirst(listed)).toEqual(sorted)
})

test('alarms about unmatched records link to Unmatched, even if they name a gateway', () => {
  expect(of('receipts_unmatched', 'deliveries_unreadable', 'records_set_aside').every(isOfUnmatched)).toBe(true)
  expect(isOfUnmatched({ kind: 'gateway_down' })).toBe(false)
})
