import { describe, expect, test } from 'vitest'
import { proposeCountry } from './propose-country.ts'

const swedish = ['0701740605', '070-174 06 06', '0731234567']
const norwegian = ['412 34 567', '412 34 568', '92 12 34 56']

describe('the country of the numbers', () => {
  test('is the workspace, if its numbers can get an SMS', async () => {
    expect(await proposeCountry(swedish, 'SE', [])).toEqual({
      country: 'SE',
      numbers: 3,
      counts: [{ country: 'SE', mobile: 3 }],
    })
    // Danish numbers are Norwegian ones, too.
    expect(await proposeCountry(norwegian, 'DK', [])).toMatchObject({ country: 'DK' })
  })

  test('is the one in which most of them can, shown with the counts', async () => {
    const found = await proposeCountry([...norwegian, '+46701740605', 'x'], 'SE', ['no', 'da', 'no'])
    expect(found).toMatchObject({ country: 'NO', numbers: 3 })
    expect(found.counts.slice(0, 2)).toEqual([
      { country: 'NO', mobile: 3 },
      { country: 'SE', mobile: 0 },
    ])
    expect(await proposeCountry(swedish, 'NO', ['sv'])).toMatchObject({ country: 'SE' })
    expect(await proposeCountry(['0612345678', '0612345679'], 'SE', ['fr'])).toMatchObject({ country: 'FR' })
    expect(await proposeCountry(['0612345678', '0612345679'], 'SE', ['nl'])).toMatchObject({ country: 'NL' })
  })

  test('is not changed by a few odd numbers, nor by landlines in the language of the headers', async () => {
    expect(await proposeCountry([...swedish, '12345678'], 'SE', [])).toMatchObject({ country: 'SE' })
    expect(
      await proposeCountry([...norwegian, '22 12 34 56', '22 12 34 57', '55 12 34 56'], 'SE', ['no']),
    ).toMatchObject({
      country: 'NO',
    })
  })

  test('is the workspace where a landline would be a mobile number somewhere else', async () => {
    // In South Africa, 081 is a mobile number of any length.
    const listed = ['08-123 45 67', '070-123 45 67', '070-123 45 68']
    expect(await proposeCountry(listed, 'SE', ['en'])).toMatchObject({ country: 'SE' })
  })

  test('is the workspace without any such number', async () => {
    expect(await proposeCountry(['+4712345678', ''], 'SE', ['no'])).toEqual({
      country: 'SE',
      numbers: 0,
      counts: [{ country: 'SE', mobile: 0 }],
    })
  })
})
