/**
 * Merges staged rows into profiles: a known profile is updated, a new one gets an id, keys and shared numbers stay correct, and changed
 * consents are appended. Runs in the caller's transaction; lists and the API use the same path.
 *
 * Invariants: only the last row of a person counts. What a row does not contain stays as it was. An invalid number replaces a valid one
 * (it is the latest known) and is kept visibly. Opt-outs and closed addresses are never lifted, and hold again for an address that comes
 * back after an erase. A locked profile is not changed.
 * Keys: the customer id is unique; several profiles may share a number or an e-mail, and the oldest of them is meant.
 */
import type { Db } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import { unsealAddresses } from '../suppression/sealed-address.ts'
import { appendConsents } from './consent.ts'
import type { Who } from './stage.ts'

export interface MergeInput {
  workspaceId: number
  who: Who
  mode: 'both' | 'create' | 'update'
  /** A select of (line, topic_id, channel, granted, source, evidence), one row per line, topic and channel. */
  consents: Sql | null
  now: Date
  /** Draws ids; returns the first of n consecutive ones. */
  draw: (n: number) => Promise<number>
  /** Called after a step that has put many rows into a table. */
  filled?: (table: string) => Promise<void>
}

export interface Merged {
  created: number
  /** Matched, even if nothing was new. */
  updated: number
  /** Persons that the mode left unchanged. */
  skipped: number
  /** Persons that are unchanged because their profile is locked. */
  locked: number
}

/** Expects the rows in profile_stage and the lock of the workspace; leaves (line, profile_id, is_new) in profile_resolved until the commit. */
export async function mergeStaged(tx: Db, input: MergeInput): Promise<Merged> {
  const persons = await findPersons(tx, input)
  const { created, updated, locked } = await resolve(tx, input, persons)
  await input.filled?.('profile_resolved')
  if (updated > 0) {
    await gatherChanges(tx, input)
    await updateProfiles(tx, input)
  }
  if (created > 0) await insertProfiles(tx, input)
  await writeKeys(tx, input, created > 0, updated > 0)
  await keepSharing(tx, input, created > 0, updated > 0)
  await unsealAddresses(tx, input.workspaceId, 'sms', sql`select n.phone as address from profile_numbers n where n.new`)
  await unsealAddresses(tx, input.workspaceId, 'email', resolvedEmails)
  if (input.consents) await appendConsents(tx, input.workspaceId, input.consents, input.now, { created, updated })
  return { created, updated, skipped: persons.all - created - updated - locked, locked }
}

/** All of them: if the workspace has erased no one, they are not read. */
const resolvedEmails = sql`select s.email as address from profile_resolved r join profile_stage s on s.line = r.line where s.email_valid`

const keyColumns = { external_key: sql`s.external_key`, email: sql`s.email`, phone: sql`s.phone` }

async function findPersons(tx: Db, { workspaceId, who, filled }: MergeInput): Promise<{ all: number; known: number }> {
  const key = keyColumns[who]
  const all = await tx.run(
    sql`insert into profile_winners (line) select max(s.line) from profile_stage s group by ${key}`,
  )
  await filled?.('profile_winners')
  // Several profiles may have a number or an e-mail: the oldest is meant.
  const known = await tx.run(sql`
    insert into profile_matched (line, profile_id)
    select /* fanout */ s.line, min(k.profile_id)
    from profile_winners w
    join profile_stage s on s.line = w.line
    join profile_keys k on k.value = ${key} and k.workspace_id = ${workspaceId} and k.kind = ${who}
    group by s.line`)
  await filled?.('profile_matched')
  return { all, known }
}

async function resolve(
  tx: Db,
  { workspaceId, mode, draw }: MergeInput,
  { all, known }: { all: number; known: number },
) {
  const created = mode === 'update' ? 0 : all - known
  let updated = 0
  if (mode !== 'create' && known > 0) {
    const locked = await tx.query<{ id: number }>(
      sql`select /* fanout */ p.profile_id as id from profiles p where p.workspace_id = ${workspaceId} and p.locked_reason is not null`,
      'profiles-locked',
    )
    updated = await tx.run(sql`
      insert into profile_resolved (line, bucket, profile_id, is_new)
      select line, (profile_id & 255)::int, profile_id, false from profile_matched
      where profile_id <> all(${locked.map(({ id }) => id)}::bigint[])`)
  }
  if (created > 0) {
    const first = await draw(created)
    await tx.run(sql`
      insert into profile_resolved (line, bucket, profile_id, is_new)
      select n.line, (n.profile_id & 255)::int, n.profile_id, true
      from (select w.line, ${first}::bigint - 1 + row_number() over (order by w.line) as profile_id
        from profile_winners w
        where not exists (select from profile_matched m where m.line = w.line)) n`)
  }
  return { created, updated, locked: mode === 'create' ? 0 : known - updated }
}

/** Collects numbers and addresses that known profiles change, to delete their old keys. */
async function gatherChanges(tx: Db, { workspaceId }: MergeInput): Promise<void> {
  await tx.run(sql`
    insert into profile_changes (profile_id, kind, old_value, new_value)
    select /* fanout */ p.profile_id, 'phone', p.phone, s.phone
    from profile_resolved r
    join profile_stage s on s.line = r.line
    join profiles p on p.bucket = r.bucket and p.profile_id = r.profile_id
    where not r.is_new and p.workspace_id = ${workspaceId} and s.phone_type <> 'none' and p.phone is distinct from s.phone
    union all
    select p.profile_id, 'email', case when p.email_valid then p.email end, case when s.email_valid then s.email end
    from profile_resolved r
    join profile_stage s on s.line = r.line
    join profiles p on p.bucket = r.bucket and p.profile_id = r.profile_id
    where not r.is_new and p.workspace_id = ${workspaceId} and s.email is not null and p.email is distinct from s.email`)
}

/** Only writes rows that change: importing the same list again only costs reads. */
async function updateProfiles(tx: Db, { workspaceId, now }: MergeInput): Promise<void> {
  await tx.run(sql`
    update /* fanout */ profiles p set
      phone = case when s.phone_type = 'none' then p.phone else s.phone end,
      phone_given = case when s.phone_type = 'none' then p.phone_given else s.phone_given end,
      phone_type = case when s.phone_type = 'none' then p.phone_type else s.phone_type end,
      country = case when s.phone_type = 'none' then p.country else s.country end,
      phone_shared = p.phone_shared and (s.phone_type = 'none' or p.phone is not distinct from s.phone),
      email = coalesce(s.email, p.email),
      email_valid = case when s.email is null then p.email_valid else s.email_valid end,
      first_name = coalesce(s.first_name, p.first_name),
      last_name = coalesce(s.last_name, p.last_name),
      attrs = p.attrs || s.attrs,
      updated_at = ${now}
    from profile_resolved r
    join profile_stage s on s.line = r.line
    where not r.is_new and p.bucket = r.bucket and p.profile_id = r.profile_id and p.workspace_id = ${workspaceId}
      and ((s.phone_type <> 'none' and (p.phone, p.phone_given, p.phone_type) is distinct from (s.phone, s.phone_given, s.phone_type))
        or (s.email is not null and p.email is distinct from s.email)
        or (s.first_name is not null and p.first_name is distinct from s.first_name)
        or (s.last_name is not null and p.last_name is distinct from s.last_name)
        or not p.attrs @> s.attrs)`)
}

async function insertProfiles(tx: Db, { workspaceId, now }: MergeInput): Promise<void> {
  await tx.run(sql`
    insert into profiles (bucket, profile_id, workspace_id, external_key, phone, phone_given, phone_type, country,
      email, email_valid, first_name, last_name, attrs, created_at, updated_at)
    select r.bucket, r.profile_id, ${workspaceId}::int, s.external_key, s.phone, s.phone_given, s.phone_type, s.country,
      s.email, s.email_valid, s.first_name, s.last_name, s.attrs, ${now}::timestamptz, ${now}::timestamptz
    from profile_resolved r
    join profile_stage s on s.line = r.line
    where r.is_new`)
}

async function writeKeys(tx: Db, { workspaceId }: MergeInput, created: boolean, updated: boolean): Promise<void> {
  if (updated) {
    await tx.run(sql`
      delete /* fanout */ from profile_keys k using profile_changes c
      where k.value = c.old_value and k.workspace_id = ${workspaceId} and k.kind = c.kind and k.profile_id = c.profile_id`)
  }
  if (created) {
    // In the order of the values: a B-tree takes them twice as fast.
    await tx.run(sql`
      insert into profile_keys (value, workspace_id, kind, profile_id)
      select v.value, ${workspaceId}::int, v.kind, r.profile_id
      from profile_resolved r
      join profile_stage s on s.line = r.line
      cross join lateral (values ('external_key', s.external_key), ('phone', s.phone), ('email', case when s.email_valid then s.email end)) as v (kind, value)
      where r.is_new and v.value is not null
      order by v.value`)
  }
  if (updated) {
    await tx.run(sql`
      insert into profile_keys (value, workspace_id, kind, profile_id)
      select c.new_value, ${workspaceId}::int, c.kind, c.profile_id
      from profile_changes c
      where c.new_value is not null
      order by c.new_value, c.profile_id
      on conflict do nothing`)
  }
}

/** phone_shared is true for exactly the profiles that share a number. */
async function keepSharing(
  tx: Db,
  { workspaceId, filled }: MergeInput,
  created: boolean,
  updated: boolean,
): Promise<void> {
  if (created) {
    await tx.run(sql`
      insert into profile_numbers (phone, new)
      select distinct s.phone, true from profile_resolved r join profile_stage s on s.line = r.line
      where r.is_new and s.phone is not null`)
  }
  if (updated) {
    await tx.run(sql`
      insert into profile_numbers (phone, new)
      select v.phone, bool_or(v.new) from profile_changes c
      cross join lateral (values (c.old_value, false), (c.new_value, true)) as v (phone, new)
      where c.kind = 'phone' and v.phone is not null and not exists (select from profile_numbers n where n.phone = v.phone)
      group by v.phone`)
  }
  await filled?.('profile_numbers')
  // Of the numbers that a profile got, only shared ones matter; of those that a profile gave up, all.
  const some = await tx.run(sql`
    insert into profile_sharing (bucket, profile_id, shared)
    select /* fanout */ (x.profile_id & 255)::int, x.profile_id, g.n > 1
    from (select array_agg(k.profile_id) as profiles, count(*) as n
      from profile_numbers a
      join profile_keys k on k.value = a.phone and k.workspace_id = ${workspaceId} and k.kind = 'phone'
      group by a.phone, a.new
      having count(*) > 1 or not a.new) g
    cross join lateral unnest(g.profiles) as x (profile_id)`)
  if (some === 0) return
  await tx.run(sql`
    update /* fanout */ profiles p set phone_shared = x.shared
    from profile_sharing x
    where p.bucket = x.bucket and p.profile_id = x.profile_id and p.workspace_id = ${workspaceId} and p.phone_shared <> x.shared`)
}
