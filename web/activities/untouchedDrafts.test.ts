import { expect, test } from 'vitest'
import { isLeftUntouched, noteMade } from './untouchedDrafts.ts'

test('a draft that was made here and left as it was is untouched, once', () => {
  for (const id of [1, 2, 3]) noteMade(id)
  expect(isLeftUntouched(1, 1, false)).toBe(true)
  expect(isLeftUntouched(1, 1, false)).toBe(false)
  expect(isLeftUntouched(2, 1, true)).toBe(false)
  expect(isLeftUntouched(3, 2, false)).toBe(false)
  expect(isLeftUntouched(4, 1, false)).toBe(false)
})
