import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import iconv from 'iconv-lite'
import { afterAll, describe, expect, test } from 'vitest'
import { type ListInOptions, openList } from './list-in.ts'

const folder = mkdtempSync(join(tmpdir(), 'homing-vcard-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

/** Each card as its filled cells. */
async function read(content: string | Buffer, options: ListInOptions = {}) {
  const path = join(folder, `${++files}`)
  writeFileSync(path, content)
  const list = await openList(path, options)
  const cards: Record<string, string>[] = []
  const lines: number[] = []
  for await (const batch of list.batches(1000)) {
    for (const row of batch.rows)
      cards.push(
        Object.fromEntries(list.headers.map((name, i) => [name, row[i] ?? '']).filter(([, cell]) => cell !== '')),
      )
    lines.push(...batch.lines)
  }
  return { cards, lines, headers: list.headers, form: list.form, notes: list.notes() }
}

const card = (...lines: string[]) => ['BEGIN:VCARD', ...lines, 'END:VCARD', ''].join('\r\n')

describe('the number for an SMS', () => {
  test.each([
    ['the mobile one', ['TEL;TYPE=WORK,VOICE:1', 'TEL;TYPE=CELL:2', 'TEL;TYPE=FAX:3'], '2'],
    ['of version 2.1', ['TEL;WORK;FAX:1', 'TEL;CELL;VOICE:2'], '2'],
    ['the preferred of two', ['TEL;TYPE=CELL:1', 'TEL;TYPE=CELL;TYPE=pref:2'], '2'],
    ['the preferred where none is mobile', ['TEL;TYPE=HOME:1', 'TEL;TYPE=WORK;PREF=1:2'], '2'],
    ['by the label of its group', ['TEL;TYPE=HOME:1', 'item1.TEL:2', 'item1.X-ABLabel:_$!<Mobile>!$_'], '2'],
    ['by a label in another language', ['TEL;TYPE=HOME:1', 'item2.TEL:2', 'item2.X-ABLabel:Mobiltelefon'], '2'],
    ['as a URI', ['TEL;VALUE=uri;TYPE="voice,cell":tel:+46-70-174-06-05;ext=1'], '+46-70-174-06-05'],
    ['no fax', ['TEL;TYPE=WORK,FAX:1', 'TEL;TYPE=HOME:2'], '2'],
  ])('%s', async (_, lines, number) => {
    const { cards } = await read(card('FN:Anna', ...lines))
    expect(cards[0]?.Phone).toBe(number)
  })

  test('is not the only one that is kept', async () => {
    const { cards } = await read(
      card(
        'FN:Anna',
        'TEL;TYPE=CELL:1',
        'TEL;TYPE=CELL:2',
        'TEL;TYPE=WORK:3',
        'TEL;TYPE=WORK:4',
        'TEL;TYPE=FAX:5',
        'TEL:6',
        'TEL:6',
      ),
    )
    expect(cards[0]).toEqual({
      Name: 'Anna',
      Phone: '1',
      'Second number (cell)': '2',
      'Second number (work)': '3',
      'Second number (work) 2': '4',
      Fax: '5',
      'Second number': '6',
    })
    expect((await read(card('FN:Anna', 'TEL;TYPE=FAX:5'))).cards).toEqual([{ Name: 'Anna', Fax: '5' }])
  })
})

describe('a card', () => {
  test('of an iPhone', async () => {
    const { cards } = await read(
      card(
        'VERSION:3.0',
        'N:von Ek;Anna;;;',
        'FN:Anna von',
        '  Ek',
        'EMAIL;type=INTERNET;type=WORK:work@example.com',
        'EMAIL;type=INTERNET;type=HOME;type=pref:anna@example.com',
        'item1.ADR;type=HOME;type=pref:;;Storgatan 1\\, 2 tr;Lund;;222 22;Sverige',
        'item1.X-ABADR:se',
        'BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-17',
        'PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ',
        ` ${'A'.repeat(100_000)}`,
        'CATEGORIES:VIP,Kund\\, stor',
        'NOTE:rad 1\\nrad 2\\; slut',
        'X-ABUID:1:ABPerson',
      ),
    )
    expect(cards).toEqual([
      {
        Name: 'Anna von Ek',
        'First name': 'Anna',
        'Last name': 'von Ek',
        'E-mail': 'anna@example.com',
        'Second e-mail': 'work@example.com',
        'Birthday (as written)': '--05-17',
        Street: 'Storgatan 1, 2 tr',
        City: 'Lund',
        'Postal code': '222 22',
        Country: 'Sverige',
        Categories: 'VIP, Kund, stor',
        Note: 'rad 1\nrad 2; slut',
      },
    ])
  })

  test('of Outlook: quoted-printable over several lines, and a charset', async () => {
    const { cards } = await read(
      card(
        'VERSION:2.1',
        'N;LANGUAGE=sv;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=85kerstr=C3=B6m;Bj=C3=B6=',
        'rn',
        'N.X:',
        'ORG;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:B=E5t AB;S=E4lj',
        'TITLE:VD',
        'BDAY:19800517',
        'AGENT:',
        'BEGIN:VCARD',
        'TEL;CELL:9',
        'END:VCARD',
        'TEL;CELL;VOICE:070-174 06 05',
      ),
    )
    expect(cards).toEqual([
      {
        Name: 'Björn Åkerström',
        'First name': 'Björn',
        'Last name': 'Åkerström',
        Phone: '070-174 06 05',
        Organization: 'Båt AB',
        Department: 'Sälj',
        'Job title': 'VD',
        Birthday: '1980-05-17',
      },
    ])
  })

  test('of version 4.0, and of a company', async () => {
    const { cards } = await read(
      card('VERSION:4.0', 'FN:Cia Berg', 'UID:urn:uuid:4fbe8971', 'BDAY:--0517', 'LANG:sv') +
        card('VERSION:4.0', 'FN:Berg Bygg', 'ORG:Berg Bygg;', 'BDAY:1980-05-17T00:00:00Z'),
    )
    expect(cards).toEqual([
      {
        Name: 'Cia Berg',
        'First name': 'Cia',
        'Last name': 'Berg',
        'Birthday (as written)': '--0517',
        'vCard UID': '4fbe8971',
      },
      { Name: 'Berg Bygg', Organization: 'Berg Bygg', Birthday: '1980-05-17' },
    ])
  })

  test('is folded in the middle of a character', async () => {
    const [before, after] = [Buffer.from('FN:Åsa Ö'), Buffer.from('berg')]
    const folded = Buffer.concat([before.subarray(0, -1), Buffer.from('\r\n '), before.subarray(-1), after])
    const whole = Buffer.concat([Buffer.from('BEGIN:VCARD\r\n'), folded, Buffer.from('\r\nEND:VCARD\r\n')])
    expect((await read(whole)).cards).toEqual([{ Name: 'Åsa Öberg', 'First name': 'Åsa', 'Last name': 'Öberg' }])
  })

  test.each(['utf-16le', 'utf-16be', 'windows-1252'] as const)('in %s', async encoding => {
    const text = card('FN:Åsa Öberg', 'TEL;TYPE=CELL:1').repeat(3)
    const bytes = iconv.encode(text, encoding, { addBOM: true })
    const { cards, form } = await read(bytes)
    expect([cards.length, cards[0]?.Name, form.encoding]).toEqual([3, 'Åsa Öberg', encoding])
  })
})

test('rows name the line of their card, and many cards come in batches', async () => {
  const { lines, cards, form } = await read(`\uFEFF${card('FN:A B')}\n${card('FN:C D')}`)
  expect([lines, cards.map(({ Name }) => Name)]).toEqual([
    [1, 5],
    ['A B', 'C D'],
  ])
  expect(form).toMatchObject({ format: 'vcard', headerLine: 0 })
  const many = await read(
    Array.from({ length: 2500 }, (_, i) => card(`FN:Nr ${i}`, i === 2400 ? 'TEL:1' : 'NOTE:x')).join(''),
  )
  expect([many.cards.length, many.headers]).toEqual([2500, ['Name', 'First name', 'Last name', 'Phone', 'Note']])
})

test('groups and cards without an end are left out, and said', async () => {
  const { cards, notes } = await read(
    `${card('FN:A B', 'TEL:1')}${card('KIND:group', 'FN:All')}BEGIN:VCARD\r\nFN:C D\r\nTEL:+4670`,
  )
  expect(cards.map(({ Name }) => Name)).toEqual(['A B'])
  expect(notes).toEqual([
    '1 card is a group and was left out.',
    '1 card has no end (END:VCARD). It may be cut, and was left out.',
  ])
  const missing = await read(`BEGIN:VCARD\r\nFN:A B\r\n${card('FN:C D')}`)
  expect([missing.cards.map(({ Name }) => Name), missing.notes.length]).toEqual([['C D'], 1])
})

test('a file without a whole card is empty', async () => {
  await expect(read('BEGIN:VCARD\r\nVERSION:3.0\r\n')).rejects.toMatchObject({ code: 'csv_empty' })
})
