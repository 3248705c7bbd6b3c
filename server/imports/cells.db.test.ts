/** Lists that were read wrongly once: each is a small file of test/data/lists. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { importTest } from './import.fixture.ts'

const made = importTest()
const pathOf = (name: string) => fileURLToPath(new URL(`../../test/data/lists/${name}`, import.meta.url))

describe('cells of a list', () => {
  test('digits behind punctuation make no number of a stranger', async () => {
    const id = await made.newWorkspace()
    const map = 'external_key=Name,phone=Phone,sms_consent=SMS consent'
    await made.run(id, pathOf('phone-float-dot-zero-FI.csv'), map, { country: 'FI' })
    const rows = (await made.profiles(id)).map(({ externalKey, phone, phoneGiven }) => [externalKey, phone, phoneGiven])
    expect(rows).toEqual([
      ['Eero', '+358412345678', null],
      ['Liisa', null, '0412345678 (2)'],
      ['Mikko', '+358412345678', null],
      ['Aino', '+358412345678', null],
    ])
  })

  test('the same person with and without invisible characters is one profile', async () => {
    const id = await made.newWorkspace()
    const path = pathOf('zero-width-space-in-email-and-name.csv')
    const map = 'first_name=Namn,phone=Mobil,email=Mejl'
    await made.run(id, path, map)
    const again = await made.csv(id, readFileSync(path, 'utf8').replaceAll('\u200b', ''), map)
    expect(again).toMatchObject({ created: 0, updated: 1 })
    expect(await made.profiles(id)).toMatchObject([{ firstName: 'Åsa', email: 'asa@example.com' }])
  })

  test('rows that Excel cut short, titles and doubled names cost no rows', async () => {
    const id = await made.newWorkspace()
    const short = 'external_key=Kundnr,first_name=Namn,phone=Mobil,attr.note=Anteckning'
    expect(await made.run(id, pathOf('excel-csv-short-rows-trailing-empty-cells.csv'), short)).toMatchObject({
      created: 4,
      rejected: 0,
    })
    const titles = await made.run(id, pathOf('title-rows-above-header.csv'), 'external_key=Kundnr,phone=Mobil', {
      mode: 'update',
    })
    expect(titles).toMatchObject({ updated: 2, rejected: 0 })
    expect(titles.notes[0]).toContain('line 4')
    const twice = await made.newWorkspace()
    await made.run(twice, pathOf('two-columns-same-name.csv'), 'phone=Telefon (2),first_name=Namn')
    expect((await made.profiles(twice)).map(row => row.phone)).toEqual(['+46701740605', '+46701740606', '+46701740607'])
  })

  test('bytes that cannot be read are noted, and cost a row only where they are in its key', async () => {
    const id = await made.newWorkspace()
    const notes = `${made.folder}/notes.csv`
    const path = pathOf('utf8-with-one-cut-byte.csv')
    const result = await made.run(id, path, 'phone=Mobil,first_name=Namn', { rejectedPath: notes })
    expect(result).toMatchObject({ created: 4, rejected: 0 })
    expect(result.notes.join()).toContain('1 cell has bytes')
    expect(readFileSync(notes, 'utf8')).toMatch(/4,Namn,Bj\ufffd,.*the row was imported.*\r\n$/)
    expect((await made.profiles(id)).map(row => row.firstName)).toEqual(['Åsa', 'Jörgen', 'Bj\ufffd', 'Örjan'])
    const keyed = await made.run(id, path, 'external_key=Namn')
    expect(keyed).toMatchObject({ created: 3, rejected: 1 })
  })

  test('placeholders of databases are no names', async () => {
    const id = await made.newWorkspace()
    const path = pathOf('placeholders-of-databases-as-names.csv')
    const result = await made.run(id, path, 'phone=Mobil,first_name=Namn,sms_consent=Samtycke')
    expect((await made.profiles(id)).map(row => row.firstName)).toEqual([null, null, null, null, null, 'Null'])
    expect(result.notes.join()).toContain('5 cells have a placeholder')
    const capitals = 'phone;name\n0701740605;ANNA\n0701740606;NULL\n0701740607;BO\n0701740608;#SAKNAS!\n'
    const shouted = await made.newWorkspace()
    await made.csv(shouted, capitals, 'phone=phone,first_name=name')
    expect((await made.profiles(shouted)).map(row => row.firstName)).toEqual(['ANNA', 'NULL', 'BO', null])
  })

  test('our own export imported again changes nothing', async () => {
    const id = await made.newWorkspace()
    await made.csv(
      id,
      'key;phone;name\n-K1;+46701740605;=1+1\n+K2;+46701740606;@bo\n',
      'external_key=key,phone=phone,first_name=name',
    )
    const before = await made.profiles(id)
    const again = await made.run(
      id,
      pathOf('homing-own-export-imported-again.csv'),
      'external_key=external_key,phone=phone,first_name=first_name',
    )
    expect(again).toMatchObject({ created: 0, updated: 2 })
    expect(await made.profiles(id)).toEqual(before)
  })
})
