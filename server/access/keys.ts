/**
 * API keys: `homing_` and 43 characters (256 random bits), for one workspace. Shown once; stored as SHA-256, which is enough for a value
 * that cannot be guessed. A revoked key stays in the list and grants nothing.
 */
import { createHash, randomBytes } from 'node:crypto'
import { problem } from '../../core/problems.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { audit } from './audit.ts'
import { refuseMore } from './collections.ts'
import { checkAdmin, lockMembers } from './members.ts'
import type { Role } from './roles.ts'
import { checkName } from './workspaces.ts'

export interface ApiKey {
  id: number
  name: string
  role: Role
  /** the first characters, to distinguish keys */
  prefix: string
  createdAt: string
  lastUsedAt: string | null
  /** grants nothing from then on; null: until it is revoked */
  expiresAt: string | null
  revokedAt: string | null
}

export interface NewKey {
  workspaceId: number
  name: string
  /** default: the lowest, viewer */
  role?: Exclude<Role, 'owner'>
  expiresAt?: Date | null
  actor: string
}

/** Returns the key, which cannot be read later. Throws name_empty, invalid_input. */
export async function createApiKey(
  db: Database,
  { workspaceId, name: given, role = 'viewer', expiresAt = null, actor }: NewKey,
  now: Date,
): Promise<{ id: number; key: string }> {
  const name = checkName(given, 'API key')
  await refuseMore(db, workspaceId, 'API keys')
  const key = `homing_${randomBytes(32).toString('base64url')}`
  if (expiresAt !== null && expiresAt <= now)
    throw problem('invalid_input', { where: 'expiresAt', what: 'must be a time to come' })
  return db.tx(async tx => {
    await checkAdmin(tx, await lockMembers(tx, workspaceId), actor)
    const [row] = await tx.query<{ id: number }>(sql`
      insert into api_keys (workspace_id, name, role, prefix, hash, created_at, expires_at)
      values (${workspaceId}, ${name}, ${role}, ${key.slice(0, 13)}, ${hashOf(key)}, ${now}, ${expiresAt}) returning id`)
    const details = { name, role, ...(expiresAt === null ? {} : { expiresAt: expiresAt.toISOString() }) }
    await audit(tx, { workspaceId, actor, action: 'api_key.create', subject: `api key ${row!.id}`, details }, now)
    return { id: row!.id, key }
  })
}

export async function listApiKeys(db: Db, workspaceId: number): Promise<ApiKey[]> {
  const rows = await db.query<
    Omit<ApiKey, 'createdAt' | 'lastUsedAt' | 'expiresAt' | 'revokedAt'> & {
      createdAt: Date
      lastUsedAt: Date | null
      expiresAt: Date | null
      revokedAt: Date | null
    }
  >(sql`
    select id, name, role, prefix, created_at as "createdAt", last_used_at as "lastUsedAt", expires_at as "expiresAt", revoked_at as "revokedAt"
    from api_keys where workspace_id = ${workspaceId} order by id desc limit 500`)
  return rows.map(row => ({
    ...row,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  }))
}

/** Ends a key at once; a second call changes nothing. Throws not_found. */
export async function revokeApiKey(
  db: Database,
  workspaceId: number,
  id: number,
  actor: string,
  now: Date,
): Promise<void> {
  await db.tx(async tx => {
    const [key] = await tx.query<{ name: string; revokedAt: Date | null }>(sql`
      select name, revoked_at as "revokedAt" from api_keys where workspace_id = ${workspaceId} and id = ${id} for update`)
    if (key === undefined) throw problem('not_found', { what: 'API key' })
    if (key.revokedAt !== null) return
    await tx.run(sql`update api_keys set revoked_at = ${now} where workspace_id = ${workspaceId} and id = ${id}`)
    const details = { name: key.name }
    await audit(tx, { workspaceId, actor, action: 'api_key.revoke', subject: `api key ${id}`, details }, now)
  })
}

export interface KeyHolder {
  id: number
  workspaceId: number
  name: string
  role: Role
}

const hourMs = 60 * 60 * 1000

/** The owner of a key; undefined if it is unknown, revoked or has expired. */
export async function findApiKey(db: Db, key: string, now: Date): Promise<KeyHolder | undefined> {
  if (!/^homing_[A-Za-z0-9_-]{43}$/.test(key)) return undefined
  const [row] = await db.query<KeyHolder & { lastUsedAt: Date | null }>(
    sql`select id, workspace_id as "workspaceId", name, role, last_used_at as "lastUsedAt" from api_keys
      where hash = ${hashOf(key)} and revoked_at is null and (expires_at is null or expires_at > ${now})`,
    'api-key-find',
  )
  if (row === undefined) return undefined
  const { lastUsedAt, ...holder } = row
  // Once per hour is enough to see that a key is used; otherwise each request would write.
  if (lastUsedAt === null || now.getTime() - lastUsedAt.getTime() > hourMs)
    await db.run(sql`update api_keys set last_used_at = ${now} where id = ${row.id}`)
  return holder
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
