import { expect, test } from 'vitest'
import { isLine, isName, isText, tidyName } from './names.ts'

test('a name has something to see, and may come with tabs and line breaks', () => {
  for (const good of [
    'a\tb',
    'a\r\nb',
    'a\u0085b',
    'a\u2028b',
    'Autumn',
    ' Höst ',
    'مُحَمَّد',
    '🇸🇪',
    '👩‍👩‍👧',
    'A\u00a0B',
    '–',
    '\ufffd',
    'x'.repeat(200),
  ])
    expect([good, isName(good)]).toEqual([good, true])
  for (const odd of [
    '',
    ' ',
    '\u00a0\u2003',
    '\u200b\u200d\ufeff',
    '\u202e\u202c',
    '\u3164',
    '\t',
    '\t\n',
    'a\0',
    'a\u007f',
    'a\u001bb',
  ])
    expect([odd, isName(odd)]).toEqual([odd, false])
})

test('a line may be empty, a text may not', () => {
  expect(['', '  ', 'a', 'a\tb', 'a\0b'].map(isLine)).toEqual([true, true, true, true, false])
  expect(['a\r\n\tb', 'a\u2028b', 'a\0b', '\n \n'].map(isText)).toEqual([true, true, false, false])
})

test('what was copied from cells and lines is kept as one line', () => {
  expect(tidyName('\tAutumn \t sale\r\n2026\u2028 – Höst\n')).toBe('Autumn sale 2026 – Höst')
  expect(tidyName('two  spaces')).toBe('two  spaces')
  expect(tidyName(' \n\t')).toBe('')
})

test('what shows nothing is taken off, above all what turns the words around it', () => {
  for (const [given, kept] of [
    ['\u202egnirpS\u202c', 'gnirpS'],
    ['vip\u202e', 'vip'],
    ['\u2066a\u2069\u200f b\u061c', 'a b'],
    ['zero\u200bwidth\ufeff', 'zerowidth'],
    ['👩‍👩‍👧', '👩‍👩‍👧'],
    ['می\u200cخواهم', 'می\u200cخواهم'],
    ['\u202e \u202c', ''],
  ] as const)
    expect(tidyName(given)).toBe(kept)
})

test('two ways to write the same name are one', () => {
  expect(tidyName('  Ho\u0308st\u00a0')).toBe('Höst')
})
