/**
 * Records that could not be applied. Each is kept raw with the reason, in `waiting`; it is tried again alone, further and further
 * apart (a fault that passes heals itself), and at once where an operator says so after an upgrade. Real time: back-off.
 */
import { audit } from '../access/audit.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { int, rowsNamed } from '../platform/db/rows.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import { type Applier, type Faulty, type Finish, unknownKind } from './applier.ts'
import { cleaned } from './cleaned.ts'
import { isOfRecords, reasonOf } from './failures.ts'
import { type StoredRow, storedColumns } from './record-kind.ts'

const minute = 60_000
const waitsMs = [10 * minute, 60 * minute, 6 * 60 * minute]
const lastWaitMs = 24 * 60 * minute
/** 30 days */
const mostTries = 32
const never = new Date('9999-01-01T00:00:00Z')
const batchSize = 20

const nextTry = (tries: number) => (tries > mostTries ? never : new Date(Date.now() + (waitsMs[tries] ?? lastWaitMs)))

/** `alone`: they are retried only when an operator requests it, because they end the process that applies them. */
export async function setAside(tx: Db, faulty: readonly Faulty[], alone = false): Promise<void> {
  if (faulty.length === 0) return
  await tx.run(
    sql`insert into waiting (source, seq, kind, gateway_id, at, body, next_try_at, settled, number, why)
      select u.source, u.seq, u.kind, u.gateway_id, u.at, u.body::json, ${alone ? never : nextTry(0)}, 'set_aside', u.number, u.why
      from ${rowsOf(faulty)}
      on conflict (source, seq) do update set settled = excluded.settled, why = excluded.why, next_try_at = excluded.next_try_at,
        body = excluded.body, number = excluded.number`,
    'set-aside',
  )
}

/** Deliveries that could not be read are listed beside them, as they came, and are never retried. */
export async function listUnreadable(tx: Db, unreadable: readonly Faulty[]): Promise<void> {
  await tx.run(
    sql`insert into waiting (source, seq, kind, gateway_id, at, body, next_try_at, settled, why)
      select u.source, u.seq, u.kind, u.gateway_id, u.at, u.body::json, ${never}, 'unreadable', u.why
      from ${rowsOf(unreadable)}
      on conflict (source, seq) do nothing`,
    'unreadable-keep',
  )
}

const rowsOf = (faulty: readonly Faulty[]): Sql =>
  sql`unnest(${faulty.map(({ row }) => row.source)}::bigint[], ${faulty.map(({ row }) => row.seq)}::bigint[],
    ${faulty.map(({ row }) => row.kind)}::text[], ${faulty.map(({ row }) => row.gatewayId)}::int[], ${faulty.map(({ row }) => row.at)}::timestamptz[],
    ${faulty.map(({ row }) => JSON.stringify(cleaned(row.body)))}::text[], ${faulty.map(({ row }) => numberIn(row.body))}::text[],
    ${faulty.map(({ why }) => why)}::text[]) as u (source, seq, kind, gateway_id, at, body, number, why)`

const dueRows = rowsNamed('set-aside-due', { ...storedColumns, tries: int })

/** What waits to be tried again now, each alone. Returns how many were looked at. */
export async function retrySetAside(db: Database, appliers: readonly Applier[]): Promise<number> {
  // Postponed before it is tried: what ends the process does not end the next one at once.
  const rows = await db.query<StoredRow & { tries: number }>(
    sql`select source, seq, kind, gateway_id as "gatewayId", at, body, tries from waiting
      where settled = 'set_aside' and next_try_at <= ${new Date()} order by next_try_at limit ${batchSize}`,
    dueRows,
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
    const why = await applyAlone(appliers, row, async tx => void (await done(tx)))
    if (why !== undefined)
      await db.run(
        sql`update waiting set why = ${why} where source = ${row.source} and seq = ${row.seq}`,
        'set-aside-why',
      )
  }
  return rows.length
}

/** Returns the reason why it still cannot be applied. */
async function applyAlone(appliers: readonly Applier[], row: StoredRow, finish: Finish): Promise<string | undefined> {
  const applier = appliers.find(({ kinds }) => kinds.some(({ name }) => name === row.kind))
  if (applier === undefined) return unknownKind(row)
  const prepared = applier.prepare([row])
  const [faulty] = prepared.faulty
  if (faulty !== undefined) return faulty.why
  try {
    await prepared.apply(finish)
    return undefined
  } catch (error) {
    if (!isOfRecords(error)) throw error
    return reasonOf(error)
  }
}

/**
 * Everything that was set aside or given up is tried again at once: after an upgrade. Returns how many. `workspaceId`: what is listed for
 * it, and so what belongs to no workspace too; null: the whole installation.
 */
export async function retryAll(
  db: Database,
  { workspaceId, actor }: { workspaceId: number | null; actor: string },
  now: Date,
): Promise<number> {
  const which =
    workspaceId === null
      ? sql`true`
      : sql`not exists (select from gateways g where g.id = w.gateway_id and g.workspace_id <> ${workspaceId})`
  return db.tx(async tx => {
    const records = await tx.run(
      sql`update waiting w set next_try_at = ${new Date()}, tries = 0, settled = case settled when 'given_up' then null else settled end
        where settled in ('set_aside', 'given_up') and ${which}`,
    )
    const subject = workspaceId === null ? 'installation' : `workspace ${workspaceId}`
    if (records > 0)
      await audit(tx, { workspaceId, actor, action: 'unmatched.retry', subject, details: { records } }, now)
    return records
  })
}

/** An erase finds a record that became no fact by the field `number` of its body, whatever its kind. */
function numberIn(body: unknown): string {
  return typeof body === 'object' && body !== null && 'number' in body && typeof body.number === 'string'
    ? body.number.replaceAll('\0', '').slice(0, 100)
    : ''
}
