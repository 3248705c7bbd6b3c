/** Writes a listing into a stream, in any format. Every export goes through here. */
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Database } from '../platform/db/database.ts'
import { csvOf } from './copy-csv.ts'
import { ndjsonOf } from './copy-ndjson.ts'
import type { Progress } from './copy-out.ts'
import { xlsxOf } from './copy-xlsx.ts'
import type { Listing } from './listing.ts'

export type Format = 'csv' | 'xlsx' | 'ndjson'

interface FormatOf {
  mediaType: string
  bytes(db: Database, listing: Listing, progress: Progress): AsyncGenerator<Buffer>
}

/** The key is also the file extension. */
const formats: Readonly<Record<Format, FormatOf>> = {
  csv: { mediaType: 'text/csv; charset=utf-8', bytes: csvOf },
  xlsx: {
    mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    bytes: (db, listing, progress) => xlsxOf(db, listing, progress),
  },
  ndjson: { mediaType: 'application/x-ndjson', bytes: ndjsonOf },
}

export const formatKeys: readonly Format[] = ['csv', 'xlsx', 'ndjson']

/** The format of that name; undefined if there is none. */
export const formatOf = (key: string): Format | undefined => formatKeys.find(format => format === key)

export const mediaTypeOf = (format: Format): string => formats[format].mediaType

/**
 * Writes the file to `out`, which stays open. Returns the number of rows. An abort, an error of `out` or its end cancels the statement in the
 * database and rejects: the file is then incomplete.
 */
export async function writeListing(
  db: Database,
  listing: Listing,
  format: Format,
  out: Writable,
  { signal, onRows }: Progress = {},
): Promise<{ rows: number }> {
  // A client that disconnects between two chunks cancels the statement too.
  const gone = new AbortController()
  const leave = () => gone.abort(signal?.reason)
  out.once('close', leave)
  signal?.addEventListener('abort', leave)
  let rows = 0
  const count = (n: number) => {
    rows = n
    onRows?.(n)
  }
  try {
    if (signal?.aborted || out.destroyed) leave()
    gone.signal.throwIfAborted()
    const bytes = formats[format].bytes(db, listing, { signal: gone.signal, onRows: count })
    const forward = new Writable({
      highWaterMark: 1_048_576,
      write: (chunk, _encoding, done) => void out.write(chunk, done),
    })
    await pipeline(bytes, forward, { signal: gone.signal })
    return { rows }
  } finally {
    out.off('close', leave)
    signal?.removeEventListener('abort', leave)
    // Whatever failed: nothing keeps running in the database.
    gone.abort()
  }
}
