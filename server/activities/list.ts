/**
 * The lists of the start page: drafts; and what is scheduled, under way and sent, with its figures. Keyset paging both ways:
 * a cursor names the last row of the page before, or the first of the page after. Figures are sums of tallies, read for the
 * rows of the page only; in the order of a figure, for all of the workspace.
 */
import { type Sort, type SortKey, sortKeys } from '../../core/activities/sorts.ts'
import type { ActivityState } from '../../core/activities/states.ts'
import { problem } from '../../core/problems.ts'
import { type FigureKey, figure, figuresOf, rateOf } from '../../core/report/figures.ts'
import { readNameCollation } from '../platform/db/collation.ts'
import type { Db } from '../platform/db/database.ts'
import { raw, type Sql, sql } from '../platform/db/sql.ts'

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

export interface ListQuestion {
  tab: 'drafts' | 'sent'
  search?: string
  sort?: Sort
  /** `next` of the page before */
  after?: string
  /** `previous` of the page after */
  before?: string
  limit?: number
}

export interface ActivityPage {
  items: ListedActivity[]
  /** null: there is no further page */
  next: string | null
  previous: string | null
}

/** Longer is no search; as long as a name can be that is sent. */
export const maxSearch = 200

/** As a cursor can be at most: each sign of a text of `maxSearch` has up to six bytes in JSON, and those a third more in base64. */
export const maxCursor = 2_000

interface Order {
  key: Sql
  type: Sql
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
  isName: true,
})
/** What has no figure yet stands below all that have one. */
const byFigure = (key: Sql): Order => ({ key: sql`coalesce(${key}, -1)`, type: sql`numeric`, byFigures: true })

const orders: Record<SortKey, Order> = {
  when: { key: sql`to_char((${whenSql}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`, type: text },
  name: byText(sql`a.name`),
  state: { key: sql`a.state`, type: text },
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
    from tallies t join activities x on x.id = t.activity_id where x.workspace_id = ${workspaceId} group by 1) f on f.activity_id = a.id`
}

interface Row {
  id: number
  name: string
  state: ActivityState
  sender: string
  when: Date
  key: string
}

export async function listActivities(db: Db, workspaceId: number, question: ListQuestion): Promise<ActivityPage> {
  const { tab, sort = '-when', after, before, limit = 25 } = question
  if (after !== undefined && before !== undefined)
    throw problem('invalid_input', { where: 'before', what: 'cannot be given together with `after`' })
  const from = after ?? before
  const cursor = from === undefined ? undefined : readCursor(from, sort, after === undefined ? 'before' : 'after')
  const backwards = before !== undefined
  const rows = await readRows(db, workspaceId, question, cursor, backwards, limit + 1)
  // Back at the beginning: a whole first page, also where rows before the cursor have gone meanwhile.
  if (backwards && rows.length <= limit)
    return listActivities(db, workspaceId, { tab, ...found(question), sort, limit })
  const page = rows.slice(0, limit)
  if (backwards) page.reverse()
  const [first, last] = [page[0], page.at(-1)]
  const further = backwards || rows.length > limit
  return {
    items: await withFigures(db, tab, page),
    next: further && last !== undefined ? writeCursor(sort, last) : null,
    previous: from !== undefined && first !== undefined ? writeCursor(sort, first) : null,
  }
}

const found = ({ search }: ListQuestion) => (search === undefined ? {} : { search })

/** From the cursor on, forwards or backwards. */
async function readRows(
  db: Db,
  workspaceId: number,
  { tab, search = '', sort = '-when' }: ListQuestion,
  cursor: { key: string; id: number } | undefined,
  backwards: boolean,
  limit: number,
): Promise<Row[]> {
  const order = orders[sortKeys.find(key => key === sort.replace('-', '')) ?? 'when']
  const { key, type } = order
  const collation = order.isName ? await readNameCollation(db, await countryOf(db, workspaceId)) : sql``
  const down = sort.startsWith('-') !== backwards
  const behind =
    cursor === undefined
      ? sql`true`
      : down
        ? sql`(${key} ${collation}, a.id) < (${cursor.key}::${type}, ${cursor.id}::bigint)`
        : sql`(${key} ${collation}, a.id) > (${cursor.key}::${type}, ${cursor.id}::bigint)`
  return db.query<Row>(sql`
    select a.id, a.name, a.state, a.sender, (${key})::text as key, ${whenSql} as "when"
    from activities a ${order.byFigures ? allFigures(workspaceId) : sql``}
    where a.workspace_id = ${workspaceId} and a.deleted_at is null
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

function writeCursor(sort: Sort, { key, id }: { key: string; id: number }): string {
  return Buffer.from(JSON.stringify([sort, key, id])).toString('base64url')
}

/** Throws invalid_input where the text is no cursor of this order. */
function readCursor(text: string, sort: Sort, where: 'after' | 'before'): { key: string; id: number } {
  const fault = problem('invalid_input', { where, what: 'is no cursor of this list' })
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    throw fault
  }
  if (!Array.isArray(value) || value.length !== 3) throw fault
  const [order, key, id] = value
  if (order !== sort || typeof key !== 'string' || key.includes('\0') || !Number.isSafeInteger(id)) throw fault
  if (/^-?(recipients|delivered|ctr|credits)$/.test(sort) && !/^-?\d{1,30}(\.\d{1,40})?$/.test(key)) throw fault
  return { key, id }
}
