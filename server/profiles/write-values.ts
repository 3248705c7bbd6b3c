/** Writes one attribute of many profiles of some buckets: its value and its written form. Call it under the lock of the workspace's profiles. */
import type { Db } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'

export interface WrittenValue {
  profileId: number
  /** null: there is none */
  value: string | number | null
  /** null: the value shows it */
  written: string | null
}

export async function writeValues(
  tx: Db,
  { workspaceId, own, name, now }: { workspaceId: number; own: Sql; name: string; now: Date },
  rows: readonly WrittenValue[],
): Promise<void> {
  if (rows.length === 0) return
  // Made here: a cluster takes no function in an UPDATE that is not immutable, and jsonb_build_object is not.
  const objectOf = (value: string | number | null) => (value === null ? null : JSON.stringify({ [name]: value }))
  await tx.run(sql`
    update profiles p set
      attrs = case when u.value is null then p.attrs - ${name}::text else p.attrs || u.value end,
      written = case when u.written is null then p.written - ${name}::text else p.written || u.written end,
      updated_at = greatest(${now}::timestamptz, p.updated_at + interval '1 millisecond')
    from unnest(${rows.map(({ profileId }) => profileId)}::bigint[], ${rows.map(({ value }) => objectOf(value))}::jsonb[],
      ${rows.map(({ written }) => objectOf(written))}::jsonb[]) as u (id, value, written)
    where p.bucket = ${own} and p.profile_id = u.id and p.workspace_id = ${workspaceId}`)
}
