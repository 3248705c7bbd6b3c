import { expect, test } from 'vitest'
import { tagAt } from './tagAt.ts'

const text = 'Hi ##first_name|there##, ##city##! ##unsubscribe##'

test('the tag at the caret, anywhere in it', () => {
  const first = { start: 3, end: 23, name: 'first_name', fallback: 'there' }
  expect([4, 10, 22].map(caret => tagAt(text, caret))).toEqual([first, first, first])
  expect(tagAt(text, 27)).toMatchObject({ name: 'city', fallback: '' })
})

test('beside a tag, in an unsubscribe link and in an unfinished tag there is none', () => {
  expect([0, 3, 23, 24].map(caret => tagAt(text, caret))).toEqual(Array(4).fill(undefined))
  expect(tagAt(text, text.length - 3)).toBeUndefined()
  expect(tagAt('Hi ##first_name', 8)).toBeUndefined()
})
