import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { listExports } from './exports.fixture.ts'
import { previewList } from './preview.ts'
import { suggestMapping } from './suggest.ts'

const around = { separator: ';', country: 'SE' } as const
const keysOf = async (headers: string[], rows: string[][] = []) =>
  (await suggestMapping(headers, rows, around)).columns.map(({ suggested }) => suggested)
const asksOf = async (headers: string[], rows: string[][]) =>
  (await suggestMapping(headers, rows, around)).columns.map(({ ask }) => ask)

test('the columns of a Swedish shop are known by their names', async () => {
  const preview = await previewList(new URL('../../test/data/profiles-10k.csv', import.meta.url).pathname, 'SE')
  expect(preview).toMatchObject({ encoding: 'utf-8', separator: ';', country: { country: 'SE' } })
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
  expect(preview.columns.map(({ ask }) => ask !== null)).toEqual(
    preview.columns.map(({ name }) => name === 'Samtycke SMS'),
  )
  expect(preview.columns[8]?.words).toEqual({ yes: ['Ja'], no: ['Nej'], unknown: [] })
  expect(preview.rows).toHaveLength(20)
})

describe('exports of other programs', () => {
  test.each(listExports)('$name', async ({ columns, country }) => {
    const headers = columns.map(([header]) => header)
    const rows = [0, 1, 2].map(row => columns.map(([, cells]) => cells.split('|')[row] ?? ''))
    const found = await suggestMapping(headers, rows, around)
    const keys = found.columns.map(({ suggested }) =>
      suggested === null || suggested.startsWith('attr.') ? '' : suggested,
    )
    expect(keys.map((key, i) => [headers[i], key])).toEqual(columns.map(([header, , meaning]) => [header, meaning]))
    expect(found.country.country).toBe(country)
    // Only consents, and what is really in doubt.
    const asked = found.columns.flatMap(({ ask }, i) => (ask === null || keys[i] === 'sms_consent' ? [] : [ask]))
    expect(asked.length).toBeLessThanOrEqual(1)
  })
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
  expect(await keysOf(headers)).toEqual(keys)
})

test('cells decide where names do not help, and against names that mislead', async () => {
  const sample = [
    ['0701740605', 'anna@example.com', 'Ja', '12'],
    ['070-174 06 06', 'bo@example.com', 'Nej', '13,5'],
  ]
  expect(await keysOf(['kontakt', 'adress', 'mobil', '##'], sample)).toEqual([
    'phone',
    'email',
    'attr.mobil:text',
    null,
  ])
  const [asked] = await asksOf(['kontakt', 'adress', 'mobil', '##'], sample)
  expect(asked).toContain('look like phone numbers')
})

describe('a consent is suggested', () => {
  const consents = async (...headers: string[]) => {
    const rows = ['ja', 'nej', 'ja'].map((word, i) => [`070174060${i}`, ...headers.map(() => word)])
    return (await keysOf(['Mobil', ...headers], rows)).slice(1).map(key => key === 'sms_consent')
  }
  test.each([
    [['Samtycke'], [true]],
    [
      ['Samtycke', 'Samtycke SMS'],
      [false, true],
    ],
    [
      ['Samtycke nyhetsbrev', 'Samtycke SMS'],
      [false, true],
    ],
    [['Samtycke nyhetsbrev'], [false]],
    [
      ['Samtycke', 'Samtycke nyhetsbrev'],
      [false, false],
    ],
    [
      ['Consent', 'Unsubscribed'],
      [false, false],
    ],
    [['Consent withdrawn'], [false]],
    [['Marketing consent'], [false]],
    [['SMS'], [true]],
    [
      ['Email consent', 'SMS'],
      [false, true],
    ],
  ])('%j %j', async (headers, expected) => {
    expect(await consents(...headers)).toEqual(expected)
  })

  test('only for cells that may be a yes and a no', async () => {
    expect(
      await keysOf(['Samtycke SMS'], [['2021-03-02'], ['2021-03-03'], ['2021-03-04'], ['2021-03-05'], ['2021-03-06']]),
    ).toEqual(['attr.samtycke_sms:date'])
    expect(await keysOf(['Samtycke SMS'], [['Guld'], ['Silver']])).toEqual(['sms_consent'])
  })

  test('with its words, and those that nobody knows', async () => {
    const { columns } = await suggestMapping(['SMS consent'], [['Yes'], ['No'], ['Perhaps'], ['yes']], around)
    expect(columns[0]?.words).toEqual({ yes: ['Yes'], no: ['No'], unknown: ['Perhaps'] })
    expect(columns[0]?.ask).toContain('Not understood: “Perhaps”.')
  })
})

test('two columns that are almost equally good are asked, with their cells', async () => {
  const rows = [
    ['0701740605', '0701740615'],
    ['0701740606', '0701740616'],
  ]
  expect(await asksOf(['Mobile', 'Phone'], rows)).toEqual([
    '“Phone” (0701740615, 0701740616) may also be the phone number.',
    null,
  ])
  expect(await asksOf(['Mobile', 'Fax'], rows)).toEqual([null, null])
})

test('a column of numbers is the phone even if the country is wrong, and that is asked', async () => {
  const rows = [['412 34 567'], ['412 34 568']]
  const { columns } = await suggestMapping(['Mobil'], rows, { ...around, chosen: 'SE' })
  expect(columns[0]).toMatchObject({ suggested: 'phone', ask: 'Only 0 of the first 2 numbers can get an SMS.' })
})

test('an empty column is nothing if the whole file was seen', async () => {
  const found = await suggestMapping(['Mobil', 'Tom'], [['0701740605', '']], { ...around, complete: true })
  expect(found.columns.map(({ suggested }) => suggested)).toEqual(['phone', null])
})

test('the beginning of a file is enough, cut anywhere', async () => {
  const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const folder = mkdtempSync(`${tmpdir()}/homing-preview-`)
  const whole = readFileSync(new URL('../../test/data/profiles-10k.csv', import.meta.url))
  for (const bytes of [700, 701, 702, 703, 100_000]) {
    writeFileSync(`${folder}/cut.csv`, whole.subarray(0, bytes))
    const preview = await previewList(`${folder}/cut.csv`, 'SE').catch((error: Error) => error)
    expect(preview).toMatchObject({ encoding: 'utf-8' })
  }
  rmSync(folder, { recursive: true })
})

test('people whose only mobile number is in another column are a reason to ask', async () => {
  const headers = ['First Name', 'Phone 1 - Label', 'Phone 1 - Value', 'Phone 2 - Label', 'Phone 2 - Value']
  const landline = ['Anna', 'Work', '08-123 45 67', 'Mobile', '070-123 45 67']
  const mobile = ['Bo', 'Mobile', '070-123 45 68', '', '']
  const found = await suggestMapping(headers, [landline, mobile], around)
  expect(found.country.country).toBe('SE')
  expect(found.columns[2]).toMatchObject({
    suggested: 'phone',
    ask: expect.stringContaining('In 1 of the first 2 rows, only “Phone 2 - Value” has a number that can get an SMS'),
  })
  // The same numbers in another column reach nobody else.
  const doubled = [mobile, ['Eva', 'Mobile', '070-123 45 69', 'Home', '070-123 45 69']]
  expect(await asksOf(headers, doubled)).toEqual([null, null, null, null, null])
})

test('the status of SMS marketing is a consent, in the words of a subscription', async () => {
  const headers = ['Email Address', 'Phone Number', 'SMS Marketing Status']
  const rows = [
    ['a@example.com', '+46701234567', 'Subscribed'],
    ['b@example.com', '+46701234568', 'Unsubscribed'],
  ]
  expect(await keysOf(headers, rows)).toEqual(['email', 'phone', 'sms_consent'])
})
