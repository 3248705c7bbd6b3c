/** What an address hands to the builder is taken whole, or refused with a sentence. */
import { expect, test } from 'vitest'
import { everybody } from '../../core/segments/tree.ts'
import { readGiven } from './from.ts'

test('a tree is taken, as JSON or as the router has parsed it', () => {
  expect(readGiven(everybody)).toEqual({ tree: everybody })
  expect(readGiven(JSON.stringify(everybody))).toEqual({ tree: everybody })
  expect(readGiven(undefined)).toBeUndefined()
})

test.each([
  ['{"v":1', /no JSON/],
  [{ v: 2, root: everybody.root }, /version 2/],
  [{ ...everybody, more: 1 }, /more is not known/],
  [{ v: 1, root: { ...everybody.root, items: [{ kind: 'segment' }] } }, /root\.items\[0\]\.id is missing/],
  [7, /is not an object/],
])('%j is refused', (given, problem) => {
  expect(readGiven(given)).toEqual({ problem: expect.stringMatching(problem) })
})
