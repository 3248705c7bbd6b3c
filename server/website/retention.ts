/**
 * How long is it kept? Events of profiles for the time that the website says, those of visitors whom nobody knows for 30 days, visitors for 180 days after
 * their last view, sums of minutes for a week and of days for 90. In small steps by index, so that nothing waits: docs/decisions/0033-website-events.md.
 */
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

const dayMs = 24 * 60 * 60 * 1000
const visitorEventDays = 30
const visitorDays = 180
const minuteDays = 7
const pageDays = 90
/** Rows of one step. */
const atOnce = 5_000

/** One round. Returns how many rows it has deleted. */
export async function forgetOldEvents(db: Db, now: Date): Promise<number> {
  const before = (days: number) => new Date(now.getTime() - days * dayMs)
  const websites = await db.query<{ id: number; days: number }>(
    sql`select w.id, w.retention_days as days from websites w order by w.id`,
  )
  let deleted = 0
  for (const { id, days } of websites)
    for (let bucket = 0; bucket < 256; bucket++) deleted += await deleteEvents(db, bucket, id, before(days))
  deleted += await db.run(sql`
    delete /* fanout */ from visitor_events e where e.received_at < ${before(visitorEventDays)}`)
  deleted += await db.run(sql`delete /* fanout */ from visitors v where v.seen_at < ${before(visitorDays)}`)
  deleted += await db.run(sql`delete from website_minutes m where m.minute < ${before(minuteDays)}`)
  deleted += await db.run(
    sql`delete from website_page_days d where d.day < ${before(pageDays).toISOString().slice(0, 10)}::text::date`,
  )
  return deleted
}

async function deleteEvents(db: Db, bucket: number, websiteId: number, before: Date): Promise<number> {
  let all = 0
  for (;;) {
    const n = await db.run(sql`
      delete from website_events e where e.bucket = ${bucket} and e.website_id = ${websiteId} and e.received_at < ${before}
        and e.received_at <= (select coalesce(max(o.received_at), ${before}) from (
          select i.received_at from website_events i where i.bucket = ${bucket} and i.website_id = ${websiteId} and i.received_at < ${before}
          order by i.received_at limit ${atOnce}) o)`)
    all += n
    if (n < atOnce) return all
  }
}
