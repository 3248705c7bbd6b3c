/** The SQL of what waits: receipts that match nothing yet. Real time: this is back-off, not business. */
import { type StoredRow, storedColumns } from '../inbox/record-kind.ts'
import type { Db } from '../platform/db/database.ts'
import { int, rowsNamed } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import type { ReceiptRow } from './receipt-kind.ts'

/** After each look: soon at first, then further and further apart. Then each six hours, for 30 days in all. */
// biome-ignore format: a table reads by its lines
const waitsMs = [
  200, 1_000, 5_000, 30_000,
  60_000, 120_000, 300_000, 600_000, 1_200_000, 2_400_000,
  3_600_000, 7_200_000, 14_400_000,
]
const comeBackMs = 500
const lastWaitMs = 6 * 3_600_000
/** A receipt that has matched nothing for 30 s may settle an attempt whose outcome is unknown. */
export const triesOf30Seconds = 3
const longestMs = 30 * 24 * 3_600_000
const maxTries = waitsMs.length + Math.ceil((longestMs - waitsMs.reduce((sum, ms) => sum + ms, 0)) / lastWaitMs)

const nextTry = (tries: number) => new Date(Date.now() + (waitsMs[tries] ?? lastWaitMs))

export type WaitingRow = ReceiptRow & { tries: number }

const dueRows = rowsNamed('waiting-due', { ...storedColumns, tries: int })

export function readDue(db: Db, limit: number): Promise<(StoredRow & { tries: number })[]> {
  return db.query<StoredRow & { tries: number }>(
    sql`select source, seq, kind, gateway_id as "gatewayId", at, body, tries from waiting
      where settled is null and next_try_at <= ${new Date()} order by next_try_at limit ${limit}`,
    dueRows,
  )
}

/** An erase finds it by this. A gateway that does not turn the addresses of a receipt has it in the other field. */
const numberOf = ({ body: { number, sender } }: ReceiptRow) =>
  number === '' && /^\+?\d{7,}$/.test(sender) ? sender : number

export async function keepWaiting(tx: Db, rows: readonly ReceiptRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx.run(
    sql`insert into waiting (source, seq, kind, gateway_id, at, body, number, tries, next_try_at)
      select u.source, u.seq, 'receipt', u.gateway_id, u.at, u.body::json, u.number, 0, u.next_try_at
      from unnest(${rows.map(row => row.source)}::bigint[], ${rows.map(row => row.seq)}::bigint[], ${rows.map(row => row.gatewayId)}::int[],
        ${rows.map(row => row.at)}::timestamptz[], ${rows.map(row => JSON.stringify(row.body))}::text[],
        ${rows.map(numberOf)}::text[], ${rows.map(() => nextTry(0))}::timestamptz[])
        as u (source, seq, gateway_id, at, body, number, next_try_at)
      on conflict (source, seq) do update set settled = null, tries = 0, next_try_at = excluded.next_try_at, why = null
        where waiting.settled = 'set_aside'`,
    'waiting-insert',
  )
}

/** The raw record stays in the inbox. */
export async function removeMatched(tx: Db, rows: readonly WaitingRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx.run(
    sql`delete from waiting w
      using unnest(${rows.map(row => row.source)}::bigint[], ${rows.map(row => row.seq)}::bigint[]) as u (source, seq)
      where w.source = u.source and w.seq = u.seq`,
    'waiting-matched',
  )
}

/** Due again in a moment, as if they had not been looked at. */
export async function comeBack(db: Db, rows: readonly WaitingRow[]): Promise<void> {
  await db.run(
    sql`update waiting w set tries = u.tries, next_try_at = ${new Date(Date.now() + comeBackMs)}, settled = null
      from unnest(${rows.map(row => row.source)}::bigint[], ${rows.map(row => row.seq)}::bigint[], ${rows.map(row => row.tries)}::int[])
        as u (source, seq, tries)
      where w.source = u.source and w.seq = u.seq and (w.settled is null or w.settled = 'given_up')`,
    'waiting-come-back',
  )
}

/** Looked at again later; given up after 30 days. */
export async function postpone(db: Db, rows: readonly WaitingRow[]): Promise<void> {
  if (rows.length === 0) return
  await db.run(
    sql`update waiting w set tries = u.tries, next_try_at = u.next_try_at, settled = u.settled
      from unnest(${rows.map(row => row.source)}::bigint[], ${rows.map(row => row.seq)}::bigint[], ${rows.map(row => row.tries + 1)}::int[],
        ${rows.map(row => nextTry(row.tries + 1))}::timestamptz[], ${rows.map(row => (row.tries >= maxTries ? 'given_up' : null))}::text[])
        as u (source, seq, tries, next_try_at, settled)
      where w.source = u.source and w.seq = u.seq`,
    'waiting-postpone',
  )
}
