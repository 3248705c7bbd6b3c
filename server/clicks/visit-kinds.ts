/** Visits as records of the inbox: clicks on short links, and views of the opt-out page. */
import { type Static, Type } from 'typebox'
import { type InboxRow, type RecordKey, recordKind } from '../inbox/record-kind.ts'
import type { PersonalDataSubject } from '../messages/personal.ts'
import type { Db } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'

const VisitBody = Type.Object({
  /** the number sealed in the short code (seal.ts), opened before the record was appended */
  codeNumber: Type.Number(),
  method: Type.String(),
  agent: Type.String(),
  /** salted hash, never the address itself */
  addressHash: Type.String(),
  /** headers that identify bots, kept as evidence: empty where none was sent, missing in records of earlier versions */
  headers: Type.Optional(Type.Record(Type.String(), Type.String())),
  /** what the operator's list of networks says about the address */
  addressClass: Type.Optional(Type.Union([Type.Literal('hosting'), Type.Literal('bots')])),
})
export type VisitBody = Static<typeof VisitBody>

export type VisitRow = InboxRow<'click' | 'opt_out_view', VisitBody>

const erase = ({ codeNumber, method }: VisitBody) => ({ codeNumber, method })
const recordsIn =
  (table: Sql) =>
  (db: Db, { profileId }: PersonalDataSubject): Promise<RecordKey[]> =>
    db.query<RecordKey>(
      sql`select f.source, f.seq from ${table} f where f.bucket = ${profileId & 255} and f.profile_id = ${profileId}`,
    )

export const clickKind = recordKind({
  name: 'click',
  lane: 'web',
  label: 'Click',
  schema: VisitBody,
  erase,
  recordsOf: recordsIn(sql`clicks`),
})

/** Somebody looked at the page behind an unsubscribe link: evidence, never a click. */
export const optOutViewKind = recordKind({
  name: 'opt_out_view',
  lane: 'web',
  label: 'View of the opt-out page',
  schema: VisitBody,
  erase,
  recordsOf: recordsIn(sql`opt_out_views`),
})

export const visitKinds = [clickKind, optOutViewKind] as const
