/**
 * Storage and check of passwords: scrypt, as in better-auth. The salt is derived from the secret of the installation and the login name, so
 * that one computation serves all accounts with this name: a response takes equally long for no account, one or several
 * (docs/decisions, "a login name is no identity").
 */
import { createHmac, scrypt, timingSafeEqual } from 'node:crypto'
import { normalForm } from '../../core/normal-form.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

/** The inputs of the salt: the secret of the installation (installation.auth_secret) and the login name. */
export interface Salting {
  secret: string
  email: string
}

export async function hashPassword(salting: Salting, password: string): Promise<string> {
  const salt = saltOf(salting)
  return `${salt}:${(await keyOf(password, salt)).toString('hex')}`
}

/** Compares with one hash, whatever its salt. */
export async function isPassword(hash: string, password: string): Promise<boolean> {
  const [salt = '', key = ''] = hash.split(':')
  return same(await keyOf(password, salt), key)
}

export interface Proved {
  userId: string
  /** replaces a stored hash of an earlier version; undefined: the hash is current */
  newHash: string | undefined
}

/** Finds the account with this login name and password; the one that has had the name longest comes first. */
export async function findByPassword(db: Db, salting: Salting, password: string): Promise<Proved | undefined> {
  const accounts = await db.query<{ userId: string; hash: string }>(sql`
    select u.id as "userId", a.password as hash
    from users u join sign_in_accounts a on a.user_id = u.id and a.provider_id = 'credential'
    where u.email = ${salting.email} and u.closed_at is null and a.password is not null
    order by u.email_since nulls last, u.id limit 1000`)
  const salt = saltOf(salting)
  // An earlier version used random salts, when an address belonged to one account: each name has at most one such hash.
  const drawn = accounts.find(({ hash }) => !hash.startsWith(`${salt}:`))?.hash.split(':') ?? []
  const [key, drawnKey] = await Promise.all([keyOf(password, salt), keyOf(password, drawn[0] ?? noSalt)])
  for (const { userId, hash } of accounts) {
    const [itsSalt, itsKey = ''] = hash.split(':')
    if (itsSalt === salt && same(key, itsKey)) return { userId, newHash: undefined }
    if (itsSalt === drawn[0] && same(drawnKey, itsKey)) return { userId, newHash: `${salt}:${key.toString('hex')}` }
  }
  return undefined
}

const noSalt = '0'.repeat(32)
const length = 64
const cost = { N: 16_384, r: 16, p: 1 }

function saltOf({ secret, email }: Salting): string {
  return createHmac('sha256', secret).update(`password salt ${email}`).digest('hex').slice(0, 32)
}

function keyOf(password: string, salt: string): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    scrypt(normalForm(password, 'NFKC'), salt, length, { ...cost, maxmem: 128 * cost.N * cost.r * 2 }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    ),
  )
}

function same(key: Buffer, hex: string): boolean {
  const stored = Buffer.from(hex, 'hex')
  return stored.length === key.length && timingSafeEqual(stored, key)
}
