/**
 * The source of the keys of secrets: HOMING_SECRET_KEY, else the file of HOMING_SECRET_KEY_FILE, else `secret.key` in the data folder, which
 * is created once. Never the database: a copy of it alone must not open a gateway.
 *
 * Invariants: the file appears whole, only its owner can read it, and a process that found none never overwrites it.
 */
import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { problem } from '../../../core/problems.ts'
import type { Config } from '../config.ts'
import { keyFromText, randomKey, type SecretKey, textOfKey } from './sealed-secret.ts'

export interface KeySource {
  /** for people: the setting, or the file */
  name: string
  /** The first one encrypts. Empty: there is none. Throws `setting_invalid`, without the key in it. */
  read(): SecretKey[]
  /** Creates the first key if there is none; if another process was faster, returns its keys. undefined: we may not write this source. */
  make?(): { keys: SecretKey[]; made: boolean }
  /** Replaces all keys. */
  write?(keys: readonly SecretKey[]): void
  /** Removes what was just created. */
  remove?(): void
}

const heading = `# The key with which Homing encrypts the passwords of gateways. The first line that is no comment is in use.
# Keep a copy of this file, apart from the backups of the database.
`

export function keySource({
  secretKey,
  secretKeyFile,
  data,
}: Pick<Config, 'secretKey' | 'secretKeyFile' | 'data'>): KeySource {
  if (secretKey !== null) return { name: 'HOMING_SECRET_KEY', read: () => keysIn(secretKey, 'HOMING_SECRET_KEY') }
  if (secretKeyFile !== null)
    return {
      name: `the file ${secretKeyFile} (HOMING_SECRET_KEY_FILE)`,
      read: () => keysIn(textOf(secretKeyFile), 'HOMING_SECRET_KEY_FILE'),
    }
  const path = join(data, 'secret.key')
  return {
    name: `the file ${path}`,
    read: () => keysIn(textOf(path), path),
    make() {
      const made = place(path, [randomKey()], linkSync)
      return { keys: keysIn(textOf(path), path), made }
    },
    write: keys => void place(path, keys, renameSync),
    remove: () => rmSync(path, { force: true }),
  }
}

/** One key per line or between commas; lines with # are comments. */
function keysIn(text: string, name: string): SecretKey[] {
  return text
    .split('\n')
    .filter(line => !line.trim().startsWith('#'))
    .flatMap(line => line.split(','))
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(part => {
      const key = keyFromText(part)
      if (key !== undefined) return key
      throw problem('setting_invalid', {
        name,
        value: '…',
        wanted:
          '32 random bytes in base64 or hexadecimal ("openssl rand -base64 32" makes one), or several with commas, the newest first',
      })
    })
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

/** `put`: linkSync if the file must not exist yet (false: it does), renameSync if it is replaced. */
function place(path: string, keys: readonly SecretKey[], put: (from: string, to: string) => void): boolean {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const beside = `${path}.${randomUUID()}`
  const file = openSync(beside, 'wx', 0o600)
  try {
    chmodSync(beside, 0o600)
    writeSync(file, `${heading}${keys.map(textOfKey).join('\n')}\n`)
    fsyncSync(file)
    put(beside, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    closeSync(file)
    rmSync(beside, { force: true })
    syncFolder(dirname(path))
  }
}

/** The name must survive a power cut too: without it, what is encrypted next is lost. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  fsyncSync(folder)
  closeSync(folder)
}
