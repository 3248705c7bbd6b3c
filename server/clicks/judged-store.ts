/** The SQL of the re-evaluation: its progress, the next messages, and what is stored about their clicks. */
import type { AddressClass } from '../../core/clicks/hit.ts'
import { keyColumns, type MessageKey } from '../messages/message-change.ts'
import type { Db } from '../platform/db/database.ts'
import { int, json, oneOf, orNull, rowsNamed, text } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { asked, bucketsOfKeys } from './store.ts'

/** Up to this message, in key order, all clicks are judged by today's rules. */
export interface JudgedMark extends MessageKey {
  /** looked at so far */
  messages: number
}

const judgedRows = rowsNamed('clicks-judged', { ...keyColumns, messages: int })

export async function readJudged(db: Db): Promise<JudgedMark> {
  const [mark] = await db.query<JudgedMark>(
    sql`select bucket, activity_id as "activityId", profile_id as "profileId", messages from clicks_judged where id = 1`,
    judgedRows,
  )
  return mark!
}

/** False: the mark has moved since it was read. */
export async function moveJudged(db: Db, from: MessageKey, to: MessageKey, messages: number): Promise<boolean> {
  const moved = await db.run(
    sql`update clicks_judged set bucket = ${to.bucket}, activity_id = ${to.activityId}, profile_id = ${to.profileId}, messages = messages + ${messages}
      where id = 1 and bucket = ${from.bucket} and activity_id = ${from.activityId} and profile_id = ${from.profileId}`,
    'clicks-judged-move',
  )
  return moved === 1
}

const nextRows = rowsNamed('clicks-judged-next', { ...keyColumns, clicks: int })

/** The next messages with clicks behind this one: along the primary key, of which each entry is read once in a whole walk. */
export function readClicked(db: Db, after: MessageKey, limit: number): Promise<(MessageKey & { clicks: number })[]> {
  return db.query<MessageKey & { clicks: number }>(
    sql`select /* fanout */ c.bucket, c.activity_id as "activityId", c.profile_id as "profileId", count(*) as clicks from clicks c
      where (c.bucket, c.activity_id, c.profile_id) > (${after.bucket}::int, ${after.activityId}::bigint, ${after.profileId}::bigint)
      group by c.bucket, c.activity_id, c.profile_id order by c.bucket, c.activity_id, c.profile_id limit ${limit}`,
    nextRows,
  )
}

/** What was kept of a click for the rules over one visit. */
export interface KeptClick extends MessageKey {
  source: number
  seq: number
  method: string
  agent: string | null
  addressClass: AddressClass
  headers: Record<string, string> | null
}

const keptRows = rowsNamed('clicks-kept', {
  ...keyColumns,
  source: int,
  seq: int,
  method: text,
  agent: orNull(text),
  addressClass: orNull(oneOf(['hosting', 'bots'])),
  headers: orNull(json<Record<string, string>>()),
})

export function readKept(db: Db, keys: readonly MessageKey[]): Promise<KeptClick[]> {
  return db.query<KeptClick>(
    sql`select c.bucket, c.activity_id as "activityId", c.profile_id as "profileId", c.source, c.seq, c.method, c.agent,
        c.address_class as "addressClass", c.headers
      from ${asked(keys)}
      join clicks c on c.bucket = u.bucket and c.activity_id = u.activity_id and c.profile_id = u.profile_id
      where c.bucket = any(${bucketsOfKeys(keys)}::int[])`,
    keptRows,
  )
}
