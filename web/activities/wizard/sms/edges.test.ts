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
    'With 7 more characters, every SMS needs one more part: 5,000 more credits.',
    'With 1 fewer character, 1 person needs one part less: 1.5 fewer credits.',
  ])
  expect(edgeSentences({ queued: 9, more: { characters: 1, messages: 3, credits: '3.0000' }, less: null })).toEqual([
    'With 1 more character, 3 people need one more part: 3 more credits.',
  ])
  expect(edgeSentences({ queued: 0, more: null, less: null })).toEqual([])
})
