import { expect, test } from 'vitest'
import { edgeSentences } from './edges.ts'

test('what a character more or less costs', () => {
  expect(
    edgeSentences({
      queued: 5000,
      more: { characters: 7, messages: 5000, credits: '5000.0000' },
      less: { characters: 1, messages: 1, credits: '1.5000' },
    }),
  ).toEqual([
    '7 more characters and every SMS has another part: 5,000 credits more.',
    '1 character fewer and 1 person needs one part less: 1.5 credits saved.',
  ])
  expect(edgeSentences({ queued: 9, more: { characters: 1, messages: 3, credits: '3.0000' }, less: null })).toEqual([
    '1 more character and 3 people get another part: 3 credits more.',
  ])
  expect(edgeSentences({ queued: 0, more: null, less: null })).toEqual([])
})
