/**
 * One-time sign-in links for an account. Only the operator of the server creates them: the first start offers one that makes its user the
 * owner of the installation, later ones come from the command line (`homing sign-in-link`). Members of a workspace come by invitations
 * (invitations.ts), which never open an existing account.
 *
 * Invariants: single use, limited time, only the hash is stored. A new link ends the earlier ones of that person.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { problem } from '../../core/problems.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { audit } from './audit.ts'
import { beginSession } from './sessions.ts'

/** The owner's address until they set their own (PATCH /me). */
export const firstOwnerEmail = 'owner@homing.invalid'
const firstLinkMs = 24 * 60 * 60 * 1000
const linkMs = 60 * 60 * 1000

/** The link of the first sign-in; null if the owner has signed in before. `url` has no trailing slash. */
export async function firstSignInLink(db: Database, url: string): Promise<string | null> {
  const now = new Date()
  await db.run(sql`
    insert into users (id, name, email, email_verified, email_since, created_at, updated_at, installation_owner)
    values (${randomUUID()}, 'Owner', ${firstOwnerEmail}, false, ${now}, ${now}, ${now}, true)
    on conflict do nothing`)
  const [owner] = await db.query<{ id: string; signedInAt: Date | null }>(
    sql`select id, signed_in_at as "signedInAt" from users where installation_owner`,
  )
  if (owner === undefined || owner.signedInAt !== null) return null
  return db.tx(tx => writeLink(tx, url, owner.id, firstLinkMs))
}

/** Has the owner of the installation ever signed in? */
export async function ownerHasSignedIn(db: Db): Promise<boolean> {
  const found = await db.query(
    sql`select id from users where installation_owner and signed_in_at is not null limit 1`,
    'owner-signed-in',
  )
  return found.length > 0
}

/** A further link; for the owner of the installation unless an account is named. Throws not_found, account_ambiguous. */
export async function signInLink(db: Database, url: string, account?: string): Promise<string> {
  if (account === undefined) {
    const first = await firstSignInLink(db, url)
    if (first !== null) return first
  }
  const { id } = await findAccount(db, account)
  return db.tx(async tx => {
    await audit(
      tx,
      { workspaceId: null, actor: 'command line', action: 'sign_in_link.create', subject: `user ${id}` },
      new Date(),
    )
    return writeLink(tx, url, id, linkMs)
  })
}

export interface SignInAccount {
  id: string
  name: string
  email: string
}

/** The account with this address or id; without one, the owner of the installation. Throws not_found, account_ambiguous. */
export async function findAccount(db: Db, named: string | undefined): Promise<SignInAccount> {
  const condition =
    named === undefined
      ? sql`installation_owner`
      : sql`closed_at is null and (id = ${named.trim()} or email = ${named.trim().toLowerCase()})`
  const found = await db.query<SignInAccount>(
    sql`select id, name, email from users where ${condition} order by email_since nulls last, id limit 20`,
  )
  const [account, second] = found
  if (account === undefined) throw problem('not_found', { what: 'account' })
  if (second !== undefined)
    throw problem('account_ambiguous', { accounts: found.map(({ id, name }) => `${id} (${name})`).join(', ') })
  return account
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

async function writeLink(tx: Db, url: string, userId: string, lifeMs: number): Promise<string> {
  const now = new Date()
  const token = randomBytes(24).toString('base64url')
  await tx.run(sql`delete from sign_in_links where value = ${userId} or expires_at < ${now}`)
  await tx.run(sql`
    insert into sign_in_links (id, identifier, value, expires_at, created_at, updated_at)
    values (${randomUUID()}, ${hashOf(token)}, ${userId}, ${new Date(now.getTime() + lifeMs)}, ${now}, ${now})`)
  return `${url}/sign-in-link/${token}`
}

/** The account that the link signs in; undefined if the link was used, replaced, has ended or never existed. */
export async function whoseLink(db: Db, token: string): Promise<SignInAccount | undefined> {
  const [account] = await db.query<SignInAccount>(sql`
    select u.id, u.name, u.email from sign_in_links l join users u on u.id = l.value
    where l.identifier = ${hashOf(token)} and l.expires_at > ${new Date()} and u.closed_at is null`)
  return account
}

/** Uses the link and returns the token of the new session. undefined as in `whoseLink`. */
export async function redeemLink(db: Database, token: string, now: Date): Promise<string | undefined> {
  return db.tx(async tx => {
    const [link] = await tx.query<{ userId: string }>(sql`
      delete from sign_in_links where identifier = ${hashOf(token)} and expires_at > ${new Date()} returning value as "userId"`)
    if (link === undefined) return undefined
    const [user] = await tx.query<{ id: string }>(
      sql`select id from users where id = ${link.userId} and closed_at is null for update`,
    )
    if (user === undefined) return undefined
    const actor = `user ${user.id}`
    const details = { by: 'link' }
    await audit(tx, { workspaceId: null, actor, action: 'sign_in.done', subject: actor, details }, now)
    return beginSession(tx, user.id, 'link')
  })
}
