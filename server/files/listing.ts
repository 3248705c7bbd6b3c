/**
 * A list to take along, in any format: its columns, once for all of them, and where its rows come from. What a format makes of
 * a column hangs on the column's kind alone, so that CSV, XLSX and NDJSON cannot tell different things.
 *
 * kind      CSV                               XLSX                            NDJSON
 * text      from outside: marked (formula.ts)  text                            string
 * plain     as it is: no formula, or known    text (+ and leading 0 stay)     string
 *           not to be one (E.164)
 * number    digits                            number                          number
 * decimal   digits                            number, four places             string: money is never a float
 * time      RFC 3339: with a space, offset    date-time of the zone, its      ISO 8601: with a T, offset
 *                                             offset shown by the format
 */
import { join, raw, type Sql, sql } from '../platform/db/sql.ts'
import type { CsvStyle } from './csv-style.ts'
import type { Stretch } from './zone-times.ts'

export type ColumnKind = 'text' | 'plain' | 'number' | 'decimal' | 'time'

export interface ListingColumn {
  /** the header; lower case with underscores, never renamed */
  name: string
  /** an SQL expression; of a time: timestamptz */
  value: Sql
  kind: ColumnKind
}

export interface Listing {
  /** what a sheet of it is called */
  title: string
  columns: readonly ListingColumn[]
  /** `from … where … order by …`; several: one after the other, each a statement and a snapshot of its own */
  parts: readonly Sql[]
  /** of the zone that its times are shown in */
  stretches: readonly Stretch[]
  /** how a CSV of it is written; undefined: as usual */
  csv?: CsvStyle | undefined
}

/** The rows of a part, each column as `show` writes its kind. */
export function selectOf({ columns }: Listing, part: Sql, show: (column: ListingColumn) => Sql): Sql {
  return sql`select ${join(columns.map(column => sql`${show(column)} as ${raw(column.name)}`))} ${part}`
}
