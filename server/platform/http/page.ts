/**
 * One page of a list, in the shape of every list of the API. Pages are read by key, so that each costs the same, and no row is shown twice
 * or skipped while others are added: `next` is the `after` of the next page, `previous` the `before` of the previous one.
 */
import { type TProperties, type TSchema, Type } from '@fastify/type-provider-typebox'
import { problem } from '../../../core/problems.ts'
import type { Cursor } from './cursor.ts'

export interface Total {
  n: number
  /** false: an estimate */
  exact: boolean
}

export interface Page<Item> {
  items: Item[]
  /** null: this is the last page */
  next: string | null
  /** null: this is the first page */
  previous: string | null
  /** rows of the whole list; null: not counted */
  total: Total | null
}

/** The page that a client requests; without either, the first one. */
export interface PageRequest {
  after?: string | undefined
  before?: string | undefined
}

const orNull = <Schema extends TSchema>(schema: Schema, description: string) =>
  Type.Union([schema, Type.Null()], { description })

/** The schema of a response. */
export const pageOf = <Item extends TSchema>(item: Item) => pageWith(item, {})

/** With the additional fields of this list. */
export const pageWith = <Item extends TSchema, More extends TProperties>(item: Item, more: More) =>
  Type.Object({
    items: Type.Array(item),
    next: orNull(Type.String(), '`after` of the next page; null: this is the last one'),
    previous: orNull(Type.String(), '`before` of the page before; null: this is the first one'),
    total: orNull(
      Type.Object({ n: Type.Integer(), exact: Type.Boolean({ description: 'false: an estimate' }) }),
      'rows of the whole list; null: they were not counted',
    ),
    ...more,
  })

/** The query parameters of a list that has more than one page. */
export const pageQuery = {
  after: Type.Optional(Type.String({ description: '`next` of a page: the rows after it' })),
  before: Type.Optional(Type.String({ description: '`previous` of a page: the rows before it' })),
}

/** A list that a limit keeps short: everything on one page. */
export const onePage = <Item>(items: Item[]): Page<Item> => ({
  items,
  next: null,
  previous: null,
  total: { n: items.length, exact: true },
})

/** Rows that were read in one direction. */
export interface PageStretch<Row, Key> {
  /** in the order of the list, whichever direction they were read in */
  rows: Row[]
  /** where the next read in this direction begins; null: the list ends here */
  on: Key | null
}

/** The rows of a page from `limit + 1` rows, in the order in which they were read. */
export function stretchOf<Row, Key>(
  found: readonly Row[],
  limit: number,
  backwards: boolean,
  keyOf: (row: Row) => Key,
): PageStretch<Row, Key> {
  const rows = found.slice(0, limit)
  const last = found.length > limit ? rows.at(-1) : undefined
  if (backwards) rows.reverse()
  return { rows, on: last === undefined ? null : keyOf(last) }
}

/**
 * The requested page. `read` returns the rows after `from`, or with `backwards` those before it; without `from` the first ones.
 * Throws `cursor_invalid`, and `invalid_input` if both cursors are given.
 */
export async function turnPage<Row, Key, More extends object>(
  cursor: Cursor<Key>,
  { after, before }: PageRequest,
  read: (from: Key | undefined, backwards: boolean) => Promise<PageStretch<Row, Key> & More>,
  keyOf: (row: Row) => Key,
): Promise<{ read: PageStretch<Row, Key> & More; next: string | null; previous: string | null }> {
  if (after && before)
    throw problem('invalid_input', { where: 'before', what: 'cannot be given together with "after"' })
  const write = (key: Key | null) => (key === null ? null : cursor.write(key))
  const keyAt = (rows: readonly Row[], at: number) => {
    const row = rows.at(at)
    return row === undefined ? null : keyOf(row)
  }
  if (before) {
    const from = cursor.read(before, 'before')
    const found = await read(from, true)
    if (found.on !== null) return { read: found, next: write(keyAt(found.rows, -1) ?? from), previous: write(found.on) }
    // The first page is shown full, however many rows were added or removed since.
    const first = await read(undefined, false)
    return { read: first, next: write(first.on), previous: null }
  }
  const from = after ? cursor.read(after, 'after') : undefined
  const found = await read(from, false)
  return {
    read: found,
    next: write(found.on),
    previous: from === undefined ? null : write(keyAt(found.rows, 0) ?? from),
  }
}
