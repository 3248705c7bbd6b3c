/**
 * Changes the tags of the profiles of some buckets that a condition finds, and keeps whom it has changed and how, in one statement: undo restores
 * exactly them. Call both under the lock of the workspace's profiles. Locked and erased profiles stay as they are, and nobody gets too many tags.
 */
import { tagRules } from '../../core/given-tags.ts'
import type { Db } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'

export const maxTagsOfProfile = tagRules.ofProfile

export interface TagStep {
  workspaceId: number
  taggingId: number
  /** buckets, for the right side of `bucket =` */
  own: Sql
  /** business time */
  now: Date
}

export interface TagChange {
  add: readonly string[]
  remove: readonly string[]
}

export interface Tagged {
  /** all that the condition finds */
  found: number
  changed: number
  /** would change, but are locked */
  locked: number
  /** would have too many tags */
  full: number
}

/** `condition`: a boolean over `profiles p`. */
export async function changeTags(
  tx: Db,
  { workspaceId, taggingId, own, now }: TagStep,
  { add, remove }: TagChange,
  condition: Sql,
): Promise<Tagged> {
  const [row] = await tx.query<Tagged>(sql`
    with chosen as materialized (
      select p.profile_id, p.tags, p.locked_reason is not null as locked,
        array(select a.tag from unnest(${[...add]}::text[]) a (tag) where a.tag <> all(p.tags)) as added,
        array(select r.tag from unnest(${[...remove]}::text[]) r (tag) where r.tag = any(p.tags)) as removed
      from profiles p where p.workspace_id = ${workspaceId} and p.bucket = ${own} and p.erased_at is null and (${condition})
    ), touched as (
      select c.*, c.added <> '{}' and cardinality(c.tags) + cardinality(c.added) - cardinality(c.removed) > ${maxTagsOfProfile}::int as "isFull"
      from chosen c where c.added <> '{}' or c.removed <> '{}'
    ), changed as (
      update profiles p set tags = array(select t.tag from unnest(p.tags) with ordinality t (tag, i) where t.tag <> all(c.removed) order by t.i) || c.added,
        updated_at = greatest(${now}::timestamptz, p.updated_at + interval '1 millisecond')
      from touched c where p.bucket = ${own} and p.profile_id = c.profile_id and p.workspace_id = ${workspaceId} and not c.locked and not c."isFull"
      returning p.bucket, p.profile_id, c.added, c.removed
    ), kept as (
      insert into tagged_profiles (bucket, tagging_id, profile_id, workspace_id, added, removed)
      select c.bucket, ${taggingId}::int, c.profile_id, ${workspaceId}::int, c.added, c.removed from changed c
    )
    select (select count(*) from chosen) as found, (select count(*) from changed) as changed,
      (select count(*) from touched c where c.locked) as locked, (select count(*) from touched c where c."isFull" and not c.locked) as "full"`)
  return row!
}

export interface Restored {
  restored: number
  /** keep the change for now, because they are locked */
  locked: number
  /** would have too many tags */
  full: number
  /** a later change of these tags is not undone for them yet */
  later: number
}

/**
 * Undoes the change of a tagging. Those whose tags stay as they are keep their record, so that it can be asked for again. `laterIds`: later taggings of
 * the same tags of which such records may be left.
 */
export async function restoreTags(
  tx: Db,
  { workspaceId, taggingId, own, now }: TagStep,
  laterIds: readonly number[],
): Promise<Restored> {
  const [row] = await tx.query<Restored>(sql`
    with looked as materialized (
      select g.profile_id, n.tags, p.profile_id is null or p.erased_at is not null as gone, p.locked_reason is not null as locked,
        cardinality(n.tags) > greatest(${maxTagsOfProfile}::int, cardinality(p.tags)) as "isFull",
        exists (select from tagged_profiles f where f.bucket = g.bucket and f.tagging_id = any(${[...laterIds]}::int[]) and f.profile_id = g.profile_id
          and f.workspace_id = ${workspaceId}) as "isLater"
      from tagged_profiles g left join profiles p on p.bucket = g.bucket and p.profile_id = g.profile_id and p.workspace_id = ${workspaceId}
      cross join lateral (select array(select t.tag from unnest(p.tags) with ordinality t (tag, i) where t.tag <> all(g.added) order by t.i)
        || array(select r.tag from unnest(g.removed) r (tag) where r.tag <> all(p.tags)) as tags) n
      where g.bucket = ${own} and g.tagging_id = ${taggingId} and g.workspace_id = ${workspaceId}
    ), fit as (
      select l.profile_id, l.tags, l.gone from looked l where l.gone or not (l.locked or l."isFull" or l."isLater")
    ), restored as (
      update profiles p set tags = f.tags, updated_at = greatest(${now}::timestamptz, p.updated_at + interval '1 millisecond')
      from fit f where p.bucket = ${own} and p.profile_id = f.profile_id and p.workspace_id = ${workspaceId} and not f.gone
      returning p.profile_id
    ), undone as (
      delete from tagged_profiles g using fit f
      where g.bucket = ${own} and g.tagging_id = ${taggingId} and g.workspace_id = ${workspaceId} and g.profile_id = f.profile_id
    )
    select (select count(*) from restored) as restored, count(*) filter (where l.locked) as locked,
      count(*) filter (where l."isFull" and not l.locked) as "full", count(*) filter (where l."isLater" and not l.locked and not l."isFull") as later
    from looked l where not l.gone`)
  return row!
}
