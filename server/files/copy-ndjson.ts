/** A listing as NDJSON: one JSON object per row and line, with the columns as keys. PostgreSQL writes the rows. */
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { copied, type Progress } from './copy-out.ts'
import { type Listing, type ListingColumn, selectOf } from './listing.ts'
import { timeWithOffset } from './zone-times.ts'

/** Delimiter and quote are characters that JSON always escapes: COPY quotes nothing, and each line is the object unchanged. */
const unquoted = String.raw`format csv, delimiter E'\x02', quote E'\x01'`
const LINE_FEED = 0x0a

export async function* ndjsonOf(db: Database, listing: Listing, { signal, onRows }: Progress): AsyncGenerator<Buffer> {
  const show = ({ value, kind }: ListingColumn) =>
    kind === 'number'
      ? value
      : kind === 'time'
        ? sql`replace(${timeWithOffset(value, listing.stretches)}, ' ', 'T')`
        : sql`(${value})::text`
  const statements = listing.parts.map(part => sql`select row_to_json(r) from (${selectOf(listing, part, show)}) r`)
  let rows = 0
  for await (const chunk of copied(db, statements, unquoted, signal)) {
    for (let i = chunk.indexOf(LINE_FEED); i >= 0; i = chunk.indexOf(LINE_FEED, i + 1)) rows++
    onRows?.(rows)
    yield chunk
  }
}
