import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import iconv from 'iconv-lite'
import { afterAll, describe, expect, test } from 'vitest'
import { type ListInOptions, openList } from './list-in.ts'

const folder = mkdtempSync(join(tmpdir(), 'homing-list-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

const kept = (name: string) => fileURLToPath(new URL(`../../test/data/lists/${name}`, import.meta.url))

async function read(content: string | Buffer, options: ListInOptions = {}) {
  const path = join(folder, `${++files}`)
  writeFileSync(path, content)
  return readFile(path, options)
}

async function readFile(path: string, options: ListInOptions = {}) {
  const list = await openList(path, options)
  const rows: string[][] = []
  const lines: number[] = []
  for await (const batch of list.batches(1000)) {
    rows.push(...batch.rows)
    lines.push(...batch.lines)
  }
  return { ...list.form, headers: list.headers, rows, lines }
}

describe('the encoding', () => {
  test('one wrong byte spoils its own cell only', async () => {
    const list = await readFile(kept('utf8-with-one-cut-byte.csv'))
    expect(list.encoding).toBe('utf-8')
    expect(list.rows.map(([name]) => name)).toEqual(['Åsa', 'Jörgen', 'Bj\ufffd', 'Örjan'])
    const many = Buffer.concat([
      Buffer.from(`n;m\n${'Åsa;1\n'.repeat(300_000)}`),
      Buffer.from([0xe5, 0x73, 0x61]),
      Buffer.from(';2\n'),
    ])
    const long = await read(many)
    expect([long.encoding, long.rows[5]?.[0], long.rows.at(-1)?.[0]]).toEqual(['utf-8', 'Åsa', '\ufffdsa'])
  })

  test('of a Polish list is found, and may be chosen', async () => {
    const path = kept('windows-1250-polish.csv')
    expect(await readFile(path)).toMatchObject({ encoding: 'windows-1250', headers: ['Imię', 'Nazwisko', 'Telefon'] })
    const chosen = await readFile(path, { encoding: 'windows-1252' })
    expect([chosen.encoding, chosen.rows[0]?.[0]]).toEqual(['windows-1252', '£ukasz'])
  })

  test.each(['windows-1251', 'iso-8859-7', 'cp850', 'shift_jis', 'big5', 'utf-16be'] as const)(
    '%s can be chosen',
    async encoding => {
      const text = {
        'windows-1251': 'Щука',
        'iso-8859-7': 'Άννα',
        cp850: 'Åsa',
        shift_jis: '佐藤',
        big5: '陳志',
        'utf-16be': 'Ůna',
      }[encoding]
      const list = await read(iconv.encode(`name;no\n${text};1\n`, encoding), { encoding })
      expect(list.rows).toEqual([[text, '1']])
    },
  )

  test('of a file without letters beyond ASCII is open', async () => {
    expect(await read('a;b\n1;2\n')).toMatchObject({ ascii: true, encoding: 'utf-8' })
    expect(await read('å;b\n1;2\n')).toMatchObject({ ascii: false })
  })
})

describe('the header', () => {
  test('is found below titles, or chosen, or missing', async () => {
    const path = kept('title-rows-above-header.csv')
    const found = await readFile(path)
    expect(found).toMatchObject({ headerLine: 4, headers: ['Kundnr', 'Namn', 'Mobil', 'Ort'], lines: [5, 6] })
    expect(await readFile(path, { headerLine: 4 })).toEqual(found)
    expect((await readFile(path, { headerLine: 1 })).headers).toEqual([
      'Kundregister',
      'Column 2',
      'Column 3',
      'Column 4',
    ])
    const bare = await read('Anna;0701740605\nBo;0701740606\n', { headerLine: 0 })
    expect(bare).toMatchObject({ headerLine: 0, headers: ['Column 1', 'Column 2'], lines: [1, 2] })
    await expect(read('a;b\n1;2\n', { headerLine: 9 })).rejects.toMatchObject({ code: 'header_line' })
  })

  test.each([
    ['titles of one cell', 'Customers of the shop\nPrinted 2026-11-01\n\nName;Mobile;City\nAnna;0701740605;Lund\n', 4],
    ['a title beside a date', 'Report;2026-11-01;;;\nName;Mobile;City;Key;Note\nAnna;0701740605;Lund;1;x\n', 2],
    ['none above', 'Name;Mobile;City\nAnna;0701740605;Lund\n', 1],
    ['a header with one name missing', 'Name;;City\nAnna;0701740605;Lund\n', 1],
    ['one column', 'Mobile\n0701740605\n0701740606\n', 1],
    ['few cells in most rows', 'Name;Mobile;City;Note;More\nAnna;0701740605;;;\nBo;0701740606;;;\n', 1],
    ['data in the first line', 'Anna;0701740605;Lund\nBo;0701740606;Lund\n', 1],
  ])('%s', async (_, text, line) => {
    expect((await read(text)).headerLine).toBe(line)
  })

  test('a name that is missing or occurs twice gets one by its place', async () => {
    expect((await readFile(kept('two-columns-same-name.csv'))).headers).toEqual(['Namn', 'Telefon', 'Telefon (2)'])
    expect((await read('a;;a;a (2);;\n1;2;3;4;5;\n')).headers).toEqual(['a', 'Column 2', 'a (3)', 'a (2)', 'Column 5'])
    expect((await read('Column 2;;x\n1;2;3\n')).headers).toEqual(['Column 2', 'Column 2 (2)', 'x'])
  })

  test('that looks like data is doubtful', async () => {
    expect(await read('Anna;0701740605\nBo;0701740606\n')).toMatchObject({ doubtfulHeader: true })
    expect(await read('Name;Mobile\nBo;0701740606\n')).toMatchObject({ doubtfulHeader: false })
  })
})

describe('guards', () => {
  test('that keep a spreadsheet from reading a number come off', async () => {
    const { rows } = await read(
      'a;b;c;d\n="0123";"=""+46701740605""";\'0123;\'+46 70-174 06 05\n=“5”;\'-K1;\'=1+1;\'@bo\n',
    )
    expect(rows).toEqual([
      ['0123', '+46701740605', '0123', '+46 70-174 06 05'],
      ['5', '-K1', '=1+1', '@bo'],
    ])
  })

  test('and nothing else', async () => {
    const { rows } = await read('a;b\n"x;=""y""";\'t Hart\na="b;\n'.replace('a="b', '"a=""b"'))
    expect(rows).toEqual([
      ['x;="y"', "'t Hart"],
      ['a="b', ''],
    ])
  })

  test('a guard may be split between two chunks', async () => {
    for (const pad of [0, 1, 2, 3]) {
      const { rows } = await read(`n;m\n${'x'.repeat(pad)};y\n${'="0701";z\n'.repeat(60_000)}`)
      expect(new Set(rows.slice(1).map(row => row[0]))).toEqual(new Set(['0701']))
    }
  })
})

test('the homing export of a list reads as the list', async () => {
  const { rows } = await readFile(kept('homing-own-export-imported-again.csv'))
  expect(rows.map(row => [row[1], row[3]])).toEqual([
    ['-K1', '=1+1'],
    ['+K2', '@bo'],
  ])
})
