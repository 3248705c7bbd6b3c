/**
 * One-time sign-in links. The first start offers one that makes whoever opens it the owner of the installation; later ones
 * are made on the command line (`homing sign-in-link`) or when a member is added.
 *
 * Always: single use, a time after which it ends, only its hash is stored; a new link ends the earlier ones of that person.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { problem } from '../../core/problems.ts'
import type { Db } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'

/** The owner's address until they give their own (PATCH /me). */
export const firstOwnerEmail = 'owner@homing.invalid'
const firstLinkMs = 24 * 60 * 60 * 1000
const linkMs = 60 * 60 * 1000

/** The link of the first sign-in; null where the owner has signed in before. `url` has no slash at the end. */
export async function firstSignInLink(db: Db, url: string): Promise<string | null> {
  const now = new Date()
  await db.run(sql`
    insert into users (id, name, email, email_verified, created_at, updated_at, installation_owner)
    values (${randomUUID()}, 'Owner', ${firstOwnerEmail}, true, ${now}, ${now}, true)
    on conflict do nothing`)
  const [owner] = await db.query<{ email: string; signedInAt: Date | null }>(
    sql`select email, signed_in_at as "signedInAt" from users where installation_owner`,
  )
  if (owner === undefined || owner.signedInAt !== null) return null
  return writeLink(db, url, owner.email, firstLinkMs)
}

/** A further link, for the owner of the installation where no e-mail is named. Throws not_found. */
export async function signInLink(db: Db, url: string, email?: string): Promise<string> {
  const [user] = await db.query<{ email: string }>(
    email === undefined
      ? sql`select email from users where installation_owner`
      : sql`select email from users where email = ${email.trim().toLowerCase()}`,
  )
  if (user !== undefined) return writeLink(db, url, user.email, linkMs)
  const first = email === undefined ? await firstSignInLink(db, url) : null
  if (first === null) throw problem('not_found', { what: 'person' })
  return first
}

// The row that better-auth's magic-link plugin redeems (storeToken: hashed); a test signs in by it.
async function writeLink(db: Db, url: string, email: string, lifeMs: number): Promise<string> {
  const now = new Date()
  const token = randomBytes(24).toString('base64url')
  const value = JSON.stringify({ type: 'magic-link', email })
  await db.run(sql`delete from sign_in_links where value = ${value} or expires_at < ${now}`)
  await db.run(sql`
    insert into sign_in_links (id, identifier, value, expires_at, created_at, updated_at)
    values (${randomUUID()}, ${`magic-link:${createHash('sha256').update(token).digest('base64url')}`}, ${value},
      ${new Date(now.getTime() + lifeMs)}, ${now}, ${now})`)
  return `${url}/sign-in-link/${token}`
}
