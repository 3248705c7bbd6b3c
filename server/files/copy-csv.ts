/**
 * A listing as a CSV file for spreadsheets: UTF-8 with BOM, a header row, comma unless another separator is chosen.
 * PostgreSQL writes the rows. No cell is a formula (formula.ts): numbers, times and E.164 numbers pass unchanged.
 */
import type { Database } from '../platform/db/database.ts'
import { copied, type Progress } from './copy-out.ts'
import { csvSeparators, usualCsv } from './csv-style.ts'
import { insideMarker, markedStart } from './formula.ts'
import { type Listing, type ListingColumn, selectOf } from './listing.ts'
import { timeWithOffset } from './zone-times.ts'

const BOM = '\uFEFF'

export async function* csvOf(db: Database, listing: Listing, { signal, onRows }: Progress): AsyncGenerator<Buffer> {
  const show = ({ value, kind }: ListingColumn) =>
    kind === 'text' ? markedStart(value) : kind === 'time' ? timeWithOffset(value, listing.stretches) : value
  const statements = listing.parts.map(part => selectOf(listing, part, show))
  const { separator: name, sepLine } = listing.csv ?? usualCsv
  const separator = csvSeparators[name]
  const told = sepLine ? `sep=${separator}\n` : ''
  yield Buffer.from(`${BOM}${told}${listing.columns.map(column => column.name).join(separator)}\n`)
  const marker = insideMarker(separator)
  for await (const chunk of copied(db, statements, `format csv, delimiter '${separator}'`, signal)) {
    const bytes = marker.mark(chunk)
    onRows?.(marker.rows())
    yield bytes
  }
  yield marker.end()
}
