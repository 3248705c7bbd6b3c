/** Who is who in a list: which rows are one person, and which profile they are, by the chosen key. */
import { describe, expect, test } from 'vitest'
import { importTest } from './import.fixture.ts'

const made = importTest()
const map = 'external_key=id,phone=mobile,email=mail,first_name=name'
const header = 'id;mobile;mail;name'
const names = async (id: number) => (await made.profiles(id)).map(({ firstName }) => firstName)

/** Imports it twice: the second time nobody is new. */
async function twice(id: number, text: string, mapping: string, more: Parameters<typeof made.csv>[3] = {}) {
  const first = await made.csv(id, text, mapping, more)
  const persons = await made.profiles(id)
  const again = await made.csv(id, text, mapping, more)
  expect(again).toMatchObject({ created: 0, updated: first.created + first.updated, rejected: first.rejected })
  expect(await made.profiles(id)).toEqual(persons)
  await made.expectConsistent(id)
  await made.expectDenseIds()
  return first
}

describe('a person with a number is one', () => {
  test('whatever else is missing: of a number and an e-mail, the number tells who it is', async () => {
    const id = await made.newWorkspace()
    const text = [
      'Name,Email,Mobile',
      'Anna,anna@example.com,0701740605',
      'Bo,,0701740606',
      'Cia,cia@,0701740607',
      'Mum,family@example.com,0701740608',
      'Dad,family@example.com,0701740609',
    ].join('\n')
    const result = await twice(id, text, 'email=Email,phone=Mobile,first_name=Name')
    expect(result).toMatchObject({ created: 5, rejected: 0, notes: [] })
    expect(await names(id)).toEqual(['Anna', 'Bo', 'Cia', 'Mum', 'Dad'])
  })

  test('without a customer id it is identified by its number, then by its e-mail', async () => {
    const id = await made.newWorkspace()
    const result = await twice(
      id,
      `${header}\nA;0701740605;a@x.se;Anna\n;0701740606;b@x.se;Bo\n;;c@x.se;Cia\n;saknas;;Nobody\n;;;Nobody`,
      map,
    )
    expect(result).toMatchObject({ rows: 5, created: 3, rejected: 2 })
    expect(await names(id)).toEqual(['Anna', 'Bo', 'Cia'])
  })

  test('a row without a customer id is the person who has its number in the list', async () => {
    const id = await made.newWorkspace()
    const result = await twice(
      id,
      `${header}\n;0701740605;;Annie\nA;0701740605;a@x.se;Anna\n;;a@x.se;Ann\n;0701740606;;Bo`,
      map,
    )
    expect(result).toMatchObject({ created: 2, repeatedCustomerIds: 2, distinctCustomerIds: 2 })
    expect(await names(id)).toEqual(['Anna', 'Bo'])
  })

  test('and the profile that has its number, unless that one gets another number in the list', async () => {
    const id = await made.newWorkspace()
    await made.csv(id, `${header}\nA;0701740605;;Anna\nB;0701740606;b@x.se;Bo`, map)
    // B stays, and is met again by its number; A gives its number up.
    const result = await twice(id, `${header}\nA;0701740609;;Anna\n;0701740605;;New\n;0701740606;;Bob`, map)
    expect(result).toMatchObject({ created: 1, updated: 2 })
    expect((await made.profiles(id)).map(({ phone, firstName }) => [phone, firstName])).toEqual([
      ['+46701740609', 'Anna'],
      ['+46701740606', 'Bob'],
      ['+46701740605', 'New'],
    ])
  })

  test('a profile that the list knows by its customer id is not changed by a second row with its number', async () => {
    const id = await made.newWorkspace()
    await made.csv(id, `${header}\nA;0701740605;;Anna`, map)
    const result = await twice(id, `${header}\nA;;;Anita\n;0701740605;;Other`, map)
    expect(result).toMatchObject({ created: 0, updated: 1, repeatedCustomerIds: 1 })
    expect(await names(id)).toEqual(['Anita'])
  })
})

describe('a chosen key', () => {
  test('merges the rows that share it, and says which numbers are not imported', async () => {
    const id = await made.newWorkspace()
    const text = `${header}\n;0701740608;family@x.se;Mum\n;0701740609;family@x.se;Dad\n;0701740610;;Bo`
    const result = await twice(id, text, 'phone=mobile,email=mail,first_name=name', { who: 'email' })
    expect(result).toMatchObject({ created: 2, repeatedCustomerIds: 1 })
    expect(result.notes).toEqual([
      '1 number was not imported: a later row with the same e-mail address has another number. Choose the phone number as the key to import each number.',
    ])
    expect(await names(id)).toEqual(['Dad', 'Bo'])
  })

  test('keeps a customer id with one profile', async () => {
    const id = await made.newWorkspace()
    await made.csv(id, `${header}\nX;0701740600;;Xu`, map)
    const text = `${header}\nA;0701740605;;Anna\nA;0701740606;;Bo\nX;0701740607;;Cia\nB;0701740600;;Xu\nC;;;Dan`
    const result = await twice(id, text, map, { who: 'phone' })
    expect(result).toMatchObject({ created: 4, updated: 1 })
    expect(result.notes).toEqual(['3 profiles did not get the customer id of the row, because another profile has it.'])
    expect((await made.profiles(id)).map(({ externalKey, firstName }) => [externalKey, firstName])).toEqual([
      ['X', 'Xu'],
      ['A', 'Anna'],
      [null, 'Bo'],
      [null, 'Cia'],
      ['C', 'Dan'],
    ])
  })

  test('gives a profile without a customer id the one of its row', async () => {
    const id = await made.newWorkspace()
    await made.csv(id, 'mobile;name\n0701740605;Anna', 'phone=mobile,first_name=name')
    await twice(id, `${header}\nA;0701740605;;Anna`, map, { who: 'phone' })
    expect((await made.profiles(id)).map(({ externalKey }) => externalKey)).toEqual(['A'])
  })

  test('must have a column', async () => {
    const id = await made.newWorkspace()
    await expect(made.csv(id, 'mobile\n0701740605', 'phone=mobile', { who: 'email' })).rejects.toMatchObject({
      code: 'import_key_not_mapped',
    })
  })
})

describe('words of the consent column', () => {
  const list = 'mobile;ok\n0701740605;Ja\n0701740606;Guld\n0701740607;Guld\n0701740608;Vet ej\n0701740609;-'
  const consents = async (id: number) => [await made.count('profiles', id), await made.count('consents', id)]

  test('that are not understood cost no row, and are said', async () => {
    const id = await made.newWorkspace()
    const result = await made.csv(id, list, 'phone=mobile,sms_consent=ok')
    expect(result).toMatchObject({ created: 5, rejected: 0, consentYes: 1 })
    expect(result.notes).toEqual([
      'The consent column has words that are neither a yes nor a no: “Guld” (2), “Vet ej” (1). No consent was recorded for their rows. Say which of them mean yes, and import the list again.',
    ])
    expect(await consents(id)).toEqual([5, 1])
  })

  test('mean what a person says', async () => {
    const id = await made.newWorkspace()
    const answers = { yes: ['guld'], no: ['Vet ej'] }
    expect(await made.csv(id, list, 'phone=mobile,sms_consent=ok', { answers })).toMatchObject({
      consentYes: 3,
      notes: [],
    })
    expect(await consents(id)).toEqual([5, 4])
  })
})
