/**
 * The one way into the inbox: a batch of one source, by key. After a lost connection, or when a spool is read twice, some
 * keys may be stored already: their rows stay as they are.
 */
import type pg from 'pg'

/** A record with its place, the body already as JSON text. */
export interface InboxEntry {
  seq: number
  kind: string
  gatewayId: number | null
  /** business time of arrival */
  at: Date
  /** JSON text of the body, as JSON.stringify writes it: one line */
  body: string
}

// Clicks wait for this, so it costs as little as can be: JSON text holds no raw line feed, so the bodies go as lines, which
// need no quoting; kinds are plain words; times are milliseconds, exact in a float of 64 bits.
const insert = `
  insert into inbox (source, seq, kind, gateway_id, at, body)
  select $1, u.seq, u.kind, u.gateway_id, timestamptz 'epoch' + u.at * interval '1 millisecond', u.body::json
  from unnest($2::bigint[], $3::text[], $4::int[], $5::bigint[], string_to_array($6, E'\\n')) as u (seq, kind, gateway_id, at, body)`

const statements = {
  new: { name: 'inbox-append', text: insert },
  // Checks every row for a conflict, which costs a third more.
  maybeStored: { name: 'inbox-append-again', text: `${insert} on conflict (source, seq) do nothing` },
}

/**
 * One statement, one commit. `new`: keys that nothing has been sent under; a repeated one is an error. `maybeStored`: any of
 * them may be stored already. Rejects with PostgreSQL's error.
 */
export async function insertEntries(
  client: pg.ClientBase,
  source: number,
  keys: keyof typeof statements,
  entries: readonly InboxEntry[],
): Promise<void> {
  await client.query({
    ...statements[keys],
    values: [
      source,
      `{${entries.map(entry => entry.seq).join(',')}}`,
      `{${entries.map(entry => entry.kind).join(',')}}`,
      `{${entries.map(entry => entry.gatewayId ?? 'null').join(',')}}`,
      `{${entries.map(entry => entry.at.getTime()).join(',')}}`,
      entries.map(entry => entry.body).join('\n'),
    ],
  })
}
