/** A person's own account: name, e-mail, password, sessions. */
import { randomUUID } from 'node:crypto'
import { tidyName } from '../../core/names.ts'
import { problem } from '../../core/problems.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { audit } from './audit.ts'
import { checkPassword } from './password-rules.ts'
import { hashPassword, isPassword } from './passwords.ts'
import type { Principal } from './principal.ts'
import { endSessions } from './sessions.ts'
import { clearTries, countTry } from './tries.ts'

export interface AccountChange {
  name?: string
  /** the login name; others may have the same one */
  email?: string
  password?: string
  /** required for a new password or e-mail if there is a password, unless a sign-in link replaces a lost one */
  currentPassword?: string
}

/** A person who signed in by a link this recently has lost their password. */
const freshMs = 15 * 60 * 1000

interface Stored {
  hash: string
  changedAt: Date
}

/**
 * Changes the given fields; returns name and e-mail as stored. A new password or e-mail ends all other sessions and links. The response does
 * not depend on other accounts with the same address. Throws password_wrong, password_weak, sign_in_wait.
 */
export async function changeAccount(
  db: Database,
  secret: string,
  person: Principal,
  change: AccountChange,
  network: string | null,
): Promise<Pick<Principal, 'name' | 'email'>> {
  const { password } = change
  const name = change.name === undefined ? person.name : tidyName(change.name)
  const email = change.email?.trim().toLowerCase() ?? person.email
  const stored = await storedPassword(db, person.id)
  const moves = email !== person.email
  if (password !== undefined) {
    const weak = checkPassword(password, [email, person.email, name])
    if (weak !== undefined) throw weak
  }
  if ((password !== undefined || moves) && stored !== null && !(password !== undefined && mayReplace(person, stored)))
    await checkCurrent(db, secret, person, stored, change.currentPassword ?? '', network)
  // The hash depends on the login name.
  const next = password ?? (moves && stored !== null ? change.currentPassword : undefined)
  const hash = next === undefined ? undefined : await hashPassword({ secret, email }, next)
  await db.tx(async tx => {
    const now = new Date()
    // The session may have ended while the body arrived: then it must not change the account.
    await tx.query(sql`select from users where id = ${person.id} for no key update`)
    const [open] = await tx.query(
      sql`select from sign_ins where token = ${person.session?.token ?? ''} and user_id = ${person.id}`,
    )
    if (open === undefined) throw problem('unauthorized')
    await tx.run(sql`
      update users set name = ${name}, email = ${email}, updated_at = ${now},
        email_since = case when email = ${email} then email_since else ${now} end
      where id = ${person.id}`)
    if (hash !== undefined) await setPassword(tx, person.id, hash, now)
    if (password !== undefined || moves) await endSessions(tx, person.id, person.session?.token)
    const details = {
      fields: Object.keys(change).filter(field => field !== 'currentPassword'),
      ...(moves ? { email, was: person.email } : {}),
    }
    await audit(
      tx,
      { workspaceId: null, actor: person.actor, action: 'account.change', subject: `user ${person.id}`, details },
      now,
    )
  })
  return { name, email }
}

function mayReplace({ session }: Principal, stored: Stored): boolean {
  if (session === null || session.beganBy !== 'link') return false
  const beganMs = session.createdAt.getTime()
  return Date.now() - beganMs < freshMs && stored.changedAt.getTime() < beganMs
}

async function checkCurrent(
  db: Db,
  secret: string,
  { id }: Principal,
  stored: Stored,
  current: string,
  network: string | null,
): Promise<void> {
  if (current === '') throw problem('password_wrong')
  const tried = { secret, name: `current password of ${id}`, network }
  await countTry(db, tried)
  if (!(await isPassword(stored.hash, current))) throw problem('password_wrong')
  await clearTries(db, tried)
}

async function storedPassword(db: Db, userId: string): Promise<Stored | null> {
  const [account] = await db.query<{ hash: string | null; changedAt: Date }>(
    sql`select password as hash, updated_at as "changedAt" from sign_in_accounts where user_id = ${userId} and provider_id = 'credential'`,
  )
  return account === undefined || account.hash === null ? null : { hash: account.hash, changedAt: account.changedAt }
}

export async function hasPassword(db: Db, userId: string): Promise<boolean> {
  return (await storedPassword(db, userId)) !== null
}

async function setPassword(tx: Db, userId: string, hash: string, now: Date): Promise<void> {
  const changed = await tx.run(
    sql`update sign_in_accounts set password = ${hash}, updated_at = ${now} where user_id = ${userId} and provider_id = 'credential'`,
  )
  if (changed === 0)
    await tx.run(sql`
      insert into sign_in_accounts (id, user_id, account_id, provider_id, password, created_at, updated_at)
      values (${randomUUID()}, ${userId}, ${userId}, 'credential', ${hash}, ${now}, ${now})`)
}

/** No one can sign in to it any more. Throws conflict: the owner of the installation and the last owner of a workspace stay. */
export async function closeAccount(db: Database, userId: string, actor: string, now: Date): Promise<void> {
  await db.tx(async tx => {
    const owned = await tx.query<{ name: string }>(sql`
      select w.name from members m join workspaces w on w.id = m.workspace_id
      where m.user_id = ${userId} and m.role = 'owner' order by w.id for no key update of w`)
    const [left] = await tx.query<{ name: string }>(sql`
      select w.name from members m join workspaces w on w.id = m.workspace_id
      where m.user_id = ${userId} and m.role = 'owner' and not exists (select from members o
        where o.workspace_id = m.workspace_id and o.role = 'owner' and o.user_id <> m.user_id) limit 1`)
    if (owned.length > 0 && left !== undefined)
      throw problem('conflict', {
        what: `The account is the last owner of "${left.name}". Make somebody else an owner first.`,
      })
    const closed = await tx.run(
      sql`update users set closed_at = ${new Date()} where id = ${userId} and closed_at is null and not installation_owner`,
    )
    if (closed === 0) throw problem('conflict', { what: 'The account is closed already, or owns the installation.' })
    await tx.run(sql`delete from invitations where invited_by = ${`user ${userId}`}`)
    await tx.run(sql`delete from members where user_id = ${userId}`)
    await endSessions(tx, userId)
    await audit(tx, { workspaceId: null, actor, action: 'account.close', subject: `user ${userId}` }, now)
  })
}

/** Ends all sessions of an account, including this one, and its unused links. */
export async function signOutEverywhere(db: Database, userId: string, actor: string, now: Date): Promise<void> {
  await db.tx(async tx => {
    const sessions = await endSessions(tx, userId)
    const details = { sessions }
    await audit(tx, { workspaceId: null, actor, action: 'sessions.end', subject: `user ${userId}`, details }, now)
  })
}
