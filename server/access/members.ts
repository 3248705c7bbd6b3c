/**
 * The members of a workspace: they join by invitations (invitations.ts), get other roles, are removed or leave.
 *
 * Invariants: a workspace that has an owner keeps one, even with concurrent requests. Only an owner changes, removes or appoints an owner.
 * A person's rights in the workspace end with the transaction that removes them.
 */
import { problem } from '../../core/problems.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { audit } from './audit.ts'
import { mayAct, type Role } from './roles.ts'
import { endSessions } from './sessions.ts'

export interface Member {
  userId: string
  name: string
  email: string
  role: Role
}

interface LockedMember {
  userId: string
  email: string
  role: Role
  /** the address of the invitation that they accepted */
  invitedAs: string | null
  /** has never signed in and has no way to */
  neverIn: boolean
}

/** The person who makes a change, with their role here. */
export interface MembersActor {
  userId: string
  actor: string
  role: Role
}

export interface MemberTarget {
  workspaceId: number
  userId: string
}

export async function listMembers(db: Db, workspaceId: number): Promise<Member[]> {
  return db.query<Member>(sql`
    select u.id as "userId", u.name, u.email, m.role from members m join users u on u.id = m.user_id
    where m.workspace_id = ${workspaceId} order by u.email, u.id limit 1000`)
}

/** All members, locked: changes of the members of one workspace run one after the other. */
export async function lockMembers(tx: Db, workspaceId: number): Promise<LockedMember[]> {
  await tx.query(sql`select from workspaces where id = ${workspaceId} for no key update`)
  return tx.query<LockedMember>(sql`
    select m.user_id as "userId", u.email, m.role, m.invited_as as "invitedAs",
      u.signed_in_at is null and not u.installation_owner
        and not exists (select from sign_in_accounts a where a.user_id = u.id and a.password is not null)
        and not exists (select from members o where o.user_id = u.id and o.workspace_id <> m.workspace_id) as "neverIn"
    from members m join users u on u.id = m.user_id where m.workspace_id = ${workspaceId} order by m.user_id`)
}

/** Throws not_found, forbidden (an owner is concerned and `by` is none), conflict (the last owner). */
export async function changeRole(
  db: Database,
  { workspaceId, userId }: MemberTarget,
  role: Role,
  by: MembersActor,
  now: Date,
): Promise<Member> {
  return db.tx(async tx => {
    const member = await findTarget(tx, { workspaceId, userId }, by, 'admin')
    if (role === 'owner' && by.role !== 'owner') throw problem('forbidden')
    if (role !== 'owner') refuseLastOwner(member)
    if (member.role !== role) {
      await tx.run(sql`update members set role = ${role} where workspace_id = ${workspaceId} and user_id = ${userId}`)
      if (!mayAct(role, 'admin')) await withdrawInvitationsOf(tx, workspaceId, `user ${userId}`)
      await audit(
        tx,
        {
          workspaceId,
          actor: by.actor,
          action: 'member.change',
          subject: `user ${userId}`,
          details: { role, was: member.role },
        },
        now,
      )
    }
    const [changed] = await tx.query<Member>(sql`
      select u.id as "userId", u.name, u.email, m.role from members m join users u on u.id = m.user_id
      where m.workspace_id = ${workspaceId} and m.user_id = ${userId}`)
    return changed!
  })
}

/** Throws not_found, forbidden, conflict (the last owner). */
export async function removeMember(db: Database, target: MemberTarget, by: MembersActor, now: Date): Promise<void> {
  await db.tx(async tx => takeOut(tx, target, await findTarget(tx, target, by, 'admin'), by.actor, now))
}

/** A member leaves. Throws not_found (not a member: the owner of the installation may be none), conflict (the last owner). */
export async function leaveWorkspace(db: Database, workspaceId: number, by: MembersActor, now: Date): Promise<void> {
  const target = { workspaceId, userId: by.userId }
  await db.tx(async tx => takeOut(tx, target, await findTarget(tx, target, by, 'viewer'), by.actor, now))
}

interface Found extends LockedMember {
  lastOwner: boolean
}

/** Under the lock. The role of `by` is read again, because it may have changed since the request began. */
async function findTarget(
  tx: Db,
  { workspaceId, userId }: MemberTarget,
  by: MembersActor,
  needed: Role,
): Promise<Found> {
  const members = await lockMembers(tx, workspaceId)
  const member = members.find(each => each.userId === userId)
  const [installation] = await tx.query(sql`select from users where id = ${by.userId} and installation_owner`)
  const role = installation === undefined ? members.find(each => each.userId === by.userId)?.role : 'owner'
  if (role === undefined || !mayAct(role, needed)) throw problem('forbidden')
  if (member === undefined) throw problem('not_found', { what: 'member' })
  if (member.role === 'owner' && role !== 'owner') throw problem('forbidden')
  return { ...member, lastOwner: member.role === 'owner' && members.filter(each => each.role === 'owner').length === 1 }
}

/** Under the lock: may this actor still act as an admin? Keys and the command line were checked before. Throws forbidden. */
export async function checkAdmin(tx: Db, members: readonly LockedMember[], actor: string): Promise<void> {
  if (!actor.startsWith('user ')) return
  const userId = actor.slice('user '.length)
  const [installation] = await tx.query(sql`select from users where id = ${userId} and installation_owner`)
  const role = members.find(each => each.userId === userId)?.role
  if (installation === undefined && (role === undefined || !mayAct(role, 'admin'))) throw problem('forbidden')
}

function refuseLastOwner({ lastOwner }: Found): void {
  if (lastOwner)
    throw problem('conflict', { what: 'The last owner of a workspace stays. Make somebody else an owner first.' })
}

async function takeOut(
  tx: Db,
  { workspaceId, userId }: MemberTarget,
  member: Found,
  actor: string,
  now: Date,
): Promise<void> {
  refuseLastOwner(member)
  await tx.run(sql`delete from members where workspace_id = ${workspaceId} and user_id = ${userId}`)
  // Links that they created, and links that were meant for them.
  await withdrawInvitationsOf(tx, workspaceId, `user ${userId}`)
  await tx.run(sql`delete from invitations where workspace_id = ${workspaceId} and email = ${member.invitedAs}`)
  const [elsewhere] = await tx.query(sql`
    select from users u where u.id = ${userId}
      and (u.installation_owner or exists (select from members m where m.user_id = u.id))`)
  if (elsewhere === undefined) await endSessions(tx, userId)
  const action = actor === `user ${userId}` ? 'member.leave' : 'member.remove'
  const details = { was: member.role }
  await audit(tx, { workspaceId, actor, action, subject: `user ${userId}`, details }, now)
}

/** Ends the invitations of a person who lost the right to invite. */
async function withdrawInvitationsOf(tx: Db, workspaceId: number, actor: string): Promise<void> {
  await tx.run(sql`delete from invitations where workspace_id = ${workspaceId} and invited_by = ${actor}`)
}

/** Signs a member out everywhere: for an owner, when an account has been taken over. Throws not_found, forbidden. */
export async function signOutMember(db: Database, target: MemberTarget, by: MembersActor, now: Date): Promise<void> {
  await db.tx(async tx => {
    await findTarget(tx, target, by, 'owner')
    await endSessions(tx, target.userId)
    const { workspaceId } = target
    await audit(tx, { workspaceId, actor: by.actor, action: 'sessions.end', subject: `user ${target.userId}` }, now)
  })
}
