/**
 * The lists of the start page: drafts; and what is scheduled, under way and sent, with its figures. Keyset paging: a cursor
 * names the last row of a page. Figures are sums of tallies, read for the rows of the page only.
 */
import { problem } from '../../core/problems.ts'
import { figuresOf, rateOf } from '../../core/report/figures.ts'
import type { Db } from '../platform/db.ts'
import { type Sql, sql } from '../platform/sql.ts'
import type { ActivityState } from './states.ts'

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

export const sorts = ['-when', 'when', 'name', '-name', 'state', '-state', 'sender', '-sender'] as const
export type Sort = (typeof sorts)[number]

export interface ListQuestion {
  tab: 'drafts' | 'sent'
  search?: string
  sort?: Sort
  /** `next` of the page before */
  after?: string
  limit?: number
}

const keys: Record<string, Sql> = {
  when: sql`to_char((case when a.state = 'draft' then a.updated_at else coalesce(a.started_at, a.send_at, a.updated_at) end) at time zone 'UTC',
    'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
  name: sql`lower(a.name)`,
  state: sql`a.state`,
  sender: sql`lower(a.sender)`,
}

export async function listActivities(
  db: Db,
  workspaceId: number,
  question: ListQuestion,
): Promise<{ items: ListedActivity[]; next: string | null }> {
  const { tab, search = '', sort = '-when', after, limit = 25 } = question
  const key = keys[sort.replace('-', '')] ?? keys.when!
  const down = sort.startsWith('-')
  const from = after === undefined ? undefined : readCursor(after, sort)
  const rows = await db.query<{
    id: number
    name: string
    state: ActivityState
    sender: string
    when: Date
    key: string
  }>(sql`
    select a.id, a.name, a.state, a.sender, ${key} as key,
      case when a.state = 'draft' then a.updated_at else coalesce(a.started_at, a.send_at, a.updated_at) end as "when"
    from activities a
    where a.workspace_id = ${workspaceId} and ${tab === 'drafts' ? sql`a.state = 'draft'` : sql`a.state <> 'draft'`}
      and ${found(search.trim())}
      and ${from === undefined ? sql`true` : down ? sql`(${key}, a.id) < (${from.key}, ${from.id}::bigint)` : sql`(${key}, a.id) > (${from.key}, ${from.id}::bigint)`}
    order by ${down ? sql`${key} desc, a.id desc` : sql`${key}, a.id`} limit ${limit + 1}`)
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const figures =
    tab === 'drafts'
      ? new Map<number, Sums>()
      : await readSums(
          db,
          page.map(({ id }) => id),
        )
  return {
    items: page.map(({ id, name, state, sender, when }) => ({
      id,
      name,
      state,
      sender,
      ...figuresFor(figures.get(id)),
      when: when.toISOString(),
    })),
    next: rows.length > limit && last !== undefined ? writeCursor(sort, last) : null,
  }
}

/** Part of the name, or the sender's beginning; without regard to case. */
function found(search: string): Sql {
  if (search === '') return sql`true`
  const literal = search.toLowerCase().replace(/[\\%_]/g, sign => `\\${sign}`)
  return sql`(lower(a.name) like ${`%${literal}%`} or lower(a.sender) like ${`${literal}%`})`
}

type Sums = { tallies: Map<string, number>; credits: string | null }

async function readSums(db: Db, ids: number[]): Promise<Map<number, Sums>> {
  if (ids.length === 0) return new Map()
  const rows = await db.query<{ id: number; figure: string; n: number; credits: string }>(sql`
    select t.activity_id as id, t.figure, sum(t.n)::bigint as n, sum(t.credits) as credits from tallies t
    where t.activity_id = any(${ids}::bigint[]) group by 1, 2`)
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
function readCursor(text: string, sort: Sort): { key: string; id: number } {
  const fault = problem('invalid_input', { where: 'after', what: 'is no cursor of this list' })
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    throw fault
  }
  if (!Array.isArray(value) || value.length !== 3) throw fault
  const [order, key, id] = value
  if (order !== sort || typeof key !== 'string' || key.includes('\0') || !Number.isSafeInteger(id)) throw fault
  return { key, id }
}
