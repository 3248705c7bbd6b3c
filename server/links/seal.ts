/**
 * Converts between a link's number and its short code. Nothing is stored for either.
 *
 * A number says which activity, link and profile (range.ts). Its code is the number sealed, after the SIV pattern:
 *   tag  = first 28 bits of AES-128(k1, number)
 *   body = number XOR the first 36 bits of AES-128(k2, tag)
 *   code = tag · 2^36 + body, in base58, 11 characters                         (2^64 < 58^11)
 * Numbers of 2^36 and more need 12 characters: body has 42 bits, code = tag · 2^42 + body (2^70 < 58^12).
 *
 * Invariants: equal numbers have equal codes, so that a retry sends the same link. All codes of a length are equally long.
 * Neighbouring numbers have unlike codes. A code that was not made with these keys opens once in 2^28 attempts.
 * `open` never throws: codes come from outside. Case matters.
 *
 * Blocks: the number is a big-endian integer in octets 8–15 of the first block, the tag one in octets 12–15 of the second;
 * octet 0 is 0 for 11 characters and 12 for 12 characters, so that the two lengths have nothing in common.
 */
import { createCipheriv } from 'node:crypto'

export type CodeLength = 11 | 12

export interface Sealer {
  /** The code of one number; a RangeError if it is no safe integer or does not fit the length. */
  seal(number: number | bigint, length: CodeLength): string
  /** The codes of a window, in order, with two cipher calls in total. */
  sealMany(numbers: Float64Array | readonly number[], length: CodeLength): string[]
  /** The number of a code; undefined for anything that these keys did not seal. */
  open(code: string): number | undefined
}

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const characters = Uint8Array.from(alphabet, character => character.charCodeAt(0))
const digitOfCharacter = new Int8Array(128).fill(-1)
for (let digit = 0; digit < characters.length; digit++) digitOfCharacter[characters[digit]!] = digit

const fiveCharacters = 58 ** 5 // the largest power that fits 30 bits: a code is its top one or two characters and two fives
const blockSize = 16
const tagBits = 28
const bodyBits: Record<CodeLength, number> = { 11: 36, 12: 42 }
const marks: Record<CodeLength, number> = { 11: 0, 12: 12 }

/** Numbers below this fit codes of that length. */
export const numberLimit: Record<CodeLength, number> = { 11: 2 ** 36, 12: 2 ** 42 }

/** The code length for all numbers up to `highest`; a RangeError if not even 12 characters are enough. */
export function codeLengthFor(highest: number): CodeLength {
  assertNumber(highest, 12)
  return highest < numberLimit[11] ? 11 : 12
}

/** A sealer with two secret keys of 16 octets each. */
export function makeSealer({ k1, k2 }: { k1: Uint8Array; k2: Uint8Array }): Sealer {
  // ECB has no state between blocks, so one cipher is enough; each call takes any number of blocks.
  const tagCipher = createCipheriv('aes-128-ecb', k1, null).setAutoPadding(false)
  const maskCipher = createCipheriv('aes-128-ecb', k2, null).setAutoPadding(false)

  function sealMany(numbers: Float64Array | readonly number[], length: CodeLength): string[] {
    const count = numbers.length
    const blocks = Buffer.alloc(count * blockSize)
    for (let i = 0; i < count; i++) writeNumber(blocks, i * blockSize, numbers[i]!, length)
    const tags = tagCipher.update(blocks)
    for (let at = 0; at < blocks.length; at += blockSize) writeTag(blocks, at, tags.readUInt32BE(at) >>> 4, length)
    const masks = maskCipher.update(blocks)
    const text = Buffer.allocUnsafe(count * length)
    for (let i = 0; i < count; i++) {
      const at = i * blockSize
      writeCode(text, i * length, tags.readUInt32BE(at) >>> 4, mask(numbers[i]!, masks, at, length), length)
    }
    const all = text.toString('latin1')
    const codes = new Array<string>(count)
    for (let i = 0; i < count; i++) codes[i] = all.slice(i * length, (i + 1) * length)
    return codes
  }

  const block = Buffer.alloc(blockSize) // of `open`: each call overwrites all of it
  function open(code: string): number | undefined {
    if (typeof code !== 'string' || (code.length !== 11 && code.length !== 12)) return undefined
    const length = code.length
    const value = readCode(code)
    if (value === undefined || value >> BigInt(tagBits + bodyBits[length]) !== 0n) return undefined
    const tag = Number(value >> BigInt(bodyBits[length]))
    writeTag(block, 0, tag, length)
    const body = Number(BigInt.asUintN(bodyBits[length], value))
    const number = mask(body, maskCipher.update(block), 0, length)
    writeNumber(block, 0, number, length)
    return tagCipher.update(block).readUInt32BE(0) >>> 4 === tag ? number : undefined
  }

  const seal = (number: number | bigint, length: CodeLength) => sealMany([Number(number)], length)[0]!
  return { seal, sealMany, open }
}

function assertNumber(number: number, length: CodeLength): void {
  if (Number.isSafeInteger(number) && number >= 0 && number < numberLimit[length]) return
  throw new RangeError(`${number} is not a whole number from 0 to ${numberLimit[length] - 1} (${length} characters).`)
}

function writeNumber(blocks: Buffer, at: number, number: number, length: CodeLength): void {
  assertNumber(number, length)
  blocks[at] = marks[length]
  blocks.writeUInt32BE(Math.floor(number / 2 ** 32), at + 8)
  blocks.writeUInt32BE(number % 2 ** 32, at + 12)
}

function writeTag(blocks: Buffer, at: number, tag: number, length: CodeLength): void {
  blocks[at] = marks[length]
  blocks.writeUInt32BE(0, at + 8)
  blocks.writeUInt32BE(tag, at + 12)
}

/** The number XOR the first bits of the mask: 32 of them, and the 4 or 10 that follow. Its own inverse. */
function mask(number: number, masks: Buffer, at: number, length: CodeLength): number {
  const lowBits = bodyBits[length] - 32
  const low = 2 ** lowBits
  const high = (Math.floor(number / low) ^ masks.readUInt32BE(at)) >>> 0
  return high * low + ((number % low) ^ (masks.readUInt16BE(at + 4) >>> (16 - lowBits)))
}

/** Base58 of tag · 2^bodyBits + body by long division in limbs of 23 bits: every step stays below 2^53, so it is exact. */
function writeCode(text: Buffer, at: number, tag: number, body: number, length: CodeLength): void {
  const limb = 2 ** 23
  const upper = tag * 2 ** (bodyBits[length] - 23) + Math.floor(body / limb)
  const upperQuotient = Math.floor(upper / fiveCharacters)
  const rest = (upper - upperQuotient * fiveCharacters) * limb + (body % limb)
  const lowerQuotient = Math.floor(rest / fiveCharacters)
  const quotient = upperQuotient * limb + lowerQuotient
  const top = Math.floor(quotient / fiveCharacters)
  let place = at
  if (length === 12) text[place++] = characters[Math.floor(top / 58)]!
  text[place++] = characters[top % 58]!
  writeFive(text, place, quotient - top * fiveCharacters)
  writeFive(text, place + 5, rest - lowerQuotient * fiveCharacters)
}

function writeFive(text: Buffer, at: number, five: number): void {
  let rest = five | 0
  for (let place = at + 4; place >= at; place--) {
    const quotient = (rest / 58) | 0
    text[place] = characters[rest - quotient * 58]!
    rest = quotient
  }
}

function readCode(code: string): bigint | undefined {
  let upper = 0
  let lower = 0
  for (let i = 0; i < code.length; i++) {
    const digit = digitOfCharacter[code.charCodeAt(i)] ?? -1
    if (digit < 0) return undefined
    if (i < code.length - 5) upper = upper * 58 + digit
    else lower = lower * 58 + digit
  }
  return BigInt(upper) * BigInt(fiveCharacters) + BigInt(lower)
}
