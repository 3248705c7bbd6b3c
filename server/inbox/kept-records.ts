/**
 * How long is a raw record kept? 30 days after it came in, once it is applied: facts are made of it, or `waiting` has it with a body
 * of its own. A source is walked from its beginning behind its watermark, so a round costs what it deletes and not what there is; rows are
 * deleted in small sets, and no appender waits. A source that is applied and empty is never looked at again.
 */
import type { Database } from '../platform/db/database.ts'
import { int, rowsNamed } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'

export const recordKeptDays = 30
const dayMs = 24 * 3_600_000
const batchSize = 2_000
/** A round is short: the pool has other work. At a round each ten seconds these are 4,000 records per second. */
const batchesPerRound = 20

/** `now`: business time, by which records came in. Returns how many were deleted. */
export async function forgetApplied(db: Database, now: Date): Promise<number> {
  const before = new Date(now.getTime() - recordKeptDays * dayMs)
  let all = 0
  for (let batch = 0; batch < batchesPerRound; batch++) {
    const deleted = await forgetSome(db, before)
    all += deleted
    if (deleted === 0) break
  }
  if (all < batchSize) await leaveEmptied(db)
  return all
}

const oldestRows = rowsNamed('inbox-oldest', { id: int, watermark: int })

/** Of one source, whose oldest record is old enough. */
async function forgetSome(db: Database, before: Date): Promise<number> {
  const [source] = await db.query<{ id: number; watermark: number }>(
    sql`select s.id, s.watermark from inbox_sources s,
        lateral (select i.at from inbox i where i.source = s.id and i.seq <= s.watermark order by i.seq limit 1) oldest
      where not s.emptied and oldest.at < ${before} order by s.id limit 1`,
    oldestRows,
  )
  if (source === undefined) return 0
  return db.run(
    sql`delete from inbox i using (
        select o.seq from inbox o where o.source = ${source.id} and o.seq <= ${source.watermark} order by o.seq limit ${batchSize}) old
      where i.source = ${source.id} and i.seq = old.seq and i.at < ${before}`,
    'inbox-forget',
  )
}

async function leaveEmptied(db: Database): Promise<void> {
  await db.run(
    sql`update inbox_sources s set emptied = true where not s.emptied and s.applied
      and (select i.seq from inbox i where i.source = s.id order by i.seq limit 1) is null`,
    'inbox-emptied',
  )
}
