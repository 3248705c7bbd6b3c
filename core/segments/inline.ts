/**
 * A tree with the trees of the segments that it names in their places, so that it says the same whatever becomes of them. Frozen lists are named
 * still: their members stay.
 */
import type { Node, SegmentTree } from './tree.ts'

/** `segments`: those that the tree names, over all levels; null: a frozen list. */
export function inlined({ v, root }: SegmentTree, segments: ReadonlyMap<number, SegmentTree | null>): SegmentTree {
  const within = (node: Node): Node => {
    if (node.kind === 'group') return { ...node, items: node.items.map(within) }
    const tree = node.kind === 'segment' ? segments.get(node.id) : null
    if (tree === null || tree === undefined) return node
    const inner = within(tree.root)
    const isInverted = (node.exclude === true) !== (inner.exclude === true)
    const { exclude: _, ...rest } = inner
    return isInverted ? { ...rest, exclude: true } : rest
  }
  return { v, root: { ...root, items: root.items.map(within) } }
}
