/**
 * A kind of record. The owner of the facts that are made from a record declares its kind: the shape of the body, the lane, what an erase
 * leaves of it, and what an operator sees of it when it was set aside. The inbox handles every record through this declaration and knows no
 * kind. server/record-kinds.ts lists them all.
 */
import type { Static, TObject } from 'typebox'
import { Compile } from 'typebox/compile'
import type { PersonalDataSubject } from '../messages/personal.ts'
import type { Db } from '../platform/db/database.ts'
import { anything, int, orNull, text, time } from '../platform/db/rows.ts'
import type { Lane } from './lanes.ts'

/** The facts that are made from a record carry its key, so a replay changes nothing. */
export interface RecordKey {
  source: number
  seq: number
}

/** What is appended. `at`: business time of arrival. */
export interface InboxRecord {
  kind: string
  at: Date
  gatewayId: number | null
  body: object
}

/** A record as it was stored, by this version or by an earlier one. */
export interface StoredRow extends RecordKey {
  kind: string
  at: Date
  gatewayId: number | null
  body: unknown
}

/** The columns of a `StoredRow`, for the rows of a statement. */
export const storedColumns = { source: int, seq: int, kind: text, at: time, gatewayId: orNull(int), body: anything }

/** A record whose body has the shape of its kind. */
export interface InboxRow<Name extends string, Body> extends RecordKey {
  kind: Name
  at: Date
  gatewayId: number | null
  body: Body
}

/** A kind without its types: enough to route, show and erase its records. */
export interface AnyKind {
  readonly name: string
  readonly lane: Lane
  /** what operators read: "Delivery receipt" */
  readonly label: string
  /** The id that the sender gave the record; null: it has none. */
  referenceOf(stored: unknown): string | null
  /** What stays of a body when its person is erased. Nothing stays of a body that does not have the shape of the kind. */
  erased(stored: unknown): object
  /** The records that the facts of a person were made from. */
  recordsOf(db: Db, person: PersonalDataSubject): Promise<RecordKey[]>
}

export interface RecordKind<Name extends string, Body> extends AnyKind {
  readonly name: Name
  /** What is wrong with the body, and where; undefined: it has the shape of the kind. */
  faultOf(stored: unknown): string | undefined
  has(stored: unknown): stored is Body
}

export interface KindOptions<Name extends string, Schema extends TObject> {
  name: Name
  lane: Lane
  label: string
  /** Bodies of earlier versions must have this shape too: a field that one of them did not write is optional. */
  schema: Schema
  /** The fields that stay after an erase. A body with a person's number has it in the field `number`, by which an erase finds it. */
  erase(body: Static<Schema>): Partial<Static<Schema>>
  recordsOf(db: Db, person: PersonalDataSubject): Promise<RecordKey[]>
  /** the field with the id that the sender gave the record */
  reference?: keyof Static<Schema> & string
}

export function recordKind<const Name extends string, Schema extends TObject>({
  name,
  lane,
  label,
  schema,
  erase,
  recordsOf,
  reference,
}: KindOptions<Name, Schema>): RecordKind<Name, Static<Schema>> {
  const compiled = Compile(schema)
  const has = (stored: unknown): stored is Static<Schema> => compiled.Check(stored)
  return {
    name,
    lane,
    label,
    recordsOf,
    has,
    faultOf(stored) {
      if (has(stored)) return undefined
      const [first] = compiled.Errors(stored)
      const where = first === undefined || first.instancePath === '' ? 'body' : first.instancePath.slice(1)
      return `The ${name} cannot be read: ${where} ${first?.message ?? 'is not valid'}.`
    },
    erased: stored => (has(stored) ? erase(stored) : {}),
    referenceOf: stored => textIn(stored, reference),
  }
}

const textLimit = 100

/** Read without the schema: a record that was set aside may have any shape. */
function textIn(stored: unknown, field: string | undefined): string | null {
  if (field === undefined || typeof stored !== 'object' || stored === null) return null
  const value: unknown = Object.entries(stored).find(([key]) => key === field)?.[1]
  return typeof value === 'string' ? value.slice(0, textLimit) : null
}
