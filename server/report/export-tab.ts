/**
 * A tab as a file, one row per profile, so that the number of rows of a whole tab is its figure. Filters are those of its list. A list in key order is read in 16 parts,
 * each with its own snapshot, so that a slow client of a large file does not hold back vacuum in the whole database.
 */
import type { Writable } from 'node:stream'
import { notSentReason } from '../../core/audience/not-sent-reasons.ts'
import { type Channel, channelInWords } from '../../core/channels.ts'
import { problem } from '../../core/problems.ts'
import { figuresOf } from '../../core/report/figures.ts'
import { type Tab, tab as tabOf } from '../../core/report/tabs.ts'
import type { Progress } from '../files/copy-out.ts'
import type { CsvStyle } from '../files/csv-style.ts'
import type { Listing } from '../files/listing.ts'
import { type Format, writeListing } from '../files/write-listing.ts'
import { stretchesOf } from '../files/zone-times.ts'
import { timeColumn } from '../messages/counted.ts'
import { gatewayJoin, isSimulated } from '../messages/simulated.ts'
import { isVisible } from '../messages/visible.ts'
import { bucketParts, everyBucket } from '../platform/db/buckets.ts'
import { readNameCollation } from '../platform/db/collation.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { empty, join, type Sql, sql } from '../platform/db/sql.ts'
import { nameKey } from '../profiles/search.ts'
import { exportColumns } from './export-columns.ts'
import { type ListFilters, type Narrowed, narrowList } from './list-filters.ts'
import { readLinks, readTallies } from './overview.ts'
import { isListed } from './predicate.ts'

/** A tab of an activity, with the filters of its list. */
export interface ExportOf extends ListFilters {
  workspaceId: number
  activityId: number
  tab: string
}

export interface PlannedListing {
  listing: Listing
  /** "SMS of 1 May, delivered", without characters that a file system refuses */
  name: string
  /** profiles in the list now; the number may change until the file is written. Null: a search, whose matches are not counted */
  expected: number | null
}

export interface PlannedExport {
  /** with the extension of its format */
  fileName: string
  expected: number | null
  /** Writes the file; `out` stays open. */
  write(out: Writable, progress?: Progress): Promise<{ rows: number }>
}

/** Prepares an export. Undefined: the workspace has no such activity. Throws as `listTab` does, and not_found for an unknown link. */
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
    sql`select a.name, a.channel, a.created_at as "createdAt", a.frozen_at as "frozenAt", ${isSimulated} as simulated, w.time_zone as zone, w.default_country as country from activities a
      ${gatewayJoin} join workspaces w on w.id = a.workspace_id where a.workspace_id = ${workspaceId} and a.id = ${activityId} and ${isVisible}`,
  )
  if (activity === undefined) return undefined
  const channel = channelInWords(activity.channel)
  const tallies = new Map((await readTallies(db, activityId)).map(row => [row.figure, row.n]))
  const narrowed = await narrowList(db, { workspaceId, activityId, tab, tallies, country: activity.country }, of)
  if (linkId !== undefined && !(await readLinks(db, activityId)).some(({ id }) => id === linkId))
    throw problem('not_found', { what: 'link' })
  const byName = of.sort === 'name' ? await readNameCollation(db, activity.country) : undefined
  const inParts = byName === undefined && figuresOf(tallies).targeted > IN_ONE
  const listing: Listing = {
    title: tab.label,
    columns: exportColumns(tab, { ...activity, channel, codes: await readCodes(db, activityId) }),
    parts: partsOf(tab, of, narrowed, byName, inParts ? bucketParts : [everyBucket]),
    stretches: stretchesOf(activity.zone, activity.createdAt, new Date(now.getTime() + AHEAD_MS)),
  }
  return {
    listing,
    // Cut by characters: half of a surrogate pair is no valid text, and no header can hold it.
    name: [
      [...activity.name.replace(/[^\p{L}\p{N} ._-]/gu, '_')].slice(0, 100).join(''),
      `${tab.label.toLowerCase()}${linkId === undefined ? '' : ` on link ${linkId}`}`,
      ...filterWords(of, channel, narrowed.isSearched),
    ].join(', '),
    expected: narrowed.isSearched ? null : narrowed.total,
  }
}

/** For the name of the file. The text of the search may be personal, so it is not among them. */
function filterWords({ bounce, reason }: ExportOf, channel: Channel, isSearched: boolean): string[] {
  return [
    ...(bounce === undefined ? [] : [bounce]),
    ...(reason === undefined
      ? []
      : [(notSentReason(reason, channel)?.label ?? reason).toLowerCase().replace(/[^a-z]+/g, ' ')]),
    ...(isSearched ? ['search'] : []),
  ]
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
  channel: string
  zone: string
  country: string
  createdAt: Date
  frozenAt: Date | null
  simulated: boolean
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

function partsOf(
  tab: Tab,
  { workspaceId, activityId, reason }: ExportOf,
  { profileIds, tests }: Narrowed,
  /** the collation, if the list is in the order of names */
  byName: Sql | undefined,
  parts: readonly Sql[],
): Sql[] {
  const rows = join(
    [
      sql`m.workspace_id = ${workspaceId} and m.activity_id = ${activityId} and ${isListed(tab)}`,
      ...tests,
      ...(reason === undefined ? [] : [sql`coalesce(m.excluded, m.stop_reason) = ${reason}`]),
    ],
    ' and ',
  )
  const messages =
    profileIds === null
      ? sql`messages m`
      : sql`unnest(${profileIds.map(id => id & 255)}::int[], ${[...profileIds]}::bigint[]) as u (bucket, profile_id)
          join messages m on m.bucket = u.bucket and m.profile_id = u.profile_id`
  const from = (profiles: Sql) =>
    sql`from ${messages} left join profiles p on p.bucket = m.bucket and p.profile_id = m.profile_id ${profiles}`
  if (byName !== undefined)
    return [sql`/* fanout */ ${from(empty)} where ${rows} order by ${nameKey} ${byName}, m.profile_id`]
  if (tab.order === 'newest')
    return [sql`/* fanout */ ${from(empty)} where ${rows} order by ${timeColumn(tab.at)} desc, m.profile_id desc`]
  return parts.map(
    buckets =>
      sql`${from(sql`and p.bucket = ${buckets}`)} where m.bucket = ${buckets} and ${rows} order by m.bucket, m.profile_id`,
  )
}
