/**
 * Sessions of people. They begin in the transaction that proves who the person is. better-auth (sign-in.ts) creates the cookie and finds the
 * session of a cookie. Times here are real time.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

/** What proved who the person is. */
export type BeganBy = 'password' | 'link' | 'invitation'

export function readBeganBy(stored: unknown): BeganBy {
  return stored === 'link' || stored === 'invitation' ? stored : 'password'
}

export const sessionDays = 30
const dayMs = 24 * 60 * 60 * 1000

/** The token of a new session. */
export async function beginSession(tx: Db, userId: string, beganBy: BeganBy): Promise<string> {
  const now = new Date()
  const token = randomBytes(24).toString('base64url')
  await tx.run(sql`
    insert into sign_ins (id, user_id, token, expires_at, created_at, updated_at, began_by)
    values (${randomUUID()}, ${userId}, ${token}, ${new Date(now.getTime() + sessionDays * dayMs)}, ${now}, ${now}, ${beganBy})`)
  await tx.run(sql`update users set signed_in_at = ${now} where id = ${userId} and signed_in_at is null`)
  return token
}

/** Ends all sessions of a person except `keep`, and unopened sign-in links. Returns how many sessions ended. */
export async function endSessions(tx: Db, userId: string, keep?: string): Promise<number> {
  await tx.run(sql`delete from sign_in_links where value = ${userId}`)
  return tx.run(sql`delete from sign_ins where user_id = ${userId} and token <> ${keep ?? ''}`)
}
