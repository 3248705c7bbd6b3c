/**
 * What somebody has changed of a segment and not saved, kept in this browser: a reload or a crash of the tab loses nothing. Of each user and
 * segment one; new segments share one. It is gone when the segment is saved, or left on purpose.
 */
import { faultsOf } from '../../core/segments/faults.ts'
import { type Node, nodesOf, type SegmentTree } from '../../core/segments/tree.ts'

export interface KeptDraft {
  name: string
  tree: SegmentTree
  /** ISO, of this browser's clock */
  at: string
}

export const draftKey = (user: string, workspace: number, segment: number | undefined) =>
  `homing-segment-${user}-${workspace}-${segment ?? 'new'}`

/** Null: none, or none that this version can show. */
export function readDraft(key: string): KeptDraft | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null')
    return isDraft(kept) ? kept : null
  } catch {
    return null
  }
}

export function keepDraft(key: string, draft: KeptDraft): void {
  try {
    localStorage.setItem(key, JSON.stringify(draft))
  } catch {
    // the storage is full or forbidden: nothing is kept
  }
}

export function dropDraft(key: string): void {
  try {
    localStorage.removeItem(key)
  } catch {
    // as above
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Its conditions may be unfinished; what no version could have written throws or is refused. */
function isDraft(kept: unknown): kept is KeptDraft {
  if (!isObject(kept) || typeof kept.name !== 'string' || typeof kept.at !== 'string') return false
  if (Number.isNaN(Date.parse(kept.at)) || !isObject(kept.tree) || kept.tree.v !== 1) return false
  if (!isNode(kept.tree.root) || kept.tree.root.kind !== 'group') return false
  const tree: SegmentTree = { v: 1, root: kept.tree.root }
  faultsOf(tree)
  return [...nodesOf(tree.root)].length > 0
}

function isNode(value: unknown): value is Node {
  if (!isObject(value) || typeof value.kind !== 'string') return false
  if (value.kind !== 'group') return true
  return (value.match === 'all' || value.match === 'any') && Array.isArray(value.items) && value.items.every(isNode)
}
