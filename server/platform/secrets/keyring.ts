/**
 * The keys of an installation's secrets, as a process holds them. The database knows only which key is in use (its id).
 *
 * Always: nothing is stored in the clear where the key is missing: sealing throws, and what is sealed stays as it is. A key is made
 * only for a database that has none yet; of several processes that make one at the same time, the first wins and the others say so.
 */
import { problem } from '../../../core/problems.ts'
import type { Config } from '../config.ts'
import type { Db } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { type KeySource, keySource } from './key-file.ts'
import { derive, keyIdOf, open, randomKey, type SecretKey, seal } from './sealed-secret.ts'

export interface Keyring {
  /** Why secrets of this database cannot be sealed or opened here, and what to do; undefined: they can. */
  readonly fault: string | undefined
  /** Throws `secret_key`. `about`: what it is and whose, the same when it is opened. */
  seal(text: string, about: string): string
  /** Undefined: with a key that is not here, or changed. */
  open(sealed: string, about: string): string | undefined
  /** A secret of the whole installation that is stored nowhere; undefined where the key is missing. */
  derived(purpose: string, salt: string): Buffer | undefined
  /** Reads keys and database again: somebody may have put the key back. */
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

/** Keys of no database, the first in use. */
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
    // Another process may have changed keys a moment ago.
    if (!this.#keys.some(key => key.id === id)) this.#keys = this.#source.read()
    const key = this.#keys.find(one => one.id === id)
    return key && open(key, sealed, about)
  }

  derived(purpose: string, salt: string): Buffer | undefined {
    return this.#current && derive(this.#current, purpose, salt)
  }

  async refresh(db: Db): Promise<void> {
    const inUse = await keyIdInUse(db)
    // After it: the key of a process that was faster is on the disk before the database knows it.
    this.#keys = this.#source.read()
    const id = inUse ?? (await this.#claim(db))
    this.#current = this.#keys.find(key => key.id === id)
    this.fault = this.#current === undefined ? faultOf(this.#source.name, this.#keys, id) : undefined
  }

  /** The id of the key that the database has from now on, ours or that of whoever was faster; null: there is none, and none may be made. */
  async #claim(db: Db): Promise<string | null> {
    let made = false
    if (this.#keys.length === 0 && this.#source.make) ({ keys: this.#keys, made } = this.#source.make())
    const [first] = this.#keys
    if (first === undefined) return null
    await db.run(sql`update installation set secret_key = ${first.id} where id = 1 and secret_key is null`)
    const id = await keyIdInUse(db)
    if (made && id !== first.id) {
      // Another machine was faster: ours has sealed nothing, and would only be taken for the right one later.
      this.#source.remove?.()
      this.#keys = []
    }
    return id
  }
}

/** The id of the key that the database was sealed with last; null: none yet. */
export async function keyIdInUse(db: Db): Promise<string | null> {
  const [row] = await db.query<{ id: string | null }>(sql`select secret_key as id from installation where id = 1`)
  return row?.id ?? null
}

function faultOf(source: string, keys: readonly SecretKey[], id: string | null): string {
  if (id === null) return `There is no key in ${source}. Put one there: "openssl rand -base64 32" makes one`
  const found = keys.length === 0 ? 'has no key' : `has another key (${keys.map(key => key.id).join(', ')})`
  return `The passwords in this database are encrypted with the key ${id}, and ${source} ${found}. Put that key back: from your copy of it, or from secret.key in the data folder of the machine that made it. If it is lost for good, run "homing secrets rotate --lost" and enter the passwords of the gateways again`
}

export interface Rotated {
  before: string | null
  now: string
}

/**
 * A new key for everything sealed: `reseal` does it, within the transaction. The old keys stay in the file, since backups of before
 * need them. A key that was put in front by hand (HOMING_SECRET_KEY=NEW,OLD) is the new one. Throws `secret_key`.
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
      // On the disk before anything is sealed with it.
      source.write([next, ...keys])
    }
    await reseal(tx, makeKeyring(keys), makeKeyring([next]))
    await tx.run(sql`update installation set secret_key = ${next.id} where id = 1`)
    return { before, now: next.id }
  })
}
