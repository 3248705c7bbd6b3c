/** From when does the time of a planned reminder count? Once nobody waits for the first message any more, it is known: from the last one. */
import { countsFrom } from '../../core/activities/reminder.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Db } from '../platform/db/database.ts'
import { int, rowsNamed, time } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'

const queuedRows = rowsNamed('reminders-queued', { id: int, n: int })
const lastSentRows = rowsNamed('reminders-last-sent', { id: int, minute: time })

/** Of each activity; null: not known yet. */
export async function readCountsFrom(
  db: Db,
  activities: readonly { id: number; frozenAt: Date | null }[],
): Promise<Map<number, Date | null>> {
  const ids = activities.filter(({ frozenAt }) => frozenAt !== null).map(({ id }) => id)
  if (ids.length === 0) return new Map()
  const queued = await db.query<{ id: number; n: number }>(
    sql`select t.activity_id as id, sum(t.n)::bigint as n from tallies t
      where t.bucket = ${everyBucket} and t.activity_id = any(${ids}::bigint[]) and t.figure = 'queued' group by 1`,
    queuedRows,
  )
  const lastSent = await db.query<{ id: number; minute: Date }>(
    sql`select /* fanout */ s.activity_id as id, max(s.minute) as minute from series s
      where s.activity_id = any(${ids}::bigint[]) and s.event = 'sent' and s.n > 0 group by 1`,
    lastSentRows,
  )
  const waiting = new Map(queued.map(({ id, n }) => [id, n]))
  const last = new Map(lastSent.map(({ id, minute }) => [id, minute]))
  return new Map(
    activities.map(({ id, frozenAt }) => [id, countsFrom(frozenAt, waiting.get(id) ?? 0, last.get(id) ?? null)]),
  )
}
