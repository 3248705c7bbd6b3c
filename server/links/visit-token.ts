/**
 * The token that a click leaves in the address of the page it leads to: which short link, and when. The script of the website takes it out of
 * the address at once and sends it with the page views; so a visit belongs to the person of the SMS.
 *
 * One block of AES-128 under a key of its own: zeros (42 bits), the time in milliseconds (44 bits), the number of the short link (42 bits), in
 * base58, 22 characters. What was not made here opens once in 2^42 attempts. It is no login: no answer to it contains anything.
 */
import { createCipheriv, createDecipheriv, hash } from 'node:crypto'

/** How long a token is valid. */
export const tokenMs = 30 * 60 * 1000
/** The clocks of two machines. */
const skewMs = 60_000

export interface VisitToken {
  codeNumber: number
  clickedAt: Date
}

export interface VisitTokens {
  seal(token: VisitToken): string
  /** undefined: not made here, or expired. Never throws: tokens come from outside. */
  open(text: string, now: Date): VisitToken | undefined
}

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const length = 22
const numberBits = 42n
const timeBits = 44n

/** Of an installation, from the key that seals its short links: it seals nothing else. */
export const visitTokenKey = (linkKey: Uint8Array): Uint8Array =>
  hash('sha256', Buffer.concat([Buffer.from('visit token '), linkKey]), 'buffer').subarray(0, 16)

/** `key`: 16 octets that seal nothing else. */
export function makeVisitTokens(key: Uint8Array): VisitTokens {
  return {
    seal({ codeNumber, clickedAt }) {
      const value = (BigInt(clickedAt.getTime()) << numberBits) | BigInt(codeNumber)
      const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)
      let left = numberOf(cipher.update(blockOf(value)))
      let text = ''
      for (let i = 0; i < length; i++) {
        text = alphabet[Number(left % 58n)] + text
        left /= 58n
      }
      return text
    },
    open(text, now) {
      if (text.length !== length) return undefined
      let value = 0n
      for (const character of text) {
        const digit = alphabet.indexOf(character)
        if (digit < 0) return undefined
        value = value * 58n + BigInt(digit)
      }
      if (value >> 128n !== 0n) return undefined
      const plain = numberOf(createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(blockOf(value)))
      if (plain >> (numberBits + timeBits) !== 0n) return undefined
      const clickedAt = new Date(Number(plain >> numberBits))
      const since = now.getTime() - clickedAt.getTime()
      if (since > tokenMs || since < -skewMs) return undefined
      return { codeNumber: Number(BigInt.asUintN(Number(numberBits), plain)), clickedAt }
    },
  }
}

function blockOf(value: bigint): Buffer {
  const block = Buffer.alloc(16)
  block.writeBigUInt64BE(value >> 64n, 0)
  block.writeBigUInt64BE(BigInt.asUintN(64, value), 8)
  return block
}

const numberOf = (block: Buffer): bigint => (block.readBigUInt64BE(0) << 64n) | block.readBigUInt64BE(8)
