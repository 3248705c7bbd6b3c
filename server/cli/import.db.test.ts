/** `homing import` takes each format, and says which sheet it read. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createWorkspace } from '../access/workspaces.ts'
import { textRows, workbookOf } from '../files/workbook.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { commandLine } from './command-line.fixture.ts'

const line = commandLine('import')
const { folder, homing } = line

beforeAll(async () => {
  await createWorkspace(line.db, { name: 'Shop', owner: null, actor: 'test' }, new Date('2026-11-28T12:00:00Z'))
})

const phones = () => line.db.query(sql`select external_key as key, phone from profiles order by external_key`)

test('a workbook and contacts are imported from the command line', async () => {
  const sheets = [
    {
      name: 'Kunder',
      rows: textRows([
        ['Kundnr', 'Mobil'],
        ['K1', '0701740605'],
      ]),
    },
    {
      name: 'Gamla',
      rows: textRows([
        ['Kundnr', 'Mobil'],
        ['G1', '0701740606'],
      ]),
      state: 'hidden' as const,
    },
  ]
  const book = join(folder, 'kunder.xlsx')
  writeFileSync(book, await workbookOf({ sheets }))
  const own = ['--workspace', 'Shop', '--country', 'SE']
  const first = await homing('import', book, ...own)
  expect(first).toMatchObject({ code: 0, out: '1 profiles created and 0 updated in "Shop".\n' })
  expect(first.err).toContain('The sheet “Kunder” was read; the workbook has 2 sheets.')
  expect(await homing('import', book, ...own, '--sheet', 'Gamla')).toMatchObject({ code: 0 })
  const wrong = await homing('import', book, ...own, '--sheet', 'Nya', '--map', 'phone=Mobil')
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('“Kunder”, “Gamla”') })
  const cards = join(folder, 'contacts.vcf')
  writeFileSync(cards, 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna Ek\r\nTEL;TYPE=CELL:0701740607\r\nEND:VCARD\r\n')
  expect(await homing('import', cards, ...own)).toMatchObject({ code: 0 })
  expect(await phones()).toEqual([
    { key: 'G1', phone: '+46701740606' },
    { key: 'K1', phone: '+46701740605' },
    { key: null, phone: '+46701740607' },
  ])
})
