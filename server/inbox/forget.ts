/**
 * Erases a person from the raw records. A record keeps its key and what its kind keeps of the body. The records are found by the keys
 * of the facts that were made from them, and those that became no fact by the number. A record that comes in after the erase is wiped
 * when it is applied.
 */
import type { PersonalDataSubject } from '../messages/personal.ts'
import type { Db } from '../platform/db/database.ts'
import { pgArray, type Sql, sql } from '../platform/db/sql.ts'
import { writtenForms } from '../profiles/phone-check.ts'
import type { AnyKind, RecordKey } from './record-kind.ts'

export async function forgetRecords(tx: Db, person: PersonalDataSubject, kinds: readonly AnyKind[]): Promise<void> {
  await wipeRecords(tx, await recordsOf(tx, person, kinds), kinds)
}

/** The records that the person's facts were made from, and those that name one of the numbers and became no fact. */
export async function recordsOf(db: Db, person: PersonalDataSubject, kinds: readonly AnyKind[]): Promise<RecordKey[]> {
  const keys: RecordKey[] = []
  for (const kind of kinds) keys.push(...(await kind.recordsOf(db, person)))
  const { workspaceId, addresses } = person
  return [...keys, ...(await waitingOf(db, workspaceId, addresses.sms.flatMap(writtenForms)))]
}

/** What waits of these numbers, in whatever form, or was set aside: on the accounts of the workspace. */
function waitingOf(tx: Db, workspaceId: number, written: readonly string[]): Promise<RecordKey[]> {
  return tx.query<RecordKey>(sql`
    select w.source, w.seq from waiting w join gateways g on g.id = w.gateway_id
    where w.number = any(${written}::text[])
      and (g.workspace_id = ${workspaceId} or exists (select from gateways o where o.workspace_id = ${workspaceId} and o.account = g.account))`)
}

/** The bodies are read here and not by PostgreSQL: an earlier version kept what its JSON refuses. */
export async function wipeRecords(tx: Db, keys: readonly RecordKey[], kinds: readonly AnyKind[]): Promise<void> {
  if (keys.length === 0) return
  const these = sql`unnest(${pgArray(keys.map(key => key.source))}::bigint[], ${pgArray(keys.map(key => key.seq))}::bigint[]) as k (source, seq)`
  const inbox = await tx.query<Stored>(
    sql`select i.source, i.seq, i.kind, i.body from inbox i join ${these} on i.source = k.source and i.seq = k.seq`,
  )
  const waiting = await tx.query<Stored>(
    sql`select w.source, w.seq, w.kind, w.body from waiting w join ${these} on w.source = k.source and w.seq = k.seq`,
  )
  if (inbox.length > 0)
    await tx.run(sql`
      update inbox i set body = u.body::json from ${wiped(inbox, kinds)} where i.source = u.source and i.seq = u.seq`)
  if (waiting.length > 0)
    await tx.run(sql`
      update waiting w set body = u.body::json, number = '', why = null from ${wiped(waiting, kinds)} where w.source = u.source and w.seq = u.seq`)
}

type Stored = RecordKey & { kind: string; body: unknown }

// Nothing stays of a record of a kind that this version does not know.
function wiped(rows: readonly Stored[], kinds: readonly AnyKind[]): Sql {
  const bodies = rows.map(({ kind, body }) =>
    JSON.stringify(kinds.find(({ name }) => name === kind)?.erased(body) ?? {}),
  )
  return sql`unnest(${rows.map(row => row.source)}::bigint[], ${rows.map(row => row.seq)}::bigint[], ${bodies}::text[]) as u (source, seq, body)`
}
