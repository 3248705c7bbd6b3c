/**
 * Rows of a query as a CSV file that a spreadsheet opens well: UTF-8 with BOM, comma, a header row. PostgreSQL writes the
 * rows by COPY, this process only passes bytes on: constant memory at any size.
 *
 * A spreadsheet runs a cell that begins with = + - @ or a control sign as a formula. Each text column is made harmless by
 * a leading ' in the query itself; numbers, times and E.164 numbers are passed through (`plain`).
 */
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { IANAZone } from 'luxon'
import { to as copyTo } from 'pg-copy-streams'
import type { Database } from '../platform/db.ts'
import { join, literally, raw, type Sql, sql } from '../platform/sql.ts'

export interface CsvColumn {
  /** the header; lower case with underscores, never renamed */
  name: string
  /** an SQL expression */
  value: Sql
  /** text: from outside, made harmless. plain: cannot be a formula, or is known not to be one. */
  kind: 'text' | 'plain'
}

export interface CsvQuery {
  columns: readonly CsvColumn[]
  /** `from … where … order by …`; several: one after the other, each a statement and a snapshot of its own */
  parts: readonly Sql[]
}

const BOM = '\uFEFF'

/**
 * Writes the file to `out`, which stays open. Returns how many rows. An abort, an error of `out` or its end stops the
 * statement in the database too, and rejects.
 */
export async function copyCsv(
  db: Database,
  { columns, parts }: CsvQuery,
  out: Writable,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<{ rows: number }> {
  const client = await db.connect()
  // A reader that goes away between two chunks ends the statement too.
  const gone = new AbortController()
  const leave = () => gone.abort()
  out.once('close', leave)
  signal?.addEventListener('abort', leave)
  let rows = 0
  try {
    if (signal?.aborted || out.destroyed) leave()
    gone.signal.throwIfAborted()
    // Times are written as text: not in the style that a server may have set.
    await client.query('set datestyle to iso')
    out.write(`${BOM}${columns.map(column => column.name).join(',')}\n`)
    for (const part of parts) {
      const stream = client.query(copyTo(`copy (${literally(select(columns, part))}) to stdout (format csv)`))
      const forward = new Writable({ write: (chunk, _encoding, done) => void out.write(chunk, done) })
      await pipeline(stream, forward, { signal: gone.signal })
      rows += stream.rowCount
    }
    client.release()
    return { rows }
  } catch (error) {
    // The connection may stand in the middle of the copy. Closing it ends the statement.
    client.release(true)
    throw error
  } finally {
    out.off('close', leave)
    signal?.removeEventListener('abort', leave)
  }
}

function select(columns: readonly CsvColumn[], part: Sql): Sql {
  const cells = columns.map(
    ({ name, value, kind }) => sql`${kind === 'text' ? harmless(value) : value} as ${raw(name)}`,
  )
  return sql`select ${join(cells)} ${part}`
}

/** = + - @, tab, CR and LF begin what a spreadsheet may run; the full-width = + - @ too, in some languages. */
export function harmless(text: Sql): Sql {
  return sql`case when ascii(${text}) in (9, 10, 13, 43, 45, 61, 64, 65291, 65293, 65309, 65312) then '''' || ${text} else ${text} end`
}

/** A stretch of time in which a zone keeps one offset. */
interface Stretch {
  /** the moment at which it ends; null: the last one */
  until: Date | null
  offsetMinutes: number
}

const DAY_MS = 86_400_000

/** The stretches of a zone (IANA) from this time on, for ten years; times before or after them keep the nearest offset. */
export function stretchesOf(zone: string, from: Date): Stretch[] {
  const place = IANAZone.create(zone)
  const at = (ms: number) => (place.isValid ? Math.round(place.offset(ms)) : 0)
  const stretches: Stretch[] = []
  const end = from.getTime() + 3_660 * DAY_MS
  let offset = at(from.getTime())
  for (let day = from.getTime(); day < end; day += DAY_MS) {
    if (at(day + DAY_MS) === offset) continue
    let [before, after] = [day, day + DAY_MS]
    while (after - before > 1000) {
      const middle = Math.floor((before + after) / 2000) * 1000
      if (at(middle) === offset) before = Math.max(middle, before + 1)
      else after = middle
    }
    stretches.push({ until: new Date(after), offsetMinutes: offset })
    offset = at(after)
  }
  return [...stretches, { until: null, offsetMinutes: offset }]
}

/**
 * A time as ISO 8601 with the offset of its zone, to the second: 2026-11-01T13:00:00+01:00. The offsets stand in the statement:
 * the zone of the connection plays no part, and asking PostgreSQL for the offset of each time would cost five times as much.
 */
export function isoTime(time: Sql, stretches: readonly Stretch[]): Sql {
  const shown = ({ offsetMinutes }: Stretch) => {
    const [hours, minutes] = [Math.floor(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60]
    const offset = `${offsetMinutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
    // Half a second earlier and rounded is the time without its fraction: a third of the price of date_trunc.
    const local = sql`(${time} at time zone interval '${raw(String(offsetMinutes * 60 - 0.5))} seconds')::timestamp(0)`
    return sql`replace(${local}::text, ' ', 'T') || ${offset}`
  }
  const [only] = stretches
  if (stretches.length === 1 && only !== undefined) return shown(only)
  const branches = stretches.map(stretch =>
    stretch.until === null ? sql`else ${shown(stretch)}` : sql`when ${time} < ${stretch.until} then ${shown(stretch)}`,
  )
  // First of all: a time that is not there would be compared with each end.
  return sql`case when ${time} is null then null ${join(branches, ' ')} end`
}
