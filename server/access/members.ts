/** The people of a workspace: added by e-mail, with a role; removed. The last owner stays. */
import { randomUUID } from 'node:crypto'
import { problem } from '../../core/problems.ts'
import type { Database, Db } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'
import { audit } from './audit.ts'
import { signInLink } from './links.ts'
import type { Role } from './roles.ts'

export interface Member {
  userId: string
  name: string
  email: string
  role: Role
}

export interface NewMember {
  workspaceId: number
  email: string
  role: Role
  actor: string
}

export async function listMembers(db: Db, workspaceId: number): Promise<Member[]> {
  return db.query<Member>(sql`
    select u.id as "userId", u.name, u.email, m.role from members m join users u on u.id = m.user_id
    where m.workspace_id = ${workspaceId} order by u.email limit 1000`)
}

/**
 * Adds a person, or changes the role. `link`: a one-time sign-in link to hand over, only for somebody who has never signed
 * in: a link is as good as a password, and who has one may have rights elsewhere.
 */
export async function addMember(
  db: Database,
  url: string,
  input: NewMember,
  now: Date,
): Promise<{ member: Member; link: string | null }> {
  const email = input.email.trim().toLowerCase()
  const real = new Date()
  const member = await db.tx(async tx => {
    await tx.run(sql`
      insert into users (id, name, email, email_verified, created_at, updated_at)
      values (${randomUUID()}, ${email.split('@')[0] ?? email}, ${email}, true, ${real}, ${real}) on conflict do nothing`)
    const [user] = await tx.query<{ id: string; name: string; neverIn: boolean }>(
      sql`select id, name, signed_in_at is null and not installation_owner as "neverIn" from users where email = ${email}`,
    )
    await tx.run(sql`
      insert into members (workspace_id, user_id, role, created_at) values (${input.workspaceId}, ${user!.id}, ${input.role}, ${now})
      on conflict (workspace_id, user_id) do update set role = excluded.role`)
    await audit(
      tx,
      {
        workspaceId: input.workspaceId,
        actor: input.actor,
        action: 'member.add',
        subject: `user ${user!.id}`,
        details: { role: input.role },
      },
      now,
    )
    const [elsewhere] = await tx.query(
      sql`select from members where user_id = ${user!.id} and workspace_id <> ${input.workspaceId} limit 1`,
    )
    return { ...user!, neverIn: user!.neverIn && elsewhere === undefined }
  })
  return {
    member: { userId: member.id, name: member.name, email, role: input.role },
    link: member.neverIn ? await signInLink(db, url, email) : null,
  }
}

/** Throws not_found, conflict (the last owner). */
export async function removeMember(
  db: Database,
  workspaceId: number,
  userId: string,
  actor: string,
  now: Date,
): Promise<void> {
  await db.tx(async tx => {
    const members = await tx.query<{ userId: string; role: Role }>(
      sql`select user_id as "userId", role from members where workspace_id = ${workspaceId} order by user_id for update`,
    )
    const member = members.find(each => each.userId === userId)
    if (member === undefined) throw problem('not_found', { what: 'member' })
    if (member.role === 'owner' && members.filter(each => each.role === 'owner').length === 1)
      throw problem('conflict', { what: 'The last owner of a workspace cannot be removed.' })
    await tx.run(sql`delete from members where workspace_id = ${workspaceId} and user_id = ${userId}`)
    await audit(tx, { workspaceId, actor, action: 'member.remove', subject: `user ${userId}` }, now)
  })
}
