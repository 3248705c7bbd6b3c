/**
 * How a batch is grouped for writing: on PostgreSQL the whole batch is one transaction; on a cluster one bucket is, so that
 * a transaction touches one shard. Statements are the same for both. HOMING_GROUP=bucket forces the second way (tests).
 */
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

export interface Grouping {
  byBucket: boolean
  /** the writer's own number, under which its tallies are kept on PostgreSQL */
  writer: number
}

/** writer: 0..255; two writers with one number are right too, they only wait for each other. */
export async function readGrouping(db: Db, writer: number): Promise<Grouping> {
  const [row] = await db.query<{ cluster: boolean }>(
    sql`select exists (select from pg_extension where extname = 'citus') as cluster`,
  )
  return { byBucket: process.env.HOMING_GROUP === 'bucket' || row?.cluster === true, writer: writer & 255 }
}

export interface WriteGroup<Item> {
  items: Item[]
  /** the bucket under which the tallies of this group are written */
  tallyBucket: number
}

export function groupForWriting<Item extends { bucket: number }>(
  items: readonly Item[],
  grouping: Grouping,
): WriteGroup<Item>[] {
  if (!grouping.byBucket) return items.length === 0 ? [] : [{ items: [...items], tallyBucket: grouping.writer }]
  const groups = new Map<number, Item[]>()
  for (const item of items) {
    const group = groups.get(item.bucket)
    if (group === undefined) groups.set(item.bucket, [item])
    else group.push(item)
  }
  return [...groups].sort(([a], [b]) => a - b).map(([bucket, group]) => ({ items: group, tallyBucket: bucket }))
}
