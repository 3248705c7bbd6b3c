import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { previewCsv } from './preview.ts'
import { suggestMapping } from './suggest.ts'

const around = { separator: ';', country: 'SE' } as const

test('the columns of a Swedish shop are known by their names', async () => {
  const preview = await previewCsv(new URL('../../test/data/profiles-10k.csv', import.meta.url).pathname, 'SE')
  expect(preview).toMatchObject({ encoding: 'utf-8', separator: ';' })
  expect(preview.columns.map(({ suggested }) => suggested)).toEqual([
    'external_key',
    'first_name',
    'last_name',
    'phone',
    'email',
    'city',
    'attr.kundsedan:date',
    'attr.poäng:number',
    'sms_consent',
    'attr.notering:text',
  ])
  expect(preview.columns[0]?.samples[0]).toBe('K000001')
  expect(preview.rows).toHaveLength(20)
})

test.each([
  [
    ['Customer ID', 'Mobile phone', 'E-mail address', 'First name', 'Surname', 'Town', 'SMS consent'],
    ['external_key', 'phone', 'email', 'first_name', 'last_name', 'city', 'sms_consent'],
  ],
  [
    ['Kundennummer', 'Handynummer', 'Vorname', 'Nachname', 'Einwilligung'],
    ['external_key', 'phone', 'first_name', 'last_name', 'sms_consent'],
  ],
  [
    ['id', 'mobil', 'mobil 2'],
    ['external_key', 'phone', 'attr.mobil_2:text'],
  ],
])('%j', async (headers, keys) => {
  expect(await suggestMapping(headers, [], around)).toEqual(keys)
})

test('cells decide where names do not help, and against names that mislead', async () => {
  const sample = [
    ['0701740605', 'anna@example.com', 'Ja', '12'],
    ['070-174 06 06', 'bo@example.com', 'Nej', '13,5'],
  ]
  expect(await suggestMapping(['kontakt', 'adress', 'mobil', '##'], sample, around)).toEqual([
    'phone',
    'email',
    'attr.mobil:text',
    null,
  ])
})

test('the beginning of a file is enough, cut anywhere', async () => {
  const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const folder = mkdtempSync(`${tmpdir()}/homing-preview-`)
  const whole = readFileSync(new URL('../../test/data/profiles-10k.csv', import.meta.url))
  for (const bytes of [700, 701, 702, 703, 100_000]) {
    writeFileSync(`${folder}/cut.csv`, whole.subarray(0, bytes))
    const preview = await previewCsv(`${folder}/cut.csv`, 'SE').catch((error: Error) => error)
    expect(preview).toMatchObject({ encoding: 'utf-8' })
  }
  rmSync(folder, { recursive: true })
})
