import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ExcelJs from 'exceljs'
import { afterAll, describe, expect, test } from 'vitest'
import { type ListInOptions, openList } from './list-in.ts'
import { allOf, type MadeBook, partsOf, textRows, workbookOf, zipOf } from './workbook.fixture.ts'
import { openWorkbook, workbookLimits } from './xlsx-in.ts'
import { xlsxBytes } from './xlsx-out.ts'
import { openZip, zipLimits } from './zip-in.ts'

const folder = mkdtempSync(join(tmpdir(), 'homing-xlsx-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

function fileOf(content: Buffer): string {
  const path = join(folder, `${++files}`)
  writeFileSync(path, content)
  return path
}

async function read(content: Buffer | MadeBook, options: ListInOptions = {}) {
  const list = await openList(fileOf(Buffer.isBuffer(content) ? content : await workbookOf(content)), options)
  const rows: string[][] = []
  const lines: number[] = []
  for await (const batch of list.batches(1000)) {
    rows.push(...batch.rows)
    lines.push(...batch.lines)
  }
  return { ...list.form, headers: list.headers, rows, lines, notes: list.notes() }
}

const header =
  '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>'
const sheet = (rows: string, after = '') => ({ sheets: [{ name: 'S', rows: header + rows, after }] })

/** The text of a single cell. */
async function cell(xml: string, book: Partial<MadeBook> = {}): Promise<string | undefined> {
  const { rows } = await read({ ...book, ...sheet(`<row r="2">${xml}<c r="B2"><v>1</v></c></row>`) })
  return rows[0]?.[0]
}

describe('a cell', () => {
  test.each([
    ['a phone number', '<c r="A2"><v>46701740605</v></c>', '46701740605'],
    ['one with an exponent', '<c r="A2"><v>4.6701740605E+10</v></c>', '46701740605'],
    ['a number as a text', '<c r="A2" t="inlineStr"><is><t>0701740605</t></is></c>', '0701740605'],
    ['with leading zeros by its format', '<c r="A2" s="1"><v>701740605</v></c>', '0701740605'],
    ['a date', '<c r="A2" s="2"><v>45429</v></c>', '2024-05-17'],
    ['a date with its time', '<c r="A2" s="3"><v>45429.604166666664</v></c>', '2024-05-17 14:30'],
    ['a date as a text', '<c r="A2" t="d"><v>2024-05-17T00:00:00</v></c>', '2024-05-17'],
    ['true', '<c r="A2" t="b"><v>1</v></c>', 'TRUE'],
    ['false', '<c r="A2" t="b"><v>0</v></c>', 'FALSE'],
    ['an error', '<c r="A2" t="e"><v>#N/A</v></c>', '#N/A'],
    ['the text of a formula', '<c r="A2" t="str"><f>B2&amp;"x"</f><v>1x</v></c>', '1x'],
    ['the number of a formula', '<c r="A2"><f>B2+1</f><v>2</v></c>', '2'],
    ['a shared text', '<c r="A2" t="s"><v>0</v></c>', 'Åsa & Bo'],
    ['runs of a shared text', '<c r="A2" t="s"><v>1</v></c>', 'An na'],
    ['a text with its reading', '<c r="A2" t="s"><v>2</v></c>', '佐藤'],
    ['escaped characters', '<c r="A2" t="s"><v>3</v></c>', 'a\rb_x0041_'],
    ['runs in the cell', '<c r="A2" t="inlineStr"><is><r><t>a</t></r><r><rPr><b/></rPr><t>b</t></r></is></c>', 'ab'],
    ['a number of no shared text', '<c r="A2" t="s"><v>99</v></c>', ''],
    ['a text in CDATA', '<c r="A2" t="inlineStr"><is><t><![CDATA[<b>]]></t></is></c>', '<b>'],
    ['an entity that nobody declared', '<c r="A2" t="inlineStr"><is><t>&amp;&#229;</t></is></c>', '&å'],
    ['a style that is missing', '<c r="A2" s="77"><v>5.50</v></c>', '5.5'],
  ])('%s', async (_, xml, text) => {
    const strings =
      '<si><t>Åsa &amp; Bo</t></si><si><r><t xml:space="preserve">An </t></r><r><t>na</t></r></si>' +
      '<si><t>佐藤</t><rPh sb="0" eb="2"><t>サトウ</t></rPh></si><si><t>a_x000D_b_x005F_x0041_</t></si>'
    const formats = ['0000000000', 'yyyy-mm-dd', 'yyyy\\-mm\\-dd hh:mm']
    expect(await cell(xml, { strings, formats })).toBe(text)
  })

  test('counts from 1904 where the workbook does', async () => {
    const book = { formats: ['d/m/yyyy'], date1904: true }
    expect(await cell('<c r="A2" s="1"><v>43967</v></c>', book)).toBe('2024-05-17')
  })

  test('is at the place of its reference, and rows without a value are no rows', async () => {
    const { rows, lines } = await read(
      sheet(
        '<row r="3"><c r="B3"><v>3</v></c></row><row r="4"><c r="A4" s="0"/></row><row r="9"><c r="A9"><v>9</v></c></row>',
      ),
    )
    expect([rows, lines]).toEqual([
      [['', '3'], ['9']],
      [3, 9],
    ])
    const bare = await read(sheet('<row><c><v>1</v></c><c><v>2</v></c></row>'))
    expect([bare.rows, bare.lines]).toEqual([[['1', '2']], [2]])
  })

  test('with a namespace of its own', async () => {
    const x =
      '<x:row r="1"><x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c></x:row><x:row r="2"><x:c><x:v>1</x:v></x:c></x:row>'
    const part = `<x:worksheet xmlns:x="x"><x:sheetData>${x}</x:sheetData></x:worksheet>`
    const { headers, rows } = await read({ ...sheet(''), parts: { 'xl/worksheets/sheet1.xml': part } })
    expect([headers, rows]).toEqual([['a'], [['1']]])
  })

  test('that is too long is kept long enough to be refused', async () => {
    const text = await cell(`<c r="A2" t="inlineStr"><is><t>${'x'.repeat(200_000)}</t></is></c>`)
    expect(text?.length).toBe(32_768)
  })
})

describe('what a sheet hides', () => {
  test('is said: hidden rows, merged cells, formulas without a result', async () => {
    const { notes, rows } = await read(
      sheet(
        '<row r="2" hidden="1"><c r="A2"><v>1</v></c></row><row r="3"><c r="A3"><f>1+1</f></c><c r="B3"><v>2</v></c></row>',
        '<mergeCells count="1"><mergeCell ref="A3:A4"/></mergeCells>',
      ),
    )
    expect(rows).toEqual([['1'], ['', '2']])
    expect(notes).toEqual([
      '1 row that is hidden in the sheet was read like the others.',
      expect.stringContaining('1 area of merged cells'),
      expect.stringContaining('1 cell is a formula without a stored result'),
    ])
  })
})

describe('the sheet', () => {
  const book: MadeBook = {
    sheets: [
      { name: 'Old', rows: textRows([['x'], ['1']]), state: 'hidden' },
      { name: 'Empty', rows: '' },
      { name: 'Title', rows: textRows([['Customers']]) },
      { name: 'Kunder', rows: textRows([['a'], ['2']]) },
      { name: 'More', rows: textRows([['a'], ['3']]), state: 'veryHidden' },
    ],
  }

  test('is the first visible one with rows', async () => {
    expect(await read(book)).toMatchObject({
      format: 'xlsx',
      sheet: 'Kunder',
      rows: [['2']],
      sheets: [
        { name: 'Old', hidden: true },
        { name: 'Empty', hidden: false },
        { name: 'Title', hidden: false },
        { name: 'Kunder', hidden: false },
        { name: 'More', hidden: true },
      ],
    })
  })

  test('can be chosen, also a hidden one; an empty or unknown one is named', async () => {
    expect(await read(book, { sheet: 'More' })).toMatchObject({ sheet: 'More', rows: [['3']] })
    expect(await read(book, { sheet: 'kunder' })).toMatchObject({ sheet: 'Kunder' })
    await expect(read(book, { sheet: 'Empty' })).rejects.toMatchObject({ code: 'sheet_empty' })
    await expect(read(book, { sheet: 'X' })).rejects.toMatchObject({
      code: 'sheet_unknown',
      message: expect.stringContaining('“Kunder”'),
    })
  })

  test('a workbook without any value is empty; one with hidden sheets alone is read', async () => {
    await expect(read({ sheets: [{ name: 'S', rows: '' }] })).rejects.toMatchObject({ code: 'csv_empty' })
    expect(await read({ sheets: [book.sheets[0]!] })).toMatchObject({ sheet: 'Old' })
  })

  test('has its column names on the line that is found or chosen', async () => {
    const rows = textRows([['Customers'], [], ['Namn', 'Mobil'], ['Anna', '0701740605'], ['Bo', '0701740606']])
    const found = await read({ sheets: [{ name: 'S', rows }] })
    expect(found).toMatchObject({ headerLine: 3, headers: ['Namn', 'Mobil'], lines: [4, 5] })
    const bare = await read({ sheets: [{ name: 'S', rows }] }, { headerLine: 0 })
    expect(bare).toMatchObject({ headerLine: 0, lines: [1, 3, 4, 5] })
  })
})

describe('workbooks of programs', () => {
  test('ExcelJS', async () => {
    const workbook = new ExcelJs.Workbook()
    const sheet = workbook.addWorksheet('Kunder')
    sheet.addRow(['Mobil', 'Född', 'Aktiv', 'Not', 'Poäng'])
    sheet.addRow([46701740605, new Date('1980-05-17'), true, { richText: [{ text: 'a' }, { text: 'b' }] }, 12.5])
    sheet.addRow(['0701740606', null, false, { text: 'x', hyperlink: 'https://x.test' }, { formula: '1+1', result: 2 }])
    sheet.getColumn(2).numFmt = 'yyyy-mm-dd'
    const { rows } = await read(Buffer.from(await workbook.xlsx.writeBuffer()))
    expect(rows).toEqual([
      ['46701740605', '1980-05-17', 'TRUE', 'ab', '12.5'],
      ['0701740606', '', 'FALSE', 'x', '2'],
    ])
  })

  test('our own export', async () => {
    async function* batches() {
      yield [
        ['K1', '+46701740605', '12', '1.5', '1715956200'],
        ['-K2', '=1+1', null, null, null],
        ['a_x000D_\u0007', ' b ', null, null, null],
      ]
    }
    const columns = (['text', 'text', 'number', 'decimal', 'time'] as const).map((kind, i) => ({ name: `c${i}`, kind }))
    const stretches = [{ until: null, offsetMinutes: 120 }]
    const bytes = await allOf(xlsxBytes(batches(), { sheetName: 'S', columns, stretches }))
    const { rows } = await read(Buffer.concat(bytes))
    expect(rows).toEqual([
      ['K1', '+46701740605', '12', '1.5', '2024-05-17 16:30'],
      ['-K2', '=1+1'],
      ['a_x000D_\u0007', ' b '],
    ])
  })
})

describe('refused, and named', () => {
  const good = () => workbookOf(sheet('<row r="2"><c r="A2"><v>1</v></c></row>'))
  const codeOf = async (content: Buffer) => {
    const error = await read(content).catch((e: unknown) => e)
    return error instanceof Error && 'code' in error ? [error.code, error.message] : error
  }

  test('a sheet that unpacks to far more than it is', async () => {
    const spaces = ' '.repeat(17 * 1024 * 1024)
    expect(await codeOf(await workbookOf(sheet(spaces)))).toEqual([
      'workbook_too_large',
      expect.stringContaining('100 times is the limit'),
    ])
  })

  test('a part that is longer than it says', async () => {
    const bytes = await good()
    const name = 'xl/worksheets/sheet1.xml'
    const directory = bytes.lastIndexOf(name) - 46
    bytes.writeUInt32LE(100, directory + 24)
    expect(await codeOf(bytes)).toEqual(['workbook_unreadable', expect.stringContaining('damaged')])
  })

  test('a part with another checksum', async () => {
    const bytes = await good()
    const directory = bytes.lastIndexOf('xl/worksheets/sheet1.xml') - 46
    bytes.writeUInt32LE(0, directory + 16)
    expect(await codeOf(bytes)).toEqual(['workbook_unreadable', expect.stringContaining('checksum')])
  })

  test('too many parts, sheets, texts and columns', async () => {
    const path = fileOf(await good())
    await expect(openZip(path, { ...zipLimits, entries: 2 })).rejects.toMatchObject({ code: 'workbook_too_large' })
    await expect(openZip(path, { ...zipLimits, partBytes: 10 })).rejects.toMatchObject({ code: 'workbook_too_large' })
    const open = async (content: Buffer, limits: Partial<typeof workbookLimits>) => {
      const options = { longest: 10, widest: 10, bytes: 1, limits: { ...workbookLimits, ...limits } }
      const book = await openWorkbook(await openZip(fileOf(content)), options)
      return book === null ? [] : allOf(book.records)
    }
    const texts = await workbookOf({ ...sheet(''), strings: '<si><t>a</t></si><si><t>b</t></si>' })
    await expect(open(texts, { sharedStrings: 1 })).rejects.toMatchObject({ code: 'workbook_too_large' })
    await expect(open(texts, { smallPart: 10 })).rejects.toMatchObject({ code: 'workbook_too_large' })
    const two = await workbookOf({ sheets: [1, 2].map(n => ({ name: `S${n}`, rows: '' })) })
    await expect(open(two, { sheets: 1 })).rejects.toMatchObject({ code: 'workbook_too_large' })
    expect(await codeOf(await workbookOf(sheet('<row r="2"><c r="ZZZZ2"><v>1</v></c></row>')))).toEqual([
      'workbook_unreadable',
      expect.stringContaining('beyond column 16384'),
    ])
    const wide = await workbookOf({
      sheets: [{ name: 'S', rows: textRows([Array.from({ length: 1001 }, (_, i) => `c${i}`)]) }],
    })
    expect(await codeOf(wide)).toEqual(['csv_too_wide', expect.stringContaining('1000')])
  })

  test.each([
    ['broken XML', '<row r="2"><c r="A2"><v>1</c></row>', /XML is damaged/],
    ['a text without an end', 'x'.repeat(1_500_000), /longer than 1048576/],
    ['deep XML', '<a>'.repeat(200) + '</a>'.repeat(200), /nested/],
    ['many attributes', `<row ${Array.from({ length: 600 }, (_, i) => `a${i}="1"`).join(' ')}/>`, /attributes/],
    [
      'an entity that would grow',
      '<row r="2"><c r="A2" t="inlineStr"><is><t>&lol;</t></is></c></row>',
      /XML is damaged/,
    ],
  ])('%s', async (_, rows, sentence) => {
    expect(await codeOf(await workbookOf(sheet(rows)))).toEqual([
      'workbook_unreadable',
      expect.stringMatching(sentence),
    ])
  })

  test('a cut or scrambled file, and others that are ZIP files, too', async () => {
    const bytes = await good()
    expect(await codeOf(bytes.subarray(0, bytes.length - 100))).toEqual([
      'workbook_unreadable',
      expect.stringContaining('only its beginning'),
    ])
    const parts = partsOf(sheet(''))
    const { 'xl/workbook.xml': _, ...without } = parts
    expect(await codeOf(await zipOf({ ...without, '_rels/.rels': '<Relationships/>', 'xl/workbook.bin': '' }))).toEqual(
      ['csv_binary', expect.stringContaining('XLSB')],
    )
    expect(await codeOf(await zipOf({ 'word/document.xml': '<a/>' }))).toEqual([
      'csv_binary',
      expect.stringContaining('Word'),
    ])
    expect(await codeOf(await zipOf({ 'list.csv': 'a;b' }))).toEqual(['csv_binary', expect.stringContaining('ZIP')])
    const ods = { mimetype: 'application/vnd.oasis.opendocument.spreadsheet', 'content.xml': '<a/>' }
    expect(await codeOf(await zipOf({ ...ods, 'META-INF/manifest.xml': '<x>opendocument</x>' }))).toEqual([
      'csv_binary',
      expect.stringMatching(/ODS|ZIP/),
    ])
  })

  test('one with a password', async () => {
    const ole = Buffer.alloc(4096)
    Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(ole)
    ole.writeUInt16LE(9, 30)
    ole.writeUInt32LE(2, 48)
    ole.write('EncryptedPackage', 3 * 512 + 128, 'utf16le')
    expect(await codeOf(ole)).toEqual(['csv_binary', expect.stringContaining('password')])
  })

  test('nothing stays behind', async () => {
    await read(await good())
    expect(readdirSync(tmpdir()).filter(name => name.startsWith('homing-strings-'))).toEqual([])
  })
})
