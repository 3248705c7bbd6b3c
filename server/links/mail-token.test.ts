import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeMailTokens } from './mail-token.ts'
import { numberLimit } from './seal.ts'

const one = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
const two = Buffer.from('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff', 'hex')
const tokens = makeMailTokens([one, two])
const number = fc.oneof(
  fc.bigInt({ min: 0n, max: BigInt(numberLimit[12] - 1) }).map(Number),
  fc.constantFrom(0, 1, numberLimit[11] - 1, numberLimit[11], numberLimit[12] - 1),
)

test('a token has 13 characters of base32 and opens to its number, whatever its case', () =>
  fc.assert(
    fc.property(number, of => {
      const token = tokens.seal(of)
      expect(token).toMatch(/^[0-9a-hjkmnp-tv-z]{13}$/)
      expect(tokens.open(token)).toBe(of)
      expect(tokens.open(token.toUpperCase())).toBe(of)
    }),
    { numRuns: 1000 },
  ))

test('tokens in the field do not change: these were sealed by the first version', () => {
  expect([0, 1, 123_456_789, numberLimit[11], numberLimit[12] - 1].map(tokens.seal)).toMatchInlineSnapshot(`
    [
      "711kvctwcedve",
      "aghgqmnvykavq",
      "5nd8reephtfyb",
      "hc6x5zffwz2vw",
      "hqm908xwyk52y",
    ]
  `)
})

test('a token with another character, one too few or too many, or of other keys does not open', () => {
  const others = [makeMailTokens([two, one]), makeMailTokens([one, one])]
  for (let of = 0; of < 300; of++) {
    const token = tokens.seal(of * 7919)
    const at = of % 13
    const changed = `${token.slice(0, at)}${token[at] === 'z' ? '0' : 'z'}${token.slice(at + 1)}`
    for (const wrong of [changed, token.slice(1), `${token}0`, `${token.slice(0, 12)}é`])
      expect(tokens.open(wrong)).toBeUndefined()
    for (const other of others) expect(other.open(token)).toBeUndefined()
  }
})

test('nothing that a stranger writes makes it throw, and numbers without a short code have no token', () => {
  fc.assert(fc.property(fc.string({ maxLength: 20 }), text => tokens.open(text) === undefined))
  for (const wrong of [-1, 0.5, Number.NaN, numberLimit[12]]) expect(() => tokens.seal(wrong)).toThrow(RangeError)
})
