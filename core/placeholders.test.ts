import { expect, test } from 'vitest'
import { isPlaceholder, placeholderWords } from './placeholders.ts'
import { cleanValue } from './sms/tag-values.ts'

test.each([
  '#N/A',
  '\\N',
  '(null)',
  '(NULL)',
  '<null>',
  '[null]',
  '{null}',
  '(none)',
  '<NA>',
  '#REF!',
  '#SAKNAS!',
  '#DIV/0!',
  '#¿NOMBRE?',
  '#NULL!',
  '#NV',
  '########',
  '[object Object]',
  ' #N/A ',
])('%s is no value, so that the default is used', text => {
  expect(isPlaceholder(text.trim())).toBe(true)
  expect(cleanValue(text, true)).toBe('')
  expect(cleanValue(text, false, 200)).toBe('')
})

test.each(['Null', 'NULL', 'Anna', '#1', '#rea', '(Anna)', 'N', '\\', '<3', '#Å!', 'Nan', 'None', '[Null', '-'])(
  '%s may be a value, and is sent',
  text => {
    expect(isPlaceholder(text)).toBe(false)
    expect(cleanValue(text, false)).toBe(text)
  },
)

test('words that may stand for nothing are plain: the count finds them by their text', () => {
  for (const word of placeholderWords) expect(isPlaceholder(word)).toBe(false)
  expect(placeholderWords).not.toContain('Null')
})
