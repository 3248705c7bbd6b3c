import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanText } from './clean-text.ts'

test('a NUL is removed, half an emoji becomes U+FFFD, everything else stays', () => {
  expect(cleanText('ab\0cd')).toBe('abcd')
  expect(cleanText('Hi \ud83d')).toBe('Hi \ufffd')
  expect(cleanText('Hi 😀')).toBe('Hi 😀')
})

test('any text becomes one that PostgreSQL stores, and cleaning it again changes nothing', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map(unit => String.fromCharCode(unit)) }),
      text => {
        const clean = cleanText(text)
        expect(clean.isWellFormed()).toBe(true)
        expect(clean).not.toContain('\0')
        expect(cleanText(clean)).toBe(clean)
      },
    ),
  )
})
