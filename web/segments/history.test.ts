/** Undo gives the tree before, and redo the one after. */
import { expect, test } from 'vitest'
import type { SegmentTree } from '../../core/segments/tree.ts'
import { begin, recordEdit, redo, undo } from './history.ts'

const tree = (...tags: string[]): SegmentTree => ({
  v: 1,
  root: { kind: 'group', match: 'all', items: tags.map(tag => ({ kind: 'tag', match: 'any', tags: [tag] })) },
})

test('undo is the tree before, redo the tree after, and a new edit ends the redo', () => {
  const one = recordEdit(begin(tree()), tree('a'), 'add the tag')
  const two = recordEdit(one, tree('a', 'b'), 'add the tag')
  const back = undo(two)
  expect(back.tree).toEqual(tree('a'))
  expect(undo(back).tree).toEqual(tree())
  expect(undo(undo(back))).toEqual(undo(back))
  expect(redo(back)).toMatchObject({ tree: tree('a', 'b'), future: [] })
  expect(recordEdit(back, tree('c'), 'add the tag').future).toEqual([])
  expect(redo(two)).toBe(two)
})

test('typing in one field is one step, typing in another a second', () => {
  const typed = ['a', 'ab', 'abc'].reduce(
    (history, text) => recordEdit(history, tree(text), 'type', 'first'),
    begin(tree()),
  )
  expect(typed.past).toHaveLength(1)
  const other = recordEdit(typed, tree('abc', 'd'), 'type', 'second')
  expect(undo(other).tree).toEqual(tree('abc'))
  expect(undo(undo(other)).tree).toEqual(tree())
})

test('what is typed after an undo is a step of its own', () => {
  const typed = recordEdit(begin(tree()), tree('a'), 'type', 'first')
  expect(recordEdit(redo(undo(typed)), tree('ab'), 'type', 'first').past).toHaveLength(2)
})
