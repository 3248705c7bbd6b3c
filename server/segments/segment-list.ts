/**
 * The list of segments: searched by name and by what the conditions say, in any order, a page at a time. A workspace has at most a thousand: they are
 * sorted here, and each order has its own cursor.
 */
import { normalForm } from '../../core/normal-form.ts'
import { Problem } from '../../core/problems.ts'
import { sentenceOf } from '../../core/segments/describe.ts'
import { type SegmentSort, segmentSorts } from '../../core/segments/segment-sorts.ts'
import { readTree, type SegmentTree } from '../../core/segments/tree.ts'
import type { Db } from '../platform/db/database.ts'
import { type Cursor, cursorOf } from '../platform/http/cursor.ts'
import { type Page, type PageRequest, stretchOf, turnPage } from '../platform/http/page.ts'
import { countUses, listSegments, type Segment } from './saved.ts'
import { readNames } from './sentence-names.ts'

export interface ListedSegment extends Segment {
  /** segments and activities that have not started, that use it */
  uses: number
}

export interface SegmentListRequest extends PageRequest {
  search?: string | undefined
  sort?: SegmentSort | undefined
  /** archived ones too, after the others in every order */
  archived?: boolean | undefined
  /** undefined: all on one page */
  limit?: number | undefined
}

interface Key {
  isArchived: number
  value: string
  id: number
}

const cursors = new Map<SegmentSort, Cursor<Key>>(
  segmentSorts.map(sort => [sort, cursorOf(`segments ${sort}`, { isArchived: 'id', value: 'text', id: 'id' })]),
)

/** What is never counted comes before 0. */
const values: Readonly<Record<string, (segment: ListedSegment) => string>> = {
  name: ({ name }) => name,
  size: ({ size }) => String(size ?? -1),
  used: ({ uses }) => String(uses),
  changed: ({ updatedAt }) => String(updatedAt.getTime()),
}
const byName = new Intl.Collator('en', { sensitivity: 'base', numeric: true })

export async function listSegmentPage(
  db: Db,
  { id: workspaceId, zone }: { id: number; zone: string },
  { search = '', sort = 'name', archived = true, limit, ...request }: SegmentListRequest,
): Promise<Page<ListedSegment> & { all: { live: number; archived: number } }> {
  const uses = await countUses(db, workspaceId)
  const every = (await listSegments(db, workspaceId)).map(segment => ({ ...segment, uses: uses.get(segment.id) ?? 0 }))
  const found = await matching(
    db,
    workspaceId,
    zone,
    every.filter(one => archived || one.archivedAt === null),
    search,
  )
  const key = sort.replace(/^-/, '')
  const way = sort.startsWith('-') ? -1 : 1
  const keyOf = (segment: ListedSegment): Key => ({
    isArchived: segment.archivedAt === null ? 0 : 1,
    value: values[key]!(segment),
    id: segment.id,
  })
  const compareValues = key === 'name' ? byName.compare : (a: string, b: string) => Number(a) - Number(b)
  const compare = (a: Key, b: Key) =>
    a.isArchived - b.isArchived || way * compareValues(a.value, b.value) || way * (a.id - b.id)
  const rows = found.toSorted((a, b) => compare(keyOf(a), keyOf(b)))
  const size = limit ?? rows.length
  const { read, ...turned } = await turnPage(
    cursors.get(sort)!,
    request,
    async (from, backwards) => {
      const inOrder = backwards ? rows.toReversed() : rows
      const beyond = inOrder.filter(row => {
        const at = from === undefined ? 1 : compare(keyOf(row), from)
        return from === undefined || (backwards ? at < 0 : at > 0)
      })
      return stretchOf(beyond, size, backwards, keyOf)
    },
    keyOf,
  )
  const live = every.filter(({ archivedAt }) => archivedAt === null).length
  return {
    items: read.rows,
    ...turned,
    total: { n: rows.length, exact: true },
    all: { live, archived: every.length - live },
  }
}

/** Without case. What a newer version wrote has no sentence, and is found by its name. */
async function matching(
  db: Db,
  workspaceId: number,
  zone: string,
  segments: readonly ListedSegment[],
  search: string,
): Promise<ListedSegment[]> {
  const wanted = folded(search.trim())
  if (wanted === '') return [...segments]
  const trees = new Map(
    segments.flatMap(({ id, definition }) => {
      const tree = readableTree(definition)
      return tree === null ? [] : [[id, tree] as const]
    }),
  )
  const names = await readNames(db, workspaceId, [...trees.values()])
  return segments.filter(({ id, name }) => {
    const tree = trees.get(id)
    return (
      folded(name).includes(wanted) || (tree !== undefined && folded(sentenceOf(tree, names, zone)).includes(wanted))
    )
  })
}

function readableTree(definition: unknown): SegmentTree | null {
  if (definition === null) return null
  try {
    return readTree(definition)
  } catch (error) {
    if (error instanceof Problem) return null
    throw error
  }
}

const folded = (text: string) => normalForm(text).toLowerCase()
