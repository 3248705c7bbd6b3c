/**
 * The lists of the start page: drafts; and what is scheduled, under way and sent, with its figures. Keyset paging both ways:
 * a cursor names the last row of the page before, or the first of the page after. Figures are sums of tallies, read for the
 * rows of the page only; in the order of a figure, for all of the workspace.
 */
import { type Sort, type SortKey, sortKeys } from '../../core/activities/sorts.ts'
import type { ActivityState } from '../../core/activities/states.ts'
import { type FigureKey, figure, figuresOf, rateOf } from '../../core/report/figures.ts'
import { readNameCollation } from '../platform/db/collation.ts'
import type { Db } from '../platform/db/database.ts'
import { raw, type Sql, sql } from '../platform/db/sql.ts'
import { type Cursor, cursorOf } from '../platform/http/cursor.ts'
import { type Page, type PageRequest, stretchOf, turnPage } from '../platform/http/page.ts'
import { isVisible } from './visible.ts'

export interface ListedActivity {
  id: number
  name: string
  state: ActivityState
  sender: string
  /** targeted and not left out; null: not frozen yet */
  recipients: number | null
  /** 0..1; null: nobody was sent anything */
  deliveredRate: number | null
  ctr: number | null
  /** charged, decimal; null: nothing yet */
  credits: string | null
  /** of drafts the last change, else the start or the time it is planned for; ISO, business time */
  when: string
}

export interface ListQuestion extends PageRequest {
  tab: 'drafts' | 'sent'
  search?: string
  sort?: Sort
  limit?: number
}

/** Longer is no search; as long as a name can be that is sent. */
export const maxSearch = 200

interface Order {
  key: Sql
  type: Sql
  /** what a cursor of this order holds */
  column: 'text' | 'time' | 'decimal'
  /** Needs the figures of every activity of the workspace, not only of those on the page. */
  byFigures?: true
  /** In the order of a language. */
  isName?: true
}

const whenSql = sql`case when a.state = 'draft' then a.updated_at else coalesce(a.started_at, a.send_at, a.updated_at) end`
const text = sql`text`
/** A draft keeps a name that is far too long; the order looks at so much of it, so that a cursor stays short. */
const byText = (column: Sql): Order => ({
  key: sql`left(lower(${column}), ${raw(String(maxSearch))})`,
  type: text,
  column: 'text',
  isName: true,
})
/** Activities without the figure come after all that have it. */
const byFigure = (key: Sql): Order => ({
  key: sql`coalesce(${key}, -1)`,
  type: sql`numeric`,
  column: 'decimal',
  byFigures: true,
})

const orders: Record<SortKey, Order> = {
  when: {
    key: sql`to_char((${whenSql}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
    type: text,
    column: 'time',
  },
  name: byText(sql`a.name`),
  state: { key: sql`a.state`, type: text, column: 'text' },
  sender: byText(sql`a.sender`),
  recipients: byFigure(sql`f.targeted - f.not_sent`),
  delivered: byFigure(sql`f.delivered / nullif(f.sent, 0)`),
  ctr: byFigure(sql`f.unique_clicks / nullif(f.delivered, 0)`),
  credits: byFigure(sql`f.credits`),
}

/** The figures that the list can be in the order of, by the one table of definitions. */
function allFigures(workspaceId: number): Sql {
  const sum = (key: FigureKey) =>
    sql`coalesce(sum(t.n) filter (where t.figure = any(${figure(key).tallies}::text[])), 0)::numeric`
  return sql`left join (
    select t.activity_id, ${sum('targeted')} as targeted, ${sum('notSent')} as not_sent, ${sum('sent')} as sent,
      ${sum('delivered')} as delivered, ${sum('unique')} as unique_clicks, sum(t.credits) filter (where t.figure = 'charged') as credits
    from tallies t /* fanout */ join activities x on x.id = t.activity_id where x.workspace_id = ${workspaceId} group by 1) f on f.activity_id = a.id`
}

interface Row {
  id: number
  name: string
  state: ActivityState
  sender: string
  when: Date
  key: string
}

interface Key {
  key: string
  id: number
}

export async function listActivities(
  db: Db,
  workspaceId: number,
  question: ListQuestion,
): Promise<Page<ListedActivity>> {
  const { tab, sort = '-when', limit = 25 } = question
  const keyOf = ({ key, id }: Row): Key => ({ key, id })
  const { read, ...cursors } = await turnPage(
    cursorFor(sort),
    question,
    async (from, backwards) =>
      stretchOf(await readRows(db, workspaceId, question, from, backwards, limit + 1), limit, backwards, keyOf),
    keyOf,
  )
  return { items: await withFigures(db, tab, read.rows), ...cursors, total: null }
}

/** Of this order only. */
function cursorFor(sort: Sort): Cursor<Key> {
  const { column } = orderOf(sort)
  return cursorOf(`activities ${sort}`, { key: column, id: 'id' })
}

const orderOf = (sort: Sort): Order => orders[sortKeys.find(key => key === sort.replace('-', '')) ?? 'when']

/** From a row on, forwards or backwards. */
async function readRows(
  db: Db,
  workspaceId: number,
  { tab, search = '', sort = '-when' }: ListQuestion,
  from: Key | undefined,
  backwards: boolean,
  limit: number,
): Promise<Row[]> {
  const order = orderOf(sort)
  const { key, type } = order
  const collation = order.isName ? await readNameCollation(db, await countryOf(db, workspaceId)) : sql``
  const down = sort.startsWith('-') !== backwards
  const behind =
    from === undefined
      ? sql`true`
      : down
        ? sql`(${key} ${collation}, a.id) < (${from.key}::${type}, ${from.id}::bigint)`
        : sql`(${key} ${collation}, a.id) > (${from.key}::${type}, ${from.id}::bigint)`
  return db.query<Row>(sql`
    select a.id, a.name, a.state, a.sender, (${key})::text as key, ${whenSql} as "when"
    from activities a ${order.byFigures ? allFigures(workspaceId) : sql``}
    where a.workspace_id = ${workspaceId} and ${isVisible}
      and ${tab === 'drafts' ? sql`a.state = 'draft'` : sql`a.state <> 'draft'`} and ${matching(search.trim())} and ${behind}
    order by ${down ? sql`${key} ${collation} desc, a.id desc` : sql`${key} ${collation}, a.id`} limit ${limit}`)
}

async function countryOf(db: Db, workspaceId: number): Promise<string> {
  const rows = await db.query<{ country: string }>(
    sql`select w.default_country as country from workspaces w where w.id = ${workspaceId}`,
  )
  return rows[0]?.country ?? ''
}

async function withFigures(db: Db, tab: ListQuestion['tab'], page: readonly Row[]): Promise<ListedActivity[]> {
  const ids = page.map(({ id }) => id)
  const figures = tab === 'drafts' ? new Map<number, Sums>() : await readSums(db, ids)
  return page.map(({ id, name, state, sender, when }) => ({
    id,
    name,
    state,
    sender,
    ...figuresFor(figures.get(id)),
    when: when.toISOString(),
  }))
}

/** Part of the name, or the sender's beginning; without regard to case. */
function matching(search: string): Sql {
  if (search === '') return sql`true`
  const literal = search.toLowerCase().replace(/[\\%_]/g, sign => `\\${sign}`)
  return sql`(lower(a.name) like ${`%${literal}%`} or lower(a.sender) like ${`${literal}%`})`
}

const allBuckets = Array.from({ length: 256 }, (_, bucket) => bucket)

type Sums = { tallies: Map<string, number>; credits: string | null }

async function readSums(db: Db, ids: number[]): Promise<Map<number, Sums>> {
  if (ids.length === 0) return new Map()
  const rows = await db.query<{ id: number; figure: string; n: number; credits: string }>(sql`
    select t.activity_id as id, t.figure, sum(t.n)::bigint as n, sum(t.credits) as credits from tallies t
    where t.bucket = any(${allBuckets}::int[]) and t.activity_id = any(${ids}::bigint[]) group by 1, 2`)
  const sums = new Map<number, Sums>()
  for (const { id, figure, n, credits } of rows) {
    const own = sums.get(id) ?? { tallies: new Map(), credits: null }
    own.tallies.set(figure, n)
    if (figure === 'charged') own.credits = credits
    sums.set(id, own)
  }
  return sums
}

function figuresFor(sums: Sums | undefined): Pick<ListedActivity, 'recipients' | 'deliveredRate' | 'ctr' | 'credits'> {
  if (sums === undefined) return { recipients: null, deliveredRate: null, ctr: null, credits: null }
  const figures = figuresOf(sums.tallies)
  return {
    recipients: figures.targeted - figures.notSent,
    deliveredRate: rateOf('delivered', figures),
    ctr: rateOf('unique', figures),
    credits: sums.credits,
  }
}
