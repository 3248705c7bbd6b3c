/**
 * Who stands behind a figure? A page of 25 profiles of a tab. Common states come in the order of the keys, which is the
 * order of sending, rare ones newest first by partial indexes; both page by the last row seen, so that page 10,000 costs
 * what page 1 does and nothing is shown twice while figures move.
 */
import { describeNotSent } from '../../core/audience/reasons.ts'
import type { MessageStatus } from '../../core/messages/fold.ts'
import { describeOutcome } from '../../core/messages/outcomes.ts'
import { problem } from '../../core/problems.ts'
import { figuresOf } from '../../core/report/figures.ts'
import { type Column, ROWS_A_PAGE, type Tab, type TabKey, tab as tabOf, visitsTab } from '../../core/report/tabs.ts'
import type { Db } from '../platform/db.ts'
import { empty, type Sql, sql } from '../platform/sql.ts'
import { bucketsFrom } from './buckets.ts'
import { addClicks, addSuspicions, type Suspicion } from './clickers.ts'
import { type Position, readCursor, writeCursor } from './cursor.ts'
import { readLinks, readTallies } from './overview.ts'
import { isListed, timeColumn } from './predicate.ts'
import { isFound } from './search.ts'

export interface ListRow {
  profileId: number
  name: string | null
  /** E.164, the number the message was meant for */
  phone: string | null
  email: string | null
  externalKey: string | null
  status: MessageStatus
  /** why not sent, or why it bounced, in words */
  reason: string | null
  /** the same as a code: of the table of reasons, or the gateway's own */
  code: string | null
  /** the time that the tab is about, ISO */
  at: string | null
  attempts: number
  /** of a soft bounce that will be tried again, ISO */
  nextTry: string | null
  firstClickAt: string | null
  unsubscribedAt: string | null
  parts: number | null
  credits: string | null
  country: string | null
  /** bounced only: no SMS goes to this number any more */
  closed?: boolean
  /** clicks only: human clicks, and the ids of the links they went to */
  clicks?: number
  links?: number[]
  /** clicks with suspected bots only: how many visits were none of people, and why */
  botClicks?: number
  suspicions?: Suspicion[]
}

export interface ListPage {
  tab: TabKey
  columns: readonly Column[]
  items: ListRow[]
  next: string | null
  /** profiles in the whole list; null while a search narrows it, or suspected bots are shown */
  total: number | null
}

export interface ListOptions {
  /** `next` of the page before */
  after?: string | undefined
  /** the beginning of a number, e-mail, name or key */
  search?: string | undefined
  /** clicks only: the profiles that clicked this link */
  linkId?: number | undefined
  /** clicks only: also the profiles whose links only suspected bots visited */
  bots?: boolean | undefined
}

/** Undefined: the workspace has no such activity. Throws invalid_input for a cursor that is none, not_found for a tab that is none. */
export async function listTab(
  db: Db,
  workspaceId: number,
  activityId: number,
  tabKey: string,
  { after, search, linkId, bots = false }: ListOptions = {},
): Promise<ListPage | undefined> {
  const tab = bots && tabKey === visitsTab.key ? visitsTab : tabOf(tabKey)
  if (tab === undefined) throw problem('not_found', { what: 'tab' })
  const activity = await readPlace(db, workspaceId, activityId)
  if (activity === undefined) return undefined
  const searched = search === undefined || search.trim() === '' ? undefined : search
  const total = await countRows(db, activityId, tab, linkId)
  const position = after === undefined ? undefined : readCursor(tab, after)
  const rows =
    total === 0
      ? []
      : await readPage(db, tab, position, {
          workspaceId,
          activityId,
          also: sql`${searched === undefined ? empty : sql`and ${isFound(searched, activity.country)}`} ${clicked(tab, linkId)}`,
        })
  const shown = rows.slice(0, ROWS_A_PAGE)
  const items = shown.map(row => itemOf(row, activity.frozenAt))
  if (tab.key === 'clicks') await addClicks(db, activityId, items)
  if (tab === visitsTab) await addSuspicions(db, activityId, items)
  if (tab.key === 'bounced') await addClosed(db, workspaceId, items)
  const last = rows.length > ROWS_A_PAGE ? shown.at(-1) : undefined
  return {
    tab: tab.key,
    columns: tab.columns,
    items,
    next: last === undefined ? null : writeCursor(tab, { profileId: last.profileId, at: last.position }),
    total: searched === undefined ? total : null,
  }
}

async function readPlace(db: Db, workspaceId: number, activityId: number) {
  const [row] = await db.query<{ country: string; frozenAt: Date | null }>(
    sql`select w.default_country as country, a.frozen_at as "frozenAt" from activities a
      join workspaces w on w.id = a.workspace_id where a.workspace_id = ${workspaceId} and a.id = ${activityId} and a.deleted_at is null`,
    'list-activity',
  )
  return row
}

async function countRows(db: Db, activityId: number, tab: Tab, linkId: number | undefined): Promise<number | null> {
  if (tab === visitsTab) return null
  if (linkId !== undefined) return (await readLinks(db, activityId)).find(link => link.id === linkId)?.unique ?? 0
  const tallies = await readTallies(db, activityId)
  return figuresOf(new Map(tallies.map(row => [row.figure, row.n])))[tab.figure]
}

/** The messages whose profile clicked this link; without one: all. */
export function clicked(tab: Tab, linkId: number | undefined): Sql {
  if (linkId === undefined) return empty
  const ofPeople = tab === visitsTab ? empty : sql`and c.verdict = 'human'`
  return sql`and exists (select from clicks c where c.bucket = m.bucket and c.activity_id = m.activity_id
    and c.profile_id = m.profile_id and c.link_id = ${linkId} ${ofPeople})`
}

interface Where {
  workspaceId: number
  activityId: number
  also: Sql
}

async function readPage(db: Db, tab: Tab, position: Position | undefined, where: Where): Promise<PageRow[]> {
  const limit = ROWS_A_PAGE + 1
  if (tab.order === 'newest') {
    const time = timeColumn(tab.at)
    const older =
      position === undefined
        ? empty
        : sql`and (${time}, m.profile_id) < (${position.at}::timestamptz, ${position.profileId}::bigint)`
    return db.query(
      sql`${select(tab)} where ${rowsOf(tab, where)} ${older} order by ${time} desc, m.profile_id desc limit ${limit}`,
    )
  }
  const inBuckets = (buckets: Sql, more: Sql, rows: number) =>
    db.query<PageRow>(
      sql`${select(tab)} where m.bucket = ${buckets} and ${rowsOf(tab, where)} ${more} order by m.bucket, m.profile_id limit ${rows}`,
    )
  if (position === undefined) return inBuckets(bucketsFrom(0), empty, limit)
  // The rest of the bucket of the last row, then the buckets after it: each a range of the key.
  const bucket = position.profileId & 255
  const rows = await inBuckets(bucketsFrom(bucket, bucket), sql`and m.profile_id > ${position.profileId}`, limit)
  if (rows.length === limit || bucket === 255) return rows
  return [...rows, ...(await inBuckets(bucketsFrom(bucket + 1), empty, limit - rows.length))]
}

interface PageRow {
  profileId: number
  name: string | null
  phone: string | null
  email: string | null
  externalKey: string | null
  status: MessageStatus
  code: string | null
  notSentReason: string | null
  at: Date | null
  attempts: number
  due: Date | null
  firstClickAt: Date | null
  unsubscribedAt: Date | null
  parts: number | null
  credits: string | null
  country: string | null
  position: string | null
}

function select(tab: Tab): Sql {
  const time = timeColumn(tab.at)
  const position =
    tab.order === 'newest' ? sql`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')` : sql`null`
  return sql`select m.profile_id as "profileId",
      case when p.erased_at is not null then 'Erased' else nullif(concat_ws(' ', p.first_name, p.last_name), '') end as name,
      coalesce(m.phone, p.phone) as phone, p.email, p.external_key as "externalKey", m.status, m.code,
      coalesce(m.excluded, m.stop_reason) as "notSentReason", ${time} as at, m.attempts, m.due, m.first_click_at as "firstClickAt",
      m.unsubscribed_at as "unsubscribedAt", m.parts, m.credits, m.country, ${position} as position
    from messages m left join profiles p on p.bucket = m.bucket and p.profile_id = m.profile_id`
}

function rowsOf(tab: Tab, { workspaceId, activityId, also }: Where): Sql {
  return sql`m.workspace_id = ${workspaceId} and m.activity_id = ${activityId} and ${isListed(tab)} ${also}`
}

function itemOf(row: PageRow, frozenAt: Date | null): ListRow {
  const { due, notSentReason, position: _, ...same } = row
  const iso = (at: Date | null) => at?.toISOString() ?? null
  const notSent = row.status === 'not_sent'
  const bounceWords = row.code === null ? null : describeOutcome(row.code)
  return {
    ...same,
    reason: notSent ? describeNotSent(notSentReason ?? '') : bounceWords,
    code: notSent ? notSentReason : row.code,
    // Who was left out was left out at the freeze: no time of its own stands on the message.
    at: iso(row.at ?? (notSent ? frozenAt : null)),
    nextTry: row.status === 'bounced_soft_retrying' ? iso(due) : null,
    firstClickAt: iso(row.firstClickAt),
    unsubscribedAt: iso(row.unsubscribedAt),
  }
}

async function addClosed(db: Db, workspaceId: number, items: ListRow[]): Promise<void> {
  const phones = items.flatMap(item => (item.phone === null ? [] : [item.phone]))
  const closed = await db.query<{ address: string }>(
    sql`select distinct s.address from suppressions s
      where s.workspace_id = ${workspaceId} and s.channel = 'sms' and s.address = any(${phones}::text[]) and s.released_at is null`,
    'list-closed',
  )
  const addresses = new Set(closed.map(row => row.address))
  for (const item of items) item.closed = item.phone !== null && addresses.has(item.phone)
}
