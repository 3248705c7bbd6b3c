/**
 * Merges staged rows into profiles: a known profile is updated, a new one gets an id, keys and shared numbers stay correct, and changed
 * consents are appended. Runs in the caller's transaction; lists and the API use the same path.
 *
 * Invariants: only the last row of a person counts. What a row does not contain stays as it was. An invalid number replaces a valid one
 * (it is the latest known) and is kept visibly. Opt-outs and closed addresses are never lifted, and hold again for an address that comes
 * back after an erase. A locked profile is not changed.
 * Keys: the customer id is unique; several profiles may share a number or an e-mail, and the oldest of them is meant. A row without the chosen
 * key is identified by its next one.
 */
import type { Db } from '../platform/db/database.ts'
import { join, raw, type Sql, sql } from '../platform/db/sql.ts'
import { unsealAddresses } from '../suppression/sealed-address.ts'
import { appendConsents } from './consent.ts'
import type { Who } from './stage.ts'

export interface MergeInput {
  workspaceId: number
  who: Who
  /** Rows without that key are identified by another one. Without it, every row has the key. */
  fallback?: true
  mode: 'both' | 'create' | 'update'
  /** A select of (line, topic_id, channel, granted, source, evidence), one row per line, topic and channel. */
  consents: Sql | null
  now: Date
  /** Draws ids; returns the first of n consecutive ones. */
  draw: (n: number) => Promise<number>
  /** Called after a step that has put many rows into a table. */
  filled?: (table: string) => Promise<void>
}

type FindInput = Pick<MergeInput, 'workspaceId' | 'who' | 'fallback' | 'filled'>

export interface Merged {
  created: number
  /** Matched, even if nothing was new. */
  updated: number
  /** Persons that the mode left unchanged. */
  skipped: number
  /** Persons that are unchanged because their profile is locked. */
  locked: number
  /** Persons that did not get the customer id of their row, because another profile has it. */
  withoutId: number
  /** Appended ones. */
  consents: number
}

/** Expects the rows in profile_stage and the lock of the workspace; leaves (line, profile_id, is_new) in profile_resolved until the commit. */
export async function mergeStaged(tx: Db, input: MergeInput): Promise<Merged> {
  const persons = await findPersons(tx, input)
  const withoutId = await settleCustomerIds(tx, input)
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
  const consents = input.consents
    ? await appendConsents(tx, input.workspaceId, input.consents, input.now, { created, updated })
    : 0
  return { created, updated, skipped: persons.all - created - updated - locked, locked, withoutId, consents }
}

/** All of them: if the workspace has erased no one, they are not read. */
const resolvedEmails = sql`select s.email as address from profile_resolved r join profile_stage s on s.line = r.line where s.email_valid`

const keyColumns = { external_key: sql`s.external_key`, email: sql`s.email`, phone: sql`s.phone` }
/** The row has this key. */
const present = {
  external_key: sql`s.external_key is not null`,
  email: sql`s.email_valid`,
  phone: sql`s.phone is not null`,
}
const earlierKeys = { external_key: sql`e.external_key`, email: sql`e.email`, phone: sql`e.phone` }
/** The row gives its profile another key of this kind, or none. */
const replaces = {
  external_key: sql`e.external_key is not null`,
  email: sql`e.email is not null`,
  phone: sql`e.phone_type <> 'none'`,
}

/** The keys in the order in which they identify a row that has not the one before. */
function orderOf({ who, fallback }: Pick<MergeInput, 'who' | 'fallback'>): readonly Who[] {
  return fallback ? [who, ...(['external_key', 'phone', 'email'] as const).filter(other => other !== who)] : [who]
}

/**
 * Finds the persons of the staged rows, and the profiles of those that are known. A row is identified by the first of its keys in the order of
 * `orderOf`. Rows with the chosen key come first. A row without it is left out if it shares its key with an earlier person of the list: it
 * is the same one. It never takes the profile that gives the key up in this list.
 */
export async function findPersons(tx: Db, input: FindInput): Promise<{ all: number; known: number }> {
  const order = orderOf(input)
  const cases = (of: (kind: Who) => Sql) => sql`case ${join(order.map(of), ' ')} end`
  const kindOf = cases(kind => sql`when ${present[kind]} then ${raw(`'${kind}'`)}`)
  const keyOf = cases(kind => sql`when ${present[kind]} then ${keyColumns[kind]}`)
  let all = await tx.run(sql`
    insert into profile_winners (line, who) select max(s.line), ${kindOf} from profile_stage s group by ${kindOf}, ${keyOf}`)
  await input.filled?.('profile_winners')
  let known = await matchChosen(tx, input)
  for (const kind of order.slice(1)) {
    const [rows] = await tx.query<{ some: boolean }>(
      sql`select exists (select from profile_winners w where w.who = ${kind}) as some`,
    )
    if (!rows?.some) continue
    const found = await matchOthers(tx, input.workspaceId, kind, order.slice(0, order.indexOf(kind)))
    known += found.known
    all -= found.leftOut
  }
  await input.filled?.('profile_matched')
  return { all, known }
}

/** Several profiles may have a number or an e-mail: the oldest is meant. */
function matchChosen(tx: Db, { workspaceId, who }: FindInput): Promise<number> {
  return tx.run(sql`
    insert into profile_matched (line, profile_id)
    select /* fanout */ s.line, min(k.profile_id)
    from profile_winners w
    join profile_stage s on s.line = w.line
    join profile_keys k on k.value = ${keyColumns[who]} and k.workspace_id = ${workspaceId} and k.kind = ${who}
    where w.who = ${who}
    group by s.line`)
}

/** The rows that have none of the `earlier` keys. */
async function matchOthers(tx: Db, workspaceId: number, kind: Who, earlier: readonly Who[]) {
  const inList = await tx.run(sql`
    delete from profile_winners w using profile_stage s
    where w.who = ${kind} and s.line = w.line
      and exists (select from profile_winners v join profile_stage e on e.line = v.line
        where v.who = any(${earlier}::text[]) and ${earlierKeys[kind]} = ${keyColumns[kind]})`)
  await tx.run(sql`delete from profile_candidates`)
  await tx.run(sql`
    insert into profile_candidates (line, profile_id)
    select /* fanout */ s.line, k.profile_id
    from profile_winners w
    join profile_stage s on s.line = w.line
    join profile_keys k on k.value = ${keyColumns[kind]} and k.workspace_id = ${workspaceId} and k.kind = ${kind}
    where w.who = ${kind}`)
  await tx.run(sql`
    delete from profile_candidates c using profile_matched m, profile_stage e
    where m.profile_id = c.profile_id and e.line = m.line and ${replaces[kind]}`)
  // The profile of an earlier row that keeps its key: the same person twice.
  const inProfile = await tx.run(sql`
    delete from profile_winners w where w.who = ${kind} and w.line in (
      select c.line from (select c.line, min(c.profile_id) as profile_id from profile_candidates c group by c.line) c
      join profile_matched m on m.profile_id = c.profile_id)`)
  const known = await tx.run(sql`
    insert into profile_matched (line, profile_id)
    select c.line, min(c.profile_id) from profile_candidates c
    join profile_winners w on w.line = c.line
    group by c.line`)
  return { known, leftOut: inList + inProfile }
}

/**
 * A customer id belongs to one profile. Where another key identifies the rows, a second person with the same id, or a profile that has another
 * one, does not get it. Returns the number of persons without the id of their row.
 */
async function settleCustomerIds(tx: Db, { workspaceId, who, fallback }: MergeInput): Promise<number> {
  if (!fallback || who === 'external_key') return 0
  const others = sql`profile_winners w join profile_stage s on s.line = w.line and s.external_key is not null and w.who <> 'external_key'`
  await tx.run(sql`delete from profile_candidates`)
  const owned = await tx.run(sql`
    insert into profile_candidates (line, profile_id)
    select /* fanout */ s.line, k.profile_id from ${others}
    join profile_keys k on k.value = s.external_key and k.workspace_id = ${workspaceId} and k.kind = 'external_key'`)
  if (owned > 0) {
    await tx.run(sql`
      delete from profile_candidates c using profile_matched m where m.line = c.line and m.profile_id = c.profile_id`)
  }
  await tx.run(sql`
    insert into profile_candidates (line, profile_id)
    select /* fanout */ s.line, p.profile_id from ${others}
    join profile_matched m on m.line = w.line
    join profiles p on p.bucket = (m.profile_id & 255)::int and p.profile_id = m.profile_id
    where p.workspace_id = ${workspaceId} and p.external_key <> s.external_key`)
  await tx.run(sql`
    insert into profile_candidates (line, profile_id)
    select s.line, 0 from ${others}
    join (select e.external_key, min(e.line) as line from profile_winners v join profile_stage e on e.line = v.line
      where e.external_key is not null group by e.external_key having count(*) > 1) d
      on d.external_key = s.external_key and d.line < s.line`)
  return tx.run(sql`
    update profile_stage s set external_key = null where s.line in (select c.line from profile_candidates c)`)
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

/**
 * Collects what the rows change of known profiles: their numbers and addresses, to move the keys; and the profiles to write (kind 'profile').
 * A list that was imported before changes nothing: it only costs this one reading.
 */
async function gatherChanges(tx: Db, { workspaceId, who, filled }: MergeInput): Promise<void> {
  await tx.run(sql`
    insert into profile_changes (profile_id, kind, old_value, new_value)
    select /* fanout */ p.profile_id, v.kind, v.before, v.after
    from profile_resolved r
    join profile_stage s on s.line = r.line
    join profiles p on p.bucket = r.bucket and p.profile_id = r.profile_id
    cross join lateral (values
      ('phone', s.phone_type <> 'none' and p.phone is distinct from s.phone, p.phone, s.phone),
      ('email', s.email is not null and p.email is distinct from s.email,
        case when p.email_valid then p.email end, case when s.email_valid then s.email end),
      ('profile', ${changesProfile}, null, null)) as v (kind, changed, before, after)
    where not r.is_new and p.workspace_id = ${workspaceId} and v.changed`)
  await filled?.('profile_changes')
  if (who === 'external_key') return
  await tx.run(sql`
    insert into profile_changes (profile_id, kind, old_value, new_value)
    select /* fanout */ p.profile_id, 'external_key', null, s.external_key
    from profile_resolved r
    join profile_stage s on s.line = r.line
    join profiles p on p.bucket = r.bucket and p.profile_id = r.profile_id
    where not r.is_new and p.workspace_id = ${workspaceId} and s.external_key is not null and p.external_key is null`)
}

/** The row says something that its profile does not have. */
const changesProfile = sql`(s.phone_type <> 'none' and (p.phone, p.phone_given, p.phone_type) is distinct from (s.phone, s.phone_given, s.phone_type))
        or (s.email is not null and p.email is distinct from s.email)
        or (s.external_key is not null and p.external_key is null)
        or (s.first_name is not null and p.first_name is distinct from s.first_name)
        or (s.last_name is not null and p.last_name is distinct from s.last_name)
        or not p.attrs @> s.attrs
        or (s.written <> '{}' and p.written <> jsonb_strip_nulls(p.written || s.written))`

async function updateProfiles(tx: Db, { workspaceId, now }: MergeInput): Promise<void> {
  await tx.run(sql`
    update /* fanout */ profiles p set
      phone = case when s.phone_type = 'none' then p.phone else s.phone end,
      phone_given = case when s.phone_type = 'none' then p.phone_given else s.phone_given end,
      phone_type = case when s.phone_type = 'none' then p.phone_type else s.phone_type end,
      country = case when s.phone_type = 'none' then p.country else s.country end,
      phone_shared = p.phone_shared and (s.phone_type = 'none' or p.phone is not distinct from s.phone),
      external_key = coalesce(p.external_key, s.external_key),
      email = coalesce(s.email, p.email),
      email_valid = case when s.email is null then p.email_valid else s.email_valid end,
      first_name = coalesce(s.first_name, p.first_name),
      last_name = coalesce(s.last_name, p.last_name),
      attrs = p.attrs || s.attrs,
      written = jsonb_strip_nulls(p.written || s.written),
      updated_at = ${now}
    from profile_changes c
    join profile_resolved r on r.profile_id = c.profile_id
    join profile_stage s on s.line = r.line
    where c.kind = 'profile' and p.bucket = r.bucket and p.profile_id = r.profile_id and p.workspace_id = ${workspaceId}`)
}

async function insertProfiles(tx: Db, { workspaceId, now }: MergeInput): Promise<void> {
  await tx.run(sql`
    insert into profiles (bucket, profile_id, workspace_id, external_key, phone, phone_given, phone_type, country,
      email, email_valid, first_name, last_name, attrs, written, created_at, updated_at)
    select r.bucket, r.profile_id, ${workspaceId}::int, s.external_key, s.phone, s.phone_given, s.phone_type, s.country,
      s.email, s.email_valid, s.first_name, s.last_name, s.attrs, jsonb_strip_nulls(s.written), ${now}::timestamptz, ${now}::timestamptz
    from profile_resolved r
    join profile_stage s on s.line = r.line
    where r.is_new`)
}

async function writeKeys(
  tx: Db,
  { workspaceId }: Pick<MergeInput, 'workspaceId'>,
  created: boolean,
  updated: boolean,
): Promise<void> {
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

/** After an edit of one profile: its keys, and who shares its numbers. Expects the stage's tables and the lock of the workspace. */
export async function moveKeys(
  tx: Db,
  workspaceId: number,
  profileId: number,
  changes: readonly { kind: Who; before: string | null; after: string | null }[],
): Promise<void> {
  const moved = changes.filter(({ before, after }) => before !== after)
  if (moved.length === 0) return
  await tx.run(sql`
    insert into profile_changes (profile_id, kind, old_value, new_value)
    select ${profileId}::bigint, u.kind, u.before, u.after
    from unnest(${moved.map(({ kind }) => kind)}::text[], ${moved.map(({ before }) => before)}::text[],
      ${moved.map(({ after }) => after)}::text[]) as u (kind, before, after)`)
  await writeKeys(tx, { workspaceId }, false, true)
  await keepSharing(tx, { workspaceId }, false, true)
  await unsealAddresses(
    tx,
    workspaceId,
    'sms',
    sql`select c.new_value as address from profile_changes c where c.kind = 'phone'`,
  )
  await unsealAddresses(
    tx,
    workspaceId,
    'email',
    sql`select c.new_value as address from profile_changes c where c.kind = 'email'`,
  )
}

/** phone_shared is true for exactly the profiles that share a number. */
async function keepSharing(
  tx: Db,
  { workspaceId, filled }: Pick<MergeInput, 'workspaceId' | 'filled'>,
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
