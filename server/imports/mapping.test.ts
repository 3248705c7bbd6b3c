import { expect, test } from 'vitest'
import { bindMap, mapFrom, parseMap, whoOf } from './mapping.ts'

test('keys, attributes with and without a type, and commas in columns', () => {
  expect(
    parseMap('phone=Mobil, external_key=Kundnr,attr.points:number=Poäng,city=Ort,note=Note\\, internal,x=a=b'),
  ).toEqual([
    { target: { kind: 'key', key: 'phone' }, column: 'Mobil' },
    { target: { kind: 'key', key: 'external_key' }, column: 'Kundnr' },
    { target: { kind: 'attribute', name: 'points', type: 'number' }, column: 'Poäng' },
    { target: { kind: 'attribute', name: 'city', type: 'text' }, column: 'Ort' },
    { target: { kind: 'attribute', name: 'note', type: null }, column: 'Note, internal' },
    { target: { kind: 'attribute', name: 'x', type: null }, column: 'a=b' },
  ])
})

test.each([
  ['phone', 'mapping_invalid', 'no "="'],
  ['', 'mapping_invalid', 'empty'],
  ['phone=', 'mapping_invalid', 'no name'],
  ['phone=A,phone=B', 'mapping_invalid', 'twice'],
  ['phone=A,attr.x=B,x=C', 'mapping_invalid', 'twice'],
  ['phone=A,attr.x:money=B', 'mapping_invalid', 'none of text, number, date'],
  ['phone=A,a##b=B', 'mapping_invalid', 'begins with a letter'],
  ['first_name=A', 'import_key_missing', 'identifies the profiles'],
])('%s is refused', (text, code, words) => {
  expect(() => parseMap(text)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(words) }))
})

test('the first of customer id, phone and e-mail identifies a row, or the chosen one', () => {
  expect([
    whoOf(parseMap('phone=A,email=B,external_key=C')),
    whoOf(parseMap('phone=A,email=B')),
    whoOf(parseMap('email=A')),
    whoOf(parseMap('phone=A,email=B'), 'email'),
  ]).toEqual(['external_key', 'phone', 'email', 'email'])
  expect(() => whoOf(parseMap('phone=A'), 'email')).toThrow(expect.objectContaining({ code: 'import_key_not_mapped' }))
})

test('columns are found by their exact name first, then without regard to case and spaces', () => {
  const headers = ['MOBIL', 'mobil', 'Samtycke  SMS', 'Kund\u00e5r']
  expect(
    bindMap(parseMap('phone=mobil,sms_consent=samtycke sms,x=Kunda\u030Ar'), headers).map(entry => entry.index),
  ).toEqual([1, 2, 3])
})

test('a column that is not there is named, and so are those that are', () => {
  expect(() => bindMap(mapFrom([['phone', 'Mobile']]), ['Kundnr', 'Mobil', ''])).toThrow(
    'no column "Mobile". Its columns are: "Kundnr", "Mobil".',
  )
  expect(() => bindMap(mapFrom([['phone', 'Mobil']]), ['Mobil', 'x', 'Mobil'])).toThrow('columns 1, 3')
})
