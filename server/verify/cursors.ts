/**
 * The facts of an activity, message by message: each table is read through a cursor in key order, and what belongs to one
 * profile is brought together by merging. Constant memory at any size; every row of the activity is seen once, also one
 * that belongs to no message.
 */
import type pg from 'pg'
import { literally, type Sql } from '../platform/db/sql.ts'

const ROWS_A_FETCH = 4_000

/** The order of every key: bucket (profile_id & 255), then profile. */
export function inKeyOrder(a: number, b: number): number {
  return (a & 255) - (b & 255) || a - b
}

/**
 * The connection of a check. One statement is under way at a time; the next rows of a cursor are asked for while the rows
 * before them are looked at, so that PostgreSQL and this process work at the same time.
 */
export class SnapshotReader {
  readonly #client: pg.PoolClient
  #last: Promise<unknown> = Promise.resolve()

  private constructor(client: pg.PoolClient) {
    this.#client = client
  }

  /** One snapshot for all statements until `end`. */
  static async begin(client: pg.PoolClient): Promise<SnapshotReader> {
    await client.query('begin isolation level repeatable read read only')
    // What `timeOf` reads.
    await client.query(`set local timezone to 'UTC'`)
    await client.query('set local datestyle to iso')
    return new SnapshotReader(client)
  }

  rows<Row extends unknown[]>(text: string): Promise<Row[]> {
    const types = {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === TIMESTAMPTZ ? timeOf : this.#client.getTypeParser(oid, format),
    }
    const result = this.#last.then(() => this.#client.query<Row>({ text, rowMode: 'array', types }))
    this.#last = result.catch(() => {})
    return result.then(({ rows }) => rows)
  }

  async end(): Promise<void> {
    await this.#last
    await this.#client.query('commit')
  }
}

const TIMESTAMPTZ = 1184

/** "2026-11-01 12:00:00.123+00"; the general parser of the driver takes half of the time of a check. */
function timeOf(text: string): Date {
  return new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`)
}

/** A row is a tuple that begins with its profile id; rows come in key order. */
export class RowCursor<Row extends [profileId: number, ...columns: unknown[]]> {
  readonly #reader: SnapshotReader
  readonly #name: string
  #rows: Row[] = []
  #coming: Promise<Row[]> | undefined
  #next = 0

  private constructor(reader: SnapshotReader, name: string) {
    this.#reader = reader
    this.#name = name
  }

  /** Values as literals: not every server takes parameters in DECLARE. */
  static async open<Row extends [profileId: number, ...columns: unknown[]]>(
    reader: SnapshotReader,
    name: string,
    query: Sql,
  ): Promise<RowCursor<Row>> {
    await reader.rows(`declare ${name} no scroll cursor for ${literally(query)}`)
    const cursor = new RowCursor<Row>(reader, name)
    cursor.#fetch()
    await cursor.fill()
    return cursor
  }

  async close(): Promise<void> {
    await this.#reader.rows(`close ${this.#name}`)
  }

  /** The row that comes next; undefined at the end, or when `fill` must be awaited first. */
  get row(): Row | undefined {
    return this.#rows[this.#next]
  }

  /** Takes the row that comes next. True: `fill` must be awaited now. Only then: a wait for each row would cost more than the row. */
  advance(): boolean {
    this.#next++
    return this.#next >= this.#rows.length && this.#coming !== undefined
  }

  async fill(): Promise<void> {
    this.#rows = (await this.#coming) ?? []
    this.#next = 0
    this.#coming = undefined
    if (this.#rows.length === ROWS_A_FETCH) this.#fetch()
  }

  #fetch(): void {
    this.#coming = this.#reader.rows<Row>(`fetch ${ROWS_A_FETCH} from ${this.#name}`)
    // Told where it is awaited; until then it is nobody's.
    this.#coming.catch(() => {})
  }
}
