/**
 * Invitations: the only way into a workspace. A membership begins when someone redeems the one-time link of an invitation: with the account
 * that is signed in, else with a new one. The address of an invitation is a label; it is never compared with accounts, because no one
 * has proved theirs.
 *
 * Invariants: a link never signs in to an existing account. A workspace has at most one pending invitation per address, and only its newest
 * link works. An invitation ends when its author is no longer an admin.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { problem } from '../../core/problems.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { audit } from './audit.ts'
import type { SignInAccount } from './links.ts'
import { checkAdmin, lockMembers } from './members.ts'
import type { Role } from './roles.ts'
import { beginSession } from './sessions.ts'

/** Real time. */
const invitationMs = 7 * 24 * 60 * 60 * 1000
const pendingLimit = 500

export type InvitedRole = Exclude<Role, 'owner'>

export interface Invitation {
  id: number
  email: string
  role: InvitedRole
  createdAt: string
  expiresAt: string
  expired: boolean
}

export interface NewInvitation {
  workspaceId: number
  email: string
  role: InvitedRole
  actor: string
}

export interface Invited {
  invitation: Invitation
  /** to pass on; shown only now */
  link: string
}

interface Row {
  id: number
  email: string
  role: InvitedRole
  createdAt: Date
  expiresAt: Date
}

const columns = sql`id, email, role, created_at as "createdAt", expires_at as "expiresAt"`

const shown = (row: Row): Invitation => ({
  ...row,
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt.toISOString(),
  expired: row.expiresAt.getTime() <= Date.now(),
})

/** Invites, or gives a pending invitation a new link and this role. Throws conflict (a member has this address; too many). */
export async function invite(db: Database, url: string, input: NewInvitation, now: Date): Promise<Invited> {
  const { workspaceId, role, actor } = input
  const email = input.email.trim().toLowerCase()
  return db.tx(async tx => {
    const members = await lockMembers(tx, workspaceId)
    await checkAdmin(tx, members, actor)
    const member = members.find(member => member.email === email && !member.neverIn)
    if (member !== undefined)
      throw problem('conflict', {
        what: `${email} is already a member, as ${member.role}. To give them another role, change it in the list of members.`,
      })
    // An earlier version added this member, who never signed in: the invitation replaces that membership.
    for (const member of members.filter(member => member.email === email && member.neverIn))
      await tx.run(sql`delete from members where workspace_id = ${workspaceId} and user_id = ${member.userId}`)
    const [before] = await tx.query<Row>(
      sql`select ${columns} from invitations where workspace_id = ${workspaceId} and email = ${email}`,
    )
    if (before === undefined) await checkRoom(tx, workspaceId)
    return write(tx, url, { workspaceId, email, role, actor }, before, now)
  })
}

/** A new link for a pending invitation; the earlier one ends. Throws not_found. */
export async function renewInvitation(
  db: Database,
  url: string,
  { workspaceId, id, actor }: { workspaceId: number; id: number; actor: string },
  now: Date,
): Promise<Invited> {
  return db.tx(async tx => {
    await checkAdmin(tx, await lockMembers(tx, workspaceId), actor)
    const [before] = await tx.query<Row>(
      sql`select ${columns} from invitations where workspace_id = ${workspaceId} and id = ${id}`,
    )
    if (before === undefined) throw problem('not_found', { what: 'invitation' })
    return write(tx, url, { workspaceId, email: before.email, role: before.role, actor }, before, now)
  })
}

async function write(
  tx: Db,
  url: string,
  { workspaceId, email, role, actor }: NewInvitation,
  before: Row | undefined,
  now: Date,
): Promise<Invited> {
  const token = randomBytes(24).toString('base64url')
  const real = new Date()
  const ends = new Date(real.getTime() + invitationMs)
  const [row] = await tx.query<Row>(sql`
    insert into invitations (workspace_id, email, role, token_hash, invited_by, created_at, expires_at)
    values (${workspaceId}, ${email}, ${role}, ${hashOf(token)}, ${actor}, ${real}, ${ends})
    on conflict (workspace_id, email) do update set role = excluded.role, token_hash = excluded.token_hash,
      invited_by = excluded.invited_by, expires_at = excluded.expires_at
    returning ${columns}`)
  const was = before === undefined || before.role === role ? {} : { was: before.role }
  const action = before === undefined ? 'invitation.create' : 'invitation.renew'
  const details = { email, role, ...was }
  await audit(tx, { workspaceId, actor, action, subject: `invitation ${row!.id}`, details }, now)
  return { invitation: shown(row!), link: `${url}/invitation/${token}` }
}

async function checkRoom(tx: Db, workspaceId: number): Promise<void> {
  const [pending] = await tx.query<{ n: number }>(
    sql`select count(*)::int as n from invitations where workspace_id = ${workspaceId}`,
  )
  if (pending!.n >= pendingLimit)
    throw problem('conflict', { what: `The workspace has ${pendingLimit} pending invitations. Withdraw some first.` })
}

export async function listInvitations(db: Db, workspaceId: number): Promise<Invitation[]> {
  const rows = await db.query<Row>(
    sql`select ${columns} from invitations where workspace_id = ${workspaceId} order by email limit ${pendingLimit}`,
  )
  return rows.map(shown)
}

/** Ends the link at once. Throws not_found. */
export async function withdrawInvitation(
  db: Database,
  { workspaceId, id, actor }: { workspaceId: number; id: number; actor: string },
  now: Date,
): Promise<void> {
  await db.tx(async tx => {
    const [gone] = await tx.query<{ email: string; role: string }>(
      sql`delete from invitations where workspace_id = ${workspaceId} and id = ${id} returning email, role`,
    )
    if (gone === undefined) throw problem('not_found', { what: 'invitation' })
    await audit(
      tx,
      { workspaceId, actor, action: 'invitation.withdraw', subject: `invitation ${id}`, details: gone },
      now,
    )
  })
}

export interface Opened {
  workspaceId: number
  workspace: string
  email: string
  role: InvitedRole
}

/** What the link invites to; undefined if it was used, replaced, withdrawn, has ended or never existed. */
export async function openInvitation(db: Db, token: string): Promise<Opened | undefined> {
  const [row] = await db.query<Opened>(sql`
    select i.workspace_id as "workspaceId", w.name as workspace, i.email, i.role
    from invitations i join workspaces w on w.id = i.workspace_id
    where i.token_hash = ${hashOf(token)} and i.expires_at > ${new Date()}`)
  return row
}

export interface NewAccount {
  name?: string | undefined
  /** hashed for the address of the invitation */
  passwordHash?: string | undefined
}

export interface Joined {
  workspaceId: number
  /** of the session of a new account; null: the account that was signed in */
  sessionToken: string | null
}

/** Uses the link. `as`: the account that is signed in, else a new one is created. undefined as in `openInvitation`. Throws conflict (is an owner; a member has the address of the new account). */
export async function acceptInvitation(
  db: Database,
  token: string,
  as: SignInAccount | null,
  given: NewAccount,
  now: Date,
): Promise<Joined | undefined> {
  return db.tx(async tx => {
    const opened = await openInvitation(tx, token)
    if (opened === undefined) return undefined
    const { workspaceId } = opened
    const members = await lockMembers(tx, workspaceId)
    const [invitation] = await tx.query<{ id: number; email: string; role: InvitedRole; invitedBy: string }>(sql`
      delete from invitations where token_hash = ${hashOf(token)} and expires_at > ${new Date()}
      returning id, email, role, invited_by as "invitedBy"`)
    if (invitation === undefined) return undefined
    const { email, role } = invitation
    const before = members.find(({ userId }) => userId === as?.id)
    if (before?.role === 'owner')
      throw problem('conflict', { what: 'You are an owner of this workspace: the invitation would take rights away.' })
    if (as === null && members.some(member => member.email === email && !member.neverIn))
      throw problem('conflict', {
        what: `${email} is already a member of this workspace. Sign in with that account, or ask the person who invited you.`,
      })
    const userId = as?.id ?? (await makeAccount(tx, email, given))
    await tx.run(sql`
      insert into members (workspace_id, user_id, role, invited_as, created_at)
      values (${workspaceId}, ${userId}, ${role}, ${email}, ${now})
      on conflict (workspace_id, user_id) do update set role = excluded.role, invited_as = excluded.invited_as`)
    const details = {
      email,
      role,
      ...(before === undefined ? {} : { was: before.role }),
      invitedBy: invitation.invitedBy,
      account: as === null ? 'new' : 'signed in',
    }
    const actor = `user ${userId}`
    await audit(tx, { workspaceId, actor, action: 'member.join', subject: actor, details }, now)
    return { workspaceId, sessionToken: as === null ? await beginSession(tx, userId, 'invitation') : null }
  })
}

async function makeAccount(tx: Db, email: string, { name, passwordHash }: NewAccount): Promise<string> {
  const id = randomUUID()
  const real = new Date()
  await tx.run(sql`
    insert into users (id, name, email, email_verified, email_since, created_at, updated_at)
    values (${id}, ${name ?? email.split('@')[0] ?? email}, ${email}, false, ${real}, ${real}, ${real})`)
  if (passwordHash !== undefined)
    await tx.run(sql`
      insert into sign_in_accounts (id, user_id, account_id, provider_id, password, created_at, updated_at)
      values (${randomUUID()}, ${id}, ${id}, 'credential', ${passwordHash}, ${real}, ${real})`)
  return id
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
