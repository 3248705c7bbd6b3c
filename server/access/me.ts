/** One's own account: name, e-mail, password. */
import { randomUUID } from 'node:crypto'
import { tidyName } from '../../core/names.ts'
import { problem } from '../../core/problems.ts'
import { type Database, type Db, sqlState } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'
import { audit } from './audit.ts'
import type { Principal } from './principal.ts'
import type { SignIn } from './sign-in.ts'

export const minPasswordLength = 10
export const maxPasswordLength = 128

export interface AccountChange {
  name?: string
  email?: string
  password?: string
  /** needed for a new password where there is one, unless the session has just begun */
  currentPassword?: string
}

/** Who signed in a moment ago has proved who they are: by a one-time link, a forgotten password can be replaced. */
const freshMs = 15 * 60 * 1000
const uniqueViolation = '23505'

/** Changes what is given; name and e-mail as they are kept now. A new password ends all other sessions. Throws password_wrong, name_taken. */
export async function changeAccount(
  db: Database,
  signIn: SignIn,
  person: Principal,
  change: AccountChange,
): Promise<Pick<Principal, 'name' | 'email'>> {
  const { password } = change
  const name = change.name === undefined ? undefined : tidyName(change.name)
  const email = change.email?.trim().toLowerCase()
  const context = await signIn.$context
  const stored = await storedPassword(db, person.id)
  const fresh = person.session !== null && Date.now() - person.session.createdAt.getTime() < freshMs
  if ((password !== undefined || (email !== undefined && email !== person.email)) && stored !== null && !fresh) {
    const right = await context.password.verify({ hash: stored, password: change.currentPassword ?? '' })
    if (!right) throw problem('password_wrong')
  }
  const hash = password === undefined ? undefined : await context.password.hash(password)
  try {
    await db.tx(async tx => {
      const now = new Date()
      await tx.run(
        sql`update users set name = coalesce(${name ?? null}, name), email = coalesce(${email ?? null}, email), updated_at = ${now} where id = ${person.id}`,
      )
      if (hash !== undefined) await setPassword(tx, person, hash, now)
      const fields = Object.keys(change).filter(field => field !== 'currentPassword')
      await audit(
        tx,
        {
          workspaceId: null,
          actor: person.actor,
          action: 'account.change',
          subject: `user ${person.id}`,
          details: { fields },
        },
        now,
      )
    })
  } catch (error) {
    if (sqlState(error) === uniqueViolation) throw problem('name_taken', { what: 'account', name: email })
    throw error
  }
  return { name: name ?? person.name, email: email ?? person.email }
}

async function storedPassword(db: Db, userId: string): Promise<string | null> {
  const [account] = await db.query<{ password: string | null }>(
    sql`select password from sign_in_accounts where user_id = ${userId} and provider_id = 'credential'`,
  )
  return account?.password ?? null
}

export async function hasPassword(db: Db, userId: string): Promise<boolean> {
  return (await storedPassword(db, userId)) !== null
}

async function setPassword(tx: Db, person: Principal, hash: string, now: Date): Promise<void> {
  const changed = await tx.run(
    sql`update sign_in_accounts set password = ${hash}, updated_at = ${now} where user_id = ${person.id} and provider_id = 'credential'`,
  )
  if (changed === 0)
    await tx.run(sql`
      insert into sign_in_accounts (id, user_id, account_id, provider_id, password, created_at, updated_at)
      values (${randomUUID()}, ${person.id}, ${person.id}, 'credential', ${hash}, ${now}, ${now})`)
  await tx.run(sql`delete from sign_ins where user_id = ${person.id} and token <> ${person.session?.token ?? ''}`)
}
