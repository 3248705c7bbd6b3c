import fc from 'fast-check'
import { isValidPhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { expect, test } from 'vitest'
import { phoneClassOf } from '../../core/phone.ts'
import { checkPhone, countryOf, writtenForms } from './phone-check.ts'

test.each([
  ['070-174 06 05', '+46701740605', 'mobile', 'SE'],
  ['+46 (0)70 174 06 05', '+46701740605', 'mobile', 'SE'],
  ['0046701740605', '+46701740605', 'mobile', 'SE'],
  ['46701740605', '+46701740605', 'mobile', 'SE'],
  ['＋４６７０１７４０６０５', '+46701740605', 'mobile', 'SE'],
  ['+45 20 12 68 78', '+4520126878', 'fixed_or_mobile', 'DK'],
  ['+46812345678', '+46812345678', 'fixed', 'SE'],
  ['+46900123456', '+46900123456', 'premium', 'SE'],
  ['+8821612345678', '+8821612345678', 'voip', null],
])('%s is %s (%s, %s)', (given, phone, type, country) => {
  expect(checkPhone(given, 'SE')).toEqual({ phone, type, country, fault: null })
})

test.each(['', '  ', '\t'])('a blank number is none', given => {
  expect(checkPhone(given, 'SE')).toEqual({ phone: null, type: 'none', country: null, fault: null })
})

test.each(['saknas', '12', '+46', '0700000', '-', '08-12 34 56 78 ext. 12', '9'.repeat(400)])(
  '%s is invalid',
  given => {
    expect(checkPhone(given, 'SE').type).toBe('invalid')
  },
)

test('a number has a type exactly where the library calls it valid', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 2, maxLength: 13 })
  const number = fc.tuple(fc.constantFrom('', '0', '+46', '+4670', '+45', '+44', '+1', '+47', '+358', '+88'), digits)
  fc.assert(
    fc.property(number, ([prefix, rest]) => {
      const given = prefix + rest
      const checked = checkPhone(given, 'SE')
      expect(checked.type !== 'invalid').toBe(isValidPhoneNumber(given, 'SE'))
      if (checked.phone !== null) expect(parsePhoneNumberFromString(given, 'SE')?.number).toBe(checked.phone)
    }),
    { numRuns: 2000 },
  )
})

test('types without a class of their own are other', () => {
  expect(['none', 'invalid', 'fixed_or_mobile', 'premium', 'unknown'].map(t => phoneClassOf(t as 'none'))).toEqual([
    'empty',
    'invalid',
    'fixedOrMobile',
    'other',
    'other',
  ])
})

test('a country that nobody knows is refused', () => {
  expect(countryOf(' se ')).toBe('SE')
  expect(() => countryOf('SWE')).toThrow('SWE')
})

test('an erase looks for a number in every form in which it may have come in', () => {
  expect(writtenForms('+46701740605')).toEqual(
    expect.arrayContaining(['+46701740605', '46701740605', '0046701740605', '0701740605', '701740605']),
  )
})
