import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ReceiptBody } from '../gateways/delivered.ts'
import { idKey, idsOf, otherKeys, speaksForAll } from './provider-ids.ts'

const body = (more: Partial<ReceiptBody>): ReceiptBody => ({
  providerId: 'a',
  state: 'delivered',
  counts: false,
  code: '',
  number: '',
  sender: '',
  ...more,
})

describe('the key of an id', () => {
  test.each([
    ['000123456', '123456'],
    ['00AbC', 'abc'],
    ['abc', 'abc'],
    ['0', ''],
    ['', ''],
    ['ÅÄÖ/1', 'ÅÄÖ/1'],
  ])('%s is %s', (id, key) => expect(idKey(id)).toBe(key))

  test('has neither leading zeros nor upper case letters, and is its own key', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), id => {
        expect(idKey(id)).not.toMatch(/^0|[A-Z]/)
        expect(idKey(idKey(id))).toBe(idKey(id))
        expect(idKey(`00${id.toUpperCase()}`)).toBe(idKey(id))
      }),
    ))
})

describe('the other forms of an id', () => {
  test.each([
    ['7001234', ['6ad492', String(0x7001234)]],
    ['6ad492', [String(0x6ad492)]],
    ['0x6AD492', ['6ad492', String(0x6ad492)]],
    ['7001235.0', ['7001235', '6ad493', String(0x7001235)]],
    ['7001235.5', []],
    ['order-17', []],
    ['', []],
    ['6f1c2d9e-8a4b-4f5e-9c1d-2b3a4c5d6e7f', []],
  ])('%s: %j', (id, forms) =>
    expect(
      otherKeys(id)
        .filter(form => form !== '')
        .sort(),
    ).toEqual([...forms].sort()),
  )

  test('lead from hexadecimal to decimal and back, at any length that a gateway gives', () =>
    fc.assert(
      fc.property(fc.bigInt({ min: 10n, max: (1n << 120n) - 1n }), id => {
        expect(otherKeys(id.toString(16))).toContain(id.toString())
        expect(otherKeys(id.toString())).toContain(id.toString(16))
      }),
    ))

  test('never hold the key itself, and nothing is calculated from an id beyond the limits', () => {
    fc.assert(fc.property(fc.string(), id => !otherKeys(id).includes(idKey(id))))
    expect(otherKeys('9'.repeat(40))).toEqual([])
    expect(otherKeys('f'.repeat(33))).toEqual([])
  })
})

test('a receipt names its own id first, then those of its text', () => {
  expect(idsOf(body({ providerId: 'a' }))).toEqual(['a'])
  expect(idsOf(body({ providerId: 'a', otherIds: ['b', 'c'] }))).toEqual(['a', 'b', 'c'])
})

test.each([
  [3, 3, true],
  [4, 3, true],
  [2, 3, false],
  [undefined, 3, false],
  [1, 1, false],
  [3, null, false],
])('a receipt that covers %s parts of a text of %s speaks for all: %s', (covers, parts, all) => {
  expect(speaksForAll(body(covers === undefined ? {} : { covers }), parts)).toBe(all)
})
