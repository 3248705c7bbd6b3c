/**
 * The sources of the inbox: each process that appends is one for each lane. A living process renews its lease. The
 * holder of the lane closes a source whose lease has ended. A source that is closed and applied is not read again, so the cost does
 * not grow with the number of processes that ever ran.
 */
import type pg from 'pg'
import { type Db, overClient } from '../platform/db/database.ts'
import { int, rowsNamed } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { leaseEnd, leaseIsOver } from '../platform/leases/lease.ts'
import type { Lane } from './lanes.ts'

export const sourceRenewMs = 10_000
const terms = { leaseMs: 60_000, marginMs: 10_000 }

export interface OpenSource {
  id: number
  watermark: number
}

export async function drawSource(
  client: pg.ClientBase,
  { process, startedAt, lane }: { process: string; startedAt: Date; lane: Lane },
): Promise<number> {
  const [row] = await overClient(client).query<{ id: number | string }>(
    sql`insert into inbox_sources (process, started_at, lane, lease_until)
      values (${process}, ${startedAt}, ${lane}, ${leaseEnd(terms)}) returning id`,
  )
  return Number(row!.id)
}

/**
 * Keeps the source open for another minute. Opens it again if another process has closed it, because its owner was frozen or its
 * spool is appended now. Never waits for the lane, which locks the row to move the watermark.
 */
export async function renewSource(client: pg.ClientBase, id: number): Promise<void> {
  await overClient(client).run(
    sql`update inbox_sources set lease_until = ${leaseEnd(terms)}, closed_at = null, applied = false, emptied = false
      where id = (select id from inbox_sources where id = ${id} for update skip locked)`,
    'inbox-renew',
  )
}

const openRows = rowsNamed('apply-sources', { id: int, watermark: int })

/** Those of the lane that have something to apply. */
export function readBehind(db: Db, lane: Lane): Promise<OpenSource[]> {
  return db.query<OpenSource>(
    // "limit 1" holds the planner to the key, also while it knows nothing of what has just come in.
    sql`select s.id, s.watermark from inbox_sources s,
        lateral (select i.seq from inbox i where i.source = s.id and i.seq > s.watermark order by i.seq limit 1) waiting
      where s.lane = ${lane} and not s.applied order by s.id`,
    openRows,
  )
}

/** Closes those whose processes are dead, and leaves those behind that are applied. `now`: business time. */
export async function leaveApplied(db: Db, lane: Lane, now: Date): Promise<void> {
  await db.run(
    sql`update inbox_sources set closed_at = ${now} where lane = ${lane} and not applied and closed_at is null and ${leaseIsOver(sql`lease_until`, terms)}`,
    'inbox-close-dead',
  )
  await db.run(
    sql`update inbox_sources s set applied = true where s.lane = ${lane} and not s.applied and s.closed_at is not null
      and (select i.seq from inbox i where i.source = s.id and i.seq > s.watermark order by i.seq limit 1) is null`,
    'inbox-leave-applied',
  )
}
