import { expect, test } from 'vitest'
import type { ReportSearch } from './search.ts'
import { currentReason, listSearch, narrow } from './search.ts'

test('a filter keeps the other filters and returns to the first page', () => {
  const search: ReportSearch = { tab: 'bounced', search: 'anna', after: 'abc', before: 'xyz' }
  expect(narrow<ReportSearch>({ bounce: 'hard' })(search)).toEqual({ tab: 'bounced', search: 'anna', bounce: 'hard' })
})

test('a removed filter leaves the address', () => {
  const narrowed = narrow<ReportSearch>({ search: undefined })({ tab: 'sent', search: 'anna' })
  expect(Object.keys(narrowed)).toEqual(['tab'])
})

test('a search for digits is read from an address as text', () => {
  expect(listSearch({ search: 4670, after: '', before: 'xyz', tab: 1 })).toEqual({ search: '4670', before: 'xyz' })
})

test('a bookmark with the former name of a reason shows the same list', () => {
  expect(currentReason('duplicate_number')).toBe('duplicate_address')
  expect([currentReason('landline'), currentReason('')]).toEqual(['landline', undefined])
})
