/**
 * What narrows a list of the report: a search, a link, a kind of bounce, a reason. Its pages (lists.ts) and its export (export-tab.ts) read the
 * filters here, so that a file holds the rows that the page shows.
 */
import { currentName } from '../../core/former-names.ts'
import { problem } from '../../core/problems.ts'
import { figure, figuresOf } from '../../core/report/figures.ts'
import { type BounceKind, bounceKinds, SORTABLE_ROWS, type Tab, visitsTab } from '../../core/report/tabs.ts'
import { isCounted } from '../messages/counted.ts'
import type { Db } from '../platform/db/database.ts'
import { empty, type Sql, sql } from '../platform/db/sql.ts'
import { fewOf, findProfiles, isFound, readSearch } from '../profiles/search.ts'
import { readLinks } from './overview.ts'

export interface ListFilters {
  /** the beginning of a name, number, e-mail or key */
  search?: string | undefined
  /** default: the order of the tab */
  sort?: 'name' | undefined
  /** Clicked: the profiles that clicked this link */
  linkId?: number | undefined
  /** Bounced: of this kind */
  bounce?: BounceKind | undefined
  /** Not sent: for this reason */
  reason?: string | undefined
}

/** As a request names them: `link` for the link, maybe a former name of a reason. */
export function filtersIn({
  link,
  search,
  sort,
  bounce,
  reason,
}: Omit<ListFilters, 'linkId'> & { link?: number | undefined }): ListFilters {
  return { linkId: link, search, sort, bounce, reason: reason && currentName(reason) }
}

/** The list that is narrowed. */
export interface Filtered {
  workspaceId: number
  activityId: number
  tab: Tab
  /** by their keys (core/report/sums.ts) */
  tallies: ReadonlyMap<string, number>
  /** of the workspace: for numbers without a country code */
  country: string
}

export interface Narrowed {
  /** rows without the search */
  total: number
  /** some are searched for, so that their number is unknown */
  isSearched: boolean
  /** only these profiles, in no order; null: all */
  profileIds: number[] | null
  /** conditions on `messages m` and `profiles p` */
  tests: Sql[]
}

/** Throws invalid_input for a filter of another tab, list_too_long if the list is too long to sort by name. */
export async function narrowList(db: Db, list: Filtered, filters: ListFilters): Promise<Narrowed> {
  const { workspaceId, activityId, tab, tallies, country } = list
  checkFilters(tab, filters)
  const figures = figuresOf(tallies)
  if (filters.sort === 'name' && figures[tab.figure] > SORTABLE_ROWS)
    throw problem('list_too_long', { most: SORTABLE_ROWS })
  const total = await countRows(db, activityId, tab, tallies, filters)
  const search = readSearch(filters.search, country)
  const found = search && (await findProfiles(db, workspaceId, search, figures.targeted))
  const { linkId, bounce } = filters
  const clickers =
    linkId !== undefined && total <= fewOf(figures.targeted) ? await clickersOf(db, activityId, tab, linkId) : null
  return {
    total,
    isSearched: search !== undefined,
    profileIds: intersect(found ?? null, clickers),
    tests: [
      ...(search !== undefined && found === null ? [isFound(search)] : []),
      ...(linkId !== undefined && clickers === null ? [isClicked(tab, linkId)] : []),
      ...(bounce === undefined ? [] : [isCounted(figure(bounceKinds[bounce]))]),
    ],
  }
}

function checkFilters(tab: Tab, { linkId, bounce, reason }: ListFilters): void {
  const refuse = (where: string, list: string) => {
    throw problem('invalid_input', { where, what: `narrows the list "${list}" only` })
  }
  if (linkId !== undefined && tab.key !== 'clicks') refuse('link', 'clicks')
  if (bounce !== undefined && tab.key !== 'bounced') refuse('bounce', 'bounced')
  if (reason !== undefined && tab.key !== 'not-sent') refuse('reason', 'not-sent')
}

async function countRows(
  db: Db,
  activityId: number,
  tab: Tab,
  tallies: ReadonlyMap<string, number>,
  { linkId, bounce, reason }: ListFilters,
): Promise<number> {
  if (linkId !== undefined) {
    const link = (await readLinks(db, activityId)).find(({ id }) => id === linkId)
    return (tab === visitsTab ? link?.visited : link?.unique) ?? 0
  }
  if (reason !== undefined) return tallies.get(`${notSent}${reason}`) ?? 0
  return figuresOf(tallies)[bounce === undefined ? tab.figure : bounceKinds[bounce]]
}

const notSent = 'not_sent:'

/** The reasons for "not sent" that occur. */
export function reasonsIn(tallies: ReadonlyMap<string, number>): string[] {
  return [...tallies].flatMap(([key, n]) => (key.startsWith(notSent) && n > 0 ? [key.slice(notSent.length)] : []))
}

/** The messages whose profile clicked this link. */
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

function intersect(a: number[] | null, b: number[] | null): number[] | null {
  if (a === null || b === null) return a ?? b
  const some = new Set(b)
  return a.filter(id => some.has(id))
}
