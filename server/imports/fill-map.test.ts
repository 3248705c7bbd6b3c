/** A list is imported as suggested: each doubt is said, and no consent is taken that nobody has confirmed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { fillMap } from './fill-map.ts'

const folder = mkdtempSync(join(tmpdir(), 'homing-fill-'))
afterAll(() => rmSync(folder, { recursive: true }))

const fill = (lines: string[], map: Record<string, string> = {}) => {
  const path = join(folder, 'list.csv')
  writeFileSync(path, lines.join('\n'))
  return fillMap(path, { map, own: 'SE', country: null })
}

test('a consent that the mapping does not name is not taken, and that is said', async () => {
  const list = ['Namn;Mobil;Samtycke SMS', 'Anna;0701740605;ja', 'Bo;0701740606;nej']
  const { map, notes } = await fill(list)
  expect(map).toEqual({ first_name: 'Namn', phone: 'Mobil' })
  expect(notes).toEqual([
    'Column “Namn” was imported as first_name, as suggested. It says name, not first name.',
    'No consent was imported from column “Samtycke SMS”, because nobody has confirmed that it is the consent to SMS. To import it, map it to sms_consent.',
  ])
  expect((await fill(list, { sms_consent: 'samtycke sms' })).map).toEqual({
    sms_consent: 'samtycke sms',
    first_name: 'Namn',
    phone: 'Mobil',
  })
})

test('a consent that was withdrawn is none', async () => {
  const { map, notes } = await fill(['Name,Mobile,Consent withdrawn', 'Anna,0701740605,no', 'Bo,0701740606,yes'])
  expect(map).toMatchObject({ phone: 'Mobile', 'attr.consent_withdrawn:text': 'Consent withdrawn' })
  expect(map).not.toHaveProperty('sms_consent')
  expect(notes.join()).not.toContain('consent')
})

test('what the mapping names is not suggested again', async () => {
  const list = ['Mobil;Telefon;Poäng', '0701740605;0701740606;1']
  expect((await fill(list, { phone: 'Telefon', points: 'Poäng' })).map).toEqual({ phone: 'Telefon', points: 'Poäng' })
})

test('the country is the one that fits the numbers, and that is said', async () => {
  const { map, country, notes } = await fill(['Navn;E-post;Mobil', 'Ann;ann@example.com;412 34 567', 'Bob;;412 34 568'])
  expect([map.phone, country]).toEqual(['Mobil', 'NO'])
  expect(notes).toContain(
    'Numbers without a country code were read as numbers of NO: 2 of the first 2 can get an SMS there.',
  )
})
