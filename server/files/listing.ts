/**
 * A list to export in any format: its columns, defined once, and the source of its rows. How a format writes a column depends only on the
 * column's kind, so CSV, XLSX and NDJSON cannot differ in content.
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
import type { ZoneStretch } from './zone-times.ts'

export type ColumnKind = 'text' | 'plain' | 'number' | 'decimal' | 'time'

export interface ListingColumn {
  /** the header; lower case with underscores, never renamed */
  name: string
  /** an SQL expression; of a time: timestamptz */
  value: Sql
  kind: ColumnKind
}

export interface Listing {
  /** title of its sheet */
  title: string
  columns: readonly ListingColumn[]
  /** `from … where … order by …`; several are read one after the other, each in its own statement and snapshot */
  parts: readonly Sql[]
  /** of the time zone of its times */
  stretches: readonly ZoneStretch[]
  /** style of its CSV; undefined: the default */
  csv?: CsvStyle | undefined
}

/** The rows of a part; `show` writes each kind of column. */
export function selectOf({ columns }: Listing, part: Sql, show: (column: ListingColumn) => Sql): Sql {
  return sql`select ${join(columns.map(column => sql`${show(column)} as ${raw(column.name)}`))} ${part}`
}
