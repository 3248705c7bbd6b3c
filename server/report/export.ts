/**
 * A whole tab as a file, one row per profile, so that the number of rows is the figure. A list in key order is read in 16 parts,
 * each with its own snapshot, so that a slow client of a large file does not hold back vacuum in the whole database.
 */
import type { Writable } from 'node:stream'
import { problem } from '../../core/problems.ts'
import { figuresOf } from '../../core/report/figures.ts'
import { type Tab, tab as tabOf } from '../../core/report/tabs.ts'
import { isVisible } from '../activities/visible.ts'
import type { Progress } from '../files/copy-out.ts'
import type { CsvStyle } from '../files/csv-style.ts'
import type { Listing } from '../files/listing.ts'
import { type Format, writeListing } from '../files/write-listing.ts'
import { stretchesOf } from '../files/zone-times.ts'
import { bucketParts, everyBucket } from '../platform/db/buckets.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { empty, type Sql, sql } from '../platform/db/sql.ts'
import { exportColumns } from './export-columns.ts'
import { clicked } from './lists.ts'
import { readLinks, readTallies } from './overview.ts'
import { isListed, timeColumn } from './predicate.ts'

/** A tab of an activity; of Clicks optionally only the profiles of one link. */
export interface ExportOf {
  workspaceId: number
  activityId: number
  tab: string
  linkId?: number | undefined
}

export interface PlannedListing {
  listing: Listing
  /** "SMS of 1 May, delivered", without characters that a file system refuses */
  name: string
  /** profiles in the list now; the number may change until the file is written */
  expected: number
}

export interface PlannedExport {
  /** with the extension of its format */
  fileName: string
  expected: number
  /** Writes the file; `out` stays open. */
  write(out: Writable, progress?: Progress): Promise<{ rows: number }>
}

/** Prepares an export. Undefined: the workspace has no such activity. Throws not_found for an unknown tab or link. */
export async function planExport(
  db: Database,
  of: ExportOf,
  format: Format,
  now: Date,
  csv?: CsvStyle,
): Promise<PlannedExport | undefined> {
  const planned = await planListing(db, of, now)
  if (planned === undefined) return undefined
  const { listing, name, expected } = planned
  return {
    fileName: `${name}.${format}`,
    expected,
    write: (out, progress) => writeListing(db, { ...listing, csv }, format, out, progress),
  }
}

/** The rows, independent of the format. */
export async function planListing(db: Database, of: ExportOf, now: Date): Promise<PlannedListing | undefined> {
  const { workspaceId, activityId, linkId } = of
  const tab = tabOf(of.tab)
  if (tab === undefined) throw problem('not_found', { what: 'tab' })
  const [activity] = await db.query<Activity>(
    sql`select a.name, a.created_at as "createdAt", a.frozen_at as "frozenAt", w.time_zone as zone from activities a
      join workspaces w on w.id = a.workspace_id where a.workspace_id = ${workspaceId} and a.id = ${activityId} and ${isVisible}`,
  )
  if (activity === undefined) return undefined
  const figures = figuresOf(new Map((await readTallies(db, activityId)).map(row => [row.figure, row.n])))
  const expected = linkId === undefined ? figures[tab.figure] : await readUnique(db, activityId, tab, linkId)
  const listing: Listing = {
    title: tab.label,
    columns: exportColumns(tab, { frozenAt: activity.frozenAt, codes: await readCodes(db, activityId) }),
    parts: partsOf(tab, of, figures.targeted > IN_ONE ? bucketParts : [everyBucket]),
    stretches: stretchesOf(activity.zone, activity.createdAt, new Date(now.getTime() + AHEAD_MS)),
  }
  const link = linkId === undefined ? '' : ` of link ${linkId}`
  return {
    listing,
    // Cut by characters: half of a surrogate pair is no valid text, and no header can hold it.
    name: `${[...activity.name.replace(/[^\p{L}\p{N} ._-]/gu, '_')].slice(0, 100).join('')}, ${tab.label.toLowerCase()}${link}`,
    expected,
  }
}

/** Prepares and writes in one step, for the command line. Throws not_found if the workspace has no such activity. */
export async function exportTab(
  db: Database,
  of: ExportOf,
  format: Format,
  out: Writable,
  now: Date,
  progress: Progress & { csv?: CsvStyle } = {},
): Promise<{ rows: number }> {
  const planned = await planExport(db, of, format, now, progress.csv)
  if (planned === undefined) throw problem('not_found', { what: 'activity' })
  return planned.write(out, progress)
}

interface Activity {
  name: string
  zone: string
  createdAt: Date
  frozenAt: Date | null
}

async function readUnique(db: Db, activityId: number, tab: Tab, linkId: number): Promise<number> {
  const link = tab.key === 'clicks' ? (await readLinks(db, activityId)).find(({ id }) => id === linkId) : undefined
  if (link === undefined) throw problem('not_found', { what: 'link' })
  return link.unique
}

async function readCodes(db: Db, activityId: number): Promise<string[]> {
  const rows = await db.query<{ code: string }>(
    sql`select distinct b.key as code from breakdowns b
      where b.bucket = ${everyBucket} and b.activity_id = ${activityId} and b.kind = 'code' order by b.key limit 200`,
  )
  return rows.map(row => row.code)
}

/** Later than any time in the file, such as the next attempt of a soft bounce. */
const AHEAD_MS = 7 * 86_400_000

/** Above this many messages a list in key order is read in parts. */
const IN_ONE = 200_000

function partsOf(tab: Tab, { workspaceId, activityId, linkId }: ExportOf, parts: readonly Sql[]): Sql[] {
  const rows = sql`m.workspace_id = ${workspaceId} and m.activity_id = ${activityId} and ${isListed(tab)} ${clicked(tab, linkId)}`
  const from = (profiles: Sql) =>
    sql`from messages m left join profiles p on p.bucket = m.bucket and p.profile_id = m.profile_id ${profiles}`
  if (tab.order === 'newest')
    return [sql`/* fanout */ ${from(empty)} where ${rows} order by ${timeColumn(tab.at)} desc, m.profile_id desc`]
  return parts.map(
    buckets =>
      sql`${from(sql`and p.bucket = ${buckets}`)} where m.bucket = ${buckets} and ${rows} order by m.bucket, m.profile_id`,
  )
}
