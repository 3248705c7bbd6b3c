/** A list gives the same profiles in each format: as CSV, as a workbook, as contacts. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { textRows, workbookOf } from '../files/workbook.fixture.ts'
import { facts, fullMap, importTest, list } from './import.fixture.ts'
import { previewList } from './preview.ts'

const made = importTest()

function fileOf(name: string, content: string | Buffer): string {
  const path = join(made.folder, name)
  writeFileSync(path, content)
  return path
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** As Excel has it: numbers of digits alone and points as numbers, days with a format, texts in a table of their own. */
function workbookOfList(): Promise<Buffer> {
  const [header = [], ...rows] = parse(readFileSync(list, 'utf8'), { delimiter: ';', bom: true }) as string[][]
  const strings: string[] = []
  const text = (cell: string) =>
    `<c t="s"><v>${strings.push(`<si><t xml:space="preserve">${escaped(cell)}</t></si>`) - 1}</v></c>`
  const cellOf = (cell: string, name = '') => {
    if (cell === '') return '<c/>'
    if (name === 'Poäng' && /^\d+(?:,\d+)?$/.test(cell)) return `<c><v>${cell.replace(',', '.')}</v></c>`
    if (name === 'Mobil' && /^0\d{9}$/.test(cell)) return `<c s="2"><v>${Number(cell)}</v></c>`
    if (name === 'Mobil' && /^\+46\d{9}$/.test(cell)) return `<c><v>${Number(cell).toExponential()}</v></c>`
    if (name === 'Kundsedan' && /^\d{4}-\d\d-\d\d$/.test(cell))
      return `<c s="1"><v>${Date.parse(cell) / 86_400_000 + 25_569}</v></c>`
    return text(cell)
  }
  const rowsXml = rows.map(row => `<row>${row.map((cell, i) => cellOf(cell, header[i])).join('')}</row>`).join('')
  return workbookOf({
    sheets: [
      { name: 'Info', rows: textRows([['Customers of the shop']]) },
      { name: 'Kunder', rows: `<row>${header.map(cell => text(cell)).join('')}</row>${rowsXml}` },
    ],
    strings: strings.join(''),
    formats: ['yyyy\\-mm\\-dd', '0000000000'],
  })
}

describe('a workbook', () => {
  test('of the list of 10,000 gives exactly its facts, and the same profiles as the CSV', async () => {
    const path = fileOf('list.xlsx', await workbookOfList())
    const [csv, xlsx] = [await made.newWorkspace(), await made.newWorkspace()]
    await made.run(csv, list.pathname, fullMap)
    const { created, rejected, skipped, reach, notes, updated, marked, ...rest } = await made.run(xlsx, path, fullMap)
    expect(rest).toEqual(facts)
    expect({ created, rejected, skipped, updated, notes }).toEqual({
      created: 9953,
      rejected: 0,
      skipped: 0,
      updated: 0,
      notes: ['The sheet “Kunder” was read; the workbook has 2 sheets.'],
    })
    const of = async (id: number) =>
      (await made.profiles(id)).map(({ profileId: _, phoneGiven, ...profile }) => profile)
    expect(await of(xlsx)).toEqual(await of(csv))
    await made.expectConsistent(xlsx)
  })

  test('is previewed as it is imported, and its rejected rows name their row and column', async () => {
    const rows = textRows([
      ['Customers'],
      ['Kundnr', 'Mobil', 'Kund sedan'],
      ['K1', '0701740605', '2024-05-17'],
      ['', 'no number', '2024-05-18'],
      ['K3', '0701740607', 'yesterday'],
    ])
    const other = textRows([
      ['Kundnr', 'Mobil'],
      ['X1', '0701740608'],
    ])
    const path = fileOf(
      'two.xlsx',
      await workbookOf({
        sheets: [
          { name: 'A', rows },
          { name: 'B', rows: other, state: 'hidden' },
        ],
      }),
    )
    const preview = await previewList(path, 'SE')
    expect(preview).toMatchObject({
      format: 'xlsx',
      sheet: 'A',
      headerLine: 2,
      rows: [
        ['K1', '0701740605', '2024-05-17'],
        ['', 'no number', '2024-05-18'],
        ['K3', '0701740607', 'yesterday'],
      ],
    })
    expect(preview.columns.map(({ suggested }) => suggested)).toEqual(['external_key', 'phone', 'attr.kund_sedan:text'])
    const rejectedPath = join(made.folder, 'rejected-rows.csv')
    const id = await made.newWorkspace()
    const map = 'external_key=Kundnr,phone=Mobil,attr.since:date=Kund sedan'
    expect(await made.run(id, path, map, { rejectedPath })).toMatchObject({ rows: 3, created: 1, rejected: 2 })
    const said = readFileSync(rejectedPath, 'utf8').replace('\uFEFF', '').trim().split('\r\n')
    expect(said.slice(1).map(line => line.split(',').slice(0, 3))).toEqual([
      ['4', expect.any(String), expect.any(String)],
      ['5', 'Kund sedan', 'yesterday'],
    ])
    expect((await previewList(path, 'SE', { sheet: 'B' })).rows).toEqual([['X1', '0701740608']])
    expect(await made.run(id, path, 'external_key=Kundnr,phone=Mobil', { reading: { sheet: 'B' } })).toMatchObject({
      created: 1,
    })
  })

  test('that is damaged within its rows leaves nothing', async () => {
    const id = await made.newWorkspace()
    const good = Array.from({ length: 3000 }, (_, i) => [`K${i}`, '0701740605'])
    const rows = `${textRows([['Kundnr', 'Mobil'], ...good])}<row><c><v>1</c></row>`
    const path = fileOf('damaged.xlsx', await workbookOf({ sheets: [{ name: 'S', rows }] }))
    await expect(made.run(id, path, 'external_key=Kundnr,phone=Mobil')).rejects.toMatchObject({
      code: 'workbook_unreadable',
    })
    expect(await made.count('profiles', id)).toBe(0)
  })
})

describe('contacts', () => {
  const cards = [
    'BEGIN:VCARD\r\nVERSION:3.0\r\nN:Ek;Anna;;;\r\nFN:Anna Ek\r\nTEL;TYPE=WORK:08-684 20 00\r\nitem1.TEL:+46 70 174 06 05\r\nitem1.X-ABLabel:_$!<Mobile>!$_\r\nEMAIL:anna@example.com\r\nEND:VCARD',
    'BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=96berg;Bj=C3=B6rn;;;\r\nTEL;CELL;PREF:0701740606\r\nTEL;CELL:0701740607\r\nEND:VCARD',
    'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Cia Berg\r\nTEL;VALUE=uri;TYPE="voice,cell":tel:+46-70-174-06-08\r\nEND:VCARD',
  ].join('\r\n')

  test('are imported as suggested: one profile for each, with the number for an SMS', async () => {
    const path = fileOf('contacts.vcf', cards)
    const preview = await previewList(path, 'SE')
    const map = preview.columns.flatMap(({ name, suggested }) => (suggested === null ? [] : [`${suggested}=${name}`]))
    expect(map).toEqual(
      expect.arrayContaining(['phone=Phone', 'first_name=First name', 'last_name=Last name', 'email=E-mail']),
    )
    expect(preview.country.country).toBe('SE')
    expect(preview.columns.map(({ ask }) => ask).filter(ask => ask !== null)).toEqual([])
    const id = await made.newWorkspace()
    const result = await made.run(id, path, map.join(','))
    expect(result).toMatchObject({ created: 3, rejected: 0, notes: [] })
    expect((await made.profiles(id)).map(({ firstName, phone, email }) => [firstName, phone, email])).toEqual([
      ['Anna', '+46701740605', 'anna@example.com'],
      ['Björn', '+46701740606', null],
      ['Cia', '+46701740608', null],
    ])
  })
})

describe('a record that is no row', () => {
  test('becomes no profile, and has its line and reason among the rejected rows', async () => {
    const text = [
      'Kundnr;Namn;Mobil',
      'K1;Anna Berg;0701740605',
      'K2;Bo',
      'Ek;0701740606',
      'K3;Cia Dahl;0701740607',
      'Totalt;3;',
      'Exporterad 2026-11-01',
    ].join('\r\n')
    const id = await made.newWorkspace()
    const rejectedPath = join(made.folder, 'asides.csv')
    const map = 'external_key=Kundnr,first_name=Namn,phone=Mobil'
    const result = await made.csv(id, text, map, { rejectedPath })
    expect(result).toMatchObject({ rows: 6, created: 2, rejected: 4 })
    expect(result.notes).toEqual([expect.stringContaining('lines 6, 7'), expect.stringContaining('lines 3, 4')])
    expect((await made.profiles(id)).map(({ externalKey }) => externalKey)).toEqual(['K1', 'K3'])
    const said = readFileSync(rejectedPath, 'utf8').trim().split('\r\n').slice(1)
    expect(said.map(line => line.split(',')[0])).toEqual(['3', '4', '6', '7'])
    expect(said[2]).toContain('looks like a sum or a remark')
  })

  test('the last row of a small file is previewed and imported, also without a final line break', async () => {
    for (const end of ['', '\n', '\r\n', '\n\n']) {
      const path = made.fileOf(`Kundnr;Mobil\nK1;0701740605\nK2;0701740606${end}`)
      const whole = await previewList(path, 'SE')
      const cut = await previewList(path, 'SE', { cut: true })
      for (const preview of [whole, cut])
        expect([end, preview.rows]).toEqual([
          end,
          [
            ['K1', '0701740605'],
            ['K2', '0701740606'],
          ],
        ])
      const id = await made.newWorkspace()
      expect(await made.run(id, path, 'external_key=Kundnr,phone=Mobil')).toMatchObject({ created: 2, rejected: 0 })
    }
  })

  test('words of the consent column that come late are reported with their counts', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `K${i};${i < 2000 ? 'Ja' : i % 3 === 0 ? 'Guld' : 'Silver'}`)
    const id = await made.newWorkspace()
    const result = await made.csv(id, `Kundnr;SMS\n${rows.join('\n')}`, 'external_key=Kundnr,sms_consent=SMS')
    expect(result.notes).toEqual([expect.stringContaining('“Silver” (667), “Guld” (333)')])
    expect(result).toMatchObject({ created: 3000, rejected: 0, consentYes: 2000 })
  })
})
