/**
 * The list of the start page as a file: one row per SMS, with its figures and what it cost. The figures are read by their definitions before
 * the file is written, so the rows are a snapshot.
 */
import { inCurrency, moneyOf } from '../../core/money.ts'
import { type ListedActivity, type ListQuestion, listAllActivities } from '../activities/list-activities.ts'
import type { CsvStyle } from '../files/csv-style.ts'
import type { ColumnKind, Listing } from '../files/listing.ts'
import { type Format, writeListing } from '../files/write-listing.ts'
import { stretchesOf } from '../files/zone-times.ts'
import { isVisible } from '../messages/visible.ts'
import type { Database } from '../platform/db/database.ts'
import { join, raw, type Sql, sql } from '../platform/db/sql.ts'
import { type CreditWorth, type WorthColumns, worthColumns, worthOf } from './credit-worth.ts'
import type { PlannedExport } from './export-tab.ts'

type Listed = Awaited<ReturnType<typeof listAllActivities>>[number]
type Value = string | number | null | undefined

interface Column {
  name: string
  kind: ColumnKind
  type: Sql
  what: string
  of: (row: Listed, worth: CreditWorth) => Value
}

const column = (name: string, kind: ColumnKind, what: string, of: Column['of']): Column => ({
  name,
  kind,
  type: types[kind],
  what,
  of,
})
const types: Record<ColumnKind, Sql> = {
  text: sql`text[]`,
  plain: sql`text[]`,
  number: sql`bigint[]`,
  decimal: sql`numeric[]`,
  time: sql`timestamptz[]`,
}
const rate = (value: number | null) => (value === null ? null : value.toFixed(4))

/** New columns are added at the end, and none is ever renamed. docs/exports.md is generated from this table. */
export const exportedColumns: readonly Column[] = [
  column('activity_id', 'number', 'the id of the SMS in Homing; never changes', ({ id }) => id),
  column('name', 'text', 'its name', ({ name }) => name),
  column(
    'state',
    'plain',
    '`draft`, `scheduled`, `starting`, `sending`, `paused`, `sent`, `cancelled` or `failed`',
    ({ state }) => state,
  ),
  column('sender', 'text', 'its sender', ({ sender }) => sender),
  column(
    'at',
    'time',
    'when it started, or the time that it is scheduled for; of a draft the last change',
    ({ when }) => when,
  ),
  column('targeted', 'number', 'all profiles that Send to selected', ({ figures }) => figures?.targeted),
  column('not_sent', 'number', 'of them left out', ({ figures }) => figures?.notSent),
  column('sent', 'number', 'profiles to whom it was sent', ({ figures }) => figures?.sent),
  column('delivered', 'number', 'profiles whose phone received it', ({ figures }) => figures?.delivered),
  column('bounced', 'number', 'profiles whose SMS bounced, hard or soft', ({ figures }) => figures?.bounced),
  column('pending', 'number', 'sent, and neither delivered nor bounced yet', ({ figures }) => figures?.pending),
  column('clicks', 'number', 'clicks by people', ({ figures }) => figures?.clicks),
  column('unique_clicks', 'number', 'profiles that clicked', ({ figures }) => figures?.unique),
  column('unsubscribed', 'number', 'profiles that opted out through it', ({ figures }) => figures?.unsubscribed),
  column('delivery_rate', 'decimal', 'delivered / sent, 0 to 1', ({ deliveredRate }) => rate(deliveredRate)),
  column('ctr', 'decimal', 'unique_clicks / delivered, 0 to 1', ({ ctr }) => rate(ctr)),
  column('credits', 'decimal', 'the credits that were charged', ({ credits }) => credits),
  column(
    'cost',
    'decimal',
    'the same in money, by the value of a credit when it was scheduled',
    ({ credits }, { creditValue, currency }) =>
      credits === null ? null : inCurrency(moneyOf(credits, creditValue), currency),
  ),
  column('currency', 'plain', 'of the cost', (_, { currency }) => currency),
  column(
    'estimated_recipients',
    'number',
    'scheduled: recipients counted when it was scheduled',
    ({ estimate }) => estimate?.recipients,
  ),
  column('estimated_credits', 'decimal', 'scheduled: what they would cost', ({ estimate }) => estimate?.credits),
  column('reserved_credits', 'decimal', 'credits that are set aside and not charged yet', ({ reserved }) => reserved),
  column(
    'simulated',
    'plain',
    '`yes`: sent to simulated phones by the built-in simulator, so that nobody pays the credits; else empty',
    ({ simulated }) => (simulated ? 'yes' : null),
  ),
]

/** Throws invalid_input for a day that does not exist. */
export async function planActivitiesExport(
  db: Database,
  workspaceId: number,
  question: Omit<ListQuestion, 'after' | 'before' | 'limit'>,
  format: Format,
  now: Date,
  csv?: CsvStyle,
): Promise<PlannedExport> {
  const rows = await listAllActivities(db, workspaceId, question)
  const worth = await readWorth(db, workspaceId, rows)
  const [place] = await db.query<{ name: string; zone: string }>(
    sql`select w.name, w.time_zone as zone from workspaces w where w.id = ${workspaceId}`,
  )
  const { name = '', zone = 'UTC' } = place ?? {}
  const times = rows.map(({ when }) => Date.parse(when))
  const listing: Listing = {
    title: 'SMS',
    columns: exportedColumns.map(({ name, kind }) => ({ name, kind, value: raw(`r.${name}`) })),
    parts: [partOf(rows, worth)],
    stretches: stretchesOf(
      zone,
      new Date(Math.min(now.getTime(), ...times)),
      new Date(Math.max(now.getTime(), ...times)),
    ),
    csv,
  }
  return {
    fileName: `${[...name.replace(/[^\p{L}\p{N} ._-]/gu, '_')].slice(0, 100).join('')}, SMS.${format}`,
    expected: rows.length,
    write: (out, progress) => writeListing(db, listing, format, out, progress),
  }
}

function partOf(rows: readonly Listed[], worth: ReadonlyMap<number, CreditWorth>): Sql {
  const nothing: CreditWorth = { currency: '', creditValue: '0' }
  const arrays = exportedColumns.map(
    ({ of, type }) => sql`${rows.map(row => of(row, worth.get(row.id) ?? nothing) ?? null)}::${type}`,
  )
  const names = raw([...exportedColumns.map(({ name }) => name), 'place'].join(', '))
  return sql`from unnest(${join(arrays)}) with ordinality as r (${names}) order by r.place`
}

async function readWorth(
  db: Database,
  workspaceId: number,
  rows: readonly ListedActivity[],
): Promise<Map<number, CreditWorth>> {
  const found = await db.query<WorthColumns & { id: number }>(
    sql`select a.id, ${worthColumns} from activities a
      join workspaces w on w.id = a.workspace_id
      left join activity_versions v on v.activity_id = a.id and v.version = a.version
      where a.workspace_id = ${workspaceId} and a.id = any(${rows.map(({ id }) => id)}::bigint[]) and ${isVisible}`,
    'export-activities-worth',
  )
  return new Map(found.map(({ id, ...columns }) => [id, worthOf(columns)]))
}
