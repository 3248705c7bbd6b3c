import { expect, test } from 'vitest'
import { taggingChange, taggingOutcome } from './taggingWords.ts'

const none = {
  done: 0,
  found: 0,
  changed: 0,
  locked: 0,
  full: 0,
  restored: 0,
  undoLocked: 0,
  undoFull: 0,
  undoLater: 0,
}

test.each([
  [{ ...none, state: 'running', done: 0.5, found: 900, changed: 1 }, '50.0% done, 1 profile changed'],
  [{ ...none, state: 'done', done: 1, found: 0 }, '0 profiles changed'],
  [
    { ...none, state: 'done', done: 1, found: 1210, changed: 1200, locked: 2, full: 1 },
    '1,200 profiles changed · 7 profiles already so · 2 profiles locked · 1 profile with too many tags',
  ],
  [{ ...none, state: 'failed', done: 0.2, found: 3, changed: 3 }, 'Stopped: 3 profiles changed'],
  [{ ...none, state: 'undoing', done: 0.25, restored: 9 }, 'Undoing: 25.0% done'],
  [{ ...none, state: 'undone', done: 1, restored: 9 }, 'Undone: 9 profiles as before'],
  [
    { ...none, state: 'undone', done: 1, restored: 9, undoLocked: 1, undoFull: 2, undoLater: 3 },
    'Undone: 9 profiles as before · 1 profile still changed: locked · 2 profiles still changed: too many tags · 3 profiles still changed: a later change stays',
  ],
] as const)('a change of tags says everybody that it found: %j', (tagging, words) => {
  expect(taggingOutcome(tagging)).toBe(words)
})

test('what it does is said in one line', () => {
  expect(taggingChange({ add: ['vip', 'new'], remove: ['old'] })).toBe('add vip, add new, remove old')
})
