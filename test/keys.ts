/** The key of secrets in tests: the processes that they start have it in HOMING_SECRET_KEY (processes.ts). */
import { makeKeyring } from '../server/platform/secrets/keyring.ts'
import { secretKey, textOfKey } from '../server/platform/secrets/sealed-secret.ts'

const key = secretKey(Buffer.alloc(32, 7))
export const testKeyText = textOfKey(key)
export const testKeys = makeKeyring([key])
