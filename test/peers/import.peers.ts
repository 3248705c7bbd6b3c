/** Workbooks that others wrote are read as they meant them. Result: docs/peers.md. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openList } from '../../server/files/list-in.ts'

const folder = mkdtempSync(join(tmpdir(), 'homing-import-peers-'))
const path = join(folder, 'list.xlsx')
beforeAll(() => {
  // It says what to install where openpyxl is missing: python3-openpyxl.
  execFileSync('/usr/bin/python3', [fileURLToPath(new URL('write-workbook.py', import.meta.url)), path])
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function read(file: string) {
  const list = await openList(file)
  const rows: string[][] = []
  for await (const batch of list.batches(100)) rows.push(...batch.rows)
  return { rows, sheets: list.form.sheets, notes: list.notes() }
}

const shown = [
  ['K1', '46701740605', '1980-05-17', '2024-05-17 14:30', '08:15', 'TRUE', '12.5'],
  ['Å & <2>', '0701740606', '', '', '', 'FALSE', '-3'],
  ['K3', '0701740607'],
]

test('openpyxl', async () => {
  const { rows, sheets, notes } = await read(path)
  expect(rows).toEqual(shown)
  expect(sheets).toEqual([
    { name: 'Kunder', hidden: false },
    { name: 'Gamla', hidden: true },
  ])
  // It stores no results of formulas.
  expect(notes).toEqual([expect.stringContaining('1 cell is a formula without a stored result')])
})
