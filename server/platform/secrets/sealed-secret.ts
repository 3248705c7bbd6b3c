/**
 * The format of secrets in the database: AES-256-GCM under a key that is not stored there. Pure functions of keys and texts.
 *
 *   v1:KEY:BASE64URL(nonce 12 · ciphertext · tag 16)          KEY: the id of the key, 12 hexadecimal digits of its SHA-256
 *
 * Invariant: a sealed text opens only with its key and for its purpose (`about` is the associated data): one that was copied to another
 * row or changed does not open. Nonces are random; a key seals thousands of texts, far below the 2^32 of NIST SP 800-38D.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

export interface SecretKey {
  id: string
  bytes: Buffer
}

const nonceLength = 12
const tagLength = 16

export function secretKey(bytes: Buffer): SecretKey {
  return { id: createHash('sha256').update('homing key id\0').update(bytes).digest('hex').slice(0, 12), bytes }
}

export const randomKey = (): SecretKey => secretKey(randomBytes(32))

/** 32 octets as 64 hexadecimal digits, or in base64; undefined for anything else. */
export function keyFromText(text: string): SecretKey | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return secretKey(Buffer.from(text, 'hex'))
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === 32 ? secretKey(bytes) : undefined
}

export const textOfKey = ({ bytes }: SecretKey): string => bytes.toString('base64url')

export function seal(key: SecretKey, text: string, about: string): string {
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv('aes-256-gcm', derive(key, 'seal'), nonce).setAAD(Buffer.from(about))
  const body = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `v1:${key.id}:${body.toString('base64url')}`
}

/** The id of the key that opens it; undefined if it is no sealed text of this version. */
export const keyIdOf = (sealed: string): string | undefined => /^v1:([0-9a-f]{12}):/.exec(sealed)?.[1]

/** Undefined if it was sealed with another key or for another purpose, or was changed. */
export function open(key: SecretKey, sealed: string, about: string): string | undefined {
  if (keyIdOf(sealed) !== key.id) return undefined
  const body = Buffer.from(sealed.slice(sealed.lastIndexOf(':') + 1), 'base64url')
  if (body.length < nonceLength + tagLength) return undefined
  const decipher = createDecipheriv('aes-256-gcm', derive(key, 'seal'), body.subarray(0, nonceLength))
    .setAAD(Buffer.from(about))
    .setAuthTag(body.subarray(-tagLength))
  try {
    const text = decipher.update(body.subarray(nonceLength, -tagLength))
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

/** A separate key per purpose (HKDF, RFC 5869). */
export function derive(key: SecretKey, purpose: string, salt = ''): Buffer {
  return Buffer.from(hkdfSync('sha256', key.bytes, salt, `homing ${purpose}`, 32))
}
