/**
 * The one statement that writes the inbox: a batch of one source, by key. What is there already stays: a batch that was in
 * doubt (a lost connection) and a spool that is read twice change nothing.
 */
import type pg from 'pg'
import { pgArray } from '../platform/sql.ts'

/** A record with its place, the body already as JSON text. */
export interface InboxEntry {
  seq: number
  kind: string
  gatewayId: number | null
  /** business time of arrival */
  at: Date
  /** JSON text of the body */
  body: string
}

const text = `
  insert into inbox (source, seq, kind, gateway_id, at, body)
  select $1, u.seq, u.kind, u.gateway_id, u.at, u.body::json
  from unnest($2::bigint[], $3::text[], $4::int[], $5::timestamptz[], $6::text[]) as u (seq, kind, gateway_id, at, body)
  on conflict (source, seq) do nothing`

/** One statement, one commit. Rejects with PostgreSQL's error. */
export async function insertEntries(
  client: pg.ClientBase,
  source: number,
  entries: readonly InboxEntry[],
): Promise<void> {
  await client.query({
    name: 'inbox-append',
    text,
    values: [
      source,
      pgArray(entries.map(entry => entry.seq)),
      pgArray(entries.map(entry => entry.kind)),
      pgArray(entries.map(entry => entry.gatewayId)),
      pgArray(entries.map(entry => entry.at)),
      pgArray(entries.map(entry => entry.body)),
    ],
  })
}
