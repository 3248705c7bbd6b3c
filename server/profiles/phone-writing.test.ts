import fc from 'fast-check'
import {
  type CountryCode,
  getCountries,
  getExampleNumber,
  parsePhoneNumberWithError as parsedOf,
} from 'libphonenumber-js/max'
import examples from 'libphonenumber-js/mobile/examples'
import { expect, test } from 'vitest'
import { phoneFaults } from '../../core/phone.ts'
import { checkPhone } from './phone-check.ts'
import { faultOfWriting } from './phone-writing.ts'

const eero = '+358412345678'

test.each([
  '0412345678',
  '412345678',
  '041 2345678',
  '041-234 56 78',
  '(041) 234 5678',
  '041/2345678',
  '041\u00a0234\u202f5678',
  '041\u2013234\u20115678',
  '041.234.56.78',
  '+358 41 234 5678',
  '+358 (0)41 234 5678',
  '(+358) 41 2345678',
  '00358 41 2345678',
  '\u202a+358 41 2345678\u202c',
  '\u200b0412345678',
  '٠٤١٢٣٤٥٦٧٨',
  '०४१२३४५६७८',
  '０４１２３４５６７８',
  'tel:+358412345678',
  'p:+358412345678',
  'Puh. 041 2345678',
  '0412345678 (mobil)',
  '0412345678 Anna',
  '0412345678x',
  '412345678.0',
  '+358412345678,00',
  '0412345678/9',
  '0412345678 / 0401234567',
  '041 234 5678; 040 123 4567',
  '0412345678, 0401234567',
  '0412345678 tai 0401234567',
  '0412345678\n0401234567',
  '041-2345678 ::: 040-1234567',
  '+358412345678 +358401234567',
  'mob 041-2345678 tel 09-123456',
])('%j is the number of Eero', given => {
  expect(checkPhone(given, 'FI')).toEqual({ phone: eero, type: 'mobile', country: 'FI', fault: null })
})

test.each([
  ['0412345678 ext 5', 'extension'],
  ['0412345678x5', 'extension'],
  ['0412345678 #5', 'extension'],
  ['0412345678 anknytning 5', 'extension'],
  ['tel:+358412345678;ext=5', 'extension'],
  ['0412345678 (2)', 'extra'],
  ['0412345678 2', 'extra'],
  ['0412345678-9', 'extra'],
  ['0412345678 22', 'extra'],
  ['0412345678.5', 'extra'],
  ['0412345678²', 'extra'],
  ['Anna 0412345678', 'extra'],
  ['4.12345678E8', 'digits_lost'],
  ['4,12E+08', 'digits_lost'],
  ['12 / 0401234567', 'several'],
  ['0412', 'not_valid'],
  ['no mobile', 'not_valid'],
  ['-', 'not_valid'],
] as const)('%j is invalid: %s', (given, fault) => {
  expect(checkPhone(given, 'FI')).toEqual({ phone: null, type: 'invalid', country: null, fault })
  expect(phoneFaults[faultOfWriting(given)]).toBeTypeOf('string')
})

test.each([
  ['DE', '0171/1234567', '+491711234567'],
  ['DE', '0171 1234567/68', '+491711234567'],
  ['AT', '+43 (0)664/123 45 67', '+436641234567'],
  ['AT', '0664 123456', '+43664123456'],
  ['IT', '+39 06 1234567', '+39061234567'],
  ['BE', '0475/12.34.56', '+32475123456'],
  ['FR', '06/12/34/56/78', '+33612345678'],
  ['RU', '8 (912) 345-67-89', '+79123456789'],
  ['BR', '1198765-4321', '+5511987654321'],
  ['SE', '0470-123 45', '+4647012345'],
  ['SE', '070 12 34 56 7', '+46701234567'],
  ['SE', '070-111 22 33 070-222 33 44', '+46701112233'],
] as const)('in %s, %s is %s', (country, given, phone) => {
  expect(checkPhone(given, country).phone).toBe(phone)
})

test('every country reads its own ways to write a number', () => {
  const misread = getCountries().flatMap(country => {
    const number = getExampleNumber(country, examples)
    if (number === undefined) return []
    const forms = [number.number, number.formatNational(), number.formatInternational(), number.getURI()]
    return forms.filter(form => checkPhone(form, country).phone !== number.number).map(form => `${country} ${form}`)
  })
  expect(misread).toEqual([])
})

test('a number with anything behind it is that number or none, never another one', () => {
  const dangerous: readonly CountryCode[] = ['FI', 'DE', 'AT', 'IT', 'SE', 'NO', 'US', 'GB', 'LU', 'ID', 'EE']
  const valid = fc
    .tuple(
      fc.constantFrom(...dangerous),
      fc.integer({ min: -4, max: 2 }),
      fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 12, maxLength: 12 }),
    )
    .map(([country, more, digits]) => {
      // An example with other last digits, and of other lengths.
      const example = getExampleNumber(country, examples)?.number ?? ''
      return { country, number: checkPhone(example.slice(0, -5) + digits.slice(0, Math.max(1, 5 + more)), country) }
    })
    .filter(({ number }) => number.phone !== null)
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 4 })
  const suffix = fc
    .tuple(
      fc.constantFrom(
        '.',
        ',',
        '/',
        ' / ',
        ' (',
        '(',
        ' ext ',
        ' ext. ',
        'x',
        ' x',
        ' #',
        '#',
        ' anknytning ',
        ' anr. ',
        ' Durchwahl ',
        ' int ',
        ';',
        '; ',
        ':',
        ' *',
        '_',
        ' [',
        ' - nr ',
        ' och ',
        ' eller ',
        '\n',
        '\t',
        '|',
        ' +',
        '²',
        '=',
        ';ext=',
        ' vx',
        ' st ',
        '&',
        '?',
        '!',
        '~',
        'e',
        'E+',
      ),
      digits,
      fc.constantFrom('', ')', ']', ' ', '.', 'x'),
    )
    .map(parts => parts.join(''))
  const form = fc.constantFrom('e164', 'national', 'international', 'digits')
  fc.assert(
    fc.property(valid, suffix, form, ({ country, number }, junk, written) => {
      const given = writingOf(number.phone ?? '', country, written) + junk
      const read = checkPhone(given, country)
      expect([number.phone, null], given).toContain(read.phone)
    }),
    { numRuns: 4000 },
  )
})

test('one or two digits behind a whole number make no other number of it', () => {
  for (const country of ['FI', 'DE', 'AT', 'IT', 'EE', 'LU'] as const) {
    const number = getExampleNumber(country, examples)
    for (const form of [number?.number, number?.formatNational(), number?.formatInternational()])
      for (const junk of [' 1', ' 12', '-1', '-12', '.1', '.12', '/1', '/12', ' -1', ' – 12'])
        expect([number?.number, null], `${form}${junk}`).toContain(checkPhone(`${form}${junk}`, country).phone)
  }
})

function writingOf(phone: string, country: CountryCode, form: string): string {
  const parsed = parsedOf(phone, country)
  if (form === 'national') return parsed.formatNational()
  if (form === 'international') return parsed.formatInternational()
  return form === 'digits' ? parsed.formatNational().replace(/\D/g, '') : phone
}

test('an x with nothing behind it extends nothing, and pairs may leave one digit', () => {
  const anna = { phone: '+46701234567', type: 'mobile', country: 'SE', fault: null }
  expect(['0701234567x', '070 12 34 56 7x', '070 12 34 56 7'].map(given => checkPhone(given, 'SE'))).toEqual(
    Array(3).fill(anna),
  )
  // Where lengths vary, the last digit may be a remark.
  expect(checkPhone('040 12 34 56 7', 'FI').fault).toBe('extra')
})

test.each(['08-123 456 78', '08 123 456 78', '031-12 34 56', '08-684 20 00'])('%s is a Swedish landline', given => {
  expect(checkPhone(given, 'SE')).toMatchObject({ type: 'fixed', fault: null })
})
