/** Exports as XLSX in the hands of others: openpyxl and LibreOffice open them and see the right types. Result: docs/peers.md. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { xlsxOf } from '../../server/files/copy-xlsx.ts'
import { type SheetLimits, sheetLimits } from '../../server/files/xlsx-out.ts'
import { type Database, openDatabase } from '../../server/platform/db/database.ts'
import { planListing } from '../../server/report/export-tab.ts'
import { later, makeSent, type SentActivity, START } from '../../server/report/sent.fixture.ts'
import { freshDatabase } from '../database.ts'

const names = ['=1+1', '+46', '@SUM(A1)', '<b>&amp;', ' a ', 'line\nbreak', 'مُحَمَّد', '👩‍👩‍👧', 'x'.repeat(500), 'O"Neil']
const folder = mkdtempSync(join(tmpdir(), 'homing-peers-'))
let db: Database
let drop: () => Promise<void>
let sent: SentActivity
let whole: string
let split: string

beforeAll(async () => {
  const database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test', max: 2 })
  drop = database.drop
  sent = await makeSent(
    db,
    names.map((firstName, i) => ({
      firstName,
      externalKey: `00${i}`,
      credits: '1.2500',
      facts: {
        attempts: [{ n: 1, try: 1, parts: null, at: later(i * 1_000) }],
        answers: [{ n: 1, part: 1, outcome: 'accepted', counts: false, at: later(i * 1_000), code: null }],
      },
    })),
    { timeZone: 'Asia/Kathmandu' },
  )
  whole = await write('whole.xlsx', sheetLimits)
  split = await write('split.xlsx', { ...sheetLimits, rows: 5 })
})

afterAll(async () => {
  await db?.end()
  await drop?.()
  rmSync(folder, { recursive: true, force: true })
})

async function write(name: string, limits: SheetLimits): Promise<string> {
  const planned = await planListing(db, { ...sent, tab: 'sent' }, START)
  if (planned === undefined) throw new Error('no activity')
  const path = join(folder, name)
  const chunks: Buffer[] = []
  for await (const chunk of xlsxOf(db, planned.listing, {}, limits)) chunks.push(chunk)
  writeFileSync(path, Buffer.concat(chunks))
  return path
}

/** What a program says. Where it is missing: a failure that says what to install. */
function say(program: string, words: string[], needs: string): string {
  try {
    return execFileSync(program, words, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HOME: folder },
    })
  } catch (error) {
    const told = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
    const missing =
      (error instanceof Error && 'code' in error && error.code === 'ENOENT') || told.includes('No module named')
    throw missing ? new Error(`${program} is needed: apt-get install ${needs}`) : error
  }
}

type Cell = [type: string, value: string, format: string, bold: boolean] | null

describe('openpyxl', () => {
  const read = (path: string): { frozen: string[]; sheets: Record<string, Cell[][]> } =>
    JSON.parse(
      say('/usr/bin/python3', [fileURLToPath(new URL('read-workbook.py', import.meta.url)), path], 'python3-openpyxl'),
    )

  test('sees texts, numbers and date-times, a bold header that stays, and no warning', () => {
    const { frozen, sheets } = read(whole)
    const [head = [], ...rows] = sheets.Sent ?? []
    expect([Object.keys(sheets), frozen, rows.length]).toEqual([['Sent'], ['A2'], names.length])
    expect(head.every(cell => cell?.[0] === 's' && cell[3])).toBe(true)
    const column = new Map(head.map((cell, i) => [cell?.[1], i]))
    const cells = (name: string) => rows.map(row => row[column.get(name) ?? -1])
    expect(
      cells('first_name')
        .map(cell => cell?.slice(0, 3))
        .sort(),
    ).toEqual(names.map(name => ['s', name, '@']).sort())
    for (const cell of cells('phone'))
      expect(cell?.slice(0, 3)).toMatchObject(['s', expect.stringMatching(/^\+4670\d{7}$/), '@'])
    for (const cell of cells('external_key'))
      expect(cell?.slice(0, 3)).toMatchObject(['s', expect.stringMatching(/^00\d$/), '@'])
    expect(cells('profile_id').map(cell => cell?.[0])).toEqual(names.map(() => 'n'))
    expect(cells('credits').map(cell => cell?.[0])).toEqual(names.map(() => 'n'))
    // 12:00 UTC is 17:45 on the clock of the zone.
    expect(START.toISOString()).toBe('2026-11-01T12:00:00.000Z')
    expect(
      cells('sent_at')
        .map(cell => cell?.[1].slice(0, 19))
        .sort(),
    ).toEqual(names.map((_, i) => `2026-11-01 17:45:0${i}`))
    for (const cell of cells('sent_at'))
      expect([cell?.[0], cell?.[2]]).toEqual(['d', 'yyyy\\-mm\\-dd\\ hh:mm:ss" +05:45"'])
  })

  test('opens all sheets of one that was split', () => {
    const { sheets, frozen } = read(split)
    expect(Object.entries(sheets).map(([name, rows]) => [name, rows.length])).toEqual([
      ['Sent', 5],
      ['Sent 2', 5],
      ['Sent 3', 3],
    ])
    expect(frozen).toEqual(['A2', 'A2', 'A2'])
  })
})

describe('LibreOffice', () => {
  const read = (path: string): string => {
    say('soffice', ['--headless', '--convert-to', 'fods', '--outdir', folder, path], 'libreoffice-calc-nogui')
    return readFileSync(path.replace(/xlsx$/, 'fods'), 'utf8')
  }

  test('sees texts, numbers and date-times, shows the offset, and finds no formula', () => {
    const sheet = read(whole)
    expect(sheet).not.toContain('table:formula')
    expect(sheet.match(/office:value-type="date" office:date-value="2026-11-01T17:45:0\d"/g)).toHaveLength(
      2 * names.length,
    )
    expect(sheet).toContain('<text:p>2026-11-01 17:45:00 +05:45</text:p>')
    expect(sheet).toMatch(/office:value-type="string"[^>]*>\s*<text:p>\+4670\d{7}<\/text:p>/)
    expect(sheet).toMatch(/office:value-type="string"[^>]*>\s*<text:p>000<\/text:p>/)
    expect(sheet).toMatch(/office:value-type="string"[^>]*>\s*<text:p>=1\+1<\/text:p>/)
    expect(sheet).toMatch(/office:value-type="float" office:value="1.25"[^>]*>\s*<text:p>1[.,]2500<\/text:p>/)
    expect(sheet).toMatch(new RegExp(`office:value-type="float" office:value="${sent.profileIds[0]}"`))
    for (const name of ['مُحَمَّد', '👩‍👩‍👧', 'x'.repeat(500), '&lt;b&gt;&amp;amp;']) expect(sheet).toContain(name)
  })

  test('opens all sheets of one that was split', () => {
    expect([...read(split).matchAll(/<table:table table:name="([^"]*)"/g)].map(([, name]) => name)).toEqual([
      'Sent',
      'Sent 2',
      'Sent 3',
    ])
  })
})
