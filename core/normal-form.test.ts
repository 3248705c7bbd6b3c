import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normalForm } from './normal-form.ts'
import { trimEndWhere, trimWhere } from './trim.ts'

test('a text that people write has the form that Unicode gives it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD'), (text, form) => {
      expect(normalForm(text, form)).toBe(text.normalize(form))
    }),
  )
})

test('more marks than anybody writes are broken up once, and the same way each time', () => {
  for (const mark of ['\u0301', '\u0344', '\u{1e8d0}', '\u0301\u0316']) {
    const once = normalForm(`e${mark.repeat(3000)}`)
    expect(once).toContain('\u034f')
    expect(normalForm(once)).toBe(once)
  }
})

test('what is dropped goes from the ends alone, by whole characters', () => {
  const isFace = (character: string) => character === '\u{1f600}'
  expect(trimWhere('\u{1f600}a\u{1f600}b\u{1f600}\u{1f600}', isFace)).toBe('a\u{1f600}b')
  expect(trimWhere('\u{1f600}', isFace)).toBe('')
  expect(trimEndWhere('\ud83da\ude00', character => character === '\ude00')).toBe('\ud83da')
})
