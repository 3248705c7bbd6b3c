import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { tabs } from '../../core/report/tabs.ts'
import { ownDatabase } from '../../test/database.ts'
import { type CsvStyle, csvSeparatorNames, csvSeparators } from '../files/csv-style.ts'
import { marked, unmarked } from '../files/formula.ts'
import { type Format, formatKeys } from '../files/write-listing.ts'
import { readZip } from '../files/zip.fixture.ts'
import { exportTab } from './export-tab.ts'
import { getReport } from './overview.ts'
import { later, makeSent, type SentActivity, type SentPerson, START } from './sent.fixture.ts'

/** A time after all facts of this test. */
const NOW = new Date('2027-08-01T12:00:00Z')

const db = await ownDatabase({ max: 2 })

async function bytesOf(
  sent: SentActivity,
  tab: string,
  format: Format,
  linkId?: number,
): Promise<{ bytes: Buffer; rows: number; told: number }> {
  const out = new PassThrough()
  const bytes = buffer(out)
  let told = 0
  const { rows } = await exportTab(db, { ...sent, tab, linkId }, format, out, NOW, { onRows: n => (told = n) })
  out.end()
  return { bytes: await bytes, rows, told }
}

type Cells = Record<string, string>

function readCsv(bytes: Buffer): Cells[] {
  const rows: Cells[] = parse(bytes, { columns: true, bom: true })
  return rows.map(filled)
}

/** Each row by its columns, as text, without empty cells. */
async function rowsOf(sent: SentActivity, tab: string, format: Format, linkId?: number): Promise<Cells[]> {
  const { bytes, rows, told } = await bytesOf(sent, tab, format, linkId)
  const read = readers[format](bytes)
  expect([rows, told]).toEqual([read.length, read.length])
  return read
}

const filled = (cells: Record<string, unknown>): Cells =>
  Object.fromEntries(
    Object.entries(cells).flatMap(([key, value]) => (value === null || value === '' ? [] : [[key, String(value)]])),
  )

const readers: Record<Format, (bytes: Buffer) => Cells[]> = {
  csv: bytes => readCsv(bytes),
  ndjson: bytes =>
    bytes
      .toString()
      .split('\n')
      .filter(line => line !== '')
      .map(line => filled(JSON.parse(line))),
  xlsx: bytes => readSheet(readZip(bytes).files.get('xl/worksheets/sheet1.xml') ?? ''),
}

function readSheet(sheet: string): Cells[] {
  const rows = [...sheet.matchAll(/<row r="\d+">(.*?)<\/row>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<c r="([A-Z]+)\d+"([^>]*)>(?:<is><t[^>]*>(.*?)<\/t><\/is>|<v>(.*?)<\/v>)<\/c>/gs)].map(
      ([, column = '', , text, value]) => [column, text === undefined ? (value ?? '') : unescaped(text)] as const,
    ),
  )
  const names = new Map(rows[0])
  return rows.slice(1).map(row => filled(Object.fromEntries(row.map(([column, cell]) => [names.get(column), cell]))))
}

const unescaped = (text: string) =>
  text
    .replace(/&(lt|gt|amp);/g, (_, name: string) => ({ lt: '<', gt: '>' })[name] ?? '&')
    .replace(/_x([0-9A-F]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

const delivered = (): NonNullable<SentPerson['facts']> => ({
  attempts: [{ n: 1, try: 1, parts: null, at: START }],
  answers: [{ n: 1, part: 1, outcome: 'accepted', counts: false, at: START, code: null }],
  receipts: [{ n: 1, part: 1, outcome: 'delivered', counts: false, at: later(5_000), code: 'dlr:delivrd' }],
})
const hard = (): NonNullable<SentPerson['facts']> => ({
  ...delivered(),
  receipts: [{ n: 1, part: 1, outcome: 'hard', counts: true, at: later(5_000), code: 'gsm:1' }],
})

describe('an export in each format', () => {
  test('has as many rows as the figure of its tab, reports each row written, and has the same people', async () => {
    const click = { link: 0, at: later(60_000), verdict: 'human' } as const
    const sent = await makeSent(db, [
      { facts: delivered(), clicks: [click] },
      { facts: delivered(), clicks: [{ ...click, link: 1 }], unsubscribedAt: later(70_000) },
      { facts: hard() },
      { facts: { excluded: 'landline' } },
      { facts: {} },
    ])
    const report = await getReport(db, sent.workspaceId, sent.activityId, START)
    for (const tab of tabs) {
      const ids = new Set<string>()
      for (const format of formatKeys) {
        const rows = await rowsOf(sent, tab.key, format)
        expect([tab.key, format, rows.length]).toEqual([tab.key, format, report?.figures[tab.figure]])
        ids.add(rows.map(row => row.profile_id).join())
      }
      expect(ids.size).toBe(1)
    }
    const [one] = sent.linkIds
    for (const format of formatKeys)
      expect((await rowsOf(sent, 'clicks', format, one)).map(row => row.profile_id)).toEqual([
        String(sent.profileIds[0]),
      ])
  })

  test('has the same values of a person, each in its own notation', async () => {
    const sent = await makeSent(
      db,
      [
        {
          firstName: 'Åsa',
          phone: '+46700000001',
          externalKey: '007',
          email: null,
          facts: delivered(),
          credits: '1.5000',
        },
      ],
      { timeZone: 'Asia/Kathmandu' },
    )
    const { bytes } = await bytesOf(sent, 'delivered', 'ndjson')
    expect(JSON.parse(bytes.toString())).toEqual({
      profile_id: sent.profileIds[0],
      external_key: '007',
      phone: '+46700000001',
      email: null,
      status: 'delivered',
      reason: null,
      at: '2026-11-01T17:45:05+05:45',
      first_name: 'Åsa',
      last_name: null,
      country: 'SE',
      parts: 1,
      credits: '1.5000',
      attempts: 1,
      code: null,
      sent_at: '2026-11-01T17:45:00+05:45',
      next_try_at: null,
      first_click_at: null,
      unsubscribed_at: null,
      simulated: null,
    })
    const [csv] = await rowsOf(sent, 'delivered', 'csv')
    const [ndjson] = await rowsOf(sent, 'delivered', 'ndjson')
    const { at, sent_at } = ndjson!
    // A space where JSON has a T.
    expect(csv).toEqual({ ...ndjson, at: at?.replace('T', ' '), sent_at: sent_at?.replace('T', ' ') })
    const [xlsx] = await rowsOf(sent, 'delivered', 'xlsx')
    // The wall clock of the zone, in days since 30 December 1899.
    const days = (clock: string) => String(Date.parse(`2026-11-01T${clock}Z`) / 86_400_000 + 25_569)
    expect(xlsx).toEqual({ ...csv, at: days('17:45:05'), sent_at: days('17:45:00') })
  })

  test('truncates fractions of seconds, in eastern and western zones, winter and summer', async () => {
    const moments = [
      '2026-11-01T12:00:00.000Z',
      '2026-11-01T12:00:00.499Z',
      '2026-11-01T12:00:00.999Z',
      '2027-07-01T12:00:59.500Z',
    ]
    for (const [timeZone, winter, summer] of [
      ['Europe/Stockholm', '2026-11-01 13:00:00+01:00', '2027-07-01 14:00:59+02:00'],
      ['America/St_Johns', '2026-11-01 08:30:00-03:30', '2027-07-01 09:30:59-02:30'],
      ['UTC', '2026-11-01 12:00:00+00:00', '2027-07-01 12:00:59+00:00'],
    ] as const) {
      const sentAt = (at: Date): NonNullable<SentPerson['facts']> => ({
        attempts: [{ n: 1, try: 1, parts: null, at }],
        answers: [{ n: 1, part: 1, outcome: 'accepted', counts: false, at, code: null }],
      })
      const sent = await makeSent(
        db,
        moments.map(at => ({ facts: sentAt(new Date(at)) })),
        { timeZone },
      )
      const shown = new Map((await rowsOf(sent, 'sent', 'csv')).map(row => [Number(row.profile_id), row.sent_at]))
      expect(sent.profileIds.map(id => shown.get(id))).toEqual([winter, winter, winter, summer])
    }
  })

  test('preserves any name; only CSV adds a character before text that a spreadsheet would run', async () => {
    const names = [
      '=1+1',
      '+1',
      '-1',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      'a,b',
      'a"b',
      'line\nbreak',
      'tab\tinside',
      'back\\slash',
      '\\N',
      '\\.',
      '<b>&amp;',
      '\u0001\u0007\u001b',
      '\u0002',
      '_x0041_',
      'مُحَمَّد \u202bعلي',
      '👩‍👩‍👧 🇸🇪',
      'x'.repeat(500),
      `=${'y'.repeat(499)}`,
      'null',
      '[1]',
      '{"a":1}',
    ]
    const sent = await makeSent(
      db,
      names.map(firstName => ({ firstName, facts: delivered() })),
    )
    const order = new Map(sent.profileIds.map((id, i) => [String(id), names[i]]))
    for (const format of formatKeys) {
      const rows = await rowsOf(sent, 'delivered', format)
      expect(rows).toHaveLength(names.length)
      for (const row of rows) {
        const name = order.get(row.profile_id ?? '')
        expect([format, row.first_name]).toEqual([format, format === 'csv' ? marked(name ?? '') : name])
      }
    }
    // A cell is text by its type: no formula anywhere.
    const { bytes } = await bytesOf(sent, 'delivered', 'xlsx')
    expect(readZip(bytes).files.get('xl/worksheets/sheet1.xml')).not.toMatch(/<f>|t="str"/)
  })

  test('as CSV contains no formula for any list separator, and is read back unchanged', async () => {
    const names = [
      'x;=1+1',
      "a;=cmd|'/C calc'!A0;b",
      'a\t@b',
      'a,-1',
      'a\n=1',
      'a\r+1',
      'a;"=1;"',
      '=1',
      "'=1",
      ' =1',
      "'007",
    ]
    const keys = ['-K1', '+K2', '-5', '+46701740605', '-5,25', '@x', '\t=1', '＝1', 'a|＝1', 'a;\r', "''+1"]
    const sent = await makeSent(
      db,
      names.map((firstName, i) => ({ firstName, externalKey: keys[i]!, facts: delivered() })),
    )
    const out = (csv: CsvStyle) => {
      const stream = new PassThrough()
      const bytes = buffer(stream)
      return exportTab(db, { ...sent, tab: 'sent' }, 'csv', stream, NOW, { csv }).then(() => {
        stream.end()
        return bytes
      })
    }
    const all = { bom: true, relax_quotes: true, relax_column_count: true }
    for (const separator of csvSeparatorNames) {
      const bytes = await out({ separator, sepLine: true })
      expect(bytes.toString()).toMatch(new RegExp(`^\uFEFFsep=${csvSeparators[separator]}\nprofile_id`))
      for (const delimiter of [',', ';', '\t', '|'])
        for (const cell of parse(bytes, { ...all, delimiter }).flat())
          if (!/^[+-]?\d+([.,]\d+)?$/.test(cell))
            expect([separator, delimiter, cell]).toEqual([
              separator,
              delimiter,
              expect.not.stringMatching(/^[=+\-@\t\r＝＋－＠]/),
            ])
      const rows: Cells[] = parse(bytes, {
        bom: true,
        columns: true,
        from_line: 2,
        delimiter: csvSeparators[separator],
      })
      expect(new Set(rows.map(row => row.first_name))).toEqual(new Set(names.map(marked)))
      expect(new Set(rows.map(row => unmarked(row.first_name ?? '')))).toEqual(new Set(names))
      expect(new Set(rows.map(row => row.external_key))).toEqual(new Set(keys.map(marked)))
      expect(new Set(rows.map(row => unmarked(row.external_key ?? '')))).toEqual(new Set(keys))
    }
  })
})
