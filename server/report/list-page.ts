/**
 * One page of a list, read by key. Its cost depends neither on its distance from the beginning nor on the size of the activity.
 *
 * If the filter gives a few known profiles (a search, a link), their messages are read by key. Otherwise the rows are read in the
 * order of the list and tested. A page tests at most MOST_TESTED rows, so that a rare match among a million does not become a scan. Such
 * a page is partial, and its cursor says where to continue.
 */

import { type Channel, channels } from '../../core/channels.ts'
import type { MessageStatus } from '../../core/messages/fold.ts'
import { ROWS_A_PAGE, type Tab } from '../../core/report/tabs.ts'
import { timeColumn } from '../messages/counted.ts'
import { bucketsFrom } from '../platform/db/buckets.ts'
import type { Db } from '../platform/db/database.ts'
import { empty, join, raw, type Sql, sql } from '../platform/db/sql.ts'
import type { PageStretch } from '../platform/http/page.ts'
import { nameKey } from '../profiles/search.ts'
import { isListed } from './predicate.ts'

export interface Wanted {
  workspaceId: number
  activityId: number
  channel: Channel
  tab: Tab
  order: Order
  /** of the order by name */
  collation: Sql
  /** only these profiles, in no order; null: all */
  profileIds: readonly number[] | null
  /** conditions on `messages m` and `profiles p`; empty: all rows of the list */
  tests: readonly Sql[]
  /** the list holds few of the activity's messages, so it is read through an index */
  sparse: boolean
  /** of Not sent: the existing reasons */
  reasons: readonly string[]
}

/** What a list shows of a message as it is read. */
export interface ListedMessage {
  name: string | null
  /** of the message: E.164 for an SMS */
  address: string | null
  /** the given text, if it is no valid address */
  addressGiven: string | null
  phone: string | null
  email: string | null
  externalKey: string | null
  /** the profile was erased or removed, so no personal data is left */
  erased: boolean
  status: MessageStatus
  /** the code of the reason, or the gateway's code */
  code: string | null
  attempts: number
  parts: number | null
  credits: string | null
  country: string | null
}

export interface PageRow extends ListedMessage {
  profileId: number
  notSentReason: string | null
  at: Date | null
  due: Date | null
  firstClickAt: Date | null
  unsubscribedAt: Date | null
  value: string | null
}

/** keys: in sending order; newest: by the tab's time, latest first; name: by first and last name, up to SORTABLE_ROWS. */
export type Order = Tab['order'] | 'name'

/** The key of a row. */
export interface Position {
  profileId: number
  /** newest: ISO with microseconds; name: the beginning of the name; keys: null */
  value: string | null
}

export interface TabStretch extends PageStretch<PageRow, Position> {
  /** not full, because MOST_TESTED rows were tested */
  partial: boolean
}

/** The maximum number of rows that one page tests. */
export const MOST_TESTED = 50_000
const limit = ROWS_A_PAGE + 1

/** backwards: the page that ends before `from`; otherwise the page that begins after it. */
export async function readPage(
  db: Db,
  wanted: Wanted,
  from: Position | undefined,
  backwards: boolean,
): Promise<TabStretch> {
  const found: PageRow[] = []
  let stopped: Position | null = null
  for (const { range, of } of stepsOf(wanted, from, backwards)) {
    const rows = limit - found.length
    found.push(...(await db.query<PageRow>(statement(of, range, backwards, rows))))
    if (found.length === limit) break
    stopped = await stoppedAt(db, of, range, backwards)
    if (stopped !== null) break
  }
  const rows = found.slice(0, ROWS_A_PAGE)
  const last = found.length > ROWS_A_PAGE ? rows.at(-1) : undefined
  const on = last === undefined ? stopped : { profileId: last.profileId, value: last.value }
  return { rows: backwards ? rows.reverse() : rows, on, partial: stopped !== null }
}

/** The ranges that are read in turn until the page is full. */
function* stepsOf(
  wanted: Wanted,
  from: Position | undefined,
  backwards: boolean,
): Generator<{ range: Sql; of: Wanted }> {
  const { order, profileIds } = wanted
  const ranges = rangesOf(wanted, from, backwards)
  if (profileIds === null || order !== 'keys') {
    for (const range of ranges) yield { range, of: wanted }
    return
  }
  // The profiles are in order, and the first ones usually fill the page.
  const ahead = inKeyOrder(profileIds, from, backwards)
  for (let start = 0, size = NAMED_FIRST; start < ahead.length; start += size, size *= 4)
    yield { range: empty, of: { ...wanted, profileIds: ahead.slice(start, start + size) } }
}

/** The named profiles of this range. */
const NAMED_FIRST = 250

/** The profiles beyond `from` in the direction of reading. */
function inKeyOrder(ids: readonly number[], from: Position | undefined, backwards: boolean): number[] {
  const compare = (a: number, b: number) => (a & 255) - (b & 255) || a - b
  const turned = backwards ? -1 : 1
  const ahead = from === undefined ? [...ids] : ids.filter(id => turned * compare(id, from.profileId) > 0)
  return ahead.sort((a, b) => turned * compare(a, b))
}

/** Conditions on `messages m`, each a range of an index, in order. */
function rangesOf(wanted: Wanted, from: Position | undefined, backwards: boolean): Sql[] {
  const { tab, order, profileIds, tests, sparse } = wanted
  const beyond = from === undefined ? empty : sql`and ${isBeyond(wanted, from, backwards)}`
  if (order !== 'keys' || profileIds !== null || tab.key === 'not-sent') return [beyond]
  const inBuckets = (first: number, last = 255) => sql`and m.bucket = ${bucketsFrom(first, last)}`
  if (from === undefined) {
    // The first bucket usually fills the page, and older servers can read it in index order too.
    const all = [inBuckets(backwards ? 255 : 0, backwards ? 255 : 0), backwards ? inBuckets(0, 254) : inBuckets(1)]
    return tests.length > 0 || sparse ? [inBuckets(0)] : all
  }
  const bucket = from.profileId & 255
  const rest = sql`${inBuckets(bucket, bucket)} and m.profile_id ${backwards ? sql`<` : sql`>`} ${from.profileId}`
  if (backwards) return bucket === 0 ? [rest] : [rest, inBuckets(0, bucket - 1)]
  return bucket === 255 ? [rest] : [rest, inBuckets(bucket + 1)]
}

function isBeyond({ order, tab, collation }: Wanted, { profileId, value }: Position, backwards: boolean): Sql {
  const sign = backwards === (order === 'newest') ? sql`>` : sql`<`
  if (order === 'keys') return sql`(m.bucket, m.profile_id) ${sign} (${profileId & 255}::int, ${profileId}::bigint)`
  if (order === 'newest')
    return sql`(${timeColumn(tab.at)}, m.profile_id) ${sign} (${value}::timestamptz, ${profileId}::bigint)`
  return sql`(${nameKey} ${collation}, m.profile_id) ${sign} (${value}::text, ${profileId}::bigint)`
}

function orderBy({ order, tab, collation }: Wanted, backwards: boolean): Sql {
  const turned = backwards === (order !== 'newest') ? sql`desc` : sql`asc`
  if (order === 'keys') return sql`order by m.bucket ${turned}, m.profile_id ${turned}`
  if (order === 'newest') return sql`order by ${timeColumn(tab.at)} ${turned}, m.profile_id ${turned}`
  return sql`order by ${nameKey} ${collation} ${turned}, m.profile_id ${turned}`
}

/** pulled: on a cluster, the rows of the page are joined with the whole table. */
const withProfiles = sql`left join profiles p /* fanout, pulled */ on p.bucket = m.bucket and p.profile_id = m.profile_id`

/** Whether a page may end before it is full. */
const isBounded = ({ order, profileIds, tests, sparse }: Wanted) =>
  order !== 'name' && profileIds === null && (tests.length > 0 || sparse)

function statement(wanted: Wanted, range: Sql, backwards: boolean, rows: number): Sql {
  const { activityId, tab, order, profileIds, tests, sparse } = wanted
  const ordered = orderBy(wanted, backwards)
  const also = tests.length === 0 ? empty : sql`and ${join([...tests], ' and ')}`
  if (profileIds !== null) {
    // No list of buckets beside the join: the planner would then expect a look-up per bucket for each pair, and read the whole list.
    const named = sql`from unnest(${profileIds.map(id => id & 255)}::int[], ${[...profileIds]}::bigint[]) as u (bucket, profile_id)
      join messages m on m.bucket = u.bucket and m.activity_id = ${activityId} and m.profile_id = u.profile_id`
    if (order === 'name' || tests.length > 0)
      return sql`${select(wanted)} ${named} ${withProfiles} where ${rowsOf(wanted)} ${range} ${also} ${ordered} limit ${rows}`
    // Profiles are read only for the rows of the page.
    return sql`${select(wanted)} from (select m.* ${named} where ${rowsOf(wanted)} ${range} ${ordered} limit ${rows}) m ${withProfiles} ${ordered}`
  }
  // Names are in the profiles, so the whole list is sorted. SORTABLE_ROWS limits it.
  if (order === 'name')
    return sql`${select(wanted)} from messages m ${withProfiles} where m.bucket = ${bucketsFrom(0)} and ${rowsOf(wanted)} ${range} ${also} ${ordered} limit ${rows}`
  const inOrder = inner(wanted, range, ordered, isBounded(wanted) ? MOST_TESTED : rows)
  const listed = sparse ? sql`and ${isListed(tab)}` : empty
  return sql`${select(wanted)} from (${inOrder}) m ${withProfiles} where true ${listed} ${also} ${ordered} limit ${rows}`
}

/** The next messages in order, up to the limit, before the test. */
function inner(wanted: Wanted, range: Sql, ordered: Sql, rows: number): Sql {
  if (wanted.tab.key !== 'not-sent')
    return sql`select m.* from messages m where ${rowsOf(wanted)} ${range} ${ordered} limit ${rows}`
  // Each reason is a range of its index. The few ranges are merged.
  const ways = wanted.reasons.map(
    reason =>
      sql`(select m.* from messages m where ${rowsOf(wanted)} and coalesce(m.excluded, m.stop_reason) = ${reason} ${range} ${ordered} limit ${rows})`,
  )
  return sql`select m.* from (${join(ways, ' union all ')}) m ${ordered} limit ${rows}`
}

/** The last tested row, if the list continues after it. */
async function stoppedAt(db: Db, wanted: Wanted, range: Sql, backwards: boolean): Promise<Position | null> {
  if (!isBounded(wanted)) return null
  const { tab, order } = wanted
  const inOrder = inner(wanted, range, orderBy(wanted, backwards), MOST_TESTED)
  const [last] = await db.query<Position>(
    sql`select /* fanout */ m.profile_id as "profileId", ${sortValue(tab, order)} as value from (${inOrder}) m offset ${MOST_TESTED - 1} limit 1`,
  )
  return last ?? null
}

function sortValue(tab: Tab, order: Order): Sql {
  if (order === 'keys') return sql`null`
  return order === 'name'
    ? nameKey
    : sql`to_char(${timeColumn(tab.at)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}

/** The profile was erased or removed. The message stays, without personal data. */
const isErased = sql`(p.profile_id is null or p.erased_at is not null)`

function select({ channel, tab, order }: Wanted): Sql {
  const { addressColumn, givenColumn } = channels[channel]
  const given = givenColumn === null ? sql`null::text` : sql`case when m.address is null then p.${raw(givenColumn)} end`
  return sql`select m.profile_id as "profileId", 
    case when ${isErased} then 'Erased' else nullif(concat_ws(' ', p.first_name, p.last_name), '') end as name,
    coalesce(m.address, p.${raw(addressColumn)}) as address, ${given} as "addressGiven", p.phone, p.email, p.external_key as "externalKey", ${isErased} as erased, m.status, m.code,
    coalesce(m.excluded, m.stop_reason) as "notSentReason", ${timeColumn(tab.at)} as at, m.attempts, m.due, m.first_click_at as "firstClickAt",
    m.unsubscribed_at as "unsubscribedAt", m.parts, m.credits, m.country, ${sortValue(tab, order)} as value`
}

function rowsOf({ workspaceId, activityId, tab, sparse, reasons }: Wanted): Sql {
  const listed = sparse ? empty : sql`and ${isListed(tab)}`
  const why =
    tab.key === 'not-sent' ? sql`and coalesce(m.excluded, m.stop_reason) = any(${[...reasons]}::text[])` : empty
  return sql`m.workspace_id = ${workspaceId} and m.activity_id = ${activityId} ${listed} ${why}`
}
