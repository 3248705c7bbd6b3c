import fc from 'fast-check'
import { expect, test } from 'vitest'
import vectors from '../../test/vectors/gsm-vectors.json' with { type: 'json' }
import {
  decodeGsm,
  decodeUcs2,
  encodeGsm,
  encodeUcs2,
  encodingOf,
  gsmUnits,
  septetsOf,
  writeGsm,
} from './gsm-alphabet.ts'

const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex').toUpperCase()

test('the alphabet is that of the vectors, and nothing else is in it', () => {
  const costs = new Map<string, number>()
  for (const { char } of vectors.basic) costs.set(char, 1)
  for (const { char } of vectors.extension) costs.set(char, 2)
  for (let unit = 0; unit <= 0xffff; unit++) {
    expect(septetsOf(unit), `U+${unit.toString(16)}`).toBe(costs.get(String.fromCharCode(unit)) ?? 0)
  }
  for (const { code, char } of vectors.basic) expect([...encodeGsm(char)]).toEqual([code])
  for (const { code, char } of vectors.extension) expect([...encodeGsm(char)]).toEqual([0x1b, code])
})

test.each(vectors.vectors)('vector $name: encoding, units and octets', vector => {
  expect(encodingOf(vector.text)).toBe(vector.encoding)
  if (vector.encoding === 'UCS-2') return
  expect(gsmUnits(vector.text)).toBe(vector.units)
  if (vector.unpackedHex !== undefined && vector.unpackedHex !== null) {
    expect(hex(encodeGsm(vector.text))).toBe(vector.unpackedHex.toUpperCase())
  }
})

const gsmText = fc.string({ unit: fc.constantFrom(...[...vectors.basic, ...vectors.extension].map(row => row.char)) })

test('what is encoded as GSM-7 is decoded to the same text', () => {
  fc.assert(fc.property(gsmText, text => decodeGsm(encodeGsm(text)) === text))
})

test('what is encoded as UCS-2 is decoded to the same text, lone surrogates included', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => decodeUcs2(encodeUcs2(text)) === text))
  expect(hex(encodeUcs2('a👍'))).toBe('0061D83DDC4D')
})

test('any octets are decoded to some text, without an error', () => {
  fc.assert(fc.property(fc.uint8Array(), octets => decodeGsm(octets).length <= octets.length))
  expect(decodeGsm(Uint8Array.of(0x61, 0x1b, 0x61, 0x1b, 0x1b, 0x1b))).toBe('aa  ')
})

test('a text that is not GSM-7 is refused, never sent as something else', () => {
  expect(() => encodeGsm('ça')).toThrow(RangeError)
  expect(() => encodeGsm('\u001b')).toThrow(RangeError)
  expect(() => writeGsm('abc', new Uint8Array(2))).toThrow(RangeError)
})
