/**
 * The profiles of a figure: one page of 25 of a tab. Common states are in key order, which is the sending order; rare ones are newest
 * first, by partial indexes; short lists can be sorted by name. Each page continues after a row of the previous one, so page 10,000
 * costs as much as page 1, and no row is shown twice while figures change.
 */

import { describeNotSent } from '../../core/audience/not-sent-reasons.ts'
import { type Channel, channelInWords } from '../../core/channels.ts'
import { describeCode } from '../../core/gateways/codes.ts'
import { problem } from '../../core/problems.ts'
import { figuresOf } from '../../core/report/figures.ts'
import { columnsOf, type Tab, type TabColumn, type TabKey, tab as tabOf, visitsTab } from '../../core/report/tabs.ts'
import { isVisible } from '../messages/visible.ts'
import { readNameCollation } from '../platform/db/collation.ts'
import type { Db } from '../platform/db/database.ts'
import { empty, sql } from '../platform/db/sql.ts'
import { type Cursor, cursorOf } from '../platform/http/cursor.ts'
import { type Page, type PageRequest, turnPage } from '../platform/http/page.ts'
import { addClicks, addSuspicions, type Clicker } from './clickers.ts'
import { type ListFilters, narrowList, reasonsIn } from './list-filters.ts'
import { type ListedMessage, type Order, type PageRow, type Position, readPage, type Wanted } from './list-page.ts'
import { readTallies } from './overview.ts'

export interface ListRow extends Clicker, ListedMessage {
  /** the reason for not sent or for the bounce, in words */
  reason: string | null
  /** the tab's time, ISO */
  at: string | null
  /** the next attempt after a soft bounce, ISO */
  nextTry: string | null
  firstClickAt: string | null
  unsubscribedAt: string | null
  /** bounced only: the address is closed and gets no messages of the channel */
  closed?: boolean
}

/** The total is null if the list is searched. */
export interface ListPage extends Page<ListRow> {
  tab: TabKey
  columns: readonly TabColumn[]
  /** the page is not full although the list continues, because the limit of tested rows was reached */
  partial: boolean
}

export interface ListOptions extends PageRequest, ListFilters {
  /** clicks only: also the profiles whose links only suspected bots visited */
  bots?: boolean | undefined
}

/**
 * Undefined: the workspace has no such activity. Throws cursor_invalid for a cursor of another list, invalid_input for a filter
 * of another tab, not_found for an unknown tab, list_too_long if the list is too long to sort by name.
 */
export async function listTab(
  db: Db,
  workspaceId: number,
  activityId: number,
  tabKey: string,
  options: ListOptions = {},
): Promise<ListPage | undefined> {
  const tab = options.bots && tabKey === visitsTab.key ? visitsTab : tabOf(tabKey)
  if (tab === undefined) throw problem('not_found', { what: 'tab' })
  const activity = await readPlace(db, workspaceId, activityId)
  if (activity === undefined) return undefined
  const order: Order = options.sort ?? tab.order
  const tallies = new Map((await readTallies(db, activityId)).map(row => [row.figure, row.n]))
  const figures = figuresOf(tallies)
  const list = { workspaceId, activityId, tab, tallies, country: activity.country }
  const { total, isSearched, profileIds, tests } = await narrowList(db, list, options)
  const wanted: Wanted = {
    workspaceId,
    activityId,
    channel: activity.channel,
    tab,
    order,
    collation: order === 'name' ? await readNameCollation(db, activity.country) : empty,
    profileIds,
    tests,
    sparse: tab.order === 'keys' && tab.key !== 'not-sent' && figures[tab.figure] * SPARSE < figures.targeted,
    reasons: options.reason === undefined ? reasonsIn(tallies) : [options.reason],
  }
  const { read, ...cursors } = await turnPage(
    cursorFor(tab, order),
    options,
    async (from, backwards) => (total === 0 ? nothing : readPage(db, wanted, from, backwards)),
    ({ profileId, value }) => ({ profileId, value }),
  )
  const items = read.rows.map(row => itemOf(row, activity))
  if (tab.key === 'clicks') await addClicks(db, activityId, items)
  if (tab === visitsTab) await addSuspicions(db, activityId, items)
  if (tab.key === 'bounced') await addClosed(db, { workspaceId, activityId }, items)
  return {
    tab: tab.key,
    columns: columnsOf(tab, activity.channel),
    items,
    ...cursors,
    total: isSearched ? null : { n: total, exact: true },
    partial: read.partial,
  }
}

const nothing = { rows: [], on: null, partial: false }

/** A cursor is valid only for this tab in this order. */
export function cursorFor({ key }: Pick<Tab, 'key'>, order: Order): Cursor<Position> {
  const list = `report ${key} ${order}`
  if (order === 'keys') return cursorOf(list, { profileId: 'id', value: 'nothing' })
  return cursorOf(list, { profileId: 'id', value: order === 'newest' ? 'time' : 'text' })
}

/** A list with less than this share of the activity's messages (1 in n) is read through an index instead of in key order. */
const SPARSE = 400

async function readPlace(db: Db, workspaceId: number, activityId: number) {
  const [row] = await db.query<{ channel: string; country: string; frozenAt: Date | null }>(
    sql`select a.channel, w.default_country as country, a.frozen_at as "frozenAt" from activities a
      join workspaces w on w.id = a.workspace_id where a.workspace_id = ${workspaceId} and a.id = ${activityId} and ${isVisible}`,
    'list-activity',
  )
  return row && { ...row, channel: channelInWords(row.channel) }
}

function itemOf(row: PageRow, { channel, frozenAt }: { channel: Channel; frozenAt: Date | null }): ListRow {
  const { due, notSentReason, value: _, ...same } = row
  const iso = (at: Date | null) => at?.toISOString() ?? null
  const leftOut = row.status === 'not_sent'
  const bounceWords = row.code === null ? null : describeCode(row.code)
  return {
    ...same,
    reason: leftOut ? describeNotSent(notSentReason ?? '', channel) : bounceWords,
    code: leftOut ? notSentReason : row.code,
    // A profile that the freeze left out has the time of the freeze, because its message has no time of its own.
    at: iso(row.at ?? (leftOut ? frozenAt : null)),
    nextTry: row.status === 'bounced_soft_retrying' ? iso(due) : null,
    firstClickAt: iso(row.firstClickAt),
    unsubscribedAt: iso(row.unsubscribedAt),
  }
}

async function addClosed(
  db: Db,
  { workspaceId, activityId }: { workspaceId: number; activityId: number },
  items: ListRow[],
): Promise<void> {
  const asked = items.flatMap(({ address }) => (address === null ? [] : [address]))
  const closed = await db.query<{ address: string }>(
    sql`select distinct s.address from activities a join suppressions s on s.channel = a.channel
      where a.id = ${activityId} and ${isVisible} and s.workspace_id = ${workspaceId} and s.address = any(${asked}::text[]) and s.released_at is null`,
    'list-closed',
  )
  const addresses = new Set(closed.map(row => row.address))
  for (const item of items) item.closed = item.address !== null && addresses.has(item.address)
}
