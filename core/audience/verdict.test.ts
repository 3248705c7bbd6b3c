import { expect, test } from 'vitest'
import { notSentReasonKeys } from './not-sent-reasons.ts'
import { inVerdictOrder, kindConditions, reasonsThatHold, verdictOrder } from './verdict.ts'

test('every reason has its place, an erase before all others', () => {
  expect(verdictOrder[0]).toBe('erased')
  expect([...verdictOrder].sort()).toEqual(notSentReasonKeys.toSorted())
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
  expect(reasonsThatHold({ erased: true, no_address: true })).toEqual(['erased'])
  expect(reasonsThatHold({})).toEqual([])
})

test.each([
  ['none', null, ['no_address']],
  ['invalid', null, ['invalid_address']],
  ['mobile', null, ['invalid_address']],
  ['fixed', '+4681234567', ['landline']],
  ['premium', '+469001234', ['number_type']],
  ['mobile', '+46701740605', []],
  ['fixed_or_mobile', '+12125550123', []],
] as const)('an SMS to a number of kind %s: %s', (phoneType, phone, reasons) => {
  expect(reasonsThatHold(kindConditions.sms({ phone, phoneType }))).toEqual(reasons)
})

test.each([
  [null, false, ['no_address']],
  ['anna@', false, ['invalid_address']],
  ['anna@example.com', true, []],
] as const)('an e-mail to %s, valid: %s', (email, emailValid, reasons) => {
  expect(reasonsThatHold(kindConditions.email({ email, emailValid }))).toEqual(reasons)
})
