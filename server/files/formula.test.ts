import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvLine } from './csv-out.ts'
import { insideMarker, marked, unmarked } from './formula.ts'

const characters = [
  '=',
  '+',
  '-',
  '@',
  '\t',
  '\r',
  '\n',
  ';',
  '|',
  ',',
  '"',
  "'",
  ' ',
  '1',
  'a',
  '＝',
  '＋',
  '－',
  '＠',
  'é',
]
const cells = fc.string({ unit: fc.constantFrom(...characters), maxLength: 12 })

test.each([
  ['x;=1+1', "x;'=1+1"],
  ["a;=cmd|'/C calc'!A0;b", "a;'=cmd|'/C calc'!A0;b"],
  ['a\t@b', "a\t'@b"],
  ['a|-b', "a|'-b"],
  ['a\r\n=b', "a\r\n'=b"],
  ['a;"=b;"', 'a;"\'=b;"'],
  ['=1+1', "'=1+1"],
  ['＝1', "'＝1"],
  ["'=1", "''=1"],
  ["'0701", "''0701"],
  ['+46701740605', '+46701740605'],
  ['-5,25', '-5,25'],
  ['Smith; Jr', 'Smith; Jr'],
  ['two\r\nlines; and, more | here', 'two\r\nlines; and, more | here'],
  ["'90s; it's", "'90s; it's"],
])('%j is written as %j and read as it was', (cell, written) => {
  expect(marked(cell)).toBe(written)
  expect(unmarked(written)).toBe(cell)
})

test('what was marked is read as it was, whatever it was', () => {
  fc.assert(
    fc.property(cells, cell => {
      expect(unmarked(marked(cell))).toBe(cell)
    }),
    { numRuns: 1000 },
  )
})

/** None where a quote opens a cell for this separator and is never closed. */
function recordsOf(line: string, delimiter: string): string[][] {
  try {
    return parse(line, {
      delimiter,
      relax_quotes: true,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n', '\r'],
    })
  } catch {
    return []
  }
}

test('no program finds a cell that begins as a formula, whichever separator it splits at', () => {
  fc.assert(
    fc.property(fc.array(cells, { minLength: 1, maxLength: 3 }), row => {
      const line = csvLine([1, ...row])
      for (const delimiter of [',', ';', '\t', '|']) {
        for (const record of recordsOf(line, delimiter)) {
          for (const cell of record) {
            if (/^[=+\-@\t\r＝＋－＠]/.test(cell) && !/^[+-]?\d+([.,]\d+)?$/.test(cell))
              throw new Error(`${delimiter} ${cell}`)
          }
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('bytes are marked as texts are, wherever the chunks are cut', () => {
  fc.assert(
    fc.property(cells, fc.nat(20), fc.constantFrom(',', ';', '\t'), (cell, cut, separator) => {
      // As COPY writes it once its start is marked.
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
      const bytes = Buffer.from(`1${separator}${quoted(`x${cell}`)}${separator}2\n`)
      const marker = insideMarker(separator)
      const written = [marker.mark(bytes.subarray(0, cut)), marker.mark(bytes.subarray(cut)), marker.end()]
      expect(Buffer.concat(written).toString()).toBe(`1${separator}${quoted(marked(`x${cell}`))}${separator}2\n`)
      expect(marker.rows()).toBe(1)
    }),
    { numRuns: 1000 },
  )
})
