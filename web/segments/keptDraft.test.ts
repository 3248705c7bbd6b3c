import { beforeEach, expect, test, vi } from 'vitest'
import { everybody, type SegmentTree } from '../../core/segments/tree.ts'
import { draftKey, dropDraft, keepDraft, readDraft } from './keptDraft.ts'

const stored = new Map<string, string>()
beforeEach(() => {
  stored.clear()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  })
})

const key = draftKey('u1', 3, undefined)
const at = '2026-03-02T09:00:00.000Z'

test('what is kept comes back as it was, unfinished conditions too, until it is dropped', () => {
  const tree: SegmentTree = {
    v: 1,
    root: { kind: 'group', match: 'any', items: [{ kind: 'tag', match: 'any', tags: [] }] },
  }
  keepDraft(key, { name: 'Clickers', tree, at })
  expect(readDraft(key)).toEqual({ name: 'Clickers', tree, at })
  expect(readDraft(draftKey('u1', 3, 7))).toBeNull()
  expect(readDraft(draftKey('u2', 3, undefined))).toBeNull()
  dropDraft(key)
  expect(readDraft(key)).toBeNull()
})

test.each([
  'no JSON',
  '[]',
  '{}',
  JSON.stringify({ name: 'A', at: 'soon', tree: everybody }),
  JSON.stringify({ name: 'A', at, tree: { v: 2, root: everybody.root } }),
  JSON.stringify({ name: 'A', at, tree: { v: 1, root: { kind: 'tag' } } }),
  JSON.stringify({ name: 'A', at, tree: { v: 1, root: { kind: 'group', match: 'all', items: [null] } } }),
])('what cannot be one is none: %s', text => {
  stored.set(key, text)
  expect(readDraft(key)).toBeNull()
})

test('a storage that refuses breaks nothing', () => {
  vi.stubGlobal('localStorage', {
    getItem: () => {
      throw new Error('forbidden')
    },
    setItem: () => {
      throw new Error('full')
    },
    removeItem: () => {
      throw new Error('forbidden')
    },
  })
  keepDraft(key, { name: 'A', tree: everybody, at })
  dropDraft(key)
  expect(readDraft(key)).toBeNull()
})
