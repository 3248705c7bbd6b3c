/**
 * One page of a list, in the one shape that every list of the API has. Pages are read by key, so that a page costs the same
 * wherever it lies and no row is shown twice or left out while others are added: `next` is the `after` of the next page,
 * `previous` the `before` of the page before.
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

/** The page a client asks for; neither: the first one. */
export interface PageRequest {
  after?: string | undefined
  before?: string | undefined
}

const orNull = <Schema extends TSchema>(schema: Schema, description: string) =>
  Type.Union([schema, Type.Null()], { description })

/** The schema of an answer. */
export const pageOf = <Item extends TSchema>(item: Item) => pageWith(item, {})

/** With what else this list tells. */
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

/** A list that a limit keeps short: all of it on one page. */
export const onePage = <Item>(items: Item[]): Page<Item> => ({
  items,
  next: null,
  previous: null,
  total: { n: items.length, exact: true },
})

/** Rows that were read in one direction. */
export interface Stretch<Row, Key> {
  /** in the order of the list, whichever way they were read */
  rows: Row[]
  /** where to go on in the same direction; null: the list ends here */
  on: Key | null
}

/** The rows of a page out of `limit + 1` rows, in the order in which they were read. */
export function stretchOf<Row, Key>(
  found: readonly Row[],
  limit: number,
  backwards: boolean,
  keyOf: (row: Row) => Key,
): Stretch<Row, Key> {
  const rows = found.slice(0, limit)
  const last = found.length > limit ? rows.at(-1) : undefined
  if (backwards) rows.reverse()
  return { rows, on: last === undefined ? null : keyOf(last) }
}

/**
 * The page that was asked for. `read` gives the rows after `from`, or with `backwards` those before it; without `from` the first.
 * Throws `cursor_invalid`, and `invalid_input` when both cursors are given.
 */
export async function turnPage<Row, Key, More extends object>(
  cursor: Cursor<Key>,
  { after, before }: PageRequest,
  read: (from: Key | undefined, backwards: boolean) => Promise<Stretch<Row, Key> & More>,
  keyOf: (row: Row) => Key,
): Promise<{ read: Stretch<Row, Key> & More; next: string | null; previous: string | null }> {
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
    // It is the first page: whole, however many rows were added since, or removed.
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
