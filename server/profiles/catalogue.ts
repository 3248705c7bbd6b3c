/**
 * The attributes of a workspace: imports and calls add them with the type of their first value; people remove those that few profiles use.
 * Their number is limited, per workspace (every draft and every import reads them) and per profile.
 */
import type { AttributeType } from '../../core/attributes.ts'
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { listAttributes } from '../access/workspaces.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { lockProfiles } from './locks.ts'

export const maxAttributes = 1000
export const maxAttributesOfProfile = 100
/** An attribute with more profiles is in use. */
const maxRemoved = 1000

export interface NewAttribute {
  name: string
  type: AttributeType
}

/** Throws attribute_limit. `known`: existing names of the workspace. */
export function refuseAttributes(known: Pick<ReadonlySet<string>, 'has' | 'size'>, names: Iterable<string>): void {
  let count = known.size
  for (const name of new Set(names)) if (!known.has(name)) count++
  if (count > maxAttributes && count > known.size)
    throw problem('attribute_limit', { what: 'A workspace', limit: maxAttributes, count })
}

/** Throws attribute_limit. */
export function refuseAttributesOfOne(count: number): void {
  if (count > maxAttributesOfProfile)
    throw problem('attribute_limit', { what: 'A profile', limit: maxAttributesOfProfile, count })
}

/** Under the lock of the workspace's profiles. Throws attribute_limit, attribute_type. */
export async function addAttributes(
  tx: Db,
  workspaceId: number,
  added: readonly NewAttribute[],
  now: Date,
): Promise<void> {
  if (added.length === 0) return
  const known = new Map((await listAttributes(tx, workspaceId)).map(({ name, type }) => [name, type]))
  // The type may have changed since the values were read.
  for (const { name, type } of added) {
    const is = known.get(name)
    if (is !== undefined && is !== type) throw problem('attribute_type', { name, is, asked: type })
  }
  refuseAttributes(
    known,
    added.map(({ name }) => name),
  )
  await tx.run(sql`
    insert into attributes (workspace_id, name, type, created_at)
    select ${workspaceId}::int, u.name, u.type, ${now}::timestamptz
    from unnest(${added.map(({ name }) => name)}::text[], ${added.map(({ type }) => type)}::text[]) as u (name, type)
    on conflict do nothing`)
}

/** After a merge: the lines of staged rows whose profiles have too many attributes now, with the number; 1,000 at most. */
export async function overfull(tx: Db, workspaceId: number): Promise<{ line: number; count: number }[]> {
  const [found] = await tx.query<{ n: number }>(
    sql`select count(*) as n from attributes where workspace_id = ${workspaceId}`,
  )
  if ((found?.n ?? 0) <= maxAttributesOfProfile) return []
  return tx.query<{ line: number; count: number }>(sql`
    select /* fanout */ r.line, a.n as count from profile_resolved r
    join profiles p on p.bucket = r.bucket and p.profile_id = r.profile_id and p.workspace_id = ${workspaceId}
    cross join lateral (select count(*) as n from jsonb_object_keys(p.attrs)) a
    where a.n > ${maxAttributesOfProfile} order by r.line limit 1000`)
}

/** Removes it with the values of the few profiles that have it, unless `refuse` throws. Throws not_found, attribute_used. */
export async function removeAttribute(
  db: Database,
  { workspaceId, name, actor }: { workspaceId: number; name: string; actor: string },
  now: Date,
  refuse: (tx: Db) => Promise<void>,
): Promise<{ profiles: number }> {
  return db.tx(async tx => {
    await lockProfiles(tx, workspaceId)
    const [known] = await tx.query(sql`select from attributes where workspace_id = ${workspaceId} and name = ${name}`)
    if (known === undefined) throw problem('not_found', { what: 'attribute' })
    await refuse(tx)
    const users = await tx.query<{ id: number }>(sql`
      select profile_id as id from profiles
      where workspace_id = ${workspaceId} and bucket = ${everyBucket} and attrs ? ${name} limit ${maxRemoved + 1}`)
    if (users.length > maxRemoved) throw problem('attribute_used', { name, limit: maxRemoved })
    const ids = users.map(({ id }) => id)
    await tx.run(sql`
      update profiles set attrs = attrs - ${name}::text, written = written - ${name}::text, updated_at = ${now} where workspace_id = ${workspaceId}
        and bucket = any(${[...new Set(ids.map(id => id & 255))]}::int[])
        and (bucket, profile_id) in (select (u.id & 255)::int, u.id from unnest(${ids}::bigint[]) u (id))`)
    await tx.run(sql`delete from attributes where workspace_id = ${workspaceId} and name = ${name}`)
    const details = { name, profiles: ids.length }
    await audit(tx, { workspaceId, actor, action: 'attribute.remove', subject: `attribute ${name}`, details }, now)
    return { profiles: ids.length }
  })
}
