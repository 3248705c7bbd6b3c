/**
 * The keys of an installation's secrets, as a process holds them. The database knows only the id of the key in use.
 *
 * Invariants: without its key nothing is stored unencrypted: encryption throws, and what is encrypted stays as it is. A key is created only
 * for a database that has none yet; if several processes create one at the same time, the first wins and the others report it.
 */
import { problem } from '../../../core/problems.ts'
import type { Config } from '../config.ts'
import type { Db } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { type KeySource, keySource } from './key-file.ts'
import { derive, keyIdOf, open, randomKey, type SecretKey, seal } from './sealed-secret.ts'

export interface Keyring {
  /** Why secrets of this database cannot be encrypted or decrypted here, and what to do; undefined: they can. */
  readonly fault: string | undefined
  /** Throws `secret_key`. `about`: what it is and of which row; the same text opens it. */
  seal(text: string, about: string): string
  /** Undefined: its key is missing here, or the text was changed. */
  open(sealed: string, about: string): string | undefined
  /** A secret of the whole installation that is not stored; undefined if the key is missing. */
  derived(purpose: string, salt: string): Buffer | undefined
  /** Reads keys and database again: the operator may have restored the key. */
  refresh(db: Db): Promise<void>
}

/** For one database, which has its installation row. */
export async function openKeyring(
  db: Db,
  config: Pick<Config, 'secretKey' | 'secretKeyFile' | 'data'>,
): Promise<Keyring> {
  const held = new HeldKeys(keySource(config))
  await held.refresh(db)
  return held
}

/** Keys without a database, the first in use. */
export function makeKeyring(keys: readonly SecretKey[]): Keyring {
  return new HeldKeys({ name: 'memory', read: () => [...keys] }, keys)
}

class HeldKeys implements Keyring {
  fault: string | undefined
  readonly #source: KeySource
  #keys: readonly SecretKey[]
  #current: SecretKey | undefined

  constructor(source: KeySource, keys: readonly SecretKey[] = []) {
    this.#source = source
    this.#keys = keys
    this.#current = keys[0]
  }

  seal(text: string, about: string): string {
    if (this.#current === undefined) throw problem('secret_key', { what: this.fault ?? 'No key is there' })
    return seal(this.#current, text, about)
  }

  open(sealed: string, about: string): string | undefined {
    const id = keyIdOf(sealed)
    // Another process may have changed the keys a moment ago.
    if (!this.#keys.some(key => key.id === id)) this.#keys = this.#source.read()
    const key = this.#keys.find(one => one.id === id)
    return key && open(key, sealed, about)
  }

  derived(purpose: string, salt: string): Buffer | undefined {
    return this.#current && derive(this.#current, purpose, salt)
  }

  async refresh(db: Db): Promise<void> {
    const inUse = await keyIdInUse(db)
    // Afterwards: the key of a faster process is on disk before the database knows it.
    this.#keys = this.#source.read()
    const id = inUse ?? (await this.#claim(db))
    this.#current = this.#keys.find(key => key.id === id)
    this.fault = this.#current === undefined ? faultOf(this.#source.name, this.#keys, id) : undefined
  }

  /** The id of the key that the database uses from now on, ours or a faster process's; null: there is none, and none may be created. */
  async #claim(db: Db): Promise<string | null> {
    let made = false
    if (this.#keys.length === 0 && this.#source.make) ({ keys: this.#keys, made } = this.#source.make())
    const [first] = this.#keys
    if (first === undefined) return null
    await db.run(sql`update installation set secret_key = ${first.id} where id = 1 and secret_key is null`)
    const id = await keyIdInUse(db)
    if (made && id !== first.id) {
      // Another machine was faster: our key has encrypted nothing, and would only be mistaken for the right one later.
      this.#source.remove?.()
      this.#keys = []
    }
    return id
  }
}

/** The id of the key that the database last used; null: none yet. */
export async function keyIdInUse(db: Db): Promise<string | null> {
  const [row] = await db.query<{ id: string | null }>(sql`select secret_key as id from installation where id = 1`)
  return row?.id ?? null
}

function faultOf(source: string, keys: readonly SecretKey[], id: string | null): string {
  if (id === null) return `There is no key in ${source}. Put one there: "openssl rand -base64 32" makes one`
  const found = keys.length === 0 ? 'has no key' : `has another key (${keys.map(key => key.id).join(', ')})`
  return `The secrets in this database are encrypted with the key ${id}, and ${source} ${found}. Put that key back: from your copy of it, or from secret.key in the data folder of the machine that made it. If it is lost for good, run "homing secrets rotate --lost" and enter the secrets of the gateways again`
}

export interface Rotated {
  before: string | null
  now: string
}

/**
 * Encrypts everything again with a new key; `reseal` does it within the transaction. The old keys stay in the file, because older backups need
 * them. A key that was put first by hand (HOMING_SECRET_KEY=NEW,OLD) is the new one. Throws `secret_key`.
 */
export async function rotateKey(
  db: { tx<Result>(work: (tx: Db) => Promise<Result>): Promise<Result> },
  config: Pick<Config, 'secretKey' | 'secretKeyFile' | 'data'>,
  { lost, reseal }: { lost: boolean; reseal(tx: Db, from: Keyring, to: Keyring): Promise<void> },
): Promise<Rotated> {
  const source = keySource(config)
  return db.tx(async tx => {
    await tx.query(sql`select from installation where id = 1 for update`)
    const before = await keyIdInUse(tx)
    const keys = source.read()
    if (!lost && before !== null && !keys.some(key => key.id === before))
      throw problem('secret_key', { what: faultOf(source.name, keys, before) })
    const waiting = keys[0]?.id === before ? undefined : keys[0]
    const next = waiting ?? randomKey()
    if (waiting === undefined) {
      if (source.write === undefined)
        throw problem('secret_key', {
          what: `Homing does not write ${source.name}. Put a new key in front of the old one there, separated by a comma or a line, start Homing again, then run "homing secrets rotate"`,
        })
      // On disk before anything is encrypted with it.
      source.write([next, ...keys])
    }
    await reseal(tx, makeKeyring(keys), makeKeyring([next]))
    await tx.run(sql`update installation set secret_key = ${next.id} where id = 1`)
    return { before, now: next.id }
  })
}
