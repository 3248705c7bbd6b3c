/** A listing as an Excel workbook: the rows arrive in COPY's text format and are written at once. */
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { copied, type Progress } from './copy-out.ts'
import { type Listing, type ListingColumn, selectOf } from './listing.ts'
import { type SheetLimits, type SheetRow, xlsxBytes } from './xlsx-out.ts'

export async function* xlsxOf(
  db: Database,
  listing: Listing,
  { signal, onRows }: Progress,
  limits?: SheetLimits,
): AsyncGenerator<Buffer> {
  const { title, columns, stretches } = listing
  yield* xlsxBytes(
    told(copiedRows(db, listing, signal), onRows),
    {
      sheetName: title,
      columns: columns.map(({ name, kind }) => ({ name, kind: kind === 'plain' ? 'text' : kind })),
      stretches,
    },
    limits,
  )
}

/** Batches of rows as cells of text. Times are seconds since 1970. */
export async function* copiedRows(db: Database, listing: Listing, signal?: AbortSignal): AsyncGenerator<SheetRow[]> {
  const show = ({ value, kind }: ListingColumn) => (kind === 'time' ? sql`extract(epoch from ${value})` : value)
  const statements = listing.parts.map(part => selectOf(listing, part, show))
  yield* rowsIn(copied(db, statements, 'format text', signal))
}

/** Reads COPY's text format: a line per row, a tab between cells, both escaped within them. */
export async function* rowsIn(chunks: AsyncIterable<Buffer>): AsyncGenerator<SheetRow[]> {
  let rest: Buffer[] = []
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(0x0a)
    if (end < 0) {
      rest.push(chunk)
      continue
    }
    const whole = rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...rest, chunk.subarray(0, end)])
    rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : []
    yield whole
      .toString()
      .split('\n')
      .map(line => line.split('\t').map(cellOf))
  }
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

function cellOf(text: string): string | null {
  if (!text.includes('\\')) return text
  return text === '\\N' ? null : text.replace(/\\(.)/gs, (_, character: string) => escapes[character] ?? character)
}

async function* told(batches: AsyncIterable<SheetRow[]>, onRows: Progress['onRows']): AsyncGenerator<SheetRow[]> {
  let rows = 0
  for await (const batch of batches) {
    rows += batch.length
    onRows?.(rows)
    yield batch
  }
}
