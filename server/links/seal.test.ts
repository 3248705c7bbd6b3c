import { createCipheriv } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CodeLength, codeLengthFor, makeSealer, numberLimit } from './seal.ts'

const keys = {
  k1: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
  k2: Buffer.from('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff', 'hex'),
}
const sealer = makeSealer(keys)
const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

const lengths: CodeLength[] = [11, 12]
const edges = (length: CodeLength) => [0, 1, 2 ** 32 - 1, 2 ** 32, numberLimit[length] - 1]
const numberOf = (length: CodeLength) =>
  fc.oneof(fc.bigInt({ min: 0n, max: BigInt(numberLimit[length] - 1) }).map(Number), fc.constantFrom(...edges(length)))

// The definition, word by word with BigInt, as the header of seal.ts and docs give it.
function sealByDefinition(number: number, length: CodeLength): string {
  const bodyBits = length === 11 ? 36n : 42n
  const encrypt = (key: Buffer, value: bigint) => {
    const block = Buffer.alloc(16)
    block[0] = length === 11 ? 0 : 12
    block.writeBigUInt64BE(value, 8)
    const octets = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(block)
    return BigInt(`0x${octets.toString('hex')}`)
  }
  const tag = encrypt(keys.k1, BigInt(number)) >> 100n
  const body = BigInt(number) ^ (encrypt(keys.k2, tag) >> (128n - bodyBits))
  let value = (tag << bodyBits) | body
  let code = ''
  while (code.length < length) {
    code = alphabet[Number(value % 58n)]! + code
    value /= 58n
  }
  expect(value).toBe(0n)
  return code
}

test.each(lengths)('a code of %d characters is what its definition says, and opens to its number', length => {
  fc.assert(
    fc.property(numberOf(length), number => {
      const code = sealer.seal(number, length)
      expect(code).toBe(sealByDefinition(number, length))
      expect(sealer.open(code)).toBe(number)
    }),
    { numRuns: 1000 },
  )
})

test('codes in the field do not change: these were sealed by the first version', () => {
  expect(sealer.sealMany([0, 1, 123_456_789, 2 ** 36 - 1], 11)).toEqual([
    'aDxZcwyH7vn',
    'LHJNzT9Lu7Y',
    '6BksWRBfTHX',
    'dcy31t4GDX4',
  ])
  expect(sealer.sealMany([0, 1, 123_456_789, 2 ** 42 - 1], 12)).toEqual([
    'kHFxhaDjXSxD',
    'LTaJG5AJgZ3x',
    'ffFLKBDpGdgS',
    'B2jKdAw6uU25',
  ])
})

test.each(lengths)('a window is sealed like its numbers one by one, all codes %d characters of base58', length => {
  fc.assert(
    fc.property(fc.array(numberOf(length), { maxLength: 50 }), numbers => {
      const codes = sealer.sealMany(Float64Array.from(numbers), length)
      expect(codes).toEqual(numbers.map(number => sealer.seal(BigInt(number), length)))
      for (const code of codes) expect(code).toMatch(new RegExp(`^[${alphabet}]{${length}}$`))
    }),
  )
})

test('a sealer made again with the same keys makes the same codes; with another key it opens none', () => {
  const numbers = Float64Array.from({ length: 1000 }, (_, i) => i * 65_537)
  const codes = sealer.sealMany(numbers, 11)
  expect(makeSealer(keys).sealMany(numbers, 11)).toEqual(codes)
  for (const other of [makeSealer({ ...keys, k1: keys.k2 }), makeSealer({ ...keys, k2: keys.k1 })]) {
    expect(codes.filter(code => other.open(code) !== undefined)).toEqual([])
  }
})

test('neighbouring numbers have codes that do not look alike', () => {
  const codes = sealer.sealMany(
    Float64Array.from({ length: 3000 }, (_, i) => i),
    11,
  )
  expect(new Set(codes).size).toBe(3000)
  let equal = 0
  for (let i = 1; i < codes.length; i++)
    for (let at = 1; at < 11; at++) if (codes[i]![at] === codes[i - 1]![at]) equal++
  expect(equal / (2999 * 10)).toBeLessThan(2 / 58)
})

test('a code with another case, another character, a character too few or too many does not open', () => {
  const numbers = Float64Array.from({ length: 300 }, (_, i) => i * 7919)
  for (const length of lengths) {
    for (const code of sealer.sealMany(numbers, length)) {
      const swapped = [...code]
        .map(character => (character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase()))
        .join('')
      const forged = [
        code.toLowerCase(),
        code.toUpperCase(),
        swapped,
        code.slice(1),
        code.slice(0, -1),
        `${code}1`,
        `1${code}`,
      ]
      for (let at = 0; at < length; at++) {
        forged.push(code.slice(0, at) + alphabet[(alphabet.indexOf(code[at]!) + 1) % 58] + code.slice(at + 1))
      }
      for (const wrong of forged) if (wrong !== code) expect(sealer.open(wrong), `${code} as ${wrong}`).toBeUndefined()
    }
  }
})

test('guesses do not open, and no text makes open throw', () => {
  const guess = fc.string({ unit: fc.constantFrom(...alphabet), minLength: 11, maxLength: 12 })
  fc.assert(
    fc.property(fc.oneof(guess, fc.string({ unit: 'binary' })), code => sealer.open(code) === undefined),
    { numRuns: 3000 },
  )
  for (const code of [
    '',
    'zzzzzzzzzzz',
    'zzzzzzzzzzzz',
    '0OIl0OIl0OI',
    'a'.repeat(100_000),
    '１２３４５６７８９１２',
  ]) {
    expect(sealer.open(code)).toBeUndefined()
  }
})

test('numbers that do not fit are refused, and the length that fits is reported', () => {
  expect(codeLengthFor(2 ** 36 - 1)).toBe(11)
  expect(codeLengthFor(2 ** 36)).toBe(12)
  for (const wrong of [-1, 0.5, Number.NaN, 2 ** 36]) expect(() => sealer.seal(wrong, 11)).toThrow(RangeError)
  expect(() => sealer.seal(2n ** 42n, 12)).toThrow(RangeError)
  expect(() => codeLengthFor(2 ** 42)).toThrow(RangeError)
  expect(() => makeSealer({ k1: Buffer.alloc(15), k2: keys.k2 })).toThrow()
})
