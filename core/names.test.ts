import { expect, test } from 'vitest'
import { isLine, isName, isText, tidyName } from './names.ts'

test('a name is one line with something to see', () => {
  for (const good of ['Autumn', ' Höst ', 'مُحَمَّد', '🇸🇪', '👩‍👩‍👧', 'A\u00a0B', '–', '\ufffd', 'x'.repeat(200)])
    expect([good, isName(good)]).toEqual([good, true])
  for (const odd of [
    '',
    ' ',
    '\u00a0\u2003',
    '\u200b\u200d\ufeff',
    '\u202e\u202c',
    '\u3164',
    '\t',
    'a\tb',
    'a\nb',
    'a\0',
    'a\u007f',
    'a\u0085b',
    'a\u2028b',
  ])
    expect([odd, isName(odd)]).toEqual([odd, false])
})

test('a line may be empty; a text may have several lines', () => {
  expect(['', '  ', 'a', 'a\tb'].map(isLine)).toEqual([true, true, true, false])
  expect(['a\r\n\tb', 'a\0b', '\n \n', 'a\u2028b'].map(isText)).toEqual([true, false, false, false])
})

test('two ways to write the same name are one', () => {
  expect(tidyName('  Ho\u0308st\u00a0')).toBe('Höst')
})
