import { expect, test } from 'vitest'
import { notSentReasons } from './reasons.ts'
import { inVerdictOrder, numberConditions, reasonsThatHold, verdictOrder } from './verdict.ts'

test('every reason has its place, an erase before all others', () => {
  expect(verdictOrder[0]).toBe('erased')
  expect([...verdictOrder].sort()).toEqual(notSentReasons.map(({ key }) => key).sort())
})

test('conditions are asked in the order of the table, however they were given', () => {
  expect(inVerdictOrder({ no_price: 1, opted_out: 2, no_consent: 3 })).toEqual([
    ['no_consent', 3],
    ['opted_out', 2],
    ['no_price', 1],
  ])
})

test('all reasons that hold are listed; an erased person has no other', () => {
  expect(reasonsThatHold({ hard_bounces: true, suppressed: false, opted_out: true })).toEqual([
    'opted_out',
    'hard_bounces',
  ])
  expect(reasonsThatHold({ erased: true, no_number: true })).toEqual(['erased'])
  expect(reasonsThatHold({})).toEqual([])
})

test.each([
  ['none', false, ['no_number']],
  ['invalid', false, ['invalid_number']],
  ['mobile', false, ['invalid_number']],
  ['fixed', true, ['landline']],
  ['premium', true, ['number_type']],
  ['mobile', true, []],
  ['fixed_or_mobile', true, []],
] as const)('a number of kind %s, given: %s', (type, hasNumber, reasons) => {
  expect(reasonsThatHold(numberConditions(type, hasNumber))).toEqual(reasons)
})
