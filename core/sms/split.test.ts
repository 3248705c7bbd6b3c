import fc from 'fast-check'
import { SegmentedMessage } from 'sms-segments-calculator'
import splitSms from 'split-sms'
import { expect, test } from 'vitest'
import vectors from '../../test/vectors/gsm-vectors.json' with { type: 'json' }
import { clusterEnd } from './clusters.ts'
import { countParts, type ReferenceBits, splitIntoParts } from './split.ts'

const unitsOf = (text: string, reference: ReferenceBits = 8) =>
  splitIntoParts(text, reference).parts.map(part => part.units)

test('all 64 vectors are here', () => expect(vectors.vectors).toHaveLength(64))

test.each(vectors.vectors)('vector $name: parts and the units of each', vector => {
  const split = splitIntoParts(vector.text)
  expect(split.encoding).toBe(vector.encoding)
  expect(split.units).toBe(vector.units)
  expect(split.parts.map(part => part.units)).toEqual(vector.perPart)
  expect(unitsOf(vector.text, 16)).toEqual(vector.perPart16)
  expect(countParts(vector.text)).toBe(vector.parts)
  expect(countParts(vector.text, 16)).toBe(vector.parts16)
})

test('a cluster larger than a part fills the part that it begins in', () => {
  expect(unitsOf(`яя${'\u0301'.repeat(100)}`)).toEqual([67, 35])
  expect(unitsOf(`яя${'\u{1F3FD}'.repeat(50)}`)).toEqual([66, 36])
})

const gsmCharacters = [...vectors.basic, ...vectors.extension].map(row => row.char)
const gsmCharacter = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...gsmCharacters) },
  { weight: 2, arbitrary: fc.constantFrom(...vectors.extension.map(row => row.char)) },
)
const gsmText = fc.string({ unit: gsmCharacter, maxLength: 700, size: 'max' })
// Characters of which Unicode's rule is old and settled, so that Intl.Segmenter agrees in any version.
const settledCharacters = [
  'я',
  'a',
  ' ',
  '\n',
  '👍',
  '👍🏽',
  '🏽',
  '\u200d',
  '👨',
  '👩',
  '\ufe0f',
  '❤',
  '🇸',
  '🇪',
  '\u0301',
  '가',
  '각',
  'ᄀ',
  'ᅡ',
  'ᆨ',
  '\u0600',
  '𠮷',
]
const settledText = fc.string({ unit: fc.constantFrom(...settledCharacters), maxLength: 300, size: 'max' })
const anyText = fc.oneof(gsmText, settledText, fc.string({ unit: 'binary', maxLength: 300, size: 'max' }))
const anyReference = fc.constantFrom<ReferenceBits>(8, 16)

test('parts join back to the text, and the count without parts is the same', () => {
  fc.assert(
    fc.property(anyText, anyReference, (text, reference) => {
      const { parts, units } = splitIntoParts(text, reference)
      expect(parts.map(part => part.text).join('')).toBe(text)
      expect(parts.reduce((sum, part) => sum + part.units, 0)).toBe(units)
      expect(countParts(text, reference)).toBe(parts.length)
    }),
  )
})

test('no part is too long, and none is empty but that of an empty text', () => {
  fc.assert(
    fc.property(anyText, anyReference, (text, reference) => {
      const { parts, encoding } = splitIntoParts(text, reference)
      const gsm = encoding === 'GSM-7'
      const room = parts.length === 1 ? (gsm ? 160 : 70) : (gsm ? 153 : 67) - (reference === 16 ? 1 : 0)
      for (const part of parts) {
        expect(part.units).toBeLessThanOrEqual(room)
        if (text !== '') expect(part.units).toBeGreaterThan(0)
      }
    }),
  )
})

test('no cluster is cut that would fit into a part, and no part is left emptier than need be', () => {
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
  fc.assert(
    fc.property(settledText, text => {
      const { parts, encoding } = splitIntoParts(text)
      if (encoding === 'GSM-7') return
      const clusters = [...segmenter.segment(text)]
      if (clusters.some(cluster => cluster.segment.length > 67)) return
      const ends = new Set(clusters.map(cluster => cluster.index + cluster.segment.length))
      let end = 0
      for (const [i, part] of parts.entries()) {
        end += part.text.length
        expect(end === 0 || ends.has(end)).toBe(true)
        const next = parts[i + 1]
        if (next) expect(part.units + clusterEnd(next.text, 0)).toBeGreaterThan(67)
      }
    }),
    { numRuns: 400 },
  )
})

test('clusters are those of Intl.Segmenter where Unicode has long been settled', () => {
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
  fc.assert(
    fc.property(settledText, text => {
      const ends: number[] = []
      while ((ends.at(-1) ?? 0) < text.length) ends.push(clusterEnd(text, ends.at(-1) ?? 0))
      expect(ends).toEqual([...segmenter.segment(text)].map(cluster => cluster.index + cluster.segment.length))
    }),
    { numRuns: 400 },
  )
})

test('split-sms and sms-segments-calculator find the same parts in random GSM texts', () => {
  // Neither is asked about CR: the calculator keeps CR LF together, which no text that we send contains.
  const text = gsmText.map(value => value.replaceAll('\r', ' '))
  fc.assert(
    fc.property(text, value => {
      const ours = unitsOf(value)
      expect(ours).toEqual(splitSms.split(value).parts.map(part => part.bytes))
      expect(ours.length).toBe(Math.max(1, new SegmentedMessage(value).segmentsCount))
    }),
    { numRuns: 60 },
  )
})
