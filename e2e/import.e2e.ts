/** The way of a list into the workspace: doubts are confirmed, the key is chosen, and the result says who can get an SMS. */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { textRows, workbookOf } from '../server/files/workbook.fixture.ts'
import { allLooks, looksRight } from './every-page.ts'
import { type Homing, openHoming } from './homing.ts'

let homing: Homing
let page: Page

beforeAll(async () => {
  const opened = await openHoming()
  ;({ homing, page } = opened)
  await page.getByRole('heading', { level: 1, name: 'SMS' }).waitFor()
  return opened.close
})

const list = [
  'Namn;Mobil;Telefon hem;Mejl;Samtycke nyhetsbrev;Samtycke SMS',
  'Anna;0701740605;08-684 20 00;family@example.com;ja;Ja',
  'Bo;0701740606;;family@example.com;ja;Nej',
  'Cia;0701740607;;cia@example.com;nej;Guld',
  'Dan;saknas;;dan@example.com;nej;Ja',
].join('\n')

const choose = (list: string | Buffer) =>
  page.getByLabel('CSV file').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(list) })

test('the import of the demo is in the list of imports', async () => {
  await page.goto(`${homing.url}/w/1/imports`)
  await page.getByRole('link', { name: 'demo-list.csv' }).click()
  await page.getByRole('heading', { name: /people can get an SMS about Offers/ }).waitFor()
})

test('doubts are confirmed by one click each, before the import can start', async () => {
  await page.goto(`${homing.url}/w/1/imports/new`)
  await choose(list)
  const asked = page.getByRole('table', { name: 'Columns to confirm' })
  const start = page.getByRole('button', { name: 'Start import' })
  await asked.getByText('A consent is imported only after you confirm the column.').waitFor()
  expect(await start.isDisabled()).toBe(true)
  await page.getByText('Confirm 2 columns above.').waitFor()
  // The key, and what it does: the e-mail would lose a number.
  const phone = page.getByRole('radio', { name: 'Phone number' })
  expect(await phone.isChecked()).toBe(true)
  await page.getByText('4 new · 0 updated · 0 merged · 0 rejected').waitFor()
  await page.getByText(/1 number would be lost/).waitFor()
  await looksRight(page, allLooks)
  await asked.getByLabel('Meaning of “Guld”').selectOption('Yes')
  await asked.getByRole('button', { name: 'Confirm Namn' }).focus()
  await page.keyboard.press('Enter')
  await asked.getByRole('button', { name: 'Confirm Samtycke SMS' }).click()
  await start.click()
  await page.getByRole('heading', { name: '2 people can get an SMS about Offers' }).waitFor()
  await page.getByText('Invalid numbers (the profile was imported)').waitFor()
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download rows to fix' }).click()
  expect((await download).suggestedFilename()).toContain('rejected')
  await looksRight(page, allLooks)
  await page.getByRole('button', { name: 'More about this list' }).click()
  await page.getByText('Duplicate numbers').waitFor()
  await looksRight(page, allLooks)
})

/** The table has a column of samples for narrow screens too, which is hidden on others. */
const shows = (text: string) => page.getByText(text).filter({ visible: true }).first().waitFor()

test('the samples follow the encoding and the line of the column names, and the import reads the file like them', async () => {
  await page.goto(`${homing.url}/w/1/imports/new`)
  await choose(readFileSync(new URL('../test/data/lists/windows-1250-polish.csv', import.meta.url)))
  const encoding = page.getByRole('combobox', { name: 'Encoding' })
  await shows('Łukasz')
  expect(await encoding.inputValue()).toContain('Windows-1250')
  await encoding.click()
  await page.getByRole('option', { name: 'Western European (Windows-1252)' }).click()
  await shows('£ukasz')
  await encoding.click()
  await page.getByRole('option', { name: 'Central European (Windows-1250)' }).click()
  await shows('Łukasz')
  await page.getByRole('combobox', { name: 'Column names' }).click()
  await page.getByRole('option', { name: 'The file has no column names' }).click()
  await shows('Imię')
  await page.getByRole('combobox', { name: 'Column names' }).click()
  await page.getByRole('option', { name: 'Line 1', exact: true }).click()
  await page.getByRole('button', { name: 'Start import' }).click()
  await page
    .getByRole('heading', { name: /can get an SMS|No one can get an SMS|people|profiles/ })
    .first()
    .waitFor()
  await page.goto(`${homing.url}/w/1/profiles?search=Żaneta`)
  await shows('Żaneta')
})

const text = (cell: string) => `<c t="inlineStr"><is><t>${cell}</t></is></c>`

test('a workbook: the sheet is found and can be changed, and what a type would change is said before the import', async () => {
  const people = ['Anna', 'Bo', 'Cia'].map(
    (name, i) =>
      `<row r="${i + 3}">${text(`X${i}`)}<c><v>4670174061${i}</v></c>${text(name)}<c s="1"><v>${45_000 + i}</v></c>${text(i === 0 ? '12E4' : `${i}`)}</row>`,
  )
  const names = `<row r="2">${['Kundnr', 'Mobil', 'Förnamn', 'Född', 'Rabattkod'].map(text).join('')}</row>`
  const sheets = [
    { name: 'Info', rows: textRows([['Customers of the shop']]) },
    { name: 'Kunder', rows: `<row r="1">${text('Kundregister')}</row>${names}${people.join('')}` },
    {
      name: 'Gamla',
      rows: textRows([
        ['Kundnr', 'Mobil'],
        ['G1', '0701740699'],
      ]),
      state: 'hidden' as const,
    },
  ]
  const buffer = await workbookOf({ sheets, formats: ['yyyy-mm-dd'] })
  await page.goto(`${homing.url}/w/1/imports/new`)
  await page.getByLabel('CSV file').setInputFiles({ name: 'kunder.xlsx', mimeType: '', buffer })
  const sheet = page.getByRole('combobox', { name: 'Sheet' })
  await shows('46701740610')
  expect(await sheet.inputValue()).toBe('Kunder')
  expect(await page.getByRole('combobox', { name: 'Column names' }).inputValue()).toBe('Row 2')
  await sheet.click()
  await page.getByRole('option', { name: 'Gamla (hidden)' }).click()
  await shows('0701740699')
  await sheet.click()
  await page.getByRole('option', { name: 'Kunder' }).click()
  await shows('2023-03-15')
  await page.getByLabel('Type of the attribute for Rabattkod').selectOption('Number')
  await shows('1 of the first 3 values is read differently: “12E4” is 120000.')
  await page.getByLabel('Type of the attribute for Rabattkod').selectOption('Type: automatic')
  await page.getByText('3 new · 0 updated · 0 merged · 0 rejected').first().waitFor()
  await looksRight(page, allLooks)
  await page.getByRole('button', { name: 'Start import' }).click()
  await page.getByText('The sheet “Kunder” was read; the workbook has 3 sheets.').waitFor()
  await page.goto(`${homing.url}/w/1/profiles?search=X0`)
  await shows('+46701740610')
})

test('contacts of a phone are people with their mobile numbers', async () => {
  const card = (name: string, ...phones: string[]) =>
    ['BEGIN:VCARD', 'VERSION:3.0', `FN:${name}`, ...phones, 'END:VCARD', ''].join('\r\n')
  const cards =
    card('Eva Lund', 'TEL;TYPE=WORK:08-684 20 00', 'TEL;TYPE=CELL:0701740621') +
    card('Per Ek', 'TEL;TYPE=CELL:0701740622')
  await page.goto(`${homing.url}/w/1/imports/new`)
  await page
    .getByLabel('CSV file')
    .setInputFiles({ name: 'contacts.vcf', mimeType: 'text/vcard', buffer: Buffer.from(cards) })
  await page.getByLabel('Import Phone as').waitFor()
  expect(await page.getByRole('combobox', { name: 'Column names' }).count()).toBe(0)
  await looksRight(page, allLooks)
  await page.getByRole('button', { name: 'Start import' }).click()
  await page.getByRole('heading', { level: 1, name: 'contacts.vcf' }).waitFor()
  await page.getByText('Profiles created').waitFor()
  await page.goto(`${homing.url}/w/1/profiles?search=Eva Lund`)
  await shows('+46701740621')
})
