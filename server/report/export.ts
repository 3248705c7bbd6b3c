/**
 * A whole tab as a file: one row a profile, so that the rows are the figure. Columns are the same for all tabs, and are only
 * ever added to at the end. Lists in key order are read sixteenth by sixteenth, each with a snapshot of its own: a slow
 * reader of a large file does not hold back the clean-up of the whole database.
 */
import type { Writable } from 'node:stream'
import { describeOutcome } from '../../core/messages/outcomes.ts'
import { problem } from '../../core/problems.ts'
import { figuresOf } from '../../core/report/figures.ts'
import { type Tab, tab as tabOf } from '../../core/report/tabs.ts'
import { type CsvColumn, type CsvQuery, copyCsv, harmless, isoTime, stretchesOf } from '../files/copy-csv.ts'
import type { Database, Db } from '../platform/db.ts'
import { empty, join, type Sql, sql } from '../platform/sql.ts'
import { bucketParts, everyBucket } from './buckets.ts'
import { readTallies } from './overview.ts'
import { isListed, timeColumn } from './predicate.ts'

export interface PlannedExport {
  /** "SMS of 1 May, delivered.csv", without signs that a file system refuses */
  fileName: string
  /** Writes the file; `out` stays open. */
  write(out: Writable, options?: { signal?: AbortSignal | undefined }): Promise<{ rows: number }>
}

/** What an export will write. Undefined: the workspace has no such activity. Throws not_found for a tab that is none. */
export async function planExport(
  db: Database,
  workspaceId: number,
  activityId: number,
  tabKey: string,
): Promise<PlannedExport | undefined> {
  const tab = tabOf(tabKey)
  if (tab === undefined) throw problem('not_found', { what: 'tab' })
  const [activity] = await db.query<Activity>(
    sql`select a.name, a.created_at as "createdAt", a.frozen_at as "frozenAt", w.time_zone as zone from activities a
      join workspaces w on w.id = a.workspace_id where a.workspace_id = ${workspaceId} and a.id = ${activityId} and a.deleted_at is null`,
  )
  if (activity === undefined) return undefined
  const codes = await readCodes(db, activityId)
  const tallies = await readTallies(db, activityId)
  const { targeted } = figuresOf(new Map(tallies.map(row => [row.figure, row.n])))
  const query: CsvQuery = {
    columns: columnsOf(tab, activity, codes),
    parts: partsOf(tab, workspaceId, activityId, targeted > IN_ONE ? bucketParts : [everyBucket]),
  }
  return {
    fileName: `${activity.name.replace(/[^\p{L}\p{N} ._-]/gu, '_').slice(0, 100)}, ${tab.label.toLowerCase()}.csv`,
    write: (out, options) => copyCsv(db, query, out, options),
  }
}

/** The same in one step, for the command line. Throws not_found where the workspace has no such activity. */
export async function exportTab(
  db: Database,
  workspaceId: number,
  activityId: number,
  tabKey: string,
  out: Writable,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<{ rows: number }> {
  const planned = await planExport(db, workspaceId, activityId, tabKey)
  if (planned === undefined) throw problem('not_found', { what: 'activity' })
  return planned.write(out, options)
}

interface Activity {
  name: string
  zone: string
  createdAt: Date
  frozenAt: Date | null
}

/** The gateway's codes of this activity's bounces. A code that comes up later is exported without words. */
async function readCodes(db: Db, activityId: number): Promise<string[]> {
  const rows = await db.query<{ code: string }>(
    sql`select distinct b.key as code from breakdowns b
      where b.bucket = ${everyBucket} and b.activity_id = ${activityId} and b.kind = 'code' order by b.key limit 200`,
  )
  return rows.map(row => row.code)
}

function columnsOf(tab: Tab, { zone, createdAt, frozenAt }: Activity, codes: readonly string[]): CsvColumn[] {
  const stretches = stretchesOf(zone, createdAt)
  const text = (name: string, value: Sql): CsvColumn => ({ name, value, kind: 'text' })
  const plain = (name: string, value: Sql): CsvColumn => ({ name, value, kind: 'plain' })
  const time = timeColumn(tab.at)
  const at =
    frozenAt === null ? time : sql`case when m.status = 'not_sent' then coalesce(${time}, ${frozenAt}) else ${time} end`
  return [
    plain('profile_id', sql`m.profile_id`),
    text('external_key', sql`p.external_key`),
    // E.164, checked at the import; its + is what makes it a number
    plain('phone', sql`coalesce(m.phone, p.phone)`),
    text('email', sql`p.email`),
    plain('status', sql`case m.status when 'no_receipt' then 'pending' else m.status::text end`),
    plain('reason', reason(codes)),
    plain('at', isoTime(at, stretches)),
    text('first_name', sql`p.first_name`),
    text('last_name', sql`p.last_name`),
    plain('country', sql`m.country`),
    plain('parts', sql`m.parts`),
    plain('credits', sql`case when m.charged then m.credits else 0.0000 end`),
    plain('attempts', sql`m.attempts`),
    text('code', sql`m.code`),
    plain('sent_at', isoTime(sql`m.t0`, stretches)),
    plain('next_try_at', isoTime(sql`case when m.status = 'bounced_soft_retrying' then m.due end`, stretches)),
    plain('first_click_at', isoTime(sql`m.first_click_at`, stretches)),
    plain('unsubscribed_at', isoTime(sql`m.unsubscribed_at`, stretches)),
  ]
}

/** Not sent: the key of the reason, as in the report. Bounced: the gateway's code in words. */
function reason(codes: readonly string[]): Sql {
  const words = join(
    [...codes.map(code => sql`when ${code} then ${describeOutcome(code)}`), sql`else ${harmless(sql`m.code`)}`],
    ' ',
  )
  const bounce = codes.length === 0 ? harmless(sql`m.code`) : sql`case m.code ${words} end`
  return sql`case when m.status = 'not_sent' then coalesce(m.excluded, m.stop_reason) else ${bounce} end`
}

/** Above this many messages a list in key order is read in parts. */
const IN_ONE = 200_000

function partsOf(tab: Tab, workspaceId: number, activityId: number, parts: readonly Sql[]): Sql[] {
  const rows = sql`m.workspace_id = ${workspaceId} and m.activity_id = ${activityId} and ${isListed(tab)}`
  const from = (profiles: Sql) =>
    sql`from messages m left join profiles p on p.bucket = m.bucket and p.profile_id = m.profile_id ${profiles}`
  if (tab.order === 'newest')
    return [sql`${from(empty)} where ${rows} order by ${timeColumn(tab.at)} desc, m.profile_id desc`]
  return parts.map(
    buckets =>
      sql`${from(sql`and p.bucket = ${buckets}`)} where m.bucket = ${buckets} and ${rows} order by m.bucket, m.profile_id`,
  )
}
