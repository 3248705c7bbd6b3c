/**
 * Which receipts could settle an attempt whose outcome is unknown? Asked for a whole batch, in three statements: the numbers
 * of receipts that belong to another system are not ours, or have no such attempt, and need no look of their own.
 */
import { testRecipient } from '../../core/messages/test-sms.ts'
import type { ReceiptBody } from '../gateways/delivered.ts'
import type { Db } from '../platform/db/database.ts'
import { int, rowsNamed, text } from '../platform/db/rows.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import { unknownHorizonMs } from './provider-ids.ts'
import { phonesOf } from './same-number.ts'

/** The receipts that `matchUnknown` may find an attempt for. `now`: business time. */
export async function mayBeUnknown<Row extends { body: ReceiptBody }>(
  db: Db,
  rows: readonly Row[],
  now: Date,
): Promise<Row[]> {
  const named = new Map(rows.map(row => [row, phonesOf(row.body)]))
  const phones = [...new Set([...named.values()].flat())]
  const since = new Date(now.getTime() - unknownHorizonMs)
  const found = new Set(await readUnknown(db, phones, since))
  return rows.filter(row => named.get(row)?.some(phone => found.has(phone)))
}

const holderRows = rowsNamed('unknown-holders', { id: int })

const numberRows = rowsNamed('unknown-numbers', { address: text })

async function readUnknown(db: Db, phones: readonly string[], since: Date): Promise<string[]> {
  const holders = await db.query<{ id: number }>(
    sql`select k.profile_id as id from profile_keys k where k.kind = 'phone' and k.value = any(${pgArray(phones)}::text[])`,
    holderRows,
  )
  const ids = [...new Set([testRecipient, ...holders.map(({ id }) => id)])]
  const rows = await db.query<{ address: string }>(
    sql`select distinct m.address from messages m
        join answers b on b.bucket = m.bucket and b.activity_id = m.activity_id and b.profile_id = m.profile_id
      where m.bucket = any(${pgArray([...new Set(ids.map(id => id & 255))])}::int[]) and m.profile_id = any(${pgArray(ids)}::bigint[])
        and m.address = any(${pgArray(phones)}::text[]) and b.outcome = 'unknown' and b.at > ${since}`,
    numberRows,
  )
  return rows.map(({ address }) => address)
}
