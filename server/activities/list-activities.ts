/**
 * The lists of the start page: drafts; and activities that are scheduled, being sent or sent, with their figures. Keyset paging both ways:
 * a cursor names the last row of the page before, or the first of the page after. Figures are sums of tallies, read for the
 * rows of the page only; in the order of a figure, for all of the workspace.
 */
import { type ReminderPlan, type ReminderState, readReminder } from '../../core/activities/reminder.ts'
import { type Sort, type SortKey, sortKeys } from '../../core/activities/sorts.ts'
import type { ActivityState } from '../../core/activities/states.ts'
import { type Channel, channelInWords } from '../../core/channels.ts'
import { problem } from '../../core/problems.ts'
import { type FigureKey, type Figures, figure, figuresOf, rateOf } from '../../core/report/figures.ts'
import { isDay } from '../../core/times.ts'
import { instantOf } from '../../core/zones.ts'
import { gatewayJoin } from '../messages/simulated.ts'
import { isVisible } from '../messages/visible.ts'
import { readNameCollation } from '../platform/db/collation.ts'
import type { Db } from '../platform/db/database.ts'
import { decimal, int, orNull, rowsNamed } from '../platform/db/rows.ts'
import { raw, type Sql, sql } from '../platform/db/sql.ts'
import { type Cursor, cursorOf } from '../platform/http/cursor.ts'
import { type Page, type PageRequest, stretchOf, turnPage } from '../platform/http/page.ts'
import { gatewayColumns, type OverGateway } from './over-gateway.ts'
import { reminderStatus } from './planned-reminders.ts'
import { readCountsFrom } from './reminder-time.ts'

export interface ListedActivity extends OverGateway {
  id: number
  channel: Channel
  name: string
  state: ActivityState
  sender: string
  /** targeted and not left out; null: not frozen yet */
  recipients: number | null
  /** 0..1; null: nobody was sent anything */
  deliveredRate: number | null
  ctr: number | null
  /** of those: not handed over yet, retried after a soft bounce, without an outcome; null: not frozen yet. */
  open: { queued: number; retrying: number; pending: number } | null
  /** charged, decimal; null: nothing yet */
  credits: string | null
  /** of a scheduled one: what was counted when it was scheduled; null: it was not, or it has started */
  estimate: { recipients: number; credits: string } | null
  /** set aside and not charged yet, decimal; null: nothing */
  reserved: string | null
  /** planned with it; null: none, or one that cannot be read */
  reminder: { state: ReminderState; after: ReminderPlan['after']; at: string | null } | null
  /** of drafts the last change, else the start or the time it is planned for; ISO, business time */
  when: string
}

export interface ListQuestion extends PageRequest {
  tab: 'drafts' | 'sent'
  search?: string
  /** "sending" includes those that are starting */
  state?: ActivityState
  /** by `when`: days of the workspace's time zone, "2026-03-29"; both are included */
  from?: string
  to?: string
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

interface Row extends OverGateway {
  id: number
  channel: string
  name: string
  state: ActivityState
  sender: string
  when: Date
  key: string
  reminder: unknown
  reminderState: ReminderState | null
  frozenAt: Date | null
  timeZone: string
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
  return { items: await withFigures(db, workspaceId, tab, read.rows), ...cursors, total: null }
}

/** All of the list in its order, with all figures, for an export. */
export async function listAllActivities(
  db: Db,
  workspaceId: number,
  question: Omit<ListQuestion, 'after' | 'before' | 'limit'>,
): Promise<(ListedActivity & { figures: Figures | null })[]> {
  const rows = await readRows(db, workspaceId, question, undefined, false, null)
  const sums = await readSums(
    db,
    rows.map(({ id }) => id),
  )
  return (await withFigures(db, workspaceId, question.tab, rows)).map(row => {
    const own = sums.get(row.id)
    return { ...row, figures: own === undefined ? null : figuresOf(own.tallies) }
  })
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
  { tab, search = '', sort = '-when', state, from: firstDay, to: lastDay }: ListQuestion,
  from: Key | undefined,
  backwards: boolean,
  limit: number | null,
): Promise<Row[]> {
  const place = await readPlace(db, workspaceId)
  const order = orderOf(sort)
  const { key, type } = order
  const collation = order.isName ? await readNameCollation(db, place.country) : sql``
  const down = sort.startsWith('-') !== backwards
  const behind =
    from === undefined
      ? sql`true`
      : down
        ? sql`(${key} ${collation}, a.id) < (${from.key}::${type}, ${from.id}::bigint)`
        : sql`(${key} ${collation}, a.id) > (${from.key}::${type}, ${from.id}::bigint)`
  return db.query<Row>(sql`
    select a.id, a.channel, a.name, a.state, a.sender, (${key})::text as key, ${whenSql} as "when", ${gatewayColumns},
      a.reminder, a.reminder_state as "reminderState", a.frozen_at as "frozenAt", ${place.zone}::text as "timeZone"
    from activities a ${gatewayJoin} ${order.byFigures ? allFigures(workspaceId) : sql``}
    where a.workspace_id = ${workspaceId} and ${isVisible}
      and ${tab === 'drafts' ? sql`a.state = 'draft'` : sql`a.state <> 'draft'`} and ${matching(search.trim())} and ${behind}
      and ${inStates(state)} and ${isWithin(firstDay, lastDay, place.zone)}
    order by ${down ? sql`${key} ${collation} desc, a.id desc` : sql`${key} ${collation}, a.id`} limit ${limit}`)
}

async function readPlace(db: Db, workspaceId: number): Promise<{ country: string; zone: string }> {
  const rows = await db.query<{ country: string; zone: string }>(
    sql`select w.default_country as country, w.time_zone as zone from workspaces w where w.id = ${workspaceId}`,
  )
  return rows[0] ?? { country: '', zone: 'UTC' }
}

function inStates(state: ActivityState | undefined): Sql {
  if (state === undefined) return sql`true`
  const states: ActivityState[] = state === 'sending' ? ['starting', 'sending'] : [state]
  return sql`a.state = any(${states}::text[])`
}

/** Throws invalid_input for a day that does not exist. */
function isWithin(first: string | undefined, last: string | undefined, zone: string): Sql {
  const startOf = (day: string, where: string, daysLater = 0) => {
    if (!isDay(day)) throw problem('invalid_input', { where, what: 'must be a day that exists, like 2026-03-29' })
    const at = new Date(`${day}T00:00:00Z`)
    at.setUTCDate(at.getUTCDate() + daysLater)
    return new Date(instantOf(zone, `${at.toISOString().slice(0, 10)} 00:00:00`))
  }
  const since = first === undefined ? sql`true` : sql`(${whenSql}) >= ${startOf(first, 'from')}`
  const until = last === undefined ? sql`true` : sql`(${whenSql}) < ${startOf(last, 'to', 1)}`
  return sql`${since} and ${until}`
}

async function withFigures(
  db: Db,
  workspaceId: number,
  tab: ListQuestion['tab'],
  page: readonly Row[],
): Promise<ListedActivity[]> {
  const ids = page.map(({ id }) => id)
  const figures = tab === 'drafts' ? new Map<number, Sums>() : await readSums(db, ids)
  const set = await readSetAside(db, workspaceId, tab === 'drafts' ? [] : ids)
  const reminded = await readCountsFrom(
    db,
    page.filter(({ reminder }) => reminder !== null),
  )
  return page.map(({ key: _, when, reminder, reminderState, frozenAt, timeZone, ...row }) => {
    const { value: plan } = readReminder(reminder)
    const planned = { reminder: plan, reminderState, timeZone, reminderId: null, reminderFault: null }
    const status = reminderStatus(planned, reminded.get(row.id) ?? null)
    const { people, credits, reserved } = set.get(row.id) ?? nothing
    const own = figuresFor(figures.get(row.id))
    return {
      ...row,
      channel: channelInWords(row.channel),
      ...own,
      estimate:
        row.state === 'scheduled' && own.recipients === null && people !== null && credits !== null
          ? { recipients: people, credits }
          : null,
      reserved,
      reminder: plan && status && { state: status.state, after: plan.after, at: status.at?.toISOString() ?? null },
      when: when.toISOString(),
    }
  })
}

interface SetAside {
  people: number | null
  credits: string | null
  reserved: string | null
}
const nothing: SetAside = { people: null, credits: null, reserved: null }

const setAsideRows = rowsNamed('activities-set-aside', {
  id: int,
  people: orNull(int),
  credits: orNull(decimal),
  reserved: orNull(decimal),
})

/** What was counted when they were scheduled, and what is reserved for them now. */
async function readSetAside(db: Db, workspaceId: number, ids: number[]): Promise<Map<number, SetAside>> {
  if (ids.length === 0) return new Map()
  const rows = await db.query<SetAside & { id: number }>(
    sql`select a.id, v.estimated_people as people, v.estimated_credits as credits, r.reserved
      from activities a
      left join activity_versions v on v.activity_id = a.id and v.version = a.version
      left join (select l.activity_id, -sum(l.credits) as reserved from ledger l
        where l.activity_id = any(${ids}::bigint[]) and l.kind in ('reserve', 'release')
        group by l.activity_id having sum(l.credits) < 0) r on r.activity_id = a.id
      where a.workspace_id = ${workspaceId} and a.id = any(${ids}::bigint[])`,
    setAsideRows,
  )
  return new Map(rows.map(({ id, ...set }) => [id, set]))
}

/** Part of the name, or the sender's beginning; without regard to case. */
function matching(search: string): Sql {
  if (search === '') return sql`true`
  const literal = search.toLowerCase().replace(/[\\%_]/g, character => `\\${character}`)
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

function figuresFor(
  sums: Sums | undefined,
): Pick<ListedActivity, 'recipients' | 'open' | 'deliveredRate' | 'ctr' | 'credits'> {
  if (sums === undefined) return { recipients: null, open: null, deliveredRate: null, ctr: null, credits: null }
  const figures = figuresOf(sums.tallies)
  return {
    recipients: figures.targeted - figures.notSent,
    open: { queued: figures.queued, retrying: figures.bouncedSoftRetrying, pending: figures.pending },
    deliveredRate: rateOf('delivered', figures),
    ctr: rateOf('unique', figures),
    credits: sums.credits,
  }
}
