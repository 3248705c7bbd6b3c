import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cellLimit, columnLetters, escapeXml, type SheetRow, type XlsxColumn, xlsxBytes } from './xlsx-out.ts'
import { readZip } from './zip.fixture.ts'
import { zipBytes } from './zip-out.ts'

const columns: XlsxColumn[] = [
  { name: 'key', kind: 'text' },
  { name: 'n', kind: 'number' },
  { name: 'credits', kind: 'decimal' },
  { name: 'at', kind: 'time' },
]
const stretches = [
  { until: new Date('2027-03-28T01:00:00Z'), offsetMinutes: 60 },
  { until: null, offsetMinutes: 120 },
]
const whole = { rows: 1_048_576, bytes: 4_000_000_000 }

async function book(batches: readonly (readonly SheetRow[])[], limits = whole, sheetName = 'Delivered') {
  const from = async function* () {
    yield* batches
  }
  const chunks: Buffer[] = []
  for await (const chunk of xlsxBytes(from(), { sheetName, columns, stretches }, limits)) chunks.push(chunk)
  return readZip(Buffer.concat(chunks)).files
}
const sheetOf = (files: Map<string, string>, n = 1) => files.get(`xl/worksheets/sheet${n}.xml`) ?? ''
const row = (text: string | null): SheetRow => [text, '1', '1.5000', '1793534400.999']

/** The texts of a sheet without its header, as a reader of ECMA-376 takes them. */
function textsOf(sheet: string): string[] {
  return [...sheet.matchAll(/<is><t(?: xml:space="preserve")?>([\s\S]*?)<\/t><\/is>/g)]
    .slice(columns.length)
    .map(([, text = '']) =>
      text
        .replace(/&lt;|&gt;|&amp;/g, entity => ({ '&lt;': '<', '&gt;': '>', '&amp;': '&' })[entity] ?? '')
        .replace(/_x([0-9A-F]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    )
}

describe('a workbook', () => {
  test('has text, numbers, times as date-times of the zone with their offset', async () => {
    const files = await book([
      [
        ['+46700000001', '7', '1.5000', '1793534400.999'],
        ['007', null, null, '1806800000'],
      ],
    ])
    expect([...files.keys()]).toEqual([
      '_rels/.rels',
      'xl/styles.xml',
      'xl/worksheets/sheet1.xml',
      'xl/workbook.xml',
      'xl/_rels/workbook.xml.rels',
      '[Content_Types].xml',
    ])
    const sheet = sheetOf(files)
    // 2026-11-01T12:00:00Z is 13:00 in the zone: 46327 days and 13 hours
    expect(sheet).toContain(
      '<row r="2"><c r="A2" s="2" t="inlineStr"><is><t>+46700000001</t></is></c><c r="B2"><v>7</v></c><c r="C2" s="3"><v>1.5000</v></c><c r="D2" s="4"><v>46327.54166666667</v></c></row>',
    )
    expect(sheet).toMatch(
      /<row r="3"><c r="A3"[^>]*><is><t>007<\/t><\/is><\/c><c r="D3" s="5"><v>46481\.\d+<\/v><\/c><\/row>/,
    )
    expect(files.get('xl/styles.xml')).toContain('hh:mm:ss&quot; +01:00&quot;"/>')
    expect(files.get('xl/styles.xml')).toContain('hh:mm:ss&quot; +02:00&quot;"/>')
  })

  test('keeps a bold header in sight, also where nothing follows', async () => {
    const sheet = sheetOf(await book([]))
    expect(sheet).toContain('<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>')
    expect(sheet).toMatch(
      /<row r="1"><c r="A1" s="1" t="inlineStr"><is><t>key<\/t><\/is><\/c>.*<\/row><\/sheetData><\/worksheet>$/,
    )
  })

  test('continues in further sheets when one is full, each with a header', async () => {
    const rows = Array.from({ length: 10 }, (_, i) => row(`K${i}`))
    const files = await book([rows.slice(0, 5), [], rows.slice(5)], { rows: 4, bytes: whole.bytes }, 'Not sent')
    expect([1, 2, 3, 4].map(n => textsOf(sheetOf(files, n)))).toEqual([
      ['K0', 'K1', 'K2'],
      ['K3', 'K4', 'K5'],
      ['K6', 'K7', 'K8'],
      ['K9'],
    ])
    expect(files.has('xl/worksheets/sheet5.xml')).toBe(false)
    expect(files.get('xl/workbook.xml')).toMatch(/name="Not sent".*name="Not sent 2".*name="Not sent 4"/)
    expect(files.get('[Content_Types].xml')?.match(/sheet\d\.xml/g)).toHaveLength(4)
  })

  test('opens no sheet for nothing where the last one is exactly full, and one where its XML grows too large', async () => {
    const full = await book([[row('a'), row('b'), row('c')]], { rows: 4, bytes: whole.bytes })
    expect(full.has('xl/worksheets/sheet2.xml')).toBe(false)
    const rows = Array.from({ length: 3000 }, () => row('x'.repeat(100)))
    const large = await book([rows], { rows: whole.rows, bytes: 200_000 })
    const counts = [1, 2, 3, 4].map(n => textsOf(sheetOf(large, n)).length)
    expect(counts.reduce((sum, n) => sum + n)).toBe(3000)
    expect(counts.filter(n => n > 0).length).toBeGreaterThan(1)
  })

  test('gives any text back, whatever characters are in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 30 }), async texts => {
        const sheet = sheetOf(await book([texts.map(row)]))
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML forbids
        expect(sheet).not.toMatch(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/)
        expect(textsOf(sheet)).toEqual(texts)
      }),
    )
    for (const name of [
      '=1+1',
      '_x0041_',
      '\u0007bell',
      ' a ',
      '<b>&amp;',
      'مُحَمَّد',
      '👩‍👩‍👧',
      'a\r\nb',
      'x'.repeat(500),
    ])
      expect(textsOf(sheetOf(await book([[row(name)]])))).toEqual([name])
    expect(escapeXml('_x0041_ \u0007')).toBe('_x005F_x0041_ _x0007_')
  })

  test('cuts a text that no cell can hold, visibly and between characters', async () => {
    const [kept, cut] = textsOf(
      sheetOf(await book([[row('x'.repeat(cellLimit)), row(`${'x'.repeat(cellLimit - 2)}👩 and more`)]])),
    )
    expect([kept?.length, cut?.length, cut?.slice(-2)]).toEqual([cellLimit, cellLimit - 1, 'x…'])
  })

  test('lets go of its rows when its reader leaves, and tells what went wrong with them', async () => {
    let left = false
    const endless = async function* () {
      try {
        for (;;) yield [row('x'.repeat(1000))]
      } finally {
        left = true
      }
    }
    let bytes = 0
    for await (const chunk of xlsxBytes(endless(), { sheetName: 'S', columns, stretches })) {
      bytes += chunk.length
      if (bytes > 10_000) break
    }
    expect(left).toBe(true)
    const broken = async function* () {
      yield [row('a')]
      throw new Error('the database went away')
    }
    const read = async () => {
      for await (const _ of xlsxBytes(broken(), { sheetName: 'S', columns, stretches }));
    }
    await expect(read()).rejects.toThrow('the database went away')
  })

  test('names columns as a spreadsheet does', () => {
    expect([0, 25, 26, 51, 52, 701, 702].map(columnLetters)).toEqual(['A', 'Z', 'AA', 'AZ', 'BA', 'ZZ', 'AAA'])
  })
})

describe('a ZIP file', () => {
  test('has a directory of ZIP64 from 4 GiB on, and none below', async () => {
    const zip = async (from64?: number) => {
      const entries = async function* () {
        for (const name of ['a.txt', 'b/å.txt', 'c.txt'])
          yield { name, content: [Buffer.from(`${name} `.repeat(1000))] }
      }
      const chunks: Buffer[] = []
      for await (const chunk of zipBytes(entries(), from64 === undefined ? {} : { from64 })) chunks.push(chunk)
      return readZip(Buffer.concat(chunks))
    }
    const [near, far] = [await zip(), await zip(100)]
    expect([near.zip64, far.zip64]).toEqual([false, true])
    for (const { files } of [near, far]) {
      expect([...files.keys()]).toEqual(['a.txt', 'b/å.txt', 'c.txt'])
      expect(files.get('b/å.txt')).toBe('b/å.txt '.repeat(1000))
    }
  })
})
