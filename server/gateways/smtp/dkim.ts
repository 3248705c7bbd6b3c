/**
 * The key that signs e-mails (RFC 6376, RFC 8301).
 *
 * Always: the private key is made here, is stored only sealed, and is shown to nobody. People see its public half, in a record.
 */
import { createPublicKey, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'

const make = promisify(generateKeyPair)

/** RSA with 2048 bits: every receiver knows it, and its record fits into one answer (RFC 8301). */
export async function makeDkimKey(): Promise<string> {
  const { privateKey } = await make('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** For `p=` of the record. Undefined where it is no RSA key. */
export function publicHalf(privateKey: string): string | undefined {
  try {
    const key = createPublicKey(privateKey)
    return key.asymmetricKeyType === 'rsa' ? key.export({ type: 'spki', format: 'der' }).toString('base64') : undefined
  } catch {
    return undefined
  }
}
