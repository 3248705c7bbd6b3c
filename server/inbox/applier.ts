/** Makes facts of the records of one owner. server/record-kinds.ts lists them, and server/run-lanes.ts runs them in the lanes. */
import type { Grouping } from '../messages/group.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database, Db } from '../platform/db/database.ts'
import type { AnyKind, InboxRow, RecordKind, StoredRow } from './record-kind.ts'

/** Runs in the last transaction of a batch: the watermark moves together with the facts. */
export type Finish = (tx: Db) => Promise<void>

/** A record that cannot be applied, and the reason. */
export interface Faulty {
  row: StoredRow
  why: string
}

/** The records of one applier in a batch, checked against the schemas of their kinds. */
export interface CheckedRecords {
  readonly faulty: readonly Faulty[]
  /** records that `apply` makes facts of */
  readonly count: number
  apply(finish: Finish): Promise<void>
}

export interface Applier {
  readonly kinds: readonly AnyKind[]
  /** The rows must be of these kinds. */
  prepare(rows: readonly StoredRow[]): CheckedRecords
}

/**
 * `apply` makes facts of the rows, in their order. A replay must change nothing. It calls `finish` once, within its last transaction.
 */
export function makeApplier<Name extends string, Body>(
  kinds: readonly RecordKind<Name, Body>[],
  apply: (rows: readonly InboxRow<Name, Body>[], finish: Finish) => Promise<void>,
): Applier {
  return {
    kinds,
    prepare(rows) {
      const { readable, faulty } = readRows(kinds, rows)
      return { faulty, count: readable.length, apply: finish => apply(readable, finish) }
    },
  }
}

export function readRows<Name extends string, Body, Row extends StoredRow>(
  kinds: readonly RecordKind<Name, Body>[],
  rows: readonly Row[],
): { readable: (Row & InboxRow<Name, Body>)[]; faulty: Faulty[] } {
  const readable: (Row & InboxRow<Name, Body>)[] = []
  const faulty: Faulty[] = []
  for (const row of rows) {
    const kind = kinds.find(({ name }) => name === row.kind)
    if (kind === undefined) faulty.push({ row, why: unknownKind(row) })
    else if (kind.has(row.body)) readable.push({ ...row, kind: kind.name, body: row.body })
    else faulty.push({ row, why: kind.faultOf(row.body) ?? '' })
  }
  return { readable, faulty }
}

/** A record of a newer version. It is kept for that version. */
export const unknownKind = ({ kind }: StoredRow): string => `This version knows no record of the kind "${kind}".`

export interface ApplyContext {
  db: Database
  clock: Clock
  grouping: Grouping
}

/** What an owner registers: the kinds of its records, and how they are applied. */
export interface Registration {
  readonly kinds: readonly AnyKind[]
  readonly makeApplier: (context: ApplyContext) => Applier
  /** Looks again at a batch of records that wait for a match. Returns how many there were. */
  readonly retryWaiting?: (context: ApplyContext) => Promise<number>
}
