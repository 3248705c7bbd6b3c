import { expect, test } from 'vitest'
import { attributeName, choiceOf, doubtOf, faultOf, mapOf } from './mapping.ts'

const column = (name: string, suggested: string | null) => choiceOf({ name, samples: [], suggested })

test('what the server suggests comes back as the mapping it takes', () => {
  const choices = [
    column('Kundnr', 'external_key'),
    column('Mobil', 'phone'),
    column('Ort', 'city'),
    column('Poäng', 'attr.Poäng:number'),
    column('Notering', null),
  ]
  expect(mapOf(choices)).toEqual({
    external_key: 'Kundnr',
    phone: 'Mobil',
    'attr.city': 'Ort',
    'attr.Poäng:number': 'Poäng',
  })
  expect(faultOf(choices)).toBeNull()
})

test('a column becomes a name that an attribute may have', () => {
  expect(attributeName('Samtycke SMS')).toBe('Samtycke_SMS')
  expect(attributeName('2024 total (kr)')).toBe('total_kr')
  expect(attributeName('!!')).toBe('column')
  expect(attributeName('')).toBe('column')
})

test('an import needs something that tells profiles apart', () => {
  expect(faultOf([column('Förnamn', 'first_name')])).toContain('Choose a column')
})

test('two columns for one thing are told before the server has to', () => {
  expect(faultOf([column('a', 'phone'), column('b', 'phone')])).toContain('Two columns')
  const twice = [column('k', 'external_key'), column('a', 'attr.x'), column('b', 'attr.x:text')]
  expect(faultOf(twice)).toContain('the attribute “x”')
})

test('a first line that is a person already, and a file without rows, are told before they are imported', () => {
  const columns = (...names: string[]) => names.map(name => ({ name, samples: ['x'] }))
  expect(doubtOf(columns('K000001', 'Ann', '+46 76-585 05 64'))).toContain('“+46 76-585 05 64”')
  expect(doubtOf(columns('Ann', 'ann@example.com'))).toContain('“ann@example.com”')
  expect(doubtOf(columns('Kundnr', 'Mobil 2', 'E-post', '2024', 'a@b'))).toBeNull()
  expect(doubtOf([{ name: 'Mobil', samples: [] }])).toContain('no rows')
})
