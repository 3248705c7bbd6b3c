/**
 * The profiles of a figure: one page of 25 of a tab. Common states are in key order, which is the sending order; rare ones are newest
 * first, by partial indexes; short lists can be sorted by name. Each page continues after a row of the previous one, so page 10,000
 * costs as much as page 1, and no row is shown twice while figures change.
 */

import { describeNotSent } from '../../core/audience/reasons.ts'
import { describeCode } from '../../core/gateways/codes.ts'
import type { MessageStatus } from '../../core/messages/fold.ts'
import { problem } from '../../core/problems.ts'
import { figure, figuresOf } from '../../core/report/figures.ts'
import {
  type BounceKind,
  bounceKinds,
  type Column,
  SORTABLE_ROWS,
  type Tab,
  type TabKey,
  tab as tabOf,
  visitsTab,
} from '../../core/report/tabs.ts'
import { isVisible } from '../activities/visible.ts'
import { readNameCollation } from '../platform/db/collation.ts'
import type { Db } from '../platform/db/database.ts'
import { empty, type Sql, sql } from '../platform/db/sql.ts'
import { type Cursor, cursorOf } from '../platform/http/cursor.ts'
import { type Page, type PageRequest, turnPage } from '../platform/http/page.ts'
import { fewOf, findProfiles, isFound, readSearch } from '../profiles/search.ts'
import { addClicks, addSuspicions, type Clicker } from './clickers.ts'
import { type Order, type PageRow, type Position, readPage, type Wanted } from './list-page.ts'
import { readLinks, readTallies } from './overview.ts'
import { isCounted } from './predicate.ts'

export interface ListRow extends Clicker {
  name: string | null
  /** E.164, the number of the message */
  phone: string | null
  email: string | null
  externalKey: string | null
  /** the profile was erased or removed, so no personal data is left */
  erased: boolean
  status: MessageStatus
  /** the reason for not sent or for the bounce, in words */
  reason: string | null
  /** the code of the reason, or the gateway's code */
  code: string | null
  /** the tab's time, ISO */
  at: string | null
  attempts: number
  /** the next attempt after a soft bounce, ISO */
  nextTry: string | null
  firstClickAt: string | null
  unsubscribedAt: string | null
  parts: number | null
  credits: string | null
  country: string | null
  /** bounced only: the number is closed and gets no SMS */
  closed?: boolean
}

/** The total is null if the list is searched. */
export interface ListPage extends Page<ListRow> {
  tab: TabKey
  columns: readonly Column[]
  /** the page is not full although the list continues, because the limit of tested rows was reached */
  partial: boolean
}

export interface ListOptions extends PageRequest {
  /** the beginning of a name, number, e-mail or key */
  search?: string | undefined
  /** default: the order of the tab */
  sort?: 'name' | undefined
  /** Clicks: the profiles that clicked this link */
  linkId?: number | undefined
  /** clicks only: also the profiles whose links only suspected bots visited */
  bots?: boolean | undefined
  /** Bounced: of this kind */
  bounce?: BounceKind | undefined
  /** Not sent: for this reason */
  reason?: string | undefined
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
  checkFilters(tab, options)
  const activity = await readPlace(db, workspaceId, activityId)
  if (activity === undefined) return undefined
  const order: Order = options.sort ?? tab.order
  const tallies = new Map((await readTallies(db, activityId)).map(row => [row.figure, row.n]))
  const figures = figuresOf(tallies)
  const rows = figures[tab.figure]
  if (order === 'name' && rows > SORTABLE_ROWS) throw problem('list_too_long', { most: SORTABLE_ROWS })
  const total = await countRows(db, activityId, tab, tallies, options)
  const search = readSearch(options.search, activity.country)
  const found = search && (await findProfiles(db, workspaceId, search, figures.targeted))
  const clickers =
    options.linkId !== undefined && total <= fewOf(figures.targeted)
      ? await clickersOf(db, activityId, tab, options.linkId)
      : null
  const wanted: Wanted = {
    workspaceId,
    activityId,
    tab,
    order,
    collation: order === 'name' ? await readNameCollation(db, activity.country) : empty,
    profileIds: intersect(found ?? null, clickers),
    tests: testsOf(tab, options, search && found === null ? isFound(search) : undefined, clickers === null),
    sparse: tab.order === 'keys' && tab.key !== 'not-sent' && rows * SPARSE < figures.targeted,
    reasons: options.reason === undefined ? reasonsIn(tallies) : [options.reason],
  }
  const { read, ...cursors } = await turnPage(
    cursorFor(tab, order),
    options,
    async (from, backwards) => (total === 0 ? nothing : readPage(db, wanted, from, backwards)),
    ({ profileId, value }) => ({ profileId, value }),
  )
  const items = read.rows.map(row => itemOf(row, activity.frozenAt))
  if (tab.key === 'clicks') await addClicks(db, activityId, items)
  if (tab === visitsTab) await addSuspicions(db, activityId, items)
  if (tab.key === 'bounced') await addClosed(db, { workspaceId, activityId }, items)
  return {
    tab: tab.key,
    columns: tab.columns,
    items,
    ...cursors,
    total: search === undefined ? { n: total, exact: true } : null,
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

function checkFilters(tab: Tab, { linkId, bounce, reason }: ListOptions): void {
  const refuse = (where: string, what: string) => {
    throw problem('invalid_input', { where, what })
  }
  if (linkId !== undefined && tab.key !== 'clicks') refuse('link', 'narrows the list "clicks" only')
  if (bounce !== undefined && tab.key !== 'bounced') refuse('bounce', 'narrows the list "bounced" only')
  if (reason !== undefined && tab.key !== 'not-sent') refuse('reason', 'narrows the list "not-sent" only')
}

function testsOf(tab: Tab, { linkId, bounce }: ListOptions, found: Sql | undefined, linkIsOpen: boolean): Sql[] {
  return [
    ...(found === undefined ? [] : [found]),
    ...(linkId !== undefined && linkIsOpen ? [isClicked(tab, linkId)] : []),
    ...(bounce === undefined ? [] : [isCounted(figure(bounceKinds[bounce]))]),
  ]
}

function intersect(a: number[] | null, b: number[] | null): number[] | null {
  if (a === null || b === null) return a ?? b
  const some = new Set(b)
  return a.filter(id => some.has(id))
}

async function readPlace(db: Db, workspaceId: number, activityId: number) {
  const [row] = await db.query<{ country: string; frozenAt: Date | null }>(
    sql`select w.default_country as country, a.frozen_at as "frozenAt" from activities a
      join workspaces w on w.id = a.workspace_id where a.workspace_id = ${workspaceId} and a.id = ${activityId} and ${isVisible}`,
    'list-activity',
  )
  return row
}

async function countRows(
  db: Db,
  activityId: number,
  tab: Tab,
  tallies: ReadonlyMap<string, number>,
  { linkId, bounce, reason }: ListOptions,
): Promise<number> {
  if (linkId !== undefined) {
    const link = (await readLinks(db, activityId)).find(({ id }) => id === linkId)
    return (tab === visitsTab ? link?.visited : link?.unique) ?? 0
  }
  if (reason !== undefined) return tallies.get(`${notSent}${reason}`) ?? 0
  return figuresOf(tallies)[bounce === undefined ? tab.figure : bounceKinds[bounce]]
}

const notSent = 'not_sent:'

function reasonsIn(tallies: ReadonlyMap<string, number>): string[] {
  return [...tallies].flatMap(([key, n]) => (key.startsWith(notSent) && n > 0 ? [key.slice(notSent.length)] : []))
}

/** The messages whose profile clicked this link; without a link, all messages. */
export function clicked(tab: Tab, linkId: number | undefined): Sql {
  return linkId === undefined ? empty : sql`and ${isClicked(tab, linkId)}`
}

function isClicked(tab: Tab, linkId: number): Sql {
  return sql`exists (select from clicks c where c.bucket = m.bucket and c.activity_id = m.activity_id
    and c.profile_id = m.profile_id and c.link_id = ${linkId} ${byWhom(tab)})`
}

const byWhom = (tab: Tab) => (tab === visitsTab ? empty : sql`and c.verdict = 'human'`)

async function clickersOf(db: Db, activityId: number, tab: Tab, linkId: number): Promise<number[]> {
  const rows = await db.query<{ id: number }>(
    sql`select /* fanout */ distinct c.profile_id as id from clicks c
      where c.activity_id = ${activityId} and c.link_id = ${linkId} ${byWhom(tab)}`,
    tab === visitsTab ? 'list-visitors' : 'list-clickers',
  )
  return rows.map(({ id }) => id)
}

function itemOf(row: PageRow, frozenAt: Date | null): ListRow {
  const { due, notSentReason, value: _, ...same } = row
  const iso = (at: Date | null) => at?.toISOString() ?? null
  const leftOut = row.status === 'not_sent'
  const bounceWords = row.code === null ? null : describeCode(row.code)
  return {
    ...same,
    reason: leftOut ? describeNotSent(notSentReason ?? '') : bounceWords,
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
  const phones = items.flatMap(item => (item.phone === null ? [] : [item.phone]))
  const closed = await db.query<{ address: string }>(
    sql`select distinct s.address from activities a join suppressions s on s.channel = a.channel
      where a.id = ${activityId} and ${isVisible} and s.workspace_id = ${workspaceId} and s.address = any(${phones}::text[]) and s.released_at is null`,
    'list-closed',
  )
  const addresses = new Set(closed.map(row => row.address))
  for (const item of items) item.closed = item.phone !== null && addresses.has(item.phone)
}
