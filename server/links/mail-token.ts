/**
 * Converts between the number of a message (range.ts: an activity and a profile) and the token of its e-mail: 13 characters of the
 * return path, of the Message-ID and of what is reported about it. Nothing is stored for either.
 *
 * Always: the token of a message is the same in every attempt, since greylisting asks for the same sender at each. It is lower case,
 * because mail servers may fold the case of a local part (RFC 5321 §2.4), and opens in any case. A token that was not made with these keys
 * opens once in 2^28 attempts (2^22 for numbers of 2^36 and more). `open` never throws: tokens come from outside.
 *
 * The SIV pattern of seal.ts in 65 bits: tag = first 28 bits of AES-128(k1, form and number), body = number XOR the first 36 bits of
 * AES-128(k2, form and tag), token = form · tag · body in Crockford's base32. Of the other form: 22 and 42 bits.
 */
import { createCipheriv, hkdfSync } from 'node:crypto'
import { numberLimit } from './seal.ts'

export interface MailTokens {
  /** A RangeError if it is no number of a short code. */
  seal(number: number): string
  /** The number of a token; undefined for anything that these keys did not seal. */
  open(token: string): number | undefined
}

export const mailTokenLength = 13

const digits = '0123456789abcdefghjkmnpqrstvwxyz'
const forms = [
  { mark: 0, tagBits: 28n, bodyBits: 36n, limit: BigInt(numberLimit[11]) },
  { mark: 1, tagBits: 22n, bodyBits: 42n, limit: BigInt(numberLimit[12]) },
] as const
type Form = (typeof forms)[number]

/** `linkKeys`: those of the installation. The keys of tokens are made of them, so that a token says nothing of a short code. */
export function makeMailTokens(linkKeys: readonly [Uint8Array, Uint8Array]): MailTokens {
  const [tagKey, maskKey] = ['mail token: tag', 'mail token: mask'].map(name =>
    Buffer.from(hkdfSync('sha256', Buffer.concat(linkKeys), '', name, 16)),
  )
  const tagCipher = ecb(tagKey!)
  const maskCipher = ecb(maskKey!)
  const block = Buffer.alloc(16)
  const encrypted = (cipher: typeof tagCipher, { mark }: Form, value: bigint): bigint => {
    block[0] = mark
    block.writeBigUInt64BE(value, 8)
    return cipher.update(block).readBigUInt64BE(0)
  }
  const tagOf = (form: Form, number: bigint) => encrypted(tagCipher, form, number) >> (64n - form.tagBits)
  const masked = (form: Form, tag: bigint, body: bigint) =>
    body ^ (encrypted(maskCipher, form, tag) >> (64n - form.bodyBits))

  return {
    seal(number) {
      const form = forms.find(({ limit }) => Number.isSafeInteger(number) && number >= 0 && BigInt(number) < limit)
      if (form === undefined) throw new RangeError(`${number} is not the number of a message.`)
      const tag = tagOf(form, BigInt(number))
      const value = (BigInt(form.mark) << 64n) | (tag << form.bodyBits) | masked(form, tag, BigInt(number))
      return written(value)
    },
    open(token) {
      const value = readValue(token)
      if (value === undefined) return undefined
      const form = forms[value >> 64n === 0n ? 0 : 1]
      const tag = BigInt.asUintN(64, value) >> form.bodyBits
      const number = masked(form, tag, BigInt.asUintN(Number(form.bodyBits), value))
      return tagOf(form, number) === tag ? Number(number) : undefined
    },
  }
}

const ecb = (key: Buffer) => createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)

function written(value: bigint): string {
  let token = ''
  for (let place = BigInt(mailTokenLength - 1); place >= 0n; place--)
    token += digits[Number(BigInt.asUintN(5, value >> (place * 5n)))]
  return token
}

function readValue(token: string): bigint | undefined {
  if (token.length !== mailTokenLength) return undefined
  let value = 0n
  for (const character of token.toLowerCase()) {
    const digit = digits.indexOf(character)
    if (digit < 0) return undefined
    value = (value << 5n) | BigInt(digit)
  }
  return value
}
