import fc from 'fast-check'
import { expect, test } from 'vitest'
import vectors from '../../test/vectors/gsm-vectors.json' with { type: 'json' }
import { normaliseText, smartEncode, smartMap } from './smart.ts'
import { splitIntoParts } from './split.ts'

test('the map is that of the vectors', () => {
  expect(Object.fromEntries(smartMap)).toEqual(vectors.smartMap)
  expect(smartMap.size).toBe(47)
})

test.each(vectors.vectors)('vector $name after smart encoding', vector => {
  const { text } = smartEncode(vector.text)
  const split = splitIntoParts(text)
  expect(text).toBe(vector.smartText ?? vector.text)
  expect(split.encoding).toBe(vector.smartEncoding)
  expect(split.units).toBe(vector.smartUnits)
  expect(split.parts).toHaveLength(vector.smartParts)
})

test('each change says where it was and what came instead', () => {
  expect(smartEncode('a\r\n“b”…\u200b')).toEqual({
    text: 'a\n"b"...',
    changes: [
      { index: 2, from: '“', to: '"' },
      { index: 4, from: '”', to: '"' },
      { index: 5, from: '…', to: '...' },
      { index: 6, from: '\u200b', to: '' },
    ],
  })
})

const characters = [
  ...smartMap.keys(),
  'a',
  'á',
  'e',
  '\u0301',
  '\r',
  '\n',
  '\ud800',
  '👍',
  '\u212b',
  '\u1fef',
  '\u2000',
  '가',
  'ᆨ',
]
const anyText = fc.oneof(fc.string({ unit: fc.constantFrom(...characters) }), fc.string({ unit: 'binary' }))

test('a normalised text is NFC, well formed and without CR', () => {
  fc.assert(
    fc.property(anyText, text => {
      const normal = normaliseText(text)
      expect(normal.normalize('NFC')).toBe(normal)
      expect(normal.isWellFormed()).toBe(true)
      expect(normal).not.toContain('\r')
    }),
  )
})

test('smart encoding leaves none of its characters and nothing to do a second time', () => {
  fc.assert(
    fc.property(anyText, text => {
      const smart = smartEncode(text).text
      expect(smartEncode(smart)).toEqual({ text: smart, changes: [] })
    }),
    { numRuns: 500 },
  )
})

test('the changes, made by hand, give the text back', () => {
  fc.assert(
    fc.property(anyText, text => {
      const { text: smart, changes } = smartEncode(text)
      let byHand = normaliseText(text)
      for (const { index, from, to } of changes.toReversed()) {
        expect(byHand.charAt(index)).toBe(from)
        byHand = byHand.slice(0, index) + to + byHand.slice(index + 1)
      }
      expect(byHand.normalize('NFC')).toBe(smart)
    }),
  )
})
