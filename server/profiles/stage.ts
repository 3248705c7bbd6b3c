/**
 * Staged profiles: checked and copied into a temporary table of one connection, from which merge.ts reads. A row contains what one line of a
 * list (or one input of the API) says; null and empty mean no change.
 */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ClientBase } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { PhoneType } from '../../core/phone.ts'
import { type Db, overClient } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'

export interface StagedProfile {
  /** Later lines override earlier ones of the same person. */
  line: number
  externalKey: string | null
  /** E.164 with +, if valid. */
  phone: string | null
  /** The given text, if invalid. */
  phoneGiven: string | null
  phoneType: PhoneType
  country: string | null
  /** In lower case. */
  email: string | null
  emailValid: boolean
  firstName: string | null
  lastName: string | null
  attributes: Readonly<Record<string, string | number>>
  /** The written forms of those; null: there is none, and an earlier one is over. */
  written: Readonly<Record<string, string | null>>
  consent: boolean | null
  /** The given word. */
  consentGiven: string | null
}

/** The key that identifies a row. */
export type Who = 'external_key' | 'email' | 'phone'

export const maxExternalKey = 200
export const maxName = 200
export const maxText = 10_000

const columns = `
  line int not null, external_key text, phone text, phone_given text, phone_type text not null, country text,
  email text, email_valid boolean not null, first_name text, last_name text, attrs jsonb not null, written jsonb not null, consent boolean, consent_given text`

/** What the merge determines about the staged rows. */
const findings: readonly [string, string][] = [
  ['profile_winners', 'line int not null, who text not null'],
  ['profile_matched', 'line int not null, profile_id bigint not null'],
  ['profile_resolved', 'line int not null, bucket int not null, profile_id bigint not null, is_new boolean not null'],
  ['profile_candidates', 'line int not null, profile_id bigint not null'],
  ['profile_changes', 'profile_id bigint not null, kind text not null, old_value text, new_value text'],
  ['profile_numbers', 'phone text not null, new boolean not null'],
  ['profile_sharing', 'bucket int not null, profile_id bigint not null, shared boolean not null'],
  [
    'profile_consents',
    'bucket int not null, profile_id bigint not null, topic_id int not null, channel text not null, at timestamptz not null, granted boolean not null, same boolean not null, source text not null, evidence jsonb not null',
  ],
]

/**
 * Creates missing tables. `large`: the staged rows outlive a transaction (a list is read for minutes), on a connection that is closed
 * afterwards. Otherwise the tables are created once per connection and emptied at each commit.
 */
export async function openStage(db: Db, large: boolean): Promise<void> {
  if (large) {
    await db.run(sql`drop table if exists pg_temp.profile_stage`)
    await db.run(sql`set temp_buffers = '32MB'`).catch(() => {}) // fails if the connection has used some already
  }
  await db.run(
    text(`create temp table if not exists profile_stage (${columns}) on commit ${large ? 'preserve' : 'delete'} rows`),
  )
  for (const [name, definition] of findings) {
    await db.run(text(`create temp table if not exists ${name} (${definition}) on commit delete rows`))
  }
}

/** Rows in COPY's text format, in chunks. */
export async function copyStaged(
  client: ClientBase,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  const copy = client.query(copyFrom('copy profile_stage from stdin'))
  await pipeline(Readable.from(chunks, { objectMode: true, highWaterMark: 2 }), copy)
  return copy.rowCount ?? 0
}

/** What statements join and group by; the other columns only cost time. */
const analyzed: Readonly<Record<string, string>> = {
  profile_stage: ' (line, external_key, phone, phone_type, email, email_valid)',
}

/** For many rows: gives the planner their number. */
export async function analyzeStage(client: ClientBase, tables: readonly string[]): Promise<void> {
  const db = overClient(client)
  for (const name of tables) await db.run(text(`analyze ${name}${analyzed[name] ?? ''}`))
}

/** The row as COPY reads it, with its line end. */
export function copyLine(row: StagedProfile): string {
  return `${row.line}\t${cell(row.externalKey)}\t${cell(row.phone)}\t${cell(row.phoneGiven)}\t${row.phoneType}\t${cell(row.country)}\t${cell(
    row.email,
  )}\t${row.emailValid ? 't' : 'f'}\t${cell(row.firstName)}\t${cell(row.lastName)}\t${cell(JSON.stringify(row.attributes))}\t${cell(JSON.stringify(row.written))}\t${flag(
    row.consent,
  )}\t${cell(row.consentGiven)}\n`
}

const special = /[\\\n\r\t]/
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function cell(value: string | null): string {
  if (value === null) return '\\N'
  return special.test(value) ? value.replace(/[\\\n\r\t]/g, character => escapes[character] ?? character) : value
}

function flag(value: boolean | null): string {
  return value === null ? '\\N' : value ? 't' : 'f'
}

/** A constant text of ours as a statement. */
function text(statement: string): Sql {
  return sql([statement])
}
