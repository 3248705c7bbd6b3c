import { expect, test } from 'vitest'
import { maxDepth, maxValues, shapeFault } from './json-shape.ts'

test('a body is read up to a depth and a number of values', () => {
  expect(shapeFault('['.repeat(maxDepth) + ']'.repeat(maxDepth))).toBeUndefined()
  expect(shapeFault('['.repeat(maxDepth + 1))?.title).toContain('nested deeper than 32')
  expect(shapeFault(`[${'1,'.repeat(maxValues - 1)}1]`)).toBeUndefined()
  expect(shapeFault(`[${'1,'.repeat(maxValues)}1]`)?.title).toContain('holds more than')
})

test('the content of strings is not counted', () => {
  expect(shapeFault(JSON.stringify({ text: `\\"${'['.repeat(100)}${','.repeat(maxValues)}` }))).toBeUndefined()
  expect(shapeFault('"\\')).toBeUndefined()
})
