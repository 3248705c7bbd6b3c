/**
 * Records that could not be applied. Each is kept raw with the reason, in `waiting`; it is tried again alone, further and further
 * apart (a fault that passes heals itself), and at once where an operator says so after an upgrade. Real time: back-off.
 */
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Applier } from './applier.ts'
import { cleaned } from './cleaned.ts'
import { isOfRecords, reasonOf } from './failures.ts'
import type { InboxRow } from './inbox-record.ts'

const minute = 60_000
const waitsMs = [10 * minute, 60 * minute, 6 * 60 * minute]
const lastWaitMs = 24 * 60 * minute
/** 30 days */
const mostTries = 32
const never = new Date('9999-01-01T00:00:00Z')
const batchSize = 20

const nextTry = (tries: number) => (tries > mostTries ? never : new Date(Date.now() + (waitsMs[tries] ?? lastWaitMs)))

/** alone: it is not tried again unless an operator says so, because it ends the process that applies it. */
export async function setAside(tx: Db, row: InboxRow, why: string, alone = false): Promise<void> {
  await tx.run(
    sql`insert into waiting (source, seq, kind, gateway_id, at, body, next_try_at, settled, number, why)
      values (${row.source}, ${row.seq}, ${row.kind}, ${row.gatewayId}, ${row.at}, ${JSON.stringify(cleaned(row.body))}::json,
        ${alone ? never : nextTry(0)}, 'set_aside', ${numberOf(row)}, ${why})
      on conflict (source, seq) do update set settled = excluded.settled, why = excluded.why, next_try_at = excluded.next_try_at,
        body = excluded.body, number = excluded.number`,
    'set-aside',
  )
}

/** Deliveries that nobody could read are listed there too, as they came. */
export const unreadableApplier = (db: Database): Applier => ({
  kinds: ['unreadable'],
  apply: (rows, finish) =>
    db.tx(async tx => {
      const unreadable = rows.filter(row => row.kind === 'unreadable')
      await tx.run(
        sql`insert into waiting (source, seq, kind, gateway_id, at, body, next_try_at, settled, why)
          select u.source, u.seq, 'unreadable', u.gateway_id, u.at, u.body::json, ${never}, 'unreadable', u.why
          from unnest(${unreadable.map(row => row.source)}::bigint[], ${unreadable.map(row => row.seq)}::bigint[],
            ${unreadable.map(row => row.gatewayId)}::int[], ${unreadable.map(row => row.at)}::timestamptz[],
            ${unreadable.map(row => JSON.stringify(row.body))}::text[], ${unreadable.map(row => row.body.why)}::text[])
            as u (source, seq, gateway_id, at, body, why)
          on conflict (source, seq) do nothing`,
        'unreadable-keep',
      )
      await finish(tx)
    }),
})

/** What waits to be tried again now, each alone. Returns how many were looked at. */
export async function retrySetAside(db: Database, appliers: readonly Applier[]): Promise<number> {
  // Postponed before it is tried: what ends the process does not end the next one at once.
  const rows = await db.query<InboxRow & { tries: number }>(
    sql`select source, seq, kind, gateway_id as "gatewayId", at, body, tries from waiting
      where settled = 'set_aside' and next_try_at <= ${new Date()} order by next_try_at limit ${batchSize}`,
    'set-aside-due',
  )
  for (const row of rows) {
    await db.run(
      sql`update waiting set tries = tries + 1, next_try_at = ${nextTry(row.tries + 1)} where source = ${row.source} and seq = ${row.seq}`,
      'set-aside-postpone',
    )
    const done = (tx: Db) =>
      tx.run(
        sql`delete from waiting where source = ${row.source} and seq = ${row.seq} and settled = 'set_aside'`,
        'set-aside-done',
      )
    const applier = appliers.find(({ kinds }) => kinds.includes(row.kind))
    try {
      await applier?.apply([row], async tx => void (await done(tx)))
    } catch (error) {
      if (!isOfRecords(error)) throw error
      await db.run(
        sql`update waiting set why = ${reasonOf(error)} where source = ${row.source} and seq = ${row.seq}`,
        'set-aside-why',
      )
    }
  }
  return rows.length
}

/**
 * Everything that was set aside or given up is tried again at once: after an upgrade. Returns how many. `workspaceId`: null for
 * the whole installation.
 */
export async function retryAll(db: Db, workspaceId: number | null): Promise<number> {
  const which =
    workspaceId === null ? sql`true` : sql`gateway_id in (select id from gateways where workspace_id = ${workspaceId})`
  return db.run(
    sql`update waiting set next_try_at = ${new Date()}, tries = 0, settled = case settled when 'given_up' then null else settled end
      where settled in ('set_aside', 'given_up') and ${which}`,
  )
}

/** The number as the record names it: an erase finds it by this. Nothing is sure about the body of a record that was set aside. */
function numberOf({ body }: { body: unknown }): string {
  return typeof body === 'object' && body !== null && 'number' in body && typeof body.number === 'string'
    ? body.number.replaceAll('\0', '').slice(0, 100)
    : ''
}
