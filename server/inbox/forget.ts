/**
 * An erase, of what came in: the raw record of each receipt, click and reply keeps its key and what is about the message,
 * and loses what is about the person. Found by the keys that stand in the facts made from it; what matched nothing is
 * found by the number. What comes in later of a person who was erased is wiped when it is applied.
 */
import { testRecipient } from '../../core/messages/test-sms.ts'
import type { MessageKey } from '../messages/change.ts'
import type { Person } from '../messages/personal.ts'
import type { Db } from '../platform/db/database.ts'
import { pgArray, type Sql, sql } from '../platform/db/sql.ts'
import { writtenForms } from '../profiles/phone-check.ts'

/** What may stay of a body; everything else goes, also what a later version adds. */
const kept = ['providerId', 'otherIds', 'state', 'counts', 'code', 'covers', 'sender', 'codeNumber', 'method']

export interface RecordKey {
  source: number
  seq: number
}

export async function forgetRecords(tx: Db, person: Person): Promise<void> {
  await wipeRecords(tx, await recordsOf(tx, person))
}

/** The records that the person's facts were made from, and those that name one of the numbers and became no fact. */
export async function recordsOf(db: Db, { workspaceId, profileId, addresses, tests }: Person): Promise<RecordKey[]> {
  const bucket = profileId & 255
  const keys: RecordKey[] = []
  const written = addresses.sms.flatMap(writtenForms)
  for (const table of [sql`receipts`, sql`clicks`, sql`opt_out_views`, sql`replies`])
    keys.push(
      ...(await db.query<RecordKey>(
        sql`select f.source, f.seq from ${table} f where f.bucket = ${bucket} and f.profile_id = ${profileId}`,
      )),
    )
  keys.push(
    ...(await db.query<RecordKey>(
      sql`select f.source, f.seq from receipts f where f.bucket = ${testRecipient & 255} and f.profile_id = ${testRecipient}
        and f.activity_id = any(${pgArray(tests)}::bigint[])`,
    )),
    ...(await db.query<RecordKey>(
      sql`select /* fanout */ r.source, r.seq from replies r where r.workspace_id = ${workspaceId} and r.address = any(${pgArray(written)}::text[])`,
    )),
    ...(await waitingOf(db, workspaceId, written)),
  )
  keys.push(...(await partsOf(db, workspaceId, written, keys)))
  return keys
}

/** What waits of these numbers, in whatever form, or was set aside: on the accounts of the workspace. */
function waitingOf(tx: Db, workspaceId: number, written: readonly string[]): Promise<RecordKey[]> {
  return tx.query<RecordKey>(sql`
    select w.source, w.seq from waiting w join gateways g on g.id = w.gateway_id
    where w.number = any(${written}::text[])
      and (g.workspace_id = ${workspaceId} or exists (select from gateways o where o.workspace_id = ${workspaceId} and o.account = g.account))`)
}

/** Parts of long replies: of those that these records are, and of those that wait for their rest, on the accounts of the workspace. */
export function partsOf(
  tx: Db,
  workspaceId: number,
  written: readonly string[],
  replies: readonly RecordKey[],
): Promise<RecordKey[]> {
  return tx.query<RecordKey>(sql`
    select p.source, p.seq from unnest(${pgArray(replies.map(key => key.source))}::bigint[], ${pgArray(replies.map(key => key.seq))}::bigint[]) as k (source, seq)
      join reply_parts p on p.joined_source = k.source and p.joined_seq = k.seq
    union
    select p.source, p.seq from reply_parts p
    where p.joined_source is null and p.units <> '' and p.number = any(${written}::text[])
      and exists (select from gateways g join gateways o on o.account = g.account or o.id = g.id
        where g.workspace_id = ${workspaceId} and o.id = p.gateway_id)`)
}

/** The bodies are read here and not by PostgreSQL: an older version kept what its JSON refuses. */
export async function wipeRecords(tx: Db, keys: readonly RecordKey[]): Promise<void> {
  if (keys.length === 0) return
  const these = sql`unnest(${pgArray(keys.map(key => key.source))}::bigint[], ${pgArray(keys.map(key => key.seq))}::bigint[]) as k (source, seq)`
  const inbox = await tx.query<RecordKey & { body: object }>(
    sql`select i.source, i.seq, i.body from inbox i join ${these} on i.source = k.source and i.seq = k.seq`,
  )
  const waiting = await tx.query<RecordKey & { body: object }>(
    sql`select w.source, w.seq, w.body from waiting w join ${these} on w.source = k.source and w.seq = k.seq`,
  )
  if (inbox.length > 0)
    await tx.run(sql`
      update inbox i set body = u.body::json from ${wiped(inbox)} where i.source = u.source and i.seq = u.seq`)
  if (waiting.length > 0)
    await tx.run(sql`
      update waiting w set body = u.body::json, number = '', why = null from ${wiped(waiting)} where w.source = u.source and w.seq = u.seq`)
}

// An empty number matches by the gateway's id alone: what waits still finds its message. A sender that is a number may be the
// person's: some gateways do not turn the addresses of a receipt.
function wiped(rows: readonly (RecordKey & { body: object })[]): Sql {
  const stays = ([key, value]: [string, unknown]) =>
    kept.includes(key) && !(key === 'sender' && /^[+0-9]{7,}$/.test(String(value)))
  const bodies = rows.map(({ body }) =>
    JSON.stringify({ ...Object.fromEntries(Object.entries(body ?? {}).filter(stays)), number: '' }),
  )
  return sql`unnest(${rows.map(row => row.source)}::bigint[], ${rows.map(row => row.seq)}::bigint[], ${bodies}::text[]) as u (source, seq, body)`
}

/** The records of visits to messages of people who were erased before: nothing was counted, and nothing stays. */
export async function wipeVisitsOfErased(db: Db, hits: readonly (MessageKey & RecordKey)[]): Promise<void> {
  if (hits.length === 0) return
  const keys = await db.query<RecordKey>(
    sql`select u.source, u.seq
      from unnest(${pgArray(hits.map(hit => hit.bucket))}::int[], ${pgArray(hits.map(hit => hit.activityId))}::bigint[],
        ${pgArray(hits.map(hit => hit.profileId))}::bigint[], ${pgArray(hits.map(hit => hit.source))}::bigint[],
        ${pgArray(hits.map(hit => hit.seq))}::bigint[]) as u (bucket, activity_id, profile_id, source, seq)
      join messages m on m.bucket = u.bucket and m.activity_id = u.activity_id and m.profile_id = u.profile_id
      where m.bucket = any(${pgArray([...new Set(hits.map(hit => hit.bucket))])}::int[]) and m.address is null`,
    'visits-erased',
  )
  await wipeRecords(db, keys)
}
