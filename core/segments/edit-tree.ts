/**
 * The edits of a tree. A path is the index in each group from the root: [] is the root, [2, 0] the first item of its third. Each edit returns
 * a new tree and the path that takes the focus; null where it is not possible. A tree within the limits of the language stays within them.
 */
import { type Group, type Node, nodesOf, type SegmentTree, segmentLimits } from './tree.ts'

export type Path = readonly number[]

export interface Edited {
  readonly tree: SegmentTree
  readonly path: Path
}

/** As problems name it: "root.items[2].items[0]" */
export const placeOf = (path: Path): string => path.reduce((place, i) => `${place}.items[${i}]`, 'root')

/** The node of a place, which may be within it: "root.items[2].values[1]" -> [2]. */
export function pathOf(place: string): Path {
  const found = /^root((?:\.items\[\d{1,4}\])*)/.exec(place)?.[1] ?? ''
  return [...found.matchAll(/\d+/g)].map(([index]) => Number(index))
}

export function nodeAt(tree: SegmentTree, path: Path): Node | undefined {
  return path.reduce<Node | undefined>((node, i) => (node?.kind === 'group' ? node.items[i] : undefined), tree.root)
}

export function groupAt(tree: SegmentTree, path: Path): Group | undefined {
  const node = nodeAt(tree, path)
  return node?.kind === 'group' ? node : undefined
}

/** As the last item of the group. */
export function add(tree: SegmentTree, path: Path, node: Node): Edited | null {
  const group = groupAt(tree, path)
  return group ? insertAt(tree, path, group.items.length, node) : null
}

export function update(tree: SegmentTree, path: Path, node: Node): Edited | null {
  return within(
    replaced(tree, path, () => [node]),
    path,
  )
}

/** The focus goes to the next item, else the one before it, else the group. */
export function remove(tree: SegmentTree, path: Path): Edited | null {
  const place = splitOf(path)
  const group = place && groupAt(tree, place.parent)
  if (!place || !group || group.items[place.at] === undefined) return null
  const left = group.items.length - 1
  const next = left === 0 ? place.parent : [...place.parent, Math.min(place.at, left - 1)]
  return within(
    replaced(tree, path, () => []),
    next,
  )
}

export function moveUp(tree: SegmentTree, path: Path): Edited | null {
  const place = splitOf(path)
  return place && swap(tree, place.parent, place.at, place.at - 1)
}

export function moveDown(tree: SegmentTree, path: Path): Edited | null {
  const place = splitOf(path)
  return place && swap(tree, place.parent, place.at, place.at + 1)
}

/** To the end of the group that comes before it. */
export function moveInto(tree: SegmentTree, path: Path): Edited | null {
  const place = splitOf(path)
  const node = nodeAt(tree, path)
  if (!place || !node) return null
  const before = [...place.parent, place.at - 1]
  const group = groupAt(tree, before)
  return group
    ? insertAt(
        replaced(tree, path, () => []),
        before,
        group.items.length,
        node,
      )
    : null
}

/** Behind its group. A group that is empty then is removed, since it would no longer be a condition that people see. */
export function moveOut(tree: SegmentTree, path: Path): Edited | null {
  const place = splitOf(path)
  const outer = place && splitOf(place.parent)
  const node = nodeAt(tree, path)
  const group = place && groupAt(tree, place.parent)
  if (!place || !outer || !node || !group) return null
  const rest = group.items.toSpliced(place.at, 1)
  const left = rest.length > 0 ? [{ ...group, items: rest }] : []
  return within(
    replaced(tree, place.parent, () => [...left, node]),
    [...outer.parent, outer.at + left.length],
  )
}

/**
 * To that place in a group, counted with the item where it still is. Not into itself, and not to where it is. A group that is empty then is
 * removed, as by moveOut.
 */
export function moveTo(tree: SegmentTree, path: Path, parent: Path, at: number): Edited | null {
  const place = splitOf(path)
  const node = nodeAt(tree, path)
  const group = groupAt(tree, parent)
  if (!place || !node || !group || at < 0 || at > group.items.length || startsWith(parent, path)) return null
  const isNear = parent.length === place.parent.length && startsWith(parent, place.parent)
  if (isNear && (at === place.at || at === place.at + 1)) return null
  // Another object, to be found again wherever it comes to lie.
  const moved = { ...node }
  const inserted = replaced(tree, parent, () => [{ ...group, items: group.items.toSpliced(at, 0, moved) }])
  const old = path.map((i, depth) => (depth === parent.length && startsWith(path, parent) && i >= at ? i + 1 : i))
  const around = old.slice(0, -1)
  const isEmptied = around.length > 0 && groupAt(inserted, around)?.items.length === 1
  const left = replaced(inserted, isEmptied ? around : old, () => [])
  const found = [...nodesOf(left.root)].find(one => one.node === moved)
  return found ? within(left, pathOf(found.where)) : null
}

const startsWith = (path: Path, beginning: Path): boolean => beginning.every((i, depth) => path[depth] === i)

/** Joined by the other word than its own group's: what is joined alike needs no group. */
export function groupWithNext(tree: SegmentTree, path: Path): Edited | null {
  const place = splitOf(path)
  const outer = place && groupAt(tree, place.parent)
  const [node, next] = place && outer ? [outer.items[place.at], outer.items[place.at + 1]] : []
  if (!place || !outer || !node || !next) return null
  const made: Group = { kind: 'group', match: outer.match === 'all' ? 'any' : 'all', items: [node, next] }
  const items = outer.items.toSpliced(place.at, 2, made)
  return within(
    replaced(tree, place.parent, () => [{ ...outer, items }]),
    path,
  )
}

/** Its items take its place; those of an excluded group are excluded each. */
export function ungroup(tree: SegmentTree, path: Path): Edited | null {
  const place = splitOf(path)
  const group = groupAt(tree, path)
  if (!place || !group) return null
  const items = group.exclude ? group.items.map(inverted) : group.items
  return within(
    replaced(tree, path, () => items),
    items.length > 0 ? path : place.parent,
  )
}

/** Behind itself. */
export function duplicate(tree: SegmentTree, path: Path): Edited | null {
  const place = splitOf(path)
  const node = nodeAt(tree, path)
  return place && node ? insertAt(tree, place.parent, place.at + 1, node) : null
}

export function toggleExclude(tree: SegmentTree, path: Path): Edited | null {
  return within(
    replaced(tree, path, node => [inverted(node)]),
    path,
  )
}

export function changeMatch(tree: SegmentTree, path: Path, match: Group['match']): Edited | null {
  const group = groupAt(tree, path)
  return group ? update(tree, path, { ...group, match }) : null
}

export function inverted<N extends Node>(node: N): N {
  const { exclude, ...rest } = node
  return exclude ? (rest as N) : { ...node, exclude: true }
}

function splitOf(path: Path): { parent: Path; at: number } | null {
  const at = path.at(-1)
  return at === undefined ? null : { parent: path.slice(0, -1), at }
}

function swap(tree: SegmentTree, parent: Path, from: number, to: number): Edited | null {
  const group = groupAt(tree, parent)
  const [one, other] = [group?.items[from], group?.items[to]]
  if (!group || !one || !other) return null
  const items = group.items.with(from, other).with(to, one)
  return within(
    replaced(tree, parent, () => [{ ...group, items }]),
    [...parent, to],
  )
}

function insertAt(tree: SegmentTree, parent: Path, at: number, node: Node): Edited | null {
  const group = groupAt(tree, parent)
  if (!group) return null
  const items = group.items.toSpliced(at, 0, node)
  return within(
    replaced(tree, parent, () => [{ ...group, items }]),
    [...parent, at],
  )
}

/** The nodes that take the place of a node. Of the root, the first, which must be a group. */
function replaced(tree: SegmentTree, path: Path, make: (node: Node) => readonly Node[]): SegmentTree {
  const [root] = replacedIn(tree.root, path, make)
  return root?.kind === 'group' ? { v: 1, root } : tree
}

function replacedIn(node: Node, path: Path, make: (node: Node) => readonly Node[]): readonly Node[] {
  const [at, ...rest] = path
  if (at === undefined) return make(node)
  const item = node.kind === 'group' ? node.items[at] : undefined
  if (node.kind !== 'group' || item === undefined) return [node]
  return [{ ...node, items: node.items.toSpliced(at, 1, ...replacedIn(item, rest, make)) }]
}

function within(tree: SegmentTree, path: Path): Edited | null {
  const fits = depthOf(tree.root) <= segmentLimits.depth && [...nodesOf(tree.root)].length <= segmentLimits.nodes
  return fits && nodeAt(tree, path) ? { tree, path } : null
}

/** Groups in groups. */
function depthOf(node: Node): number {
  return node.kind === 'group' ? 1 + Math.max(0, ...node.items.map(depthOf)) : 0
}
