/** Edits of a tree: each leaves a valid tree or refuses, none changes the tree that it was given, and each has its opposite. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  add,
  changeMatch,
  duplicate,
  type Edited,
  groupAt,
  groupWithNext,
  moveDown,
  moveInto,
  moveOut,
  moveTo,
  moveUp,
  nodeAt,
  type Path,
  pathOf,
  placeOf,
  remove,
  toggleExclude,
  ungroup,
  update,
} from './edit-tree.ts'
import { type Group, type Node, nodesOf, readTree, type SegmentTree, segmentLimits } from './tree.ts'
import { someTree } from './trees.fixture.ts'

const tag = (text: string): Node => ({ kind: 'tag', match: 'any', tags: [text] })
const group = (match: Group['match'], ...items: Node[]): Group => ({ kind: 'group', match, items })
const tree = (...items: Node[]): SegmentTree => ({ v: 1, root: group('all', ...items) })
const [a, b, c] = [tag('a'), tag('b'), tag('c')]

const edits: Record<string, (tree: SegmentTree, path: Path) => Edited | null> = {
  'add a condition': (given, path) => add(given, path, a),
  'add a group': (given, path) => add(given, path, group('any', a)),
  'put another in its place': (given, path) => update(given, path, group('any', b)),
  remove,
  'move up': moveUp,
  'move down': moveDown,
  'move into the group above': moveInto,
  'move out of the group': moveOut,
  'move to the beginning': (given, path) => moveTo(given, path, [], 0),
  'move to the end': (given, path) => moveTo(given, path, [], given.root.items.length),
  'move into the last group': (given, path) => {
    const [last] = [...nodesOf(given.root)].filter(({ node }) => node.kind === 'group').slice(-1)
    return moveTo(given, path, pathOf(last?.where ?? 'root'), 0)
  },
  'group with the next': groupWithNext,
  ungroup,
  duplicate,
  'include or exclude': toggleExclude,
  'match all': (given, path) => changeMatch(given, path, 'all'),
  'match any': (given, path) => changeMatch(given, path, 'any'),
}

const someEdit = fc.constantFrom(...Object.entries(edits))
const treeAndPath = someTree.chain(given =>
  fc.constantFrom(...nodesOf(given.root)).map(({ where }) => ({ given, path: pathOf(where) })),
)

describe('any edit at any place of any tree', () => {
  test('leaves a valid tree whose focus exists, or refuses; the given tree stays as it was', () => {
    fc.assert(
      fc.property(treeAndPath, someEdit, ({ given, path }, [, edit]) => {
        const before = JSON.stringify(given)
        const edited = edit(given, path)
        expect(JSON.stringify(given)).toBe(before)
        if (edited === null) return
        expect(readTree(edited.tree)).toEqual(edited.tree)
        expect(nodeAt(edited.tree, edited.path)).toBeDefined()
      }),
    )
  })

  test('up and down, exclude twice, duplicate and remove give the tree back', () => {
    fc.assert(
      fc.property(treeAndPath, ({ given, path }) => {
        const up = moveUp(given, path)
        if (up) expect(moveDown(up.tree, up.path)).toEqual({ tree: given, path })
        const twice = toggleExclude(toggleExclude(given, path)?.tree ?? given, path)
        expect(twice?.tree).toEqual(given)
        const doubled = duplicate(given, path)
        if (doubled) expect(remove(doubled.tree, doubled.path)?.tree).toEqual(given)
        const grouped = groupWithNext(given, path)
        if (grouped) expect(ungroup(grouped.tree, grouped.path)).toEqual({ tree: given, path })
      }),
    )
  })

  test('a place names one node', () => {
    fc.assert(
      fc.property(someTree, given => {
        for (const { node, where } of nodesOf(given.root)) {
          expect(nodeAt(given, pathOf(where))).toBe(node)
          expect(placeOf(pathOf(where))).toBe(where)
        }
      }),
    )
  })
})

test('a place within a condition is that of the condition', () => {
  expect(pathOf('root.items[2].items[0].values[1]')).toEqual([2, 0])
  expect(pathOf('elsewhere')).toEqual([])
})

test('a condition moves into the group above it and out behind it', () => {
  const given = tree(group('any', a), b, c)
  const inside = moveInto(given, [1])
  expect(inside).toEqual({ tree: tree(group('any', a, b), c), path: [0, 1] })
  expect(moveOut(tree(group('any', a, b), c), [0, 1])).toEqual({ tree: given, path: [1] })
})

test('a group that its last condition leaves is removed', () => {
  expect(moveOut(tree(group('any', a), b), [0, 0])).toEqual({ tree: tree(a, b), path: [0] })
})

test('the items of an excluded group are excluded when it is dissolved', () => {
  expect(ungroup(tree({ ...group('any', a, b), exclude: true }), [0])?.tree).toEqual(
    tree({ ...a!, exclude: true }, { ...b!, exclude: true }),
  )
})

test('after a removal the focus goes to the next item, then to the one before, then to the group', () => {
  expect(remove(tree(a, b), [0])?.path).toEqual([0])
  expect(remove(tree(a, b), [1])?.path).toEqual([0])
  expect(remove(tree(a), [0])?.path).toEqual([])
})

test('what would go deeper than the limit, or have more nodes, is refused', () => {
  let deep = tree(a, b)
  let path: Path = [0]
  for (let depth = 1; depth < segmentLimits.depth; depth++) {
    const next = groupWithNext(deep, path)
    expect(next).not.toBeNull()
    if (next) [deep, path] = [next.tree, [...next.path, 0]]
  }
  expect(groupWithNext(deep, path)).toBeNull()
  const full = tree(...Array.from({ length: segmentLimits.nodes - 1 }, () => a))
  expect(duplicate(full, [0])).toBeNull()
  expect(add(full, [], a)).toBeNull()
})

test('the root cannot be moved, removed or dissolved, and a condition holds no items', () => {
  const given = tree(a)
  for (const edit of [remove, moveUp, moveDown, moveInto, moveOut, groupWithNext, ungroup, duplicate])
    expect(edit(given, [])).toBeNull()
  expect(add(given, [0], b)).toBeNull()
  expect(update(given, [7], b)).toBeNull()
  expect(groupAt(given, [0])).toBeUndefined()
})

describe('moved to a place', () => {
  const inner = group('any', b, c)
  const given = tree(a, inner, tag('d'))

  test('within its group, by the places as they are before', () => {
    expect(moveTo(given, [0], [], 3)).toEqual({ tree: tree(inner, tag('d'), a), path: [2] })
    expect(moveTo(given, [2], [], 0)).toEqual({ tree: tree(tag('d'), a, inner), path: [0] })
    expect(moveTo(given, [0], [], 0)).toBeNull()
    expect(moveTo(given, [0], [], 1)).toBeNull()
  })

  test('into a group and out of it', () => {
    expect(moveTo(given, [0], [1], 1)).toEqual({ tree: tree(group('any', b, a, c), tag('d')), path: [0, 1] })
    expect(moveTo(given, [1, 0], [], 0)).toEqual({ tree: tree(b, a, group('any', c), tag('d')), path: [0] })
  })

  test('a group that is empty then is removed; one does not go into itself', () => {
    const one = tree(a, group('any', b))
    expect(moveTo(one, [1, 0], [], 0)).toEqual({ tree: tree(b, a), path: [0] })
    expect(moveTo(one, [0], [1], 1)).toEqual({ tree: tree(group('any', b, a)), path: [0, 1] })
    expect(moveTo(given, [1], [1], 0)).toBeNull()
    expect(moveTo(given, [1], [1, 0], 0)).toBeNull()
  })

  test('each condition is still there, once', () => {
    fc.assert(
      fc.property(treeAndPath, fc.nat(), fc.nat(), ({ given: any, path }, n, at) => {
        const groups = [...nodesOf(any.root)].filter(({ node }) => node.kind === 'group')
        const { where, node } = groups[n % groups.length]!
        const moved = moveTo(any, path, pathOf(where), at % ((node as Group).items.length + 1))
        const leaves = (of: SegmentTree) =>
          [...nodesOf(of.root)].flatMap(one => (one.node.kind === 'group' ? [] : [JSON.stringify(one.node)])).toSorted()
        if (moved) {
          expect(leaves(moved.tree)).toEqual(leaves(any))
          expect(nodeAt(moved.tree, moved.path)).toEqual(nodeAt(any, path))
        }
      }),
    )
  })
})
