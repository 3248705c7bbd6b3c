/**
 * A listing as a CSV file that a spreadsheet opens well: UTF-8 with BOM, comma, a header row. PostgreSQL writes the rows.
 *
 * A spreadsheet runs a cell that begins with = + - @ or a control sign as a formula. Each text column is made harmless by
 * a leading ' in the query itself; numbers, times and E.164 numbers are passed through.
 */
import type { Database } from '../platform/db.ts'
import { type Sql, sql } from '../platform/sql.ts'
import { copied, type Progress } from './copy-out.ts'
import { type Listing, type ListingColumn, selectOf } from './listing.ts'
import { timeWithOffset } from './zone-times.ts'

const BOM = '\uFEFF'
const [QUOTE, LINE_FEED] = [0x22, 0x0a]

export async function* csvOf(db: Database, listing: Listing, { signal, onRows }: Progress): AsyncGenerator<Buffer> {
  const show = ({ value, kind }: ListingColumn) =>
    kind === 'text' ? harmless(value) : kind === 'time' ? timeWithOffset(value, listing.stretches) : value
  const statements = listing.parts.map(part => selectOf(listing, part, show))
  yield Buffer.from(`${BOM}${listing.columns.map(column => column.name).join(',')}\n`)
  let rows = 0
  // A line feed between quotes ends no row; a quote in a quoted cell is doubled, which changes nothing here.
  let quoted = false
  for await (const chunk of copied(db, statements, 'format csv', signal)) {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]
      if (byte === QUOTE) quoted = !quoted
      else if (byte === LINE_FEED && !quoted) rows++
    }
    onRows?.(rows)
    yield chunk
  }
}

/** = + - @, tab, CR and LF begin what a spreadsheet may run; the full-width = + - @ too, in some languages. */
export function harmless(text: Sql): Sql {
  return sql`case when ascii(${text}) in (9, 10, 13, 43, 45, 61, 64, 65291, 65293, 65309, 65312) then '''' || ${text} else ${text} end`
}
