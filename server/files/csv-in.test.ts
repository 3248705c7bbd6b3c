import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import iconv from 'iconv-lite'
import { afterAll, describe, expect, test } from 'vitest'
import { maxRecordLength } from './csv-in.ts'
import { maxColumns, openList } from './list-in.ts'

const folder = mkdtempSync(join(tmpdir(), 'homing-csv-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

function fileOf(content: string | Buffer): string {
  const path = join(folder, `${++files}.csv`)
  writeFileSync(path, content)
  return path
}

async function readAll(content: string | Buffer, size = 1000) {
  const csv = await openList(fileOf(content))
  const rows: string[][] = []
  const lines: number[] = []
  for await (const batch of csv.batches(size)) {
    expect(batch.rows.length).toBeLessThanOrEqual(size)
    rows.push(...batch.rows)
    lines.push(...batch.lines)
  }
  return { form: csv.form, headers: csv.headers, rows, lines }
}

describe('encodings', () => {
  const text = 'Förnamn;Ort\r\nÅsa;Malmö\r\nZoë;Århus\r\n'
  test.each([
    ['utf-8', Buffer.from(text)],
    ['utf-8', Buffer.from(`\uFEFF${text}`)],
    ['utf-16le', iconv.encode(text, 'utf-16le', { addBOM: true })],
    ['utf-16be', iconv.encode(text, 'utf-16be', { addBOM: true })],
    ['utf-16le', iconv.encode(text, 'utf-16le')],
    ['utf-16be', iconv.encode(text, 'utf-16be')],
    ['windows-1252', iconv.encode(text, 'windows-1252')],
  ])('%s gives the same cells (%#)', async (encoding, bytes) => {
    const { form, headers, rows } = await readAll(bytes)
    expect(form.encoding).toBe(encoding)
    expect(headers).toEqual(['Förnamn', 'Ort'])
    expect(rows).toEqual([
      ['Åsa', 'Malmö'],
      ['Zoë', 'Århus'],
    ])
  })

  test('the first character that is not UTF-8 may be megabytes into the file', async () => {
    const ascii = `Name;City\n${'Anna;Oslo\n'.repeat(250_000)}`
    const { form, rows } = await readAll(
      Buffer.concat([Buffer.from(ascii), iconv.encode('Åsa;Umeå\n', 'windows-1252')]),
    )
    expect(form.encoding).toBe('windows-1252')
    expect(rows.at(-1)).toEqual(['Åsa', 'Umeå'])
  })

  test('a UTF-8 character may span two chunks', async () => {
    for (const pad of [0, 1, 2, 3]) {
      const { form, rows } = await readAll(`n;t\n${'x'.repeat(pad)};y\n${`${'å€😀'.repeat(50)};z\n`.repeat(4000)}`)
      expect(form.encoding).toBe('utf-8')
      expect(new Set(rows.slice(1).map(row => row[0]))).toEqual(new Set(['å€😀'.repeat(50)]))
    }
  })
})

describe('separators', () => {
  test.each([';', ',', '\t', '|'])('%j is found', async separator => {
    const { form, rows } = await readAll(`a${separator}b${separator}c\n1${separator}2${separator}3\n`)
    expect(form.separator).toBe(separator)
    expect(rows).toEqual([['1', '2', '3']])
  })

  test('decimal commas do not hide the semicolon', async () => {
    const { form } = await readAll('id;points\n1;2,5\n2;3,75\n3;1,0\n')
    expect(form.separator).toBe(';')
  })

  test('separators inside quotes do not count', async () => {
    const { form } = await readAll('a,b\n"x;y;z","1;2;3;4"\n"p;q;r","5;6;7;8"\n')
    expect(form.separator).toBe(',')
  })

  test("Excel's first line sep= tells it, and is no line of data", async () => {
    const { form, headers, rows, lines } = await readAll('\uFEFFsep=|\r\na;x|b\r\n1|2\r\n')
    expect(form.separator).toBe('|')
    expect(headers).toEqual(['a;x', 'b'])
    expect(rows).toEqual([['1', '2']])
    expect(lines).toEqual([3])
  })

  test('a file of one column is a file', async () => {
    const { headers, rows } = await readAll('phone\n0701740605\n')
    expect([headers, rows]).toEqual([['phone'], [['0701740605']]])
  })
})

describe('lines', () => {
  test('each row knows the line it begins at, over line breaks in cells and blank lines', async () => {
    const { rows, lines } = await readAll('id,note\r\n1,"two\r\nlines"\r\n\r\n2,"three\nmore\nlines"\r\n3,x')
    expect(rows.map(row => row[0])).toEqual(['1', '2', '3'])
    expect(lines).toEqual([2, 5, 8])
  })

  test('rows may end as on Unix, Windows and old Macs', async () => {
    const { rows } = await readAll('a;b\r1;2\r3;4\n5;6\r\n7;8')
    expect(rows).toEqual([
      ['1', '2'],
      ['3', '4'],
      ['5', '6'],
      ['7', '8'],
    ])
  })

  test('whatever is written is read again', async () => {
    const cell = fc
      .string({ unit: 'grapheme', maxLength: 12 })
      .filter(text => !text.includes('\0') && !text.includes('\uFEFF'))
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }), async table => {
        const { rows } = await readAll(`h1;h2\n${table.map(row => row.map(quoted).join(';')).join('\r\n')}`, 7)
        expect(rows).toEqual(table)
      }),
      { numRuns: 50 },
    )
  })
})

describe('bad input has its own clear error', () => {
  test.each([
    ['nothing at all', '', 'csv_empty', /empty/],
    ['a BOM alone', '\uFEFF', 'csv_empty', /empty/],
    ['blank lines alone', '\r\n\r\n \r\n', 'csv_empty', /empty/],
    ['separators alone', ';;;\n;;;\n', 'csv_empty', /empty/],
    ['a quote that is never closed', 'a;b\n1;2\n3;"4\n5;6\n', 'csv_broken_quotes', /^Line 3: a quote is opened/],
    ['text after a closing quote', 'a;b\n1;2\n\n3;"4"x\n', 'csv_broken_quotes', /^Line 4: a closing quote/],
    ['a quote in an unquoted cell', 'a;b\n1;2"3\n', 'csv_broken_quotes', /^Line 2: a quote is/],
    ['a broken header', '"a;b\n1;2\n', 'csv_broken_quotes', /^Line 1/],
    ['a gzip', Buffer.from('1f8b080000000000', 'hex'), 'csv_binary', /gzip.*Unpack/],
    ['an old workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'csv_binary', /XLS.*save it as XLSX/],
    [
      'the beginning of an XLSX',
      Buffer.from('PK\x03\x04....[Content_Types].xml xl/workbook.xml'),
      'workbook_unreadable',
      /damaged, or only its beginning/,
    ],
    [
      'an ODS',
      Buffer.from('PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.spreadsheet'),
      'csv_binary',
      /ODS/,
    ],
    ['a PDF', '%PDF-1.7\n', 'csv_binary', /PDF/],
    ['a web page', '<html>\n<table><tr><td>Namn</td></tr></table>', 'csv_binary', /HTML.*save it as CSV/],
    ['a web page with a doctype', '\uFEFF\n<!DOCTYPE html><html>', 'csv_binary', /HTML/],
    [
      'an XML workbook',
      '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>',
      'csv_binary',
      /Excel workbook in XML/,
    ],
    ['XML', '<people>\n  <person name="Anna"/></people>', 'csv_binary', /XML/],
    ['JSON', '[{"name": "Anna", "phone": "0701740605"}]', 'csv_binary', /JSON.*API/],
    ['JSON of lists', '[["name"],["Anna"]]', 'csv_binary', /JSON/],
    ['lines of JSON', '{"name":"Anna"}\n{"name":"Bo"}\n', 'csv_binary', /JSON/],
    ['an image', Buffer.from('89504e470d0a1a0a0000000d', 'hex'), 'csv_binary', /image/],
    ['a program', Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * i * 7) % 256)), 'csv_binary', /text|NUL/],
    ['a name with a NUL', 'a\0b;c\n1;2\n', 'csv_binary', /NUL/],
    ['too many columns', `${'c;'.repeat(maxColumns)}c\n`, 'csv_too_wide', /1001 columns; 1000/],
    [
      'a row without an end',
      `a;b\n1;"${'x\n'.repeat(maxRecordLength)}`,
      'csv_broken_quotes',
      /^Line 2: .*never closed/,
    ],
  ])('%s', async (_, content, code, sentence) => {
    const error = await readAll(content).catch((e: unknown) => e)
    expect(error).toMatchObject({ code, message: expect.stringMatching(sentence) })
  })

  test('a file that is not there', async () => {
    await expect(openList(join(folder, 'none.csv'))).rejects.toMatchObject({ code: 'file_unreadable' })
    await expect(openList(folder)).rejects.toMatchObject({ code: 'file_unreadable' })
  })

  test('a NUL in one cell and a cell of 10,001 characters are left to the row', async () => {
    const { rows } = await readAll(`a;b\n1;x\0y\n2;${'z'.repeat(10_001)}\n`)
    expect(rows.map(row => row[1]?.length)).toEqual([3, 10_001])
  })

  test('any bytes at all end in rows or in a Problem', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async bytes => {
        const result = await readAll(Buffer.from(bytes)).catch((error: unknown) => error)
        if (result instanceof Error) expect(result.name).toBe('Problem')
      }),
      { numRuns: 300 },
    )
  })
})
