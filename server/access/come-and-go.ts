/** Signing in by password and signing out, each with its row in the audit. */
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { audit } from './audit.ts'
import { findByPassword } from './passwords.ts'
import { beginSession } from './sessions.ts'
import type { SignIn } from './sign-in.ts'
import { clearTries, countTry, nameMark, type Try } from './tries.ts'

/** The token of the new session; undefined: no account has this name and password. Throws sign_in_wait. */
export async function signInByPassword(
  db: Database,
  by: Try,
  password: string,
  now: Date,
): Promise<string | undefined> {
  const { secret, name } = by
  const { failures } = await countTry(db, by)
  const proved = await findByPassword(db, { secret, email: name }, password)
  if (proved === undefined) {
    await auditFailure(db, by, failures, now)
    return undefined
  }
  const { userId, newHash } = proved
  return db.tx(async tx => {
    const [open] = await tx.query(sql`select from users where id = ${userId} and closed_at is null for update`)
    if (open === undefined) return undefined
    if (newHash !== undefined)
      await tx.run(
        sql`update sign_in_accounts set password = ${newHash} where user_id = ${userId} and provider_id = 'credential'`,
      )
    await clearTries(tx, by)
    const actor = `user ${userId}`
    const details = { by: 'password' }
    await audit(tx, { workspaceId: null, actor, action: 'sign_in.done', subject: actor, details }, now)
    return beginSession(tx, userId, 'password')
  })
}

/**
 * The mark shows that two attempts were for one name without storing the name, which may be a password in the wrong field. Each of the first
 * attempts in a row gets a row, then each doubling, so that guessing does not fill the table.
 */
async function auditFailure(db: Database, { secret, name }: Try, failures: number, now: Date): Promise<void> {
  const told = failures <= 4 || Number.isInteger(Math.log2(failures))
  const users = await db.query<{ id: string }>(
    sql`select id from users where email = ${name} and closed_at is null order by email_since nulls last, id limit 5`,
  )
  if (!told) return
  const subjects = users.length === 0 ? ['nobody'] : users.map(({ id }) => `user ${id}`)
  await db.tx(async tx => {
    for (const subject of subjects)
      await audit(
        tx,
        {
          workspaceId: null,
          actor: 'nobody',
          action: 'sign_in.refused',
          subject,
          details: { name: nameMark(secret, name), inARow: failures },
        },
        now,
      )
  })
}

/** Ends the session of these cookies; returns the Set-Cookie headers that remove them. */
export async function signOut(db: Database, { api }: SignIn, headers: Headers, now: Date): Promise<string[]> {
  const session = await api.getSession({ headers, query: { disableRefresh: true } })
  if (session !== null)
    await db.tx(async tx => {
      const actor = `user ${session.user.id}`
      await tx.run(sql`delete from sign_ins where token = ${session.session.token}`)
      await audit(tx, { workspaceId: null, actor, action: 'sign_out', subject: actor }, now)
    })
  const { headers: answer } = await api.signOut({ headers, returnHeaders: true })
  return answer?.getSetCookie() ?? []
}
